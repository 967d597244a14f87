package engine_test

import (
	"testing"

	"mpg/engine/intake"
	"mpg/store"
)

// TestOnlyThePayersPurseIsCalledShort: when another account of the order lacks the
// money, the payer is told nothing untrue; the text is left to come again.
func TestOnlyThePayersPurseIsCalledShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refuses(func(c store.Cmd) store.Refusal {
		if len(c.Transfers) > 0 {
			return store.RefusedFunds // and names no account of the payer's
		}
		return store.None
	})
	acked := make(chan bool, 1)
	if !w.e.Receive(intake.Text{Via: "main", From: wang, To: "8888", Body: "PAY 8001 128.50", Kind: intake.Plain, Ack: func(took bool) func() bool {
		acked <- took
		return func() bool { return true }
	}}) {
		t.Fatal("the queue is full")
	}
	if <-acked || w.count(wang, "") > 0 {
		t.Errorf("the order was answered: %v", w.texts)
	}
	w.refuses(nil)
	w.text(wang, "PAY 8001 600")
	w.expect(wang, "short by", "100.00")
}
