package payment

// State is where a payment is.
type State string

// The states. None is before the order.
const (
	None      State = ""
	Received  State = "received"
	Waiting   State = "waiting" // a call failed; AGAIN, NO or expiry
	Calling   State = "calling"
	Confirmed State = "confirmed" // the PIN was right, or none was needed
	Sent      State = "sent"      // the bank is asked; STAN and RRN are stored
	Approved  State = "approved"
	Declined  State = "declined"
	Unknown   State = "unknown" // the bank is silent
	Posted    State = "posted"  // the money has moved
	Voided    State = "voided"  // nothing was taken
	Reversing State = "reversing"
	Doubt     State = "doubt" // the bank has not said what became of the request; people decide
	Done      State = "done"
)

// EventKind is what happened.
type EventKind string

// The events. Those of the second group follow by themselves: see follow.
const (
	Ordered    EventKind = "ordered"
	PINRight   EventKind = "pin right"
	CallFailed EventKind = "call failed"
	PINLocked  EventKind = "pin locked"
	NotMe      EventKind = "not me"
	Stopped    EventKind = "stopped"
	Expired    EventKind = "expired"
	Again      EventKind = "again"
	Approval   EventKind = "approval"
	Decline    EventKind = "decline"
	Silence    EventKind = "silence"
	Reversed   EventKind = "reversed"
	Overdue    EventKind = "overdue"     // no reversal was confirmed in time, or none can be
	StandsPaid EventKind = "stands paid" // people say: the bank has paid
	StandsVoid EventKind = "stands void" // people say: the bank has taken nothing, or has given it back

	call    EventKind = "call"
	free    EventKind = "free"
	send    EventKind = "send"
	settle  EventKind = "settle"
	void    EventKind = "void"
	reverse EventKind = "reverse"
	closed  EventKind = "close"
)

// Effect is what a transition asks of the engine. Those up to Release are part
// of the same commit; the others are begun after it.
type Effect uint8

const (
	HoldMoney      Effect = iota + 1 // set aside the legs that are held
	Post                             // move the legs
	VoidHolds                        // give the hold back and the day's sum
	Tell                             // texts to whom Reason concerns
	Block                            // the subscriber, who said "not me"
	ClearOpenOrder                   // the subscriber may order again
	Authorize                        // store a bank request; send it after the commit
	Reverse                          // the request is to be reversed; send after the commit
	Dial                             // place the call
)

// Row is one rule: in From, On leads to To with Effects.
type Row struct {
	From    State
	On      EventKind
	To      State
	Effects []Effect
}

// table is the whole machine. It is never written to.
var table = []Row{
	{None, Ordered, Received, []Effect{HoldMoney}},
	{Received, call, Calling, []Effect{Dial}},
	{Received, free, Confirmed, nil},

	{Calling, PINRight, Confirmed, nil},
	{Calling, CallFailed, Waiting, []Effect{Tell}},
	{Calling, PINLocked, Voided, []Effect{VoidHolds, Tell}},
	{Calling, NotMe, Voided, []Effect{VoidHolds, Block, Tell}},
	{Calling, Stopped, Voided, []Effect{VoidHolds, Tell}},
	{Calling, Expired, Voided, []Effect{VoidHolds, Tell}},

	{Waiting, Again, Calling, []Effect{Dial}},
	{Waiting, Stopped, Voided, []Effect{VoidHolds, Tell}},
	{Waiting, Expired, Voided, []Effect{VoidHolds, Tell}},

	{Confirmed, settle, Posted, []Effect{Post, Tell}},
	{Confirmed, send, Sent, []Effect{Authorize}},

	{Sent, Approval, Approved, nil},
	{Approved, settle, Posted, []Effect{Post, Tell}},
	{Sent, Decline, Declined, []Effect{Tell}},
	{Declined, void, Voided, []Effect{VoidHolds}},
	{Sent, Silence, Unknown, []Effect{ClearOpenOrder, Tell}},
	{Unknown, reverse, Reversing, []Effect{Reverse}},
	{Reversing, Reversed, Voided, []Effect{VoidHolds, Tell}},
	{Reversing, Overdue, Doubt, []Effect{Tell}},
	{Reversing, StandsPaid, Approved, nil},
	{Reversing, StandsVoid, Voided, []Effect{VoidHolds, Tell}},
	{Doubt, Reversed, Voided, []Effect{VoidHolds, Tell}},
	{Doubt, StandsPaid, Approved, nil},
	{Doubt, StandsVoid, Voided, []Effect{VoidHolds, Tell}},

	{Posted, closed, Done, []Effect{ClearOpenOrder}},
	{Voided, closed, Done, []Effect{ClearOpenOrder}},
}

// follow is the event that a state brings by itself, or "" where the payment
// waits for the world.
func follow(s State, p *Plan) EventKind {
	switch s {
	case Received:
		if p.Free {
			return free
		}
		return call
	case Confirmed:
		if p.Bank() != "" {
			return send
		}
		return settle
	case Approved:
		return settle
	case Declined:
		return void
	case Unknown:
		return reverse
	case Posted, Voided:
		return closed
	case None, Waiting, Calling, Sent, Reversing, Doubt, Done:
		return ""
	}
	return ""
}
