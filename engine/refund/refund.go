// Package refund has a shop pay a customer back: by a payment of its own, which names the
// one that it refunds (payment.Origin.Of). The operator's command and the shop's text both
// come here.
//
//	refund.go   Desk, and what it refuses      sources.go  where the money comes from and goes
//	fees.go     what is returned of a fee          chargeback.go what a card issuer takes back
//
// A refund goes back the way the money came, so it needs the account, the bank or the purse
// that paid; if a card and the purse paid, the card gets its part back first. A refund draws on
// the shop's account, then on what is held back of the shop's money; only a command that two
// people give lets the shop run into debt. How much was refunded of a payment is a document of
// its own, payment.Refunds: its version is what keeps refunds that race from exceeding the
// payment, and a refund that comes to nothing is taken out of it.
//
// The package imports store, the unit of work (engine/tx), books, process, the records and
// pure rules that it applies (payment, product, merchant, user), and local.
package refund

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"mpg/engine/books"
	"mpg/engine/local"
	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/process"
	"mpg/engine/product"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// Refusals of a refund.
var (
	ErrNotRefundable = errors.New("cannot be refunded: a refund pays back what a shop was paid")
	ErrRefunded      = errors.New("has already been given back")
	ErrOver          = errors.New("exceeds what is left to refund")
	ErrShort         = errors.New("the shop's account does not hold enough")
	ErrBankDown      = errors.New("cannot be reached right now")
	ErrShopClosed    = errors.New("the shop is closed")
	ErrDisputed      = errors.New("is disputed: its bank now denies that it has paid, and may have given the money back")
	errNoShop        = errors.New("refund: a payment to a shop that is gone")
)

// Lacking is an ErrShort that says how much is lacking.
type Lacking struct {
	Amount money.Amount
	text   string
}

// Error says how much is lacking.
func (l Lacking) Error() string { return l.text }

// Unwrap returns ErrShort.
func (l Lacking) Unwrap() error { return ErrShort }

// Config is what a Desk works with.
type Config struct {
	Books   *books.Books
	Process *process.Machine
	Store   store.Reader
	Place   local.Place
	Banks   []string               // names of those that are configured
	BankUp  func(bank string) bool // whether that bank can be asked now
}

// Desk makes refunds. It may be used by any number of goroutines.
type Desk struct{ cfg Config }

// New returns a Desk.
func New(cfg Config) *Desk { return &Desk{cfg} }

// Order is what is asked of a Desk.
type Order struct {
	Of     *payment.Payment
	Amount money.Amount // 0: all that is left
	Route  payment.Route
	Origin payment.Origin // except Of, which is set
	// Receivable lets the shop owe the operator what its accounts do not hold.
	Receivable bool
	Expires    time.Duration // of a refund that has a Manager, who confirms it in a call
	No         uint64        // number of the payment that will refund; 0: the next one
}

// Left returns how much of first may still be refunded. The error is ErrNotRefundable or
// ErrRefunded if that is nothing.
func (d *Desk) Left(t *tx.Tx, first *payment.Payment) (money.Amount, error) {
	left, _, err := d.left(t, first)
	return left, err
}

func (d *Desk) left(t *tx.Tx, first *payment.Payment) (money.Amount, *payment.Refunds, error) {
	switch {
	case first.State == payment.Authorized:
		return 0, nil, fmt.Errorf("%s is authorised but has not been charged, so it %w", first.Ref, ErrNotRefundable)
	case !product.Refundable(first):
		return 0, nil, fmt.Errorf("%s %w", first.Ref, ErrNotRefundable)
	}
	back, err := Of(t, first.No)
	if err != nil {
		return 0, nil, err
	}
	left := product.RefundMax(first) - back.Sum
	if left <= 0 {
		return 0, nil, fmt.Errorf("%s %w", first.Ref, ErrRefunded)
	}
	return left, back, nil
}

// Of returns what later payments have given back of payment no.
func Of(t *tx.Tx, no uint64) (*payment.Refunds, error) {
	back, err := tx.Read[payment.Refunds](t, payment.RefundsTable, payment.Key(no))
	if err == nil && back == nil {
		back = &payment.Refunds{Of: no}
	}
	return back, err
}

// Make begins a refund in this step: it is done at once, unless its Manager confirms it
// first or a bank is asked. The error is one of the package, or of the store.
func (d *Desk) Make(t *tx.Tx, order Order) (*payment.Payment, error) {
	first := order.Of
	left, back, err := d.left(t, first)
	if err != nil {
		return nil, err
	}
	if err := undisputed(t, first); err != nil {
		return nil, err
	}
	amount, err := d.within(left, order, ErrOver)
	if err != nil {
		return nil, err
	}
	shop, err := shopOf(t, first, order.Receivable)
	if err != nil {
		return nil, err
	}
	fees, returned := feeShares(first, back.Sum, amount)
	if err := d.holdFees(t, fees); err != nil {
		return nil, err
	}
	plan, to, err := d.plan(t, shop, order, amount-returned, product.Refund{Of: first, From: fees, ToPurse: amount - min(amount, cardLeft(first, back))})
	if err != nil {
		return nil, err
	}
	return d.begin(t, order, amount, back, payment.Payment{Plan: plan, Payer: partyOf(shop), Payee: to})
}

