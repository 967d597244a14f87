package payment

// State is where a payment is.
type State string

// The states. None is before the order.
const (
	None       State = ""
	Received   State = "received"
	Waiting    State = "waiting" // a call failed; AGAIN, NO or expiry
	Calling    State = "calling"
	Cooling    State = "cooling"   // the first payment to its payee, before its call; NO or the end of the wait
	Confirmed  State = "confirmed" // the PIN was right, or none was needed
	Sent       State = "sent"      // a bank is asked; STAN and RRN are stored
	Approved   State = "approved"
	Taken      State = "taken"      // some of the legs have moved, and others follow
	Offered    State = "offered"    // the payee is asked whether it accepts what a card issuer has approved
	Agreed     State = "agreed"     // the payee accepts it
	Authorized State = "authorized" // all agree, and the amount is not known yet
	Captured   State = "captured"
	Advising   State = "advising" // a bank is told what it has to take, or a biller what is paid, until it answers
	Released   State = "released" // nothing is to be captured any more
	Declined   State = "declined"
	Unknown    State = "unknown"   // the bank is silent
	Undone     State = "undone"    // the bank has taken nothing, or has returned it
	Posted     State = "posted"    // the money has moved
	Voided     State = "voided"    // nothing was taken
	Returned   State = "returned"  // what had moved was handed back
	Reversing  State = "reversing" // a bank is asked to undo a request
	Doubt      State = "doubt"     // the bank has not said what became of the request; people decide
	Done       State = "done"
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
	Ripe       EventKind = "ripe" // the wait before the call is over
	Approval   EventKind = "approval"
	Decline    EventKind = "decline"
	Silence    EventKind = "silence"
	Reversed   EventKind = "reversed"
	Overdue    EventKind = "overdue"     // no reversal was confirmed in time, or none can be
	StandsPaid EventKind = "stands paid" // people say: the bank has paid
	StandsVoid EventKind = "stands void" // people say: the bank has taken nothing, or has given it back
	Capture    EventKind = "capture"     // the amount is known
	Release    EventKind = "release"     // nothing is to be captured, or not in time
	Accepted   EventKind = "accepted"    // an advice
	Refused    EventKind = "refused"     // a bank refuses to take what it held
	Rejected   EventKind = "rejected"    // a biller refuses what it was told

	Agree    EventKind = "agree"     // the payee accepts what it was offered, or its silence counts as that
	TurnDown EventKind = "turn down" // the payee refuses it, or its silence counts as that

	RaiseAmount EventKind = "raise"      // the payee asks that more be held
	Raised      EventKind = "raised"     // the bank holds it
	NotRaised   EventKind = "not raised" // or it has not, or has not said so

	cool     EventKind = "cool"
	call     EventKind = "call"
	exempt   EventKind = "pin exempt"
	send     EventKind = "send"
	take     EventKind = "take"
	offer    EventKind = "offer"
	await    EventKind = "await"
	advise   EventKind = "advise"
	inform   EventKind = "inform"
	post     EventKind = "post"
	void     EventKind = "void"
	handBack EventKind = "hand back"
	letGo    EventKind = "let go"
	reverse  EventKind = "reverse"
	closed   EventKind = "close"
)

// ofRequest reports whether an event of that kind is about one request to a bank, and has
// to name it.
func (k EventKind) ofRequest() bool {
	switch k {
	case Approval, Decline, Silence, Reversed, Overdue, StandsPaid, StandsVoid, Accepted, Refused, Rejected:
		return true
	}
	return false
}

// ofIncrease reports whether an event of that kind is about an Increase.
func (k EventKind) ofIncrease() bool { return k == RaiseAmount || k == Raised || k == NotRaised }

// Effect is what a transition asks of the engine. Those up to ClearOpenOrder are part of
// the same commit; the others begin after it.
type Effect uint8

