package payment

import (
	"errors"
	"slices"
	"strings"
	"time"
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
	UndoneAtBank Reason = "reversed"
	InDoubt      Reason = "in doubt" // the bank does not say; people decide
)

// Ends returns the reasons with which a payment may be done, in a fixed order.
func Ends() []Reason {
	return []Reason{Paid, LockedOut, Disowned, CalledOff, OptedOut, Suspended, DisownedElse, LockedElse, PINCleared, TimedOut,
		BankDeclined, BankAway, UndoneAtBank}
}

// Label returns the reason as the label of a metric.
func (r Reason) Label() string { return strings.ReplaceAll(string(r), " ", "_") }

// Event is something that happened to a payment.
type Event struct {
	Kind    EventKind
	Reason  Reason
	Bank    string // with BankDeclined: class of the bank's answer
	Request uint64 // number of the bank request that it answers; 0: none
	At      time.Time
}

// ErrLate says that the payment is no longer where the event could matter:
// somebody else's event was committed first.
var ErrLate = errors.New("payment: too late")

// Next applies ev, and whatever follows from it by itself, to p and returns the
// effects in their order. It changes p only when it returns no error. An answer to a
// request other than the last one is ErrLate.
func Next(p *Payment, ev Event) ([]Effect, error) {
	if ev.Request != 0 && ev.Request != p.Request() {
		return nil, ErrLate
	}
	var effects []Effect
	state, steps := p.State, p.Steps
	for on := ev.Kind; on != ""; on = follow(state, &p.Plan) {
		row, ok := find(state, on)
		if !ok {
			return nil, ErrLate
		}
		state = row.To
		steps = append(steps, Step{At: ev.At, State: state})
		effects = append(effects, row.Effects...)
	}
	p.State, p.Steps = state, steps
	if reason := reasonOf(state, ev); reason != "" {
		p.Reason = reason
	}
	if ev.Bank != "" {
		p.Bank = ev.Bank
	}
	return effects, nil
}

// reasonOf is the event's own reason, Paid for what ends well, and none for a
// fresh call.
func reasonOf(s State, ev Event) Reason {
	if ev.Reason == "" && s == Done {
		return Paid
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
