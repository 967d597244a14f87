// Package moduletest is a module for tests. Its products have plans of shapes that no
// product of the core has:
//
//	RELAY 50 13800138000   from bank to bank: two requests, three legs, and a fee from the
//	                       purse that is due only when both banks have paid
//	TANK 200 8001          from the purse to a shop, which says later how much it charges:
//	                       mpg moduletest capture REF AMOUNT, or release REF
//
// The proofs run mpg with this module in it, and kill it in each state of these payments.
//
// The package imports what a module may import, and nothing of the tests.
package moduletest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"mpg/engine/admin"
	"mpg/engine/books"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/module"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// The products.
const (
	Relay payment.Product = "relay"
	Tank  payment.Product = "tank"
)

// TankFor is how long a Tank waits for its amount, unless Products says otherwise.
const TankFor = 7 * 24 * time.Hour

// Products is the module, once it has joined.
type Products struct {
	*module.Parts
	TankFor time.Duration // 0: the constant
}

// New returns the module and sets made, which works once an engine has been made with the
// module.
func New(made *Products) module.Module {
	return module.Module{
		Name:  "moduletest",
		What:  "payments from bank to bank, and of amounts known later",
		Words: "[relay]\nen = [\"relay\"]\nform-en = \"RELAY amount mobile\"\n[tank]\nen = [\"tank\"]\nform-en = \"TANK amount code\"\n",
		Verbs: []admin.Verb{
			{Name: "capture", What: "capture an amount of a tank, not counting the fee", Do: made.captureVerb,
				Args: []admin.Arg{{Name: "ref", Kind: admin.ArgText}, {Name: "amount", Kind: admin.ArgAmount}}},
			{Name: "release", What: "release what is set aside for a tank", Do: made.releaseVerb, Args: []admin.Arg{{Name: "ref", Kind: admin.ArgText}}},
		},
		Join: func(p *module.Parts) module.Additions {
			made.Parts = p
			return module.Additions{Intents: map[order.Intent]intent.Entry{
				"relay": {Do: made.relay, Class: intent.Pays},
				"tank":  {Do: made.tank, Class: intent.Pays},
			}}
		},
	}
}

// Fee returns what the payer of a Relay or a Tank pays from the purse in addition: one
// percent, but at least one minor unit.
func Fee(amount money.Amount) money.Amount { return max(1, amount/100) }

// read returns the amount and the word that follow the intent's own word.
func (s *Products) read(req *intent.Request) (amount money.Amount, other string, ok bool) {
	fields := strings.Fields(req.Order.Rest)
	if len(fields) != 2 {
		return 0, "", false
	}
	amount, err := s.Place.Currency.Parse(fields[0])
	req.Order.Amount, req.Order.Currency, req.Order.To = amount, s.Place.Currency, fields[1]
	return amount, fields[1], err == nil && amount > 0
}

// relay accepts an order to pay from bank to bank.
func (s *Products) relay(t *tx.Tx, req *intent.Request) error {
	amount, number, ok := s.read(req)
	if !ok {
		return s.Orders.Reply(t, req, lang.HelpText, lang.Args{})
	}
	payee, err := t.UserOf("+86" + strings.TrimPrefix(number, "+86"))
	if err != nil {
		return err
	}
	if payee == nil || payee.BankAccount == 0 || req.Sender.BankAccount == 0 {
		return s.Orders.Reply(t, req, lang.NoBankAccount, lang.Args{})
	}
	plan, err := s.relayPlan(t, req.Sender, payee, amount)
	if err != nil {
		return err
	}
	sides := product.Sides{Payer: req.Sender, Payee: payee, Date: s.Place.Day(t.Now)}
	return s.Orders.Pay(t, req, sides, func() (payment.Plan, payment.Amounts, *product.Refusal) {
		return plan, payment.Amounts{Charged: amount + Fee(amount), Received: amount, Fee: Fee(amount)}, nil
	})
}

func (s *Products) relayPlan(t *tx.Tx, payer, payee *user.User, amount money.Amount) (payment.Plan, error) {
	accounts := make([]store.AccountID, 0, 4)
	for _, name := range []string{books.BankPrefix + payer.Bank, books.BankPrefix + payee.Bank, books.TransitPrefix + payer.Bank, books.Fees} {
		kind := store.Liability
		if strings.HasPrefix(name, books.BankPrefix) {
			kind = store.Asset
		}
		id, err := s.Books.Account(t, name, kind, "")
		if err != nil {
			return payment.Plan{}, err
		}
		accounts = append(accounts, id)
	}
	from, to, transit, fees := accounts[0], accounts[1], accounts[2], accounts[3]
	taken, paid := payment.AtConfirm+1, payment.AtConfirm+2
	return payment.Plan{
		Product: Relay,
		Legs: []payment.Leg{
			{From: from, To: transit, Amount: amount, Code: payment.CodeBankIn, Held: true, PostedAt: taken},
			{From: transit, To: to, Amount: amount, Code: payment.CodeBankOut, Held: true, HeldAt: taken, PostedAt: paid},
			{From: payer.Purse, To: fees, Amount: Fee(amount), Code: payment.CodeFee, Held: true, PostedAt: paid},
		},
		Asks: []payment.Ask{
			{Bank: payer.Bank, Account: payer.BankAccount, Amount: amount, Kind: payment.Debit},
			{Bank: payee.Bank, Account: payee.BankAccount, Amount: amount, Kind: payment.Credit},
		},
		Back: payer.Purse,
	}, nil
}

// tank accepts an order whose amount the shop says later.
func (s *Products) tank(t *tx.Tx, req *intent.Request) error {
	amount, code, ok := s.read(req)
	if !ok {
		return s.Orders.Reply(t, req, lang.HelpText, lang.Args{})
	}
	shop, err := t.Merchant(code)
	if err != nil {
		return err
	}
	if shop == nil {
		return s.Orders.Reply(t, req, lang.UnknownShop, lang.Args{Code: code})
	}
	fees, err := s.Books.Account(t, books.Fees, store.Liability, "")
	if err != nil {
		return err
	}
	captured, fee := payment.AtConfirm+1, Fee(amount)
	sides := product.Sides{Payer: req.Sender, Shop: shop, Date: s.Place.Day(t.Now)}
	return s.Orders.Pay(t, req, sides, func() (payment.Plan, payment.Amounts, *product.Refusal) {
		return payment.Plan{Product: Tank, Capture: cmp.Or(s.TankFor, TankFor), Legs: []payment.Leg{
			{From: req.Sender.Purse, To: shop.Account, Amount: amount, Code: payment.CodePay, Held: true, PostedAt: captured},
			{From: req.Sender.Purse, To: fees, Amount: fee, Code: payment.CodeFee, Held: true, PostedAt: captured},
		}}, payment.Amounts{Charged: amount + fee, Received: amount, Fee: fee}, nil
	})
}

// Capture captures amount of a Tank, not counting the fee.
func (s *Products) Capture(ctx context.Context, by admin.Command, ref string, amount money.Amount) (json.RawMessage, error) {
	return s.once(ctx, by, "tank capture", ref, amount, capture(amount))
}

// Release releases what is set aside for a Tank.
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
