package audit

import (
	"cmp"
	"maps"
	"slices"

	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

// sums are the four counters of an account, as one side tells them.
type sums struct {
	debitsPending, creditsPending money.Amount
	debitsPosted, creditsPosted   money.Amount
}

// move counts a movement of the ledger. A negative amount takes one back.
func move(in map[store.AccountID]sums, debit, credit store.AccountID, pending, posted money.Amount) {
	from, to := in[debit], in[credit]
	from.debitsPending += pending
	from.debitsPosted += posted
	to.creditsPending += pending
	to.creditsPosted += posted
	in[debit] = from
	in[credit] = to
}

// transfer keeps books from the transfers alone. The store has checked that
// they are possible; here they only have to be known.
func (a *auditor) transfer(t *store.Transfer) {
	if t.IgnoreLimits && !payment.IgnoresLimits(t.Code) {
		a.fault("a transfer with code %d ignores limits, and hands nothing back", t.Code)
	}
	switch t.Op {
	case store.Post:
		move(a.moved, t.Debit, t.Credit, 0, t.Amount)
	case store.Hold:
		move(a.moved, t.Debit, t.Credit, t.Amount, 0)
		a.holds[t.Hold] = *t
	case store.PostHold, store.VoidHold:
		if !t.Partial {
			delete(a.holds, t.Hold)
		}
		posted := money.Amount(0)
		if t.Op == store.PostHold {
			posted = t.Amount
		}
		move(a.moved, t.Debit, t.Credit, -t.Amount, posted)
	}
}

// payment takes in the document of a payment.
func (a *auditor) payment(p *payment.Payment, made bool) {
	if p.Captured != nil && len(p.Captured) != len(p.Plan.Legs) {
		a.fault("payment %s does not say what was captured of each leg", p.Ref)
		return
	}
	before := a.payments[p.No]
	switch {
	case made:
		a.report.Payments++
		a.known.set(p.No)
		a.count(p, nil, payment.DaySums(p))
	case before == nil:
		a.fault("payment %s changed after it was done%s", p.Ref, enteredBy(p))
		return
	default:
		tell(a.told, before, -1)
		a.count(p, payment.DaySums(before), payment.DaySums(p))
	}
	tell(a.told, p, 1)
	if p.State != payment.Done {
		a.payments[p.No] = p
		return
	}
	delete(a.payments, p.No)
	a.done = append(a.done, p)
	if p.Plan.FromPurse() > 0 {
		a.split.set(p.No)
	}
	a.banks.chargedBack(p)
	if p.Passed(payment.Voided) || p.Passed(payment.Returned) {
		a.count(p, payment.DaySums(p), nil)
	}
	a.takenBack(p)
}

// tell adds what p says has moved or is held, or subtracts it if sign is negative.
func tell(told map[store.AccountID]sums, p *payment.Payment, sign money.Amount) {
	for i := range p.Plan.Legs {
		leg := &p.Plan.Legs[i]
		switch p.Leg(i) {
		case payment.LegPosted:
			move(told, leg.From, leg.To, 0, sign*p.Moves(i))
		case payment.LegHeld:
			move(told, leg.From, leg.To, sign*leg.Amount, 0)
		case payment.LegReturned:
			move(told, leg.From, leg.To, 0, sign*leg.Amount)
			move(told, leg.To, p.Plan.Back, 0, sign*leg.Amount)
		case payment.LegPlanned, payment.LegVoided:
		}
	}
}

// checkDone checks a payment that the record just read has ended, once the
// whole record is known.
func (a *auditor) checkDone(p *payment.Payment) {
	ends := 0
	for _, end := range []payment.State{payment.Posted, payment.Voided, payment.Returned} {
		if p.Passed(end) {
			ends++
		}
	}
	if ends != 1 || p.Passed(payment.Posted) != (p.Reason == payment.Paid) {
		a.fault("payment %s is done, but was not either posted, voided or returned as a whole", p.Ref)
	}
	for i, amount := range p.Captured {
		if amount > p.Plan.Legs[i].Amount {
			a.fault("payment %s captured more than was held", p.Ref)
		}
	}
	if a.listed[p.No] {
		a.fault("payment %s is done and listed as open", p.Ref)
	}
	a.checkAnswer(p)
}

// compareSums compares the transfers with the payments, account by account.
func (a *auditor) compareSums() {
	ids := make(map[store.AccountID]bool)
	for id := range a.moved {
		ids[id] = true
	}
	for id := range a.told {
		ids[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if a.moved[id] != a.told[id] {
			a.fault("account %d: the transfers add up to %+v, the payments to %+v", id, a.moved[id], a.told[id])
		}
	}
}

// compareHolds looks for holds that no open payment owns.
func (a *auditor) compareHolds() {
	for _, id := range slices.Sorted(maps.Keys(a.holds)) {
		if no := payment.HoldOwner(id); a.payments[no] == nil {
			a.fault("hold %d is open and payment %d is not", id, no)
		}
	}
}

// comparePayments compares the list of open payments, by which a restart finds
// them, with the payments.
func (a *auditor) comparePayments() {
	for _, p := range sorted(a.payments) {
		if !a.listed[p.No] {
			a.fault("payment %s is %s and not listed as open%s", p.Ref, p.State, enteredBy(p))
		}
		if what := unrequested(p, a.requests); what != "" {
			a.fault("payment %s %s", p.Ref, what)
		}
	}
	for _, no := range slices.Sorted(maps.Keys(a.listed)) {
		if a.payments[no] == nil {
			a.fault("payment %d is listed as open and is done", no)
		}
	}
}

// sorted returns the values of m in the order of their keys.
func sorted[K cmp.Ordered, V any](m map[K]V) []V {
	values := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		values = append(values, m[k])
	}
	return values
}

// bits is a set of numbers.
type bits []uint64

func (b *bits) set(no uint64) {
	for uint64(len(*b)) <= no/64 {
		*b = append(*b, 0)
	}
	(*b)[no/64] |= 1 << (no % 64)
}

func (b bits) clear(no uint64) {
	if b.has(no) {
		b[no/64] &^= 1 << (no % 64)
	}
}

func (b bits) has(no uint64) bool { return no/64 < uint64(len(b)) && b[no/64]&(1<<(no%64)) != 0 }

// sumOf is the amount of a payment that was given back, as each side states it.
type sumOf struct {
	told money.Amount // by the record that guards the sum
	paid money.Amount // by the payments that gave it back

	toldPurse, paidPurse money.Amount // the part of it that went to the purse
}

// takenBack counts a payment that gives another one back.
func (a *auditor) takenBack(p *payment.Payment) {
	if p.Of == 0 || p.Passed(payment.Voided) {
		return
	}
	of := a.returned[p.Of]
	of.paid += p.Charged
	of.paidPurse += payment.ToPurse(p)
	a.returned[p.Of] = of
}

// returns takes in the record that guards how much of a payment is given back.
func (a *auditor) returns(r *payment.Refunds, _ bool) {
	of := a.returned[r.Of]
	of.told, of.toldPurse = r.Sum, r.Purse
	a.returned[r.Of] = of
}

// compareReturned looks for money that was refunded without a record, since it could then
// be refunded again. A refund that is not done yet is recorded, but not paid.
func (a *auditor) compareReturned() {
	for _, p := range a.payments {
		a.takenBack(p)
	}
	for _, no := range slices.Sorted(maps.Keys(a.returned)) {
		of := a.returned[no]
		if of.told != of.paid {
			a.fault("payment %d: %d was given back, but %d is recorded", no, of.paid, of.told)
		}
		if a.split.has(no) && of.toldPurse != of.paidPurse {
			a.fault("payment %d: %d was given back to the purse, but %d is recorded", no, of.paidPurse, of.toldPurse)
		}
	}
}