// within returns the amount of order, which is left if it names none. over is the error if it is
// more than left.
func (d *Desk) within(left money.Amount, order Order, over error) (money.Amount, error) {
	if order.Amount > left {
		format := d.cfg.Place.Currency.Format
		return 0, fmt.Errorf("%s %w: %s of %s", format(order.Amount), over, format(left), order.Of.Ref)
	}
	return cmp.Or(order.Amount, left), nil
}

// begin begins, in this step, the payment by which amount of order.Of is given back, and counts it
// in back. p has its plan and its sides.
func (d *Desk) begin(t *tx.Tx, order Order, amount money.Amount, back *payment.Refunds, p payment.Payment) (*payment.Payment, error) {
	if order.No == 0 {
		order.No = d.cfg.Books.Payments.Add(1)
	}
	p.No, p.Ref = order.No, d.cfg.Books.Refs.Ref(order.No)
	p.Amounts = payment.Amounts{Ordered: amount, Charged: amount, Received: amount, Currency: order.Of.Currency}
	p.Route, p.Origin = order.Route, order.Origin
	p.Of = order.Of.No
	p.Date, p.Deadline = d.cfg.Place.Day(t.Now), t.Now.Add(order.Expires)
	back.Sum += amount
	back.By = append(back.By, p.No)
	if order.Of.Plan.FromPurse() > 0 {
		back.Purse += payment.ToPurse(&p)
	}
	tx.Save(t, payment.RefundsTable, payment.Key(order.Of.No), back)
	return &p, d.cfg.Process.Advance(t, &p, payment.Event{Kind: payment.Ordered, At: t.Now})
}

// partyOf returns a shop as a side of a payment.
func partyOf(shop *merchant.Merchant) payment.Party {
	return payment.Party{Code: shop.Code, Phone: shop.Phone, Name: shop.Name}
}

// undisputed returns ErrDisputed if a bank goes back on what it has paid of first: the customer
// may have the money already, and would have it twice.
func undisputed(t *tx.Tx, first *payment.Payment) error {
	for _, no := range payment.AllRequests(first) {
		req, err := tx.Read[payment.Request](t, payment.BankTable, payment.Key(no))
		if err != nil {
			return err
		}
		if req != nil && req.State == payment.RequestDisputed {
			return fmt.Errorf("%s %w", first.Ref, ErrDisputed)
		}
	}
	return nil
}

// plan returns how the refund r is made, and who gets it. The shop pays amount of it; those who
// got the fee, who are in r already, pay the rest.
func (d *Desk) plan(t *tx.Tx, shop *merchant.Merchant, order Order, amount money.Amount, r product.Refund) (payment.Plan, payment.Party, error) {
	customer, err := t.User(r.Of.Payer.User)
	if err != nil {
		return payment.Plan{}, payment.Party{}, err
	}
	to := payment.Party{User: customer.No, Phone: customer.Phone, Name: customer.Name}
	r.Purse, r.Call = customer.Purse, order.Origin.Manager.User != 0
	if err := d.way(t, &r, r.ToPurse < amount+r.Sum()); err != nil {
		return payment.Plan{}, to, err
	}
	var from []product.Share
	if order.Receivable {
		from, err = d.owing(t, shop, amount)
	} else {
		from, err = d.sources(t, shop, amount, false)
	}
	if err != nil {
		return payment.Plan{}, to, err
	}
	r.From = append(from, r.From...)
	return product.PlanRefund(r), to, nil
}

// shopOf returns the shop that was paid. One that is closed is paid no more, but what it owes
// its customers, or a card issuer, stays owed: it gives that back if it may owe the operator all
// of it.
func shopOf(t *tx.Tx, first *payment.Payment, receivable bool) (*merchant.Merchant, error) {
	shop, err := t.Merchant(first.Payee.Code)
	switch {
	case err != nil:
		return nil, err
	case shop == nil:
		return nil, errNoShop
	case shop.IsClosed() && !receivable:
		return nil, ErrShopClosed
	}
	return shop, nil
}

// usesBank reports whether what first was paid with is an account at a bank that is still
// configured, and which.
func (d *Desk) usesBank(first *payment.Payment) (string, bool) {
	bank := product.PaidByBank(first)
	return bank, bank != "" && slices.Contains(d.cfg.Banks, bank)
}
