package engine_test

import "testing"

// An equal order of the same day is asked about, for it may be a copy. What is
// said of the first one is true: it was paid, or it took nothing.
func TestAnEqualOrderIsAskedAboutTruly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.text(wang, "PAY 8001 12.50")
	w.expect(wang, "did not answer", "12.50")
	w.text(wang, "NO")
	w.expect(wang, "stopped", "12.50", "order again")
	w.forget()
	w.text(wang, "pay 8001 12.50")
	w.expect(wang, "Same as", "which was not paid", "Reply YES", "to pay it now")
	w.text(wang, "no")
	w.expect(wang, "it was not paid. Nothing was taken")
	w.text(wang, "Pay 8001 12.50")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "YES")
	w.expect(wang, "you paid CNY 12.50")
	w.forget()
	w.text(wang, "Pay 8001 12.5")
	w.expect(wang, "Same as", "Reply YES", "to pay this too")
	w.balance("purse:"+wang, "487.50", "487.50")
}

// A copy of a text whose order was stopped meanwhile, by an SMSC that delivers it
// although it had the acknowledgement, begins no second payment.
func TestACopyBehindANoBeginsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.by("main", "PAY 8001 12.50", true)
	w.expect(wang, "did not answer", "12.50")
	w.by("main", "NO", true)
	w.expect(wang, "stopped", "12.50")
	w.by("main", "PAY 8001 12.50", true)
	w.expect(wang, "which was not paid", "12.50")
	n := 0
	for _, err := range w.e.Admin().Payments(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 2 { // the top-up and the one order
		t.Errorf("%d payments", n)
	}
}
