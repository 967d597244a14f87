package acquirer

import (
	"context"
	"fmt"
	"time"

	"mpg/engine/notice"
	"mpg/engine/payment"
)

// billerWindow is how many bills one biller is told of at once.
const billerWindow = 10

// Bill is what a biller is told: a bill was paid.
type Bill struct {
	ID       string    // the same in every try, and unlike that of any other bill
	Ref      string    // of the payment
	Number   string    // of the bill or the customer, as the payer gave it
	Amount   string    // with the decimals of the currency
	Currency string    // ISO 4217
	At       time.Time // when the biller was first to be told
}

// BillState is what a biller says of a bill.
type BillState string

// The states of a bill.
const (
	BillAccepted BillState = "accepted"
	BillRefused  BillState = "refused"
	BillUnknown  BillState = "unknown" // the biller has never been told of it; tell it
	BillPending  BillState = "pending" // it has not decided
)

// Said is the answer of a biller.
type Said struct {
	State BillState
	Code  string // the biller's own, for people
}

// Biller is told of paid bills. It is not a bank: it has none of the money, and what it was
// told cannot be undone.
type Biller interface {
	// Tell says that bill is paid. It may be called any number of times with the same ID,
	// and must have its effect once.
	Tell(ctx context.Context, bill Bill) (Said, error)
	// Query asks what became of the bill with that ID. Its error says that this is not known.
	Query(ctx context.Context, id string) (Said, error)
}

// billerWait is how long one answer of a biller may take.
const billerWait = 30 * time.Second

// tell tells a biller once, or asks it what became of the bill if it may have been told
// before, and records the answer.
func (v *reversals) tell(ctx context.Context, req *payment.Request, repeat bool) Verdict {
	waiting, cancel := context.WithTimeout(ctx, billerWait)
	defer cancel()
	said, err := v.ask(waiting, req, repeat)
	was := reply{code: said.Code}
	switch {
	case err == nil && said.State == BillAccepted:
		return v.settle(ctx, req, payment.SaysApproved, was)
	case err == nil && said.State == BillRefused:
		return v.settle(ctx, req, payment.SaysDeclined, was)
	case ctx.Err() != nil:
		return Soon
	}
	cause := causeBillPending
	if err != nil {
		cause = causeNoAnswer
	}
	v.cfg.Log.Warn("biller has not answered", "biller", req.Bank, "request", req.No, "state", said.State, "err", err)
	return v.unanswered(ctx, req, cause, false)
}

// ask asks a biller that may know the bill what became of it, and tells the biller of it if
// it does not know the bill.
func (v *reversals) ask(ctx context.Context, req *payment.Request, repeat bool) (Said, error) {
	biller, bill := v.cfg.Billers[req.Bank], v.cfg.bill(req)
	if repeat {
		said, err := biller.Query(ctx, bill.ID)
		if err != nil || said.State != BillUnknown {
			return said, err
		}
	}
	return biller.Tell(ctx, bill)
}

// bill returns what a biller is told by req.
func (c *Config) bill(req *payment.Request) Bill {
	currency, ref := notice.Currency(req.Currency), c.Books.Refs.Ref(req.Payment)
	return Bill{ID: fmt.Sprintf("%s-%d", ref, req.Ask), Ref: ref, Number: req.Bill, Amount: currency.Format(req.Amount), Currency: currency.Code, At: req.At}
}
