package moduletest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"mpg/engine/admin"
	"mpg/engine/books"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// TankFor is how long a Tank or a Charge waits for its amount, unless Products says otherwise.
const TankFor = 7 * 24 * time.Hour

// shopOf returns the shop with that code, or nil after it has answered that there is none.
func (s *Products) shopOf(t *tx.Tx, req *intent.Request, code string) (*merchant.Merchant, error) {
	shop, err := t.Merchant(code)
	if err == nil && shop == nil {
		err = s.Orders.Reply(t, req, lang.UnknownShop, lang.Args{Code: code})
	}
	return shop, err
}

// tank accepts an order whose amount the shop says later, from the purse.
func (s *Products) tank(t *tx.Tx, req *intent.Request) error {
	return s.later(t, req, func(amount money.Amount, shop *merchant.Merchant) (payment.Plan, error) {
		fees, err := s.Books.Account(t, books.Fees, store.Liability, "")
		captured := payment.AtConfirm + 1
		return payment.Plan{Product: Tank, Capture: cmp.Or(s.TankFor, TankFor), Legs: []payment.Leg{
			{From: req.Sender.Purse, To: shop.Account, Amount: amount, Code: payment.CodePay, Held: true, PostedAt: captured},
			{From: req.Sender.Purse, To: fees, Amount: Fee(amount), Code: payment.CodeFee, Held: true, PostedAt: captured},
		}}, err
	})
}

// charge accepts an order whose amount the shop says later, from the bank account. The fee
// is the purse's.
func (s *Products) charge(t *tx.Tx, req *intent.Request) error {
	return s.later(t, req, func(amount money.Amount, shop *merchant.Merchant) (payment.Plan, error) {
		payer := req.Sender
		accounts, err := s.accounts(t, books.BankPrefix+payer.Bank, books.Fees)
		if err != nil {
			return payment.Plan{}, err
		}
		from, fees, taken := accounts[0], accounts[1], payment.AtConfirm+3
		ask := payment.Ask{Bank: payer.Bank, Account: payer.BankAccount, Amount: amount, Kind: payment.PreAuth}
		takes := ask
		takes.Kind, takes.From = payment.Completion, from
		wait := cmp.Or(s.TankFor, TankFor)
		if s.AtOnce {
			wait, taken = 0, taken-1
		}
		return payment.Plan{Product: Charge, Capture: wait, Partial: s.Partial, Asks: []payment.Ask{ask, takes}, Legs: []payment.Leg{
			{From: from, To: shop.Account, Amount: amount, Code: payment.CodePay, Held: true, PostedAt: taken},
			{From: payer.Purse, To: fees, Amount: Fee(amount), Code: payment.CodeFee, Held: true, PostedAt: taken},
		}}, nil
	})
}

// later accepts an order whose amount the shop says later.
func (s *Products) later(t *tx.Tx, req *intent.Request, plan func(amount money.Amount, shop *merchant.Merchant) (payment.Plan, error)) error {
	amount, code, ok := s.read(req)
	if !ok {
		return s.Orders.Reply(t, req, lang.HelpText, lang.Args{})
	}
	if req.Order.Intent == "charge" && req.Sender.BankAccount == 0 {
		return s.Orders.Reply(t, req, lang.NoBankAccount, lang.Args{})
	}
	shop, err := s.shopOf(t, req, code)
	if shop == nil {
		return err
	}
	made, err := plan(amount, shop)
	if err != nil {
		return err
	}
	sides := product.Sides{Payer: req.Sender, Shop: shop, Date: s.Place.Day(t.Now)}
	return s.Orders.Pay(t, req, sides, func() (payment.Plan, payment.Amounts, *product.Refusal) {
		return made, payment.Amounts{Charged: amount + Fee(amount), Received: amount, Fee: Fee(amount)}, nil
	})
}

// Capture captures amount of a Tank or a Charge, not counting the fee.
func (s *Products) Capture(ctx context.Context, by admin.Command, ref string, amount money.Amount) (json.RawMessage, error) {
	return s.once(ctx, by, "tank capture", ref, amount, capture(amount))
}

// Release releases what is held for a Tank or a Charge.
func (s *Products) Release(ctx context.Context, by admin.Command, ref string) (json.RawMessage, error) {
	return s.once(ctx, by, "tank release", ref, 0, release())
}

func (s *Products) captureVerb(t *tx.Tx, given admin.Given) (any, error) {
	return s.move(t, given.Text("ref"), capture(given.Amount("amount")))
}

func (s *Products) releaseVerb(t *tx.Tx, given admin.Given) (any, error) {
	return s.move(t, given.Text("ref"), release())
}

// capture returns the event that captures amount, and the fee on it.
func capture(amount money.Amount) payment.Event {
	return payment.Event{Kind: payment.Capture, Amounts: payment.Amounts{
		Captured: []money.Amount{amount, Fee(amount)}, Charged: amount + Fee(amount), Received: amount, Fee: Fee(amount)}}
}

// release returns the event that captures nothing.
func release() payment.Event {
	return payment.Event{Kind: payment.Release, Reason: payment.NotCaptured}
}

// once applies an event to the payment with a reference, once under the key of by.
func (s *Products) once(ctx context.Context, by admin.Command, verb, ref string, amount money.Amount, ev payment.Event) (json.RawMessage, error) {
	what := &admin.Action{Name: verb, Object: ref, Amount: amount}
	return s.Admin.Once(ctx, by, what, fmt.Sprintf("%s %s %d", verb, ref, amount), func(t *tx.Tx) (any, error) { return s.move(t, ref, ev) })
}

// move applies an event to the payment with a reference.
func (s *Products) move(t *tx.Tx, ref string, ev payment.Event) (any, error) {
	no, err := s.Books.Refs.Number(ref)
	if err != nil {
		return nil, err
	}
	p, err := t.Payment(no)
	if err != nil {
		return nil, err
	}
	ev.At = t.Now
	if err := s.Process.Advance(t, p, ev); err != nil {
		return nil, err
	}
	return map[string]string{"state": string(p.State)}, nil
}
