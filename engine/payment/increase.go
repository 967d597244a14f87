package payment

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"mpg/store/money"
)

// Increase is what a payee has asked to have held on top of what was ordered, by a request
// of its own to the bank that holds the first amount. Its amounts are added to those of
// the payment once the bank approves. It uses up the payer's limits from the request on, so
// that two increases at once cannot both use what is left; see DaySums.
type Increase struct {
	Request  uint64        `cbor:"1,keyasint"` // number
	State    IncreaseState `cbor:"2,keyasint"`
	Ordered  money.Amount  `cbor:"3,keyasint"` // without fees
	Charged  money.Amount  `cbor:"4,keyasint"` // what the bank is asked for
	Received money.Amount  `cbor:"5,keyasint"`
	Fee      money.Amount  `cbor:"6,keyasint,omitempty"`
	PayeeFee money.Amount  `cbor:"7,keyasint,omitempty"`
	Tax      money.Amount  `cbor:"8,keyasint,omitempty"`
	At       time.Time     `cbor:"9,keyasint"`
	Ended    time.Time     `cbor:"10,keyasint,omitzero"` // when the bank had answered, or its time was over
	// Date is the local day on which it counts. It is empty if an older build asked for it: it
	// then counts on that of the payment, and only once it is approved.
	Date string `cbor:"11,keyasint,omitempty"`
}

// IncreaseState says what has become of an Increase.
type IncreaseState string

// The states of an Increase. An Increase is Dropped if its payment ends first, or if the bank
// does not answer; its request is then reversed.
const (
	IncreaseAsked    IncreaseState = "asked"
	IncreaseApproved IncreaseState = "approved"
	IncreaseDeclined IncreaseState = "declined"
	IncreaseDropped  IncreaseState = "dropped"
)

// Errors of an Increase.
var (
	ErrIncreasing = errors.New("payment: an increase is not answered yet")
	ErrIncrease   = errors.New("payment: cannot be increased")
)

// Increasing returns the Increase that the bank has not answered yet, or nil: there is one at
// most.
func (a *Amounts) Increasing() *Increase {
	if n := len(a.Increases); n > 0 && a.Increases[n-1].State == IncreaseAsked {
		return &a.Increases[n-1]
	}
	return nil
}

// JustIncreased returns the Increase that the last step of p has ended, or nil.
func (p *Payment) JustIncreased() *Increase {
	n := len(p.Increases)
	if p.State != Authorized || n == 0 || p.Increases[n-1].State == IncreaseAsked || !p.Increases[n-1].Ended.Equal(p.Updated()) {
		return nil
	}
	return &p.Increases[n-1]
}

// Increased returns the numbers of the approved requests that hold more than was
// ordered.
func (a *Amounts) Increased() []uint64 {
	var all []uint64
	for i := range a.Increases {
		if a.Increases[i].State == IncreaseApproved {
			all = append(all, a.Increases[i].Request)
		}
	}
	return all
}

// DaySum is how much of a payment counts on one local day.
type DaySum struct {
	Date   string
	Amount money.Amount
}

// DaySums returns what p counts in what its payer has paid, by local days. An increase counts
// from the request on, unless the bank does not approve it; see Increase.Date for those of an
// older build. If less was captured, that is what was ordered first.
func DaySums(p *Payment) []DaySum {
	if len(p.Increases) == 0 || len(p.Plan.Asks) == 0 {
		return []DaySum{{p.Date, p.Charged}}
	}
	first := min(p.Charged, p.Plan.Asks[0].Amount)
	left, sums := p.Charged-first, []DaySum{{p.Date, first}}
	for i := range p.Increases {
		more := &p.Increases[i]
		counts := more.Charged
		switch more.State {
		case IncreaseAsked:
			if more.Date == "" {
				continue
			}
		case IncreaseApproved:
			counts = min(left, counts)
			left -= counts
		case IncreaseDeclined, IncreaseDropped:
			continue
		}
		sums = append(sums, DaySum{cmp.Or(more.Date, p.Date), counts})
	}
	return sums
}

// DayChanges returns by how much the sums of each day differ, where they do.
func DayChanges(before, now []DaySum) map[string]money.Amount {
	changes := make(map[string]money.Amount)
	for _, sum := range now {
		changes[sum.Date] += sum.Amount
	}
	for _, sum := range before {
		changes[sum.Date] -= sum.Amount
	}
	maps.DeleteFunc(changes, func(_ string, amount money.Amount) bool { return amount == 0 })
	return changes
}

// OwnFirst returns the numbers of all bank requests of p: its own, and then those of its
// increases, for which nothing else waits.
func OwnFirst(p *Payment) []uint64 {
	all := slices.Clone(p.Requests)
	for i := range p.Increases {
		all = append(all, p.Increases[i].Request)
	}
	return all
}

// AllRequests returns the numbers of all bank requests of p, with those of its increases, in
// the order in which they were made.
func AllRequests(p *Payment) []uint64 {
	all := OwnFirst(p)
	slices.Sort(all)
	return all
}

