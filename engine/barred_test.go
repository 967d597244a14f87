package engine_test

import (
	"context"
	"testing"

	"mpg/engine"
	"mpg/engine/lang"
)

// block is the operator's command.
func (w *world) block(number string) {
	w.t.Helper()
	if _, err := w.e.SetBlocked(context.Background(), engine.Command{Key: "block " + number}, number, true); err != nil {
		w.t.Fatal(err)
	}
}

// stopped checks that the newest payment was stopped by the block and left nothing held.
func (w *world) stopped() {
	w.t.Helper()
	if p := w.ended(); p.Reason != "blocked" {
		w.t.Errorf("%+v", p)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
	if u, err := w.e.User(wang); err != nil || u.State == "active" {
		w.t.Errorf("%+v %v", u, err)
	}
}

// Who is blocked pays nothing, neither by AGAIN nor in a call that was on.
func TestABlockStopsTheOpenOrder(t *testing.T) {
	t.Parallel()
	t.Run("waiting", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.answers(wang, phone{end: engine.CallBusy}, phone{keys: []string{pinOne}})
		w.text(wang, "PAY 8001 128.50")
		w.expect(wang, "AGAIN")
		w.block(wang)
		w.text(wang, "AGAIN")
		w.stopped()
	})
	t.Run("in the call", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		keyed := make(chan struct{})
		w.answers(wang, phone{keys: []string{pinOne}, wait: keyed})
		w.text(wang, "PAY 8001 128.50")
		w.until("the PIN to be asked", func() bool { return len(w.spoken) > 2 })
		w.block(wang)
		close(keyed)
		w.stopped()
		w.until("the caller to be told", func() bool {
			return containsAll(w.spoken[len(w.spoken)-1], lang.Voice(lang.EN, lang.StoppedCall, lang.Args{})[1:])
		})
	})
}

// Who is blocked or locked in the call to choose a PIN pays nothing either: the
// order came between the text and the end of that call.
func TestACallToChooseAPINThatBlocksStopsTheOpenOrder(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]phone{
		"not me": {end: engine.CallNotMe},
		"locked": {keys: []string{"111222", "111222", "111222"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			ring := make(chan struct{})
			p.ring = ring
			w.answers(wang, p, phone{keys: []string{pinOne}})
			w.text(wang, "PIN")
			w.until("the call", func() bool { return w.calls == 1 })
			w.text(wang, "PAY 8001 128.50")
			close(ring)
			w.stopped()
		})
	}
}
