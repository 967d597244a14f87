package engine_test

import (
	"testing"
	"time"

	"mpg/engine/intake"
)

// TestTheAddressNamesThePayee: an amount texted to the short code with a number behind it is
// sent to that number, from the bank if the text says so. A PIN is not taken for an amount,
// NO still stops what is open, and anything else is answered with how to do it.
func TestTheAddressNamesThePayee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := func(address, body string) {
		t.Helper()
		w.forget()
		w.deliver(intake.Text{Via: "main", From: wang, To: address, Body: body, Kind: intake.Plain}, true)
	}
	w.answers(wang, phone{keys: []string{pinOne}})
	to("888813800000002", "50")
	w.expect(wang, "you sent CNY 50.00 to 138****0002 from your purse")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.bank.set(func() { w.bank.reply.Approved, w.bank.reply.Code = true, "00" })
	to("88888613800000002", "20 BANK")
	w.expect(wang, "you sent CNY 20.00 to 138****0002 from your bank account")
	to("888813800000002", "582193")
	w.expect(wang, "Never text your PIN")
	to("888813800000002", "hello")
	w.expect(wang, "We could not read the amount", "SEND")
	to("888813800000002", "BAL")
	w.expect(wang, "We could not read the amount")
	to("888813800000002", "50")
	w.expect(wang, "Reply YES within 5 minutes") // the same as the first
	w.answers(wang, phone{keys: []string{pinOne}})
	to("8888", "YES")
	w.expect(wang, "you sent CNY 50.00 to 138****0002")
	ring := make(chan struct{})
	w.answers(wang, phone{ring: ring})
	to("888813800000002", "7")
	w.until("the call", func() bool { return w.calls == 1 })
	to("888813800000002", "NO")
	w.expect(wang, "CNY 7.00 to 138****0002 was stopped")
	close(ring)
	w.pass(time.Hour)       // until more is answered that makes no order
	to("88881380000", "50") // the rest of the number is missing
	w.expect(wang, "We could not find a mobile number to pay")
	to("88881380000", "¥50")
	w.expect(wang, "We could not find a mobile number to pay")
	w.forget()
	before := w.e.Stats().ForeignCodes.Load()
	to("88881380000", "50 13800000002")
	to("999913800000002", "50")
	if n := w.e.Stats().ForeignCodes.Load() - before; n != 2 || len(w.written()) != 0 {
		t.Errorf("%d texts to addresses that are not served were counted; %q", n, w.written())
	}
	w.balance("purse:"+wang, "400.00", "400.00")
}
