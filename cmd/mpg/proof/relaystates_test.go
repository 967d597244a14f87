package proof

import (
	"slices"
	"time"

	"mpg/engine/bank/host"
)

// lateAnswer is how late a bank is that answers after the kill.
const lateAnswer = 1500 * time.Millisecond

// relayStages are the stages of payments that pass more than one gate: from bank to bank,
// and of an amount that is known later. In those with the second bank, the money of the
// first is in transit when the daemon is killed.
func relayStages() []stage {
	relay, tank := []string{"relay", bankToBank}, []string{"tank", "charge", fuelFromPurse, fuelFromBank}
	taken := append(slices.Clone(tank), cardLater)
	const returned = "returned"
	return []stage{
		{name: "the second bank has paid and is silent", only: relay, state: "sent", arrange: second(host.Fault{Kind: host.Silence, On: host.Requests}),
			reached: secondHas(host.Credited), reason: "reversed", outcome: returned},
		{name: "the second bank has not paid and is silent", only: relay, state: "sent", arrange: second(host.Fault{Kind: host.Ignore, On: host.Requests}),
			reached: secondHas(host.Ignored), reason: "reversed", outcome: returned},
		{name: "the second bank answers after the kill", only: relay, state: "sent", arrange: second(
			host.Fault{Kind: host.LateAnswer, On: host.Requests, Delay: lateAnswer}), reached: secondHas(host.Credited), reason: "reversed", outcome: returned},
		{name: "the second bank books after the kill", only: relay, state: "sent", arrange: second(
			host.Fault{Kind: host.Slow, On: host.Requests, Delay: lateAnswer}), reached: inTransit, reason: "reversed", outcome: returned},
		{name: "the second bank does not answer the reversal", only: relay, state: "reversing", arrange: second(
			host.Fault{Kind: host.DropAfter, On: host.Requests}, host.Fault{Kind: host.Ignore, On: host.Reversals}),
			reached: inTransit, reason: "reversed", outcome: returned},
		{name: "the second bank took it back and did not answer", only: relay, state: "reversing", arrange: second(
			host.Fault{Kind: host.DropAfter, On: host.Requests}, host.Fault{Kind: host.Silence, On: host.Reversals}),
			reached: secondHas(host.Recalled), reason: "reversed", outcome: returned},
		{name: "the second bank does not understand the reversal", only: relay, state: "doubt", arrange: second(
			host.Fault{Kind: host.DropBefore, On: host.Requests}, host.Fault{Kind: host.Decline, On: host.Reversals, Code: "12"}),
			reached: inTransit, reason: "reversed", outcome: returned},
		{name: "the second bank declined, and the texts unsent", only: relay, state: "done", arrange: func(w *world, p person) {
			second(host.Fault{Kind: host.Decline, On: host.Requests, Code: "14"})(w, p)
			withoutTexts(good())(w, p)
		}, reason: "declined", outcome: returned},
		{name: "set aside, and then charged", only: taken, state: "authorized", arrange: withoutTexts(good()), command: "capture", reason: "paid", outcome: "paid"},
		{name: "charged, and the receipts unsent", only: taken, state: "done", arrange: withoutTexts(good()), before: "capture", reason: "paid", outcome: "paid"},
		{name: "set aside, and then let go", only: taken, state: "authorized", arrange: handset(good()), command: "release", reason: "released", outcome: "not paid"},
		{name: "let go, and the texts unsent", only: taken, state: "done", arrange: withoutTexts(good()), before: "release", reason: "released", outcome: "not paid"},
		{name: "set aside, and never charged", only: tank, state: "authorized", arrange: withoutTexts(good()), reason: "expired", outcome: "not paid"},
	}
}

// charge has the shop say that the payment of o is all of its amount, or let it go; the
// command that is given twice under one key is done once.
func (w *world) charge(command string, o *order) {
	w.t.Helper()
	ref := ""
	eventually(w.t, stateMax, "the amount to be set aside", func() bool {
		p := w.paymentOf(o)
		if p == nil || p.State != "authorized" {
			return false
		}
		ref = p.Ref
		return true
	})
	args := w.chargeWords(command, ref, o)
	w.op.must(w.t, "", append(args, "--key", command+"-"+ref)...)
	w.op.must(w.t, "", append(args, "--key", command+"-"+ref)...)
}

