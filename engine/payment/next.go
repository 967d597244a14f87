package payment

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mpg/store/money"
)

// Reason says why a payment is where it is.
type Reason string

// The reasons. The texts for each are in engine/notice.
const (
	Paid         Reason = "paid"
	LineBusy     Reason = "line busy"
	NoAnswer     Reason = "no answer"
	CallRefused  Reason = "call refused"
	HungUp       Reason = "hung up"
	NoKeys       Reason = "no keys"
	CutOff       Reason = "cut off" // by a restart of ours
	CallBroken   Reason = "call failed"
	NotPlaced    Reason = "call not placed" // by the trunk, or by us
	WrongPIN     Reason = "wrong pin"
	LockedOut    Reason = "locked"
	Disowned     Reason = "not me"
	CalledOff    Reason = "stopped"          // by the payer's NO
	OptedOut     Reason = "opted out"        // stopped by an opt-out from offers
	Suspended    Reason = "blocked"          // by the operator, who blocked the payer
	DisownedElse Reason = "not me elsewhere" // the payer said so of another call
	LockedElse   Reason = "locked elsewhere" // wrong PINs in another call
	PINCleared   Reason = "pin reset"        // by the operator
	TimedOut     Reason = "expired"
	BankDeclined Reason = "declined"
	BankAway     Reason = "bank down" // surely nothing was sent
	BankSilent   Reason = "bank silent"
	PurseShort   Reason = "purse short" // the bank holds only a part, and the purse cannot pay the rest
	UndoneAtBank Reason = "reversed"
	InDoubt      Reason = "in doubt"  // the bank has not said; people decide
	SetAside     Reason = "set aside" // until the amount is known
	NotCaptured  Reason = "released"  // by the payee, who takes none of it

	TurnedDown Reason = "turned down" // by the payee, which was offered it
	NoWord     Reason = "no word"     // of the payee, in time

	BillerRefused Reason = "biller refused" // what it was told
)

// Ends returns the reasons with which a payment may be done, in a fixed order.
func Ends() []Reason {
	return []Reason{Paid, LockedOut, Disowned, CalledOff, OptedOut, Suspended, DisownedElse, LockedElse, PINCleared, TimedOut,
		BankDeclined, BankAway, UndoneAtBank, NotCaptured, TurnedDown, NoWord, BillerRefused}
}

// Label returns the reason as the label of a metric.
func (r Reason) Label() string { return strings.ReplaceAll(string(r), " ", "_") }

// Event is something that happened to a payment.
type Event struct {
	Kind          EventKind
	Reason        Reason
	DeclineReason string // with BankDeclined: class of the bank's answer
	Request       uint64 // number of the bank request that it is about; 0: none
	// Granted is how much the bank holds, with an Approval, or a StandsPaid, that is for
	// less than was asked; 0: all of it.
	Granted money.Amount
	More    Increase // with RaiseAmount
	Amounts Amounts  // with Capture; Ordered and Currency stay as they are
	At      time.Time
}

// ErrLate says that the payment is no longer where the event could matter:
// somebody else's event was committed first.
var ErrLate = errors.New("payment: too late")

// ErrCapture says that more is to be captured than was held, or that there is not one
// amount for each leg.
var ErrCapture = errors.New("payment: the amounts do not fit what is held")

// ErrCaptureFee says that nothing would be left for the payee of what is to be captured.
var ErrCaptureFee = errors.New("payment: the payee's fee is not less than the amount")

// Next applies ev to p, and whatever follows from it by itself, and returns the effects in
// their order. It changes p only when it returns no error. An event about a request other
// than the last one is ErrLate, as are one that such a request cannot bring and a word of the
// payee after the deadline.
func Next(p *Payment, ev Event) ([]Effect, error) {
	if ev.Kind.ofIncrease() {
		return increases(p, ev)
	}
	if ev.Request != 0 && ev.Request != p.Request() || ev.Request == 0 && ev.Kind.ofRequest() || !p.answers(ev.Kind) {
		return nil, ErrLate
	}
	next, amounts := *p, p.Amounts
	next.Plan.share(&ev)
	var effects []Effect
	for on := ev.Kind; on != ""; on = follow(next.State, &next.Plan, next.Stage()) {
		row, ok := find(next.State, on)
		if !ok {
			return nil, ErrLate
		}
		next.State = row.To
		next.Steps = append(next.Steps, Step{At: ev.At, State: row.To})
		effects = append(effects, row.Effects...)
	}
	if ev.decides() && !ev.At.Before(p.Deadline) {
		return nil, ErrLate
	}
	if ev.Kind == Capture {
		if p.Increasing() != nil {
			return nil, ErrIncreasing
		}
		var err error
		if amounts, err = captured(p, ev.Amounts); err != nil {
			return nil, err
		}
	}
	if ev.Granted > 0 {
		amounts.Granted = ev.Granted
	}
	p.State, p.Steps, p.Plan, p.Amounts = next.State, next.Steps, next.Plan, amounts
	if ev.Kind == Release {
		p.drop(ev.At)
	}
	switch p.State {
	case Authorized:
		p.Deadline = setAsideFrom(p, ev.At).Add(p.Plan.Capture)
	case Offered:
		p.Deadline = ev.At.Add(p.Plan.Decision.Within)
	}
	if p.State == Cooling {
		p.Deadline = ev.At.Add(p.Plan.Wait)
	}
	if reason := reasonOf(p, ev); reason != "" {
		p.Reason = reason
	}
	if ev.DeclineReason != "" {
		p.DeclineReason = ev.DeclineReason
	}
	return effects, nil
}

