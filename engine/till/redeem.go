package till

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/tx"
)

// Redeemed says that a ticket was used: the payment whose reference is its number.
type Redeemed struct {
	Payment uint64    `cbor:"1,keyasint"` // number
	Shop    string    `cbor:"2,keyasint"` // code
	Till    string    `cbor:"3,keyasint"` // name
	At      time.Time `cbor:"4,keyasint"`
	Key     string    `cbor:"5,keyasint,omitempty"` // of the request; the same one is answered as at first
}

// Refusals of what a till asks for.
var (
	ErrNoPayment = errors.New("this shop has no payment with this reference")
	ErrNoTicket  = errors.New("this payment is not for a ticket: the shop sells none")
	ErrUnpaid    = errors.New("this ticket is not paid")
	ErrRefunded  = errors.New("this ticket was refunded")
	ErrRedeemed  = errors.New("this ticket was redeemed before")
)

// Refusals of the word of a till about an order that waits for it.
var (
	ErrNotOffered = errors.New("no order with this reference is waiting for this shop to decide")
	ErrDecided    = errors.New("this order was already decided the other way")
	ErrTooLate    = errors.New("the time to decide about this order is over")
)

// RedeemedError says which till has redeemed a ticket, and when.
type RedeemedError struct{ By Redeemed }

// Error says so.
func (e *RedeemedError) Error() string {
	return fmt.Sprintf("%v, by %s at %s", ErrRedeemed, e.By.Till, e.By.At.UTC().Format(time.RFC3339))
}

// Is reports whether target is ErrRedeemed.
func (*RedeemedError) Is(target error) bool { return target == ErrRedeemed }

// Desk answers what a till asks about payments of its shop.
type Desk struct {
	Run    *tx.Runner
	Number func(ref string) (uint64, error)
	Ref    func(no uint64) string
	Facts  Facts // nil: tills learn no more of a card than its payment says
}

// payment returns the payment with a reference, if it belongs to the shop of the till.
func (d Desk) payment(t *tx.Tx, by *Till, ref string) (*payment.Payment, error) {
	no, err := d.Number(ref)
	if err != nil {
		return nil, ErrNoPayment
	}
	p, err := tx.Read[payment.Payment](t, payment.Table, payment.Key(no))
	if err != nil {
		return nil, err
	}
	if p == nil || shopOf(p) != by.Shop {
		return nil, ErrNoPayment
	}
	return p, nil
}

// Payment returns what a till may see of the payment with a reference. The error is
// ErrNoPayment or one of the store.
func (d Desk) Payment(ctx context.Context, by *Till, ref string) (View, error) {
	p, err := d.payment(d.Run.View(ctx), by, ref)
	if err != nil {
		return View{}, err
	}
	view := viewOf(p, d.Ref)
	view.CardFacts, err = d.Facts.of(ctx, p)
	return view, err
}

// Redeem uses up the ticket whose number is ref. Of any number of attempts one succeeds. A
// repeat under its key, if it has one, is answered as the first was. The error is one of those
// above, a *RedeemedError, or one of the store.
func (d Desk) Redeem(ctx context.Context, by *Till, ref, key string) (used Redeemed, err error) {
	err = d.Run.Do(ctx, func(t *tx.Tx) error {
		p, err := d.payment(t, by, ref)
		if err != nil {
			return err
		}
		before, err := tx.Read[Redeemed](t, RedeemedTable, payment.Key(p.No))
		if err != nil {
			return err
		}
		if before != nil {
			used = *before
			if key != "" && before.Key == key && before.Till == by.Name {
				return nil
			}
			return &RedeemedError{*before}
		}
		if err := redeemable(t, p); err != nil {
			return err
		}
		used = Redeemed{Payment: p.No, Shop: by.Shop, Till: by.Name, At: t.Now.UTC(), Key: key}
		tx.Save(t, RedeemedTable, payment.Key(p.No), &used)
		return nil
	})
	return used, err
}

// redeemable returns why the ticket of p cannot be redeemed.
func redeemable(t *tx.Tx, p *payment.Payment) error {
	switch {
	case p.Plan.Vertical != string(merchant.Tickets):
		return ErrNoTicket
	case stateOf(p) != Paid:
		return ErrUnpaid
	}
	back, err := tx.Read[payment.Refunds](t, payment.RefundsTable, payment.Key(p.No))
	switch {
	case err != nil:
		return err
	case back == nil:
		back = &payment.Refunds{Of: p.No}
	case back.Sum > 0:
		return ErrRefunded
	}
	tx.Save(t, payment.RefundsTable, payment.Key(p.No), back) // so that a refund at the same time counts
	return nil
}
