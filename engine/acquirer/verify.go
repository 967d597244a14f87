package acquirer

import (
	"context"
	"errors"

	"mpg/engine/bank"
	"mpg/engine/card"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// Desk is Banks as the operator's commands see them: they also ask about cards.
type Desk struct{ *Banks }

// Verify asks an issuer whether it knows a token, and would let the card pay. It moves no
// money, and an answer that does not come needs no reversal. The check is kept before it is
// sent, so that no later request has its trace number; its Code is empty if no answer came,
// and the error then says why: bank.ErrDown or bank.ErrUnknown.
func (b Desk) Verify(ctx context.Context, issuer string, holder uint64, token, currency string) (*card.Check, error) {
	link := b.cfg.Banks[issuer]
	if link == nil {
		return nil, errNoBank
	}
	no := b.cfg.Books.Requests.Add(1)
	check := &card.Check{No: no, User: holder, Issuer: issuer, At: b.cfg.Now().UTC()}
	keep := func(t *tx.Tx) error {
		tx.Save(t, card.CheckTable, payment.Key(no), check)
		return nil
	}
	packed, err := link.Prepare(bank.Request{Kind: bank.Verify, STAN: payment.STAN(no), RRN: rrnOf(check), At: check.At, Account: token, Currency: notice.Currency(currency), Card: true})
	if err != nil {
		return nil, err
	}
	if err := b.cfg.Run.Do(ctx, keep); err != nil {
		return nil, err
	}
	b.Counters.BankAsked.Add(1)
	reply, asked := link.Authorize(ctx, packed)
	if !errors.Is(asked, bank.ErrDown) {
		b.breakers[issuer].note(failed(reply, asked))
	}
	if asked != nil {
		b.cfg.Log.Warn("card not verified", "issuer", issuer, "stan", payment.STAN(no), "cause", bank.Cause(asked), "err", asked)
		return check, asked
	}
	check.Code = reply.Code
	err = b.cfg.Run.Do(context.WithoutCancel(ctx), func(t *tx.Tx) error {
		if _, err := tx.Read[card.Check](t, card.CheckTable, payment.Key(no)); err != nil {
			return err
		}
		return keep(t)
	})
	return check, err
}

// rrnOf returns the reference of a check.
func rrnOf(check *card.Check) string {
	return bank.RRN(check.At.UTC(), uint64(payment.STAN(check.No)))
}

// isCheck reports whether an answer belongs to a verification, which has ended: it is about
// no money.
func (l *requests) isCheck(ctx context.Context, one lateAnswer) bool {
	for no := range payment.Namesakes(one.late.STAN, l.cfg.Books.Requests.Load()) {
		check, err := tx.Read[card.Check](l.cfg.Run.View(ctx), card.CheckTable, payment.Key(no))
		if err == nil && check != nil && check.Issuer == one.bank && rrnOf(check) == one.late.RRN {
			return true
		}
	}
	return false
}
