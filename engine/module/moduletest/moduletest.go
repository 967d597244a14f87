// Package moduletest is a module for tests. Its products have plans of shapes that no
// product of the core has:
//
//	RELAY 50 13800138000   from bank to bank: two requests, three legs, and a fee from the
//	                       purse that is due only when both banks have paid
//	TANK 200 8001          from the purse to a shop, which says later how much it charges:
//	                       mpg moduletest capture REF AMOUNT, or release REF
//	CHARGE 200 8001        the same from a bank account: the bank holds the money, and
//	                       takes what the shop charges
//	BILL 80 8001 4711      from the purse to a shop; a biller is told of it afterwards
//	METER 80 8001 4711     from a bank account to a shop, once the biller has accepted it
//
// The proofs run mpg with this module in it, and kill it in each state of these payments.
//
// moduletest.go joins, later.go has the amounts that are known later, bill.go the bills, and
// biller.go the biller.
//
// The package imports what a module may import, and nothing of the tests.
package moduletest

import (
	"strings"
	"time"

	"mpg/engine/acquirer"
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
	Relay  payment.Product = "relay"
	Tank   payment.Product = "tank"
	Charge payment.Product = "charge"
	Bill   payment.Product = "bill"
	Meter  payment.Product = "meter"
)

// Products is the module, once it has joined.
type Products struct {
	*module.Parts
	TankFor time.Duration // how long the shop may take to say its amount; 0: the constant
	Partial bool          // a bank may hold less for a Charge
	AtOnce  bool          // a Charge is for all of its amount, and does not wait for the shop
	Power   Biller
}

// words are those of the intents.
const words = `
[relay]
en = ["relay"]
form-en = "RELAY amount mobile"
[tank]
en = ["tank"]
form-en = "TANK amount code"
[charge]
en = ["charge"]
form-en = "CHARGE amount code"
[bill]
en = ["bill"]
form-en = "BILL amount code number"
[meter]
en = ["meter"]
form-en = "METER amount code number"
`

// New returns the module and sets made, which works once an engine has been made with the
// module.
func New(made *Products) module.Module {
	if made.Power.bills == nil { // it outlives the engine
		made.Power.bills = make(map[string]*told)
	}
	return module.Module{
		Name:  "moduletest",
		What:  "payments from bank to bank, and of amounts known later",
		Words: words,
		Verbs: []admin.Verb{
			{Name: "capture", What: "capture an amount of a tank, not counting the fee", Do: made.captureVerb,
				Args: []admin.Arg{{Name: "ref", Kind: admin.ArgText}, {Name: "amount", Kind: admin.ArgAmount}}},
			{Name: "release", What: "release what is held for a tank", Do: made.releaseVerb, Args: []admin.Arg{{Name: "ref", Kind: admin.ArgText}}},
		},
		Billers: map[string]acquirer.Biller{Power: &made.Power},
		Join: func(p *module.Parts) module.Additions {
			made.Parts = p
			return module.Additions{Intents: map[order.Intent]intent.Entry{
				"relay":  {Do: made.relay, Class: intent.Pays},
				"tank":   {Do: made.tank, Class: intent.Pays},
				"charge": {Do: made.charge, Class: intent.Pays},
				"bill":   {Do: made.bill, Class: intent.Pays},
				"meter":  {Do: made.meter, Class: intent.Pays},
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
	if len(fields) < 2 {
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

// accounts returns the accounts with those names, which it opens if need be.
func (s *Products) accounts(t *tx.Tx, names ...string) ([]store.AccountID, error) {
	accounts := make([]store.AccountID, 0, len(names))
	for _, name := range names {
		kind := store.Liability
		if strings.HasPrefix(name, books.BankPrefix) {
			kind = store.Asset
		}
		id, err := s.Books.Account(t, name, kind, "")
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, id)
	}
	return accounts, nil
}

func (s *Products) relayPlan(t *tx.Tx, payer, payee *user.User, amount money.Amount) (payment.Plan, error) {
	accounts, err := s.accounts(t, books.BankPrefix+payer.Bank, books.BankPrefix+payee.Bank, books.TransitPrefix+payer.Bank, books.Fees)
	if err != nil {
		return payment.Plan{}, err
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
