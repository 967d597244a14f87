package proof

import (
	"slices"
	"strings"
	"testing"

	machine "mpg/engine/payment"
)

// kind is a product in one of its forms, and what happens on its way.
type kind struct {
	product string
	noCall  bool // nobody confirms it
	asks    bool // banks, for money or to hold it
	later   bool // a shop charges its part later
	advises bool // a bank is then told
	offered bool // the shop is asked
	refund  bool
	whole   bool // it is in worlds that have everything; all such products are killed in one
	cools   bool // it waits before its call; all else is struck with the product that it is
	brief   bool // another product has the same plan: one stage for each state is enough for every day
}

// kinds are all products, as order has them.
func kinds() []kind {
	return []kind{
		{product: "mpurse"},
		{product: "mdebit", asks: true},
		{product: "mp2p"},
		{product: sendFromBank, asks: true, brief: true},
		{product: purseToBank, asks: true, brief: true},
		{product: bankToBank, asks: true},
		{product: "relay", asks: true, brief: true},
		{product: "tank", later: true, brief: true},
		{product: "charge", asks: true, later: true, advises: true, brief: true},
		{product: fuelFromPurse, later: true},
		{product: fuelFromBank, asks: true, later: true, advises: true},
		{product: cardAtOnce, asks: true, advises: true},
		{product: cardLater, asks: true, later: true, advises: true, brief: true},
		{product: cardAsked, asks: true, advises: true, offered: true, brief: true},
		{product: cardSplit, asks: true, advises: true, offered: true, whole: true, brief: true},
		{product: bankIn, asks: true, whole: true, brief: true},
		{product: bankOut, asks: true, whole: true, brief: true},
		{product: cashOut, whole: true, brief: true},
		{product: cashIn, whole: true, brief: true},
		{product: sendClaim, whole: true, brief: true},
		{product: firstPayment, whole: true, cools: true},
		{product: "refund by text", asks: true, refund: true},
		{product: "refund by command", noCall: true, asks: true, refund: true},
	}
}

// cannot says why no payment of the kind is ever found in a state; empty: it can be.
func (k kind) cannot(state string) string {
	if k.cools && state != "cooling" {
		return "it is an mpurse there"
	}
	switch state {
	case "calling", "waiting":
		if k.noCall {
			return "nobody is called"
		}
	case "sent", "reversing", "doubt":
		if !k.asks {
			return "no bank is asked"
		}
	case "authorized":
		if !k.later {
			return "nothing is charged later"
		}
	case "cooling":
		if !k.cools {
			return "no payment of that size has to wait"
		}
	case "offered":
		if !k.offered {
			return "no shop is asked"
		}
	case "advising":
		if !k.advises {
			return "no bank is told what it has to take"
		}
	}
	return ""
}

// struckIn lists the states in which a payment of the kind is killed.
func (k kind) struckIn() (states []string) {
	if !k.refund {
		for _, s := range stagesOf(k.product) {
			states = append(states, s.state)
		}
		return states
	}
	for _, s := range refundStages() {
		if s.byText != k.noCall {
			states = append(states, s.state)
		}
	}
	return states
}

// passing are the events that follow by themselves: a state that only they leave is passed
// within a commit, and nobody finds a payment there.
var passing = []string{"call", "cool", "pin exempt", "send", "take", "await", "advise", "inform", "post", "void", "hand back", "let go", "reverse", "close", "offer"}

// restingStates reads from the table of payments in which states a payment can be found. An
// event that passing does not have comes from outside.
func restingStates() []string {
	leaves, rests := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(machine.Diagram()) {
		from, rest, _ := strings.Cut(line, " -- ")
		on, to, _ := strings.Cut(rest, "->")
		to, _, _ = strings.Cut(strings.TrimSpace(to), "  ")
		from, on, to = strings.TrimSpace(from), strings.TrimSpace(on), strings.TrimSpace(to)
		leaves[from] = true
		rests[to] = rests[to] || false
		if from != "·" && !slices.Contains(passing, on) {
			rests[from] = true
		}
	}
	var states []string
	for state, rest := range rests {
		if rest || !leaves[state] {
			states = append(states, state)
		}
	}
	slices.Sort(states)
	return states
}

// TestEveryStateIsStruck: each product is killed in each state in which a payment of it can be
// found. A new state, or a new product in the mixes, needs a stage in which it is struck.
func TestEveryStateIsStruck(t *testing.T) {
	t.Parallel()
	states := restingStates()
	if len(states) < 8 || !slices.Contains(states, "done") || !slices.Contains(states, "waiting") || slices.Contains(states, "posted") {
		t.Fatalf("payments rest in %q", states)
	}
	for _, k := range kinds() {
		struck := k.struckIn()
		for _, state := range states {
			switch why := k.cannot(state); {
			case why == "" && !slices.Contains(struck, state):
				t.Errorf("no %s is killed while it is %s", k.product, state)
			case why != "" && slices.Contains(struck, state):
				t.Errorf("%s is killed while it is %s, and cannot be: %s", k.product, state, why)
			case why != "":
				t.Logf("%s is never %s: %s", k.product, state, why)
			}
		}
	}
}