// IncreaseOf returns the Increase by which p has amount more held, without fees. The fee
// is that of the whole new amount by the row in force when p was ordered, less the one that is
// held already; no part of it becomes smaller. If what was ordered cost nothing, what is
// added costs nothing either: the plan has no account for it. The error is ErrIncreasing, or
// ErrIncrease if no bank holds anything, or holds less than it was asked for.
func (p *Payment) IncreaseOf(amount money.Amount) (Increase, error) {
	switch {
	case p.State != Authorized || p.PreAuth() == 0 || p.Granted > 0 || amount <= 0:
		return Increase{}, ErrIncrease
	case p.Increasing() != nil:
		return Increase{}, ErrIncreasing
	}
	more := Increase{State: IncreaseAsked, Ordered: amount, Charged: amount, Received: amount}
	if p.Tariff != nil && p.Plan.has(CodeFee) {
		fee := p.Tariff.Terms.Fee(p.Ordered + amount)
		payer := max(fee.Payer, p.PayerFee()) - p.PayerFee()
		more.PayeeFee = min(max(fee.Payee, p.PayeeFee)-p.PayeeFee, amount-1)
		more.Fee = payer + more.PayeeFee
		if p.Plan.has(CodeTax) {
			more.Tax = min(max(p.Tariff.Terms.TaxIn(p.Fee+more.Fee), p.Tax)-p.Tax, more.Fee)
		}
		more.Charged, more.Received = amount+payer, amount-more.PayeeFee
	}
	if len(p.Plan.Legs)+len(p.Plan.legsOf(&more)) > legsMax {
		return Increase{}, ErrIncrease
	}
	return more, nil
}

// has reports whether p has a leg of that code.
func (p *Plan) has(code uint16) bool {
	return slices.ContainsFunc(p.Legs, func(leg Leg) bool { return leg.Code == code })
}

// legsOf returns the legs that more adds to p: each is like the first one of its code, or, if it
// counts, of its period.
func (p *Plan) legsOf(more *Increase) []Leg {
	var legs []Leg
	for _, part := range [...]struct {
		code   uint16
		amount money.Amount
	}{{CodePay, more.Received}, {CodeFee, more.Fee - more.Tax}, {CodeTax, more.Tax}} {
		like := slices.IndexFunc(p.Legs, func(leg Leg) bool { return leg.Code == part.code })
		if part.amount == 0 || like < 0 {
			continue
		}
		leg := p.Legs[like]
		leg.Amount = part.amount
		legs = append(legs, leg)
	}
	return append(legs, p.counts(more.Received)...)
}

// counts returns legs that count amount more in each period of the payee.
func (p *Plan) counts(amount money.Amount) []Leg {
	var legs []Leg
	for _, leg := range p.Legs {
		same := func(other Leg) bool { return other.To == leg.To }
		if leg.Code == CodeUnit && !slices.ContainsFunc(legs, same) {
			leg.Amount = amount
			legs = append(legs, leg)
		}
	}
	return legs
}

// increases applies an event about an Increase to p, which is in state Authorized before and
// after it: the deadline stays, so that nothing of it is kept longer than the first part.
func increases(p *Payment, ev Event) ([]Effect, error) {
	row, ok := find(p.State, ev.Kind)
	if !ok || ev.Kind == RaiseAmount && !ev.At.Before(p.Deadline) {
		return nil, ErrLate
	}
	next := *p
	next.Increases = slices.Clone(p.Increases)
	if ev.Kind == RaiseAmount {
		if p.Increasing() != nil {
			return nil, ErrIncreasing
		}
		more := ev.More
		more.At = ev.At
		next.Increases = append(next.Increases, more)
	} else {
		asked := next.Increasing()
		if asked == nil || asked.Request != ev.Request {
			return nil, ErrLate
		}
		asked.Ended, asked.State = ev.At, IncreaseDeclined
		switch {
		case ev.Kind == Raised:
			asked.State = IncreaseApproved
			if err := add(&next, asked); err != nil {
				return nil, err
			}
		case ev.Reason == BankSilent:
			asked.State = IncreaseDropped
		}
	}
	next.Steps = append(slices.Clip(next.Steps), Step{At: ev.At, State: row.To})
	*p = next
	return row.Effects, nil
}

// add adds what a bank has approved to the legs and the amounts of p.
func add(p *Payment, more *Increase) error {
	p.Plan.Legs = append(slices.Clip(p.Plan.Legs), p.Plan.legsOf(more)...)
	p.Ordered, p.Charged, p.Received = p.Ordered+more.Ordered, p.Charged+more.Charged, p.Received+more.Received
	p.Fee, p.PayeeFee, p.Tax = p.Fee+more.Fee, p.PayeeFee+more.PayeeFee, p.Tax+more.Tax
	if err := p.addsUp(); err != nil {
		return fmt.Errorf("%w: %w", ErrIncrease, err)
	}
	return nil
}

// drop ends the Increase that is not answered yet when its payment ends without it: its request is
// reversed with the others.
func (a *Amounts) drop(at time.Time) {
	if a.Increasing() == nil {
		return
	}
	a.Increases = slices.Clone(a.Increases)
	asked := a.Increasing()
	asked.State, asked.Ended = IncreaseDropped, at
}

// AddedLegs returns the index of the first leg that the last approved Increase has added.
func AddedLegs(p *Payment) int {
	more := p.JustIncreased()
	if more == nil || more.State != IncreaseApproved {
		return len(p.Plan.Legs)
	}
	return len(p.Plan.Legs) - len(p.Plan.legsOf(more))
}
