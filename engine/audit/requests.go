package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"mpg/engine/payment"
)

// notLocated says that the bank knows no such request, or none yet. It is no
// evidence that the request will never arrive. ISO 8583:1987 DE39
const notLocated = "25"

// request takes in the document of a bank request.
func (a *auditor) request(r *payment.Request, made bool) {
	if made {
		a.report.Requests++
	} else if a.payments[r.Payment] == nil {
		a.late = append(a.late, r)
	}
	a.requests[r.No] = r
	a.banks.request(r)
	if r.State != payment.RequestReversed {
		return
	}
	if r.Heard(payment.SaysReversed) {
		return
	}
	if r.Reversal == "" || r.Reversal == notLocated {
		a.fault("request %d counts as reversed, but the bank has not said so (last answer to a reversal: %q)", r.No, r.Reversal)
	}
}

// checkAnswer compares how a payment ended with what its banks said: each approval on which
// the payment went on must stand, and no other may.
func (a *auditor) checkAnswer(p *payment.Payment) {
	for i, ask := range p.Plan.Asks {
		if i >= len(p.Requests) {
			if p.Passed(payment.Posted) {
				a.fault("payment %s is paid and bank %s was never asked", p.Ref, ask.Bank)
			}
			continue
		}
		r := a.requests[p.Requests[i]]
		if r == nil {
			a.fault("payment %s has no record of its bank request %d", p.Ref, p.Requests[i])
			continue
		}
		rests := p.RestsOn(r.No)
		if rests {
			a.stood.set(r.No)
		}
		if what := contradiction(p, i, r, rests); what != "" {
			a.fault("payment %s %s", p.Ref, what)
		}
		a.forget(r)
	}
	checkIncreases(a, p)
}

// checkIncreases compares the increases of a payment that has ended with what its bank
// said.
func checkIncreases(a *auditor, p *payment.Payment) {
	for i := range p.Increases {
		more := &p.Increases[i]
		r := a.requests[more.Request]
		if r == nil {
			a.fault("payment %s has no record of its bank request %d", p.Ref, more.Request)
			continue
		}
		rests := p.RestsOn(r.No)
		if rests {
			a.stood.set(r.No)
		}
		switch {
		case r.Payment != p.No || r.Amount != more.Charged || r.Kind != payment.PreAuth || !r.Increases || r.Bank != p.Plan.Bank():
			a.fault("payment %s and its bank request %d differ in payment, kind, bank or amount", p.Ref, r.No)
		case rests != stands(r):
			a.fault("payment %s was increased by its bank request %d: %v, which is %s", p.Ref, r.No, rests, r.State)
		}
		a.forget(r)
	}
}

// contradiction says in what a request of a payment that has ended differs from its plan
// or from how it ended, or returns "". rests says that the payment went on from it, and has
// not let go what the bank held.
func contradiction(p *payment.Payment, i int, r *payment.Request, rests bool) string {
	ask := p.Plan.Asks[i]
	switch {
	case r.Payment != p.No || r.Amount != p.AskAmount(i) || r.Currency != cmp.Or(ask.Currency, p.Currency) || r.Bank != ask.Bank || r.Kind != ask.Kind:
		return fmt.Sprintf("and its bank request %d differ in payment, kind, bank, amount or currency", r.No)
	case ask.Kind == payment.Notify && !ask.Waits:
		return "" // whatever the biller says, the payment is made
	case rests && !stands(r):
		return fmt.Sprintf("went on from its bank request %d, which is %s", r.No, r.State)
	case rests && ask.Kind == payment.PreAuth && p.Granted != r.Granted:
		return fmt.Sprintf("and its bank request %d differ in what the bank holds", r.No)
	case !rests && stands(r):
		return fmt.Sprintf("did not go on from its bank request %d, which stands approved", r.No)
	}
	return ""
}

// checkLate compares what became of a request after its payment was done with how the
// payment ended. If the payment did not go on from the request, it may be reversed again,
// and if it did, it may be disputed; neither may be closed as the other.
func (a *auditor) checkLate(r *payment.Request) {
	for _, p := range a.done {
		if p.No == r.Payment {
			return // done by the same record: see checkAnswer
		}
	}
	switch stood := a.stood.has(r.No); {
	case stood && !stands(r):
		a.fault("request %d is %s, but its payment went on from it", r.No, r.State)
	case !stood && stands(r) && r.Kind != payment.Notify && r.WrittenOff != r.Amount:
		a.fault("request %d stands approved, but its payment did not go on from it", r.No)
	}
	a.forget(r)
}

// unrequested says in what an open payment differs from its requests, or returns "". What
// waits for its amount rests on what a bank holds, and what was told is repeated
// until it is answered.
func unrequested(p *payment.Payment, requests map[uint64]*payment.Request) string {
	if no := p.PreAuth(); p.Passed(payment.Authorized) && no != 0 && (requests[no] == nil || !stands(requests[no])) {
		return fmt.Sprintf("is %s, but its bank holds nothing", p.State)
	}
	for _, no := range p.Increased() {
		if requests[no] == nil || !stands(requests[no]) {
			return fmt.Sprintf("is %s, but its bank holds nothing more by request %d", p.State, no)
		}
	}
	if p.State != payment.Advising {
		return ""
	}
	if r := requests[p.Request()]; r == nil || !r.Repeats() || r.Ask >= len(p.Plan.Asks) || r.Amount != p.AskAmount(r.Ask) {
		return "waits for the answer to an advice that is not repeated"
	}
	return ""
}

// stands reports whether, by the record, the request was approved and still counts.
func stands(r *payment.Request) bool {
	switch r.State {
	case payment.RequestAnswered, payment.RequestResolved, payment.RequestDisputed:
		return r.Approved
	case payment.RequestAdvising, payment.RequestSent, payment.RequestReversing, payment.RequestDoubt, payment.RequestReversed:
		return false
	}
	return false
}

// forget drops a request about which nothing is open.
func (a *auditor) forget(r *payment.Request) {
	if !r.Listed() && a.payments[r.Payment] == nil {
		delete(a.requests, r.No)
	}
}

// compareRequests compares the list of unresolved requests, by which a restart
// finds them, with the requests: nobody reverses a request that is not listed.
func (a *auditor) compareRequests() {
	for _, r := range sorted(a.requests) {
		if r.Listed() != a.unsolved[r.No] {
			a.fault("request %d is %s and listed as unresolved: %v", r.No, r.State, a.unsolved[r.No])
		}
	}
	for _, no := range slices.Sorted(maps.Keys(a.unsolved)) {
		if a.requests[no] == nil {
			a.fault("request %d is listed as unresolved and is settled", no)
		}
	}
}