// setAsideFrom returns when the time begins in which p, authorized at at, may be captured:
// when its bank was asked, if one holds the amount. The bank counts its days from then, even
// if people find out only later that it has approved.
func setAsideFrom(p *Payment, at time.Time) time.Time {
	if i := slices.IndexFunc(p.Steps, func(step Step) bool { return step.State == Sent }); i >= 0 {
		return p.Steps[i].At
	}
	return at
}

// decides reports whether ev is a word of the payee, who has until the deadline. Silence is
// not: it counts once the deadline has passed.
func (ev *Event) decides() bool {
	switch ev.Kind {
	case Capture:
		return true
	case Agree, TurnDown:
		return ev.Reason != NoWord
	}
	return false
}

// answers reports whether the last request of p can bring an event of that kind: an advice
// is accepted or refused, anything else is approved or undone.
func (p *Payment) answers(kind EventKind) bool {
	var asked Kind
	if i := len(p.Requests) - 1; i >= 0 && i < len(p.Plan.Asks) {
		asked = p.Plan.Asks[i].Kind
	}
	switch kind {
	case Approval, Decline, Silence, Reversed:
		return !asked.Advice()
	case Accepted:
		return asked.Advice()
	case Refused:
		return asked == Completion
	case Rejected:
		return asked == Notify
	}
	return true
}

// captured returns the amounts of p once those in now are captured: of each leg at most
// what was held, in the books and by a bank, and no amount greater than it was.
func captured(p *Payment, now Amounts) (Amounts, error) {
	if len(now.Captured) != len(p.Plan.Legs) || now.Charged <= 0 || now.Charged > p.Charged {
		return Amounts{}, ErrCapture
	}
	for _, one := range [...]struct{ now, was money.Amount }{
		{now.Received, p.Received}, {now.Fee, p.Fee}, {now.Discount, p.Discount}, {now.PayeeFee, p.PayeeFee}, {now.Tax, p.Tax}} {
		if one.now < 0 || one.now > one.was {
			return Amounts{}, ErrCapture
		}
	}
	for i, amount := range now.Captured {
		if amount < 0 || amount > p.Plan.Legs[i].Amount {
			return Amounts{}, ErrCapture
		}
	}
	if slices.Max(now.Captured) == 0 { // nothing would move, but a receipt would say otherwise
		return Amounts{}, ErrCapture
	}
	now.Ordered, now.Currency, now.Granted, now.Increases = p.Ordered, p.Currency, p.Granted, p.Increases
	then := *p
	then.Amounts = now
	if err := then.addsUp(); err != nil {
		return Amounts{}, fmt.Errorf("%w: %w", ErrCapture, err)
	}
	if i := p.Plan.completion(); i > 0 {
		if taken := then.AskAmount(i); taken <= 0 || p.Granted > 0 && taken > p.Granted {
			return Amounts{}, ErrCapture
		}
	}
	return now, nil
}

// reasonOf returns Paid for what has been posted, SetAside for what waits for its amount or
// for the word of whoever was told, and else the event's own reason: none for a fresh call.
func reasonOf(p *Payment, ev Event) Reason {
	switch {
	case p.Passed(Posted):
		return Paid
	case p.State == Authorized || p.State == Advising:
		return SetAside
	}
	return ev.Reason
}

// find is the rule for on in state.
func find(state State, on EventKind) (Row, bool) {
	i := slices.IndexFunc(table, func(r Row) bool { return r.From == state && r.On == on })
	if i < 0 {
		return Row{}, false
	}
	return table[i], true
}