const (
	HoldMoney      Effect = iota + 1 // hold the legs that are held from the order on
	Take                             // post, and hold, the legs of the stage that is reached
	Post                             // post the legs of the last stage
	HoldMore                         // hold the legs of an Increase
	VoidHolds                        // give back what is held, and the day's sum
	HandBack                         // move what was posted to Plan.Back
	Tell                             // texts to those whom Reason concerns
	Block                            // the subscriber, who said "not me"
	ClearOpenOrder                   // the subscriber may order again
	ReleaseAuth                      // the bank that holds money is to release it; send after the commit
	Authorize                        // store a bank request; send it after the commit
	Inform                           // store what billers are told once the payment is made; send it after the commit
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
	{Received, exempt, Confirmed, nil},
	{Received, cool, Cooling, []Effect{Tell}},

	{Cooling, Ripe, Calling, []Effect{Dial}},
	{Cooling, Stopped, Voided, []Effect{VoidHolds, Tell}},
	{Cooling, Expired, Voided, []Effect{VoidHolds, Tell}},

	{Calling, PINRight, Confirmed, nil},
	{Calling, CallFailed, Waiting, []Effect{Tell}},
	{Calling, PINLocked, Voided, []Effect{VoidHolds, Tell}},
	{Calling, NotMe, Voided, []Effect{VoidHolds, Block, Tell}},
	{Calling, Stopped, Voided, []Effect{VoidHolds, Tell}},
	{Calling, Expired, Voided, []Effect{VoidHolds, Tell}},

	{Waiting, Again, Calling, []Effect{Dial}},
	{Waiting, Stopped, Voided, []Effect{VoidHolds, Tell}},
	{Waiting, Expired, Voided, []Effect{VoidHolds, Tell}},

	{Confirmed, post, Posted, []Effect{Post, Tell}},
	{Confirmed, take, Taken, []Effect{Take}},
	{Confirmed, send, Sent, []Effect{Authorize}},
	{Confirmed, await, Authorized, []Effect{ClearOpenOrder, Tell}},
	{Confirmed, advise, Advising, []Effect{ClearOpenOrder, Tell, Authorize}},
	{Taken, send, Sent, []Effect{Authorize}},
	{Taken, offer, Offered, nil},
	{Taken, advise, Advising, []Effect{ClearOpenOrder, Tell, Authorize}},

	{Sent, Approval, Approved, nil},
	{Approved, post, Posted, []Effect{Post, Tell}},
	{Approved, take, Taken, []Effect{Take}},
	{Approved, send, Sent, []Effect{Authorize}},
	{Approved, await, Authorized, []Effect{ClearOpenOrder, Tell}},
	{Approved, advise, Advising, []Effect{ClearOpenOrder, Tell, Authorize}},

	{Approved, offer, Offered, nil},
	{Offered, Agree, Agreed, nil},
	{Offered, TurnDown, Released, nil},
	{Agreed, await, Authorized, []Effect{ClearOpenOrder, Tell}},
	{Agreed, advise, Advising, []Effect{ClearOpenOrder, Tell, Authorize}},

	{Sent, Decline, Declined, nil},
	{Declined, void, Voided, []Effect{VoidHolds, Tell}},
	{Declined, handBack, Returned, []Effect{VoidHolds, HandBack, Tell}},

	{Sent, Silence, Unknown, []Effect{ClearOpenOrder, Tell}},
	{Unknown, reverse, Reversing, []Effect{Reverse}},
	{Reversing, Reversed, Undone, nil},
	{Reversing, Overdue, Doubt, []Effect{Tell}},
	{Reversing, StandsPaid, Approved, nil},
	{Reversing, StandsVoid, Undone, nil},
	{Doubt, Reversed, Undone, nil},
	{Doubt, StandsPaid, Approved, nil},
	{Doubt, StandsVoid, Undone, nil},
	{Undone, void, Voided, []Effect{VoidHolds, Tell}},
	{Undone, handBack, Returned, []Effect{VoidHolds, HandBack, Tell}},
	{Undone, letGo, Voided, []Effect{VoidHolds, ReleaseAuth, Tell}},

	{Authorized, Capture, Captured, nil},
	{Captured, post, Posted, []Effect{Post, Tell}},
	{Captured, advise, Advising, []Effect{Authorize}},
	{Authorized, RaiseAmount, Authorized, []Effect{Authorize}},
	{Authorized, Raised, Authorized, []Effect{HoldMore, Tell}},
	{Authorized, NotRaised, Authorized, []Effect{Tell}},
	{Authorized, Release, Released, nil},
	{Released, void, Voided, []Effect{VoidHolds, Tell}},
	{Released, letGo, Voided, []Effect{VoidHolds, ReleaseAuth, Tell}},

	{Advising, Accepted, Approved, nil},
	{Advising, Refused, Doubt, []Effect{Tell}},
	{Advising, Rejected, Declined, nil},
	{Advising, Overdue, Doubt, []Effect{Tell}},
	{Advising, StandsPaid, Approved, nil},
	{Advising, StandsVoid, Undone, nil},
	{Doubt, Accepted, Approved, nil},
	{Doubt, Rejected, Declined, nil},

	{Posted, inform, Done, []Effect{ClearOpenOrder, Inform}},
	{Posted, closed, Done, []Effect{ClearOpenOrder}},
	{Voided, closed, Done, []Effect{ClearOpenOrder}},
	{Returned, closed, Done, []Effect{ClearOpenOrder}},
}

// follow is the event that state s brings by itself at a stage, or "" where the payment
// waits for the world.
func follow(s State, p *Plan, stage Stage) EventKind {
	switch s {
	case Received:
		if p.PINExempt {
			return exempt
		}
		if p.Wait > 0 {
			return cool
		}
		return call
	case Approved:
		if p.offers(stage) && !p.takes(stage) {
			return offer
		}
		return onward(p, stage, true)
	case Confirmed, Captured:
		return onward(p, stage, true)
	case Taken:
		if p.offers(stage) {
			return offer
		}
		return onward(p, stage, false)
	case Agreed: // the legs were held before it was asked
		return onward(p, stage, false)
	case Declined, Undone, Released:
		return backward(p, stage)
	case Unknown:
		return reverse
	case Posted:
		if p.gates() < len(p.Asks) {
			return inform
		}
		return closed
	case Voided, Returned:
		return closed
	case None, Cooling, Waiting, Calling, Sent, Offered, Authorized, Advising, Reversing, Doubt, Done:
		return ""
	}
	return ""
}

// onward is what follows once a gate is open. Legs of the stage come first, unless they
// are taken already.
func onward(p *Plan, stage Stage, legs bool) EventKind {
	switch {
	case stage == p.Last():
		return post
	case legs && p.takes(stage):
		return take
	case p.awaitsCapture(stage):
		return await
	case p.after(stage).Kind.Advice():
		return advise
	}
	return send
}

// backward is what follows once a gate stays shut.
func backward(p *Plan, stage Stage) EventKind {
	for i := range p.Legs {
		if p.Legs[i].PostedAt <= stage {
			return handBack
		}
	}
	if len(p.Asks) > 0 && p.Asks[0].Kind == PreAuth && stage >= p.Opens(0) {
		return letGo
	}
	return void
}
