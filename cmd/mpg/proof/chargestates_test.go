package proof

import (
	"mpg/engine/bank/host"
	"mpg/ivr/phone"
)

// laterStages returns the stages of the calls of payments of which the shop charges a part later.
func laterStages() []stage {
	later := []string{"tank", "charge", fuelFromPurse, fuelFromBank, cardLater}
	return []stage{
		{name: "the phone rings before anything is set aside", only: later, state: "calling", arrange: handset(mood{Behaviour: phone.Behaviour{Does: phone.NeverAnswers}}),
			reached: engaged, reply: "no", reason: "stopped"},
		{name: "waiting for NO", only: later, state: "waiting", arrange: handset(lineBusy()), reply: "no", reason: "stopped"},
	}
}

// chargeStages returns the stages of payments for which a bank holds money, and takes
// what the shop charges.
func chargeStages() []stage {
	charge := []string{"charge", fuelFromBank, cardLater}
	const notPaid = "not paid"
	fault := func(kind host.Kind, on host.Class) host.Fault {
		return host.Fault{Kind: kind, On: on, Delay: lateAnswer, Code: "05"}
	}
	advice := func(kind host.Kind) func(*world, person) { return bank(fault(kind, host.Advices)) }
	reverse := func(kind host.Kind) func(*world, person) { return bank(fault(kind, host.Reversals)) }
	request := func(kinds ...host.Kind) func(*world, person) {
		faults := []host.Fault{fault(kinds[0], host.Requests)}
		if len(kinds) > 1 {
			faults = append(faults, fault(kinds[1], host.Reversals))
		}
		return bank(faults...)
	}
	return []stage{
		{name: "the bank has set it aside and is silent", only: charge, state: "sent", arrange: request(host.Silence), reached: setAside, reason: "reversed", outcome: notPaid},
		{name: "the bank has not set it aside and is silent", only: charge, state: "sent", arrange: request(host.Ignore), reason: "reversed", outcome: notPaid},
		{name: "the bank sets it aside after the kill", only: charge, state: "sent", arrange: request(host.Slow), reason: "reversed", outcome: notPaid},
		{name: "the bank does not release it", only: charge, state: "reversing", arrange: request(host.DropAfter, host.Ignore), reached: setAside, reason: "reversed", outcome: notPaid},
		{name: "the bank is told and silent", only: charge, state: "advising", arrange: advice(host.Ignore), before: "capture", reason: "paid", outcome: "paid"},
		{name: "the bank has taken it and is silent", only: charge, state: "advising", arrange: advice(host.Silence), before: "capture", reached: debited, reason: "paid", outcome: "paid"},
		{name: "the bank takes it after the kill", only: charge, state: "advising", arrange: advice(host.Slow), before: "capture", reason: "paid", outcome: "paid"},
		{name: "the bank says after the kill that it has taken it", only: charge, state: "advising", arrange: advice(host.LateAnswer), before: "capture",
			reached: debited, reason: "paid", outcome: "paid"},
		{name: "the bank refuses to take it", only: charge, state: "doubt", arrange: advice(host.Decline), before: "capture", reason: "reversed", outcome: notPaid},
		{name: "the bank refuses it, and takes it", only: charge, state: "doubt", arrange: advice(host.Contradict), before: "capture", reason: "paid", outcome: "paid"},
		{name: "the bank lets it lapse", only: charge, state: "authorized", arrange: handset(good()), reached: lapsed, command: "capture", reason: "reversed", outcome: notPaid},
		{name: "let go, and the bank silent", only: charge, state: "done", arrange: reverse(host.Ignore), before: "release", reached: setAside, reason: "released", outcome: notPaid},
		{name: "let go, released, and the bank silent", only: charge, state: "done", arrange: reverse(host.Silence), before: "release", reached: released, reason: "released", outcome: notPaid},
	}
}

func setAside(w *world, p person) bool { return w.outcome(p, host.Held) }
func released(w *world, p person) bool { return w.outcome(p, host.Released) }

// lapsed has the bank give up what it holds.
func lapsed(w *world, p person) bool { return w.bank.Lapse(p.Account) > 0 }
