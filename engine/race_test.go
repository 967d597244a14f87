package engine_test

import (
	"strings"
	"sync"
	"testing"

	"mpg/engine"
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
	w.mu.Lock()
	w.before = func(c store.Cmd) {
		if len(c.Transfers) == 1 && c.Transfers[0].Op == store.Settle {
			once.Do(func() {
				w.pass(w.rules.Expires)
				w.ended()
			})
		}
	}
	w.mu.Unlock()
	close(keyed)
	w.expect(wang, "expired")
	expired := strings.Join(lang.Voice(lang.EN, lang.ExpiredCall, lang.Args{}), " ")
	w.until("the caller to be told", func() bool { return strings.HasSuffix(strings.Join(w.spoken, " "), expired) })
	w.balance("purse:"+wang, "500.00", "500.00")
	w.answers(wang, phone{keys: []string{"000000", "000000"}, then: engine.CallHungUp})
	w.text(wang, "PAY 8001 1")
	w.expect(wang, "AGAIN")
	if u, err := w.e.User(wang); err != nil || u.State != "active" {
		t.Errorf("two wrong PINs after a right one: %+v %v", u, err)
	}
}
