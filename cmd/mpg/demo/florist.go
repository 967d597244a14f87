package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mpg/store/money"
)

// payment is one order of the script: a text, the call that follows, and what
// it must lead to.
type payment struct {
	name    string // in the report
	text    string
	amount  money.Amount
	payee   *handset
	heard   bool   // listens to each prompt's end; else barges in
	purse   bool   // the payer's purse pays; else the bank account
	toPurse bool   // the payee has a purse of their own, and is told its balance
	party   string // the payee in the payer's receipt; empty: a person's masked number
}

// paid is what a payment left behind.
type paid struct {
	payment
	payerText, payeeText string
	between              call // what the payer heard between guard and PIN
}

// call is a stretch of a call.
type call struct {
	spoken   time.Duration
	captions []string
}

// florist plays three payments of Wang Fang's: to the florist from the purse,
// heard to its end; to the florist from the bank account, and to Li Lei from the
// purse, both barging in.
func (p *play) florist(ctx context.Context) error {
	wang, li := p.world.people.Subscribers[0], p.world.people.Subscribers[1]
	payer, shop := p.world.phones[wang.Number], p.world.phones[florist]
	payments := []payment{
		{name: "128.50 from the purse", text: "PAY 8001 128.50", amount: 12850, payee: shop, heard: true, purse: true, party: floristName},
		{name: "45.00 from the bank", text: "PAY 8001 45.00 BANK", amount: 4500, payee: shop, party: floristName},
		{name: "20.00 to Li Lei", text: "SEND 20.00 " + strings.TrimPrefix(li.Number, "+86"), amount: 2000, payee: p.world.phones[li.Number], purse: true, toPurse: true},
	}
	if err := p.ready(ctx); err != nil {
		return err
	}
	before, err := p.accounts()
	if err != nil {
		return err
	}
	done := make([]paid, 0, len(payments))
	for i, order := range payments {
		p.print(fmt.Sprintf("\n%d. %s\n", i+1, order.name))
		result, err := p.pay(ctx, payer, wang.PIN, order)
		if i == 0 {
			err = errors.Join(err, p.keep(payer.recording()))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", order.name, err)
		}
		done = append(done, result)
	}
	return p.judge(ctx, before, done)
}

// keep writes a call as it was heard, also one that went wrong.
func (p *play) keep(heard *recording) error {
	if p.wav == "" || heard == nil {
		return nil
	}
	pcm, _, _ := heard.from(0)
	return writeWAV(p.wav, pcm)
}

// pay texts one order, takes the call and waits for both receipts.
func (p *play) pay(ctx context.Context, payer *handset, pin string, order payment) (paid, error) {
	result := paid{payment: order}
	payerTexts, payeeTexts := received(payer.view()), received(order.payee.view())
	if err := payer.text(ctx, ShortCode, order.text); err != nil {
		return result, err
	}
	if err := p.until(ctx, "the phone to ring", func() bool { return inCall(payer, callRinging) }); err != nil {
		return result, err
	}
	if err := payer.answer(); err != nil {
		return result, err
	}
	if err := p.confirm(ctx, payer, pin, &result); err != nil {
		return result, err
	}
	err := p.until(ctx, "both receipts", func() bool {
		return received(payer.view()) > payerTexts && received(order.payee.view()) > payeeTexts
	})
	if err != nil {
		return result, err
	}
	result.payerText, result.payeeText = firstAfter(payer.view(), payerTexts), firstAfter(order.payee.view(), payeeTexts)
	if !order.heard && inCall(payer, callTalking) {
		if err := payer.hangUp(); err != nil {
			return result, err
		}
	}
	return result, p.until(ctx, "the end of the call", func() bool { return inCall(payer, callOver) })
}

// confirm presses 1 at the guard and keys the PIN at the question, waiting for
// the end of each prompt or barging in.
func (p *play) confirm(ctx context.Context, payer *handset, pin string, result *paid) error {
	r, wait := payer.recording(), begun
	if result.heard {
		wait = ended
	}
	if err := p.listen(ctx, "the guard question", r, 0, wait); err != nil {
		return err
	}
	from, captions := r.size(), len(payer.view().Call.Captions)
	if err := payer.press("1"); err != nil {
		return err
	}
	if err := p.listen(ctx, "payee, amount and the PIN question", r, from, wait); err != nil {
		return err
	}
	result.between.spoken, _ = r.speech(from)
	result.between.captions = payer.view().Call.Captions[captions:]
	return payer.press(pin)
}

func inCall(phone *handset, state string) bool {
	c := phone.view().Call
	return c != nil && c.State == state
}

// firstAfter is the first text that came in after the one with that id.
func firstAfter(on screen, id int) string {
	for _, t := range on.Texts {
		if !t.Mine && t.ID > id {
			return t.Body
		}
	}
	return ""
}
