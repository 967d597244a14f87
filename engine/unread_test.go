package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mpg/engine/call"
)

// A text that is no order is answered with why, and with nothing but what was
// typed: no sample of a shop, an amount or a number that could be paid.
func TestAnswersRepeatOnlyWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct{ text, want string }{
		{"PAY 8002 20k", "PAY 8002 amount"},
		{"PAY 25 8002", "Did you mean: PAY 8002 25 ?"},
		{"SEND 50 Anna", "You have saved no such name"},
		{"SEND 50 13900139000 CASH", "SEND 50.00 mobile-number and BANK or PURSE"},
		{"PAY 8002 50 CASH", "PAY 8002 50.00 and BANK, CARD or PURSE"},
		{"OUT 100 CARD", "For cash, text: OUT amount agent-code"},
		{"hello there", "PAY shop-code amount"},
		{"PAY 8002 45.60 stop", "PAY 8002 45.60"},
		{"ok", "No payment is waiting"},
	} {
		w.forget()
		w.pass(time.Hour) // so many answers are given in an hour and no more
		w.text(wang, tt.text)
		got := w.expect(wang, tt.want)
		if strings.Contains(got, "128.50") || strings.Contains(got, "13800138000") || strings.Contains(got, "8001") {
			t.Errorf("%q is answered %q", tt.text, got)
		}
	}
}

// Whoever takes a payment back in words of their own stops it, and is not told
// that their offers are off.
func TestAPaymentIsTakenBackInAnyWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, text := range []string{"stop!! wrong amount", "cancel payment", "不是我", "cancel 12.04", "别付了", "I did not order this", "CANCEL"} {
		w.forget()
		w.pass(time.Hour)
		w.answers(wang, phone{end: call.EndBusy})
		w.text(wang, fmt.Sprintf("PAY 8001 12.0%d", i+1))
		w.expect(wang, "AGAIN")
		w.forget()
		w.text(wang, text)
		if p := w.ended(); p.Reason != "stopped" {
			t.Errorf("%q: %+v", text, p)
		}
		w.expect(wang, "12.0"+fmt.Sprint(i+1))
		if w.count(wang, "ffers") > 0 {
			t.Errorf("%q is taken for an opt-out", text)
		}
	}
	w.balance("purse:"+wang, "500.00", "500.00")
}