// purseToBankStages are those of payments that only the payee's bank is asked about.
func purseToBankStages() []stage {
	toBank := []string{purseToBank}
	const notPaid = "not paid"
	fault := func(kind host.Kind, on host.Class) host.Fault {
		return host.Fault{Kind: kind, On: on, Delay: lateAnswer, Code: "14"}
	}
	return []stage{
		{name: "the payee's bank has paid and is silent", only: toBank, state: "sent", arrange: second(fault(host.Silence, host.Requests)),
			reached: payeeHas(host.Credited), reason: "reversed", outcome: notPaid},
		{name: "the payee's bank has not paid and is silent", only: toBank, state: "sent", arrange: second(fault(host.Ignore, host.Requests)),
			reached: payeeHas(host.Ignored), reason: "reversed", outcome: notPaid},
		{name: "the payee's bank books after the kill", only: toBank, state: "sent", arrange: second(fault(host.Slow, host.Requests)), reason: "reversed", outcome: notPaid},
		{name: "the payee's bank does not answer the reversal", only: toBank, state: "reversing", arrange: second(
			fault(host.DropAfter, host.Requests), fault(host.Ignore, host.Reversals)), reason: "reversed", outcome: notPaid},
		{name: "the payee's bank took it back and did not answer", only: toBank, state: "reversing", arrange: second(
			fault(host.DropAfter, host.Requests), fault(host.Silence, host.Reversals)), reached: payeeHas(host.Recalled), reason: "reversed", outcome: notPaid},
		{name: "the payee's bank does not understand the reversal", only: toBank, state: "doubt", arrange: second(
			host.Fault{Kind: host.DropBefore, On: host.Requests}, host.Fault{Kind: host.Decline, On: host.Reversals, Code: "12"}), reason: "reversed", outcome: notPaid},
		{name: "the payee's bank declined, and the text unsent", only: toBank, state: "done", arrange: func(w *world, p person) {
			second(fault(host.Decline, host.Requests))(w, p)
			withoutTexts(good())(w, p)
		}, reason: "declined", outcome: notPaid},
	}
}

// payeeHas reports whether the bank of the payee has done so.
func payeeHas(does host.Outcome) func(*world, person) bool {
	return func(w *world, p person) bool { return w.dealtWith(w.journal.lastOf(p.Number), w.payee(), does) }
}

// payee is who gets the relays of TestStates.
func (w *world) payee() person { return w.people[len(w.people)-1] }

// second is a good handset, and a bad bank of the payee.
func second(faults ...host.Fault) func(*world, person) {
	return func(w *world, p person) {
		bank()(w, p)
		for _, f := range faults {
			f.Account = w.payee().Account
			w.bank.Fault(f)
		}
	}
}

// inTransit reports whether a bank has paid for the last order of p, and another is asked.
func inTransit(w *world, p person) bool {
	o := w.journal.lastOf(p.Number)
	payment := w.paymentOf(o)
	return payment != nil && len(payment.Earlier) == 1 && w.dealtWith(o, p, host.Debited)
}

// secondHas reports whether, besides, the bank of the payee has done so.
func secondHas(does host.Outcome) func(*world, person) bool {
	return func(w *world, p person) bool {
		return inTransit(w, p) && w.dealtWith(w.journal.lastOf(p.Number), w.payee(), does)
	}
}

// dealtWith reports whether the bank has done so with p's account because of o.
func (w *world) dealtWith(o *order, p person, does host.Outcome) bool {
	return slices.ContainsFunc(w.bank.Journal(), func(e host.Entry) bool {
		return e.Account == p.Account && (e.Amount == o.bankTakes() || e.Amount == o.bankGives()) && e.Outcome == does
	})
}

// lastOf is the last order of number.
func (j *journal) lastOf(number string) *order {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, o := range slices.Backward(j.Orders) {
		if o.From == number {
			return o
		}
	}
	return nil
}
