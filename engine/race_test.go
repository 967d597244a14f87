package engine_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"mpg/engine/bank"
	"mpg/engine/call"
	"mpg/engine/lang"
	"mpg/store"
)

// Two events of one step race for the commit, here the right PIN and the
// deadline: the loser is late, whatever it had read, and takes nothing back.
func TestARightPINThatLosesTheRaceForTheCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	keyed := make(chan struct{})
	w.answers(wang, phone{keys: []string{"000000", pinOne}, wait: keyed, slow: true})
	w.text(wang, "PAY 8001 128.50")
	w.until("the PIN to be asked", func() bool { return len(w.spoken) > 2 })
	var once sync.Once
	w.told(func(c store.Cmd) {
		if len(c.Transfers) == 1 && c.Transfers[0].Op == store.PostHold {
			once.Do(func() {
				w.pass(w.rules.Expires)
				w.ended()
			})
		}
	})
	close(keyed)
	w.expect(wang, "expired")
	expired := strings.Join(lang.Voice(lang.EN, lang.ExpiredCall, lang.Args{}), " ")
	w.until("the caller to be told", func() bool { return strings.HasSuffix(strings.Join(w.spoken, " "), expired) })
	w.balance("purse:"+wang, "500.00", "500.00")
	w.answers(wang, phone{keys: []string{"000000", "000000"}, then: call.EndHungUp})
	w.text(wang, "PAY 8001 1")
	w.expect(wang, "AGAIN")
	if u, err := w.e.Admin().User(t.Context(), wang); err != nil || u.State != "active" {
		t.Errorf("two wrong PINs after a right one: %+v %v", u, err)
	}
}

// The bank said yes, but the books cannot take it: the money goes back, and
// nobody waits for ever. Where others only came in between, it is tried again.
func TestAnApprovalThatIsNotKeptIsReversed(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]struct {
		refusal store.Refusal
		times   int64
		reason  string
	}{
		"refused": {store.RefusedAmount, 1, "reversed"},
		"a storm": {store.RefusedStale, 250, "paid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.bank.set(func() { w.bank.reply = bank.Reply{Approved: true, Code: "00"} })
			var left atomic.Int64
			left.Store(how.times)
			w.refuses(func(c store.Cmd) store.Refusal {
				if len(c.Transfers) == 1 && c.Transfers[0].Op == store.PostHold && left.Add(-1) >= 0 {
					return how.refusal
				}
				return store.None
			})
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, "PAY 8001 45 BANK")
			if p := w.ended(); p.Reason != how.reason {
				t.Errorf("%+v", p)
			}
		})
	}
}
