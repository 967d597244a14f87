package engine_test

import (
	"testing"

	"mpg/engine/bank"
)

// A reversal that the bank refuses for ever holds up no other one.
func TestAReversalThatIsRefusedHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.err, w.bank.stubborn = bank.ErrUnknown, 1
	w.answers(wang, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 45 BANK")
	w.expect(wang, "being checked", "45.00")
	first := w.last().Ref
	w.text(wang, "PAY 8001 46 BANK")
	if p := w.ended(); p.Reason != "reversed" || p.Amount != "46.00" {
		t.Errorf("%+v", p)
	}
	w.restart() // which finds the first one in the store
	if p, err := w.e.Payment(first); err != nil || p.State != "reversing" {
		t.Errorf("%+v %v", p, err)
	}
	w.bank.mu.Lock()
	w.bank.stubborn = 0
	w.bank.mu.Unlock()
	w.expect(wang, first, "not paid")
	w.bank.mu.Lock()
	defer w.bank.mu.Unlock()
	if len(w.bank.undone) != 2 {
		t.Errorf("undone: %v", w.bank.undone)
	}
}

// A bank that has no request to undo may get it yet, over a line that broke: it
// is believed when it says so again.
func TestABankThatHasNothingToUndoIsAskedAgain(t *testing.T) {
	t.Parallel()
	for name, absent := range map[string]int{"the request came late": 1, "it never came": 9} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.bank.err, w.bank.absent = bank.ErrUnknown, absent
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, "PAY 8001 45 BANK")
			if p := w.ended(); p.Reason != "reversed" {
				t.Errorf("%+v", p)
			}
			w.bank.mu.Lock()
			defer w.bank.mu.Unlock()
			if len(w.bank.undone) != 2 {
				t.Errorf("it was asked %d times to undo", len(w.bank.undone))
			}
		})
	}
}
