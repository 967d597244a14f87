package audit

import (
	"mpg/engine/cdr"
	"mpg/engine/refusal"
)

// refusal takes in the record of a refused order, which never changes.
func (a *auditor) refusal(r *refusal.Refused, made bool) {
	switch {
	case !made:
		a.fault("refused order %d changed after it was recorded", r.No)
	case r.Phone == "" || r.Reason == "":
		a.fault("refused order %d has no sender or no reason", r.No)
	}
	a.report.Refused++
}

// call takes in the record of a call. It never changes, and belongs to a payment
// that was ordered before, or to a subscriber who chose a PIN.
func (a *auditor) call(r *cdr.Record, made bool) {
	switch {
	case !made:
		a.fault("the record of call %s changed after the call", r.Key())
	case r.Payment != 0 && !a.known.has(r.Payment):
		a.fault("call %s was about payment %d, which does not exist", r.Key(), r.Payment)
	case r.Payment == 0 && (r.Purpose == "" || r.Purpose == cdr.ForPayment):
		a.fault("call %s was about nothing", r.Key())
	case a.users[r.User] == nil:
		a.fault("call %s was to subscriber %d, who does not exist", r.Key(), r.User)
	}
	a.report.Calls++
}
