package engine_test

import "testing"

// An order that ended without taking anything is no payment to repeat: the text
// about its end says that one can order again. One that was paid is asked about.
func TestOnlyAPaidOrderIsAskedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.text(wang, "PAY 8001 12.50")
	w.expect(wang, "did not answer", "12.50")
	w.text(wang, "NO")
	w.expect(wang, "stopped", "12.50", "order again")
	w.forget()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "pay 8001 12.50")
	w.expect(wang, "you paid CNY 12.50")
	w.forget()
	w.text(wang, "Pay 8001 12.5")
	w.expect(wang, "Same as", "Reply YES")
	w.balance("purse:"+wang, "487.50", "487.50")
}
