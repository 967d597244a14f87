package bank

import (
	"fmt"
	"testing"

	"mpg/engine/bank/iso8583"
)

func key(i int) iso8583.Key {
	return iso8583.Key{Answer: iso8583.FinancialResponse, STAN: fmt.Sprintf("%06d", i), RRN: "632601000042", Date: "1122"}
}

func answerTo(i int) *iso8583.Message {
	m := iso8583.New(iso8583.FinancialResponse)
	m.Set(iso8583.DESTAN, fmt.Sprintf("%06d", i))
	m.Set(iso8583.DERRN, "632601000042")
	m.Set(iso8583.DETransmitted, "1122013005")
	return m
}

// TestMemoryOfExchangesIsBounded gives up far more requests than are remembered:
// the newest are known as late, the oldest are strangers.
func TestMemoryOfExchangesIsBounded(t *testing.T) {
	t.Parallel()
	x := newExchanges()
	const all = 3 * recentMax
	for i := range all {
		c, err := x.begin(key(i))
		if err != nil {
			t.Fatal(err)
		}
		if m := x.giveUp(key(i), c); m != nil {
			t.Fatal("an answer out of nothing")
		}
	}
	if len(x.recent) != recentMax || len(x.order) != recentMax || len(x.waiting) != 0 {
		t.Errorf("remembers %d and %d, waits for %d", len(x.recent), len(x.order), len(x.waiting))
	}
	if !x.settle(answerTo(all-1)) || !x.settle(answerTo(all-recentMax)) {
		t.Error("a recent request is forgotten")
	}
	if x.settle(answerTo(all-recentMax-1)) || x.stats.Unmatched != 1 {
		t.Errorf("an old request is known: %+v", x.stats)
	}
}

// TestAnswerAtTheTimeout is an answer between the end of the waiting and its
// being given up: it is taken, not late.
func TestAnswerAtTheTimeout(t *testing.T) {
	t.Parallel()
	x := newExchanges()
	c, err := x.begin(key(1))
	if err != nil {
		t.Fatal(err)
	}
	if x.settle(answerTo(1)) {
		t.Error("late before it was given up")
	}
	if x.giveUp(key(1), c) == nil {
		t.Error("the answer is lost")
	}
	if x.settle(answerTo(1)) || x.stats != (Stats{Duplicate: 1}) {
		t.Errorf("counted %+v", x.stats)
	}
}

func TestLateOnce(t *testing.T) {
	t.Parallel()
	x := newExchanges()
	c, err := x.begin(key(1))
	if err != nil {
		t.Fatal(err)
	}
	x.giveUp(key(1), c)
	if !x.settle(answerTo(1)) || x.settle(answerTo(1)) {
		t.Error("late is to be told once")
	}
	if x.stats != (Stats{Late: 1, Duplicate: 1}) {
		t.Errorf("counted %+v", x.stats)
	}
	// The same key, asked again, starts afresh.
	if c, err = x.begin(key(1)); err != nil {
		t.Fatal(err)
	}
	if x.settle(answerTo(1)) || x.giveUp(key(1), c) == nil {
		t.Error("the second exchange got no answer of its own")
	}
}
