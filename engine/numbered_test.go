package engine_test

import (
	"testing"
	"time"

	"mpg/engine/call"
	"mpg/engine/merchant"
)

// TestAWrongNumberStopsNothing: YES or NO with the number of no request says nothing about a
// payment that is being called, and NO alone stops it.
func TestAWrongNumberStopsNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, told string }{
		{"NO 9", "There is no request 9. Your payment of CNY 7.00 to BLUEBIRD FLORIST goes on"},
		{"YES 9", "There is no request 9. Your payment"},
		{"NO 9 ALWAYS", "There is no request 9."},
		{"NO 0", "There is no request 0."},
		{"否 9号", "There is no request 9. Your payment"},
		{"否９", "There is no request 9. Your payment"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.answers(wang, phone{end: call.EndBusy})
			w.text(wang, "PAY 8001 7")
			w.expect(wang, "AGAIN")
			w.forget()
			w.text(wang, tt.text)
			w.expect(wang, tt.told)
			if p := w.last(); p.State != "waiting" {
				t.Errorf("the payment is %s", p.State)
			}
			w.text(wang, "NO")
			w.expect(wang, "was stopped")
		})
	}
}

// TestAWrongNumberWithNothingWaiting is told so, and names no payment.
func TestAWrongNumberWithNothingWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pays("PAY 8001 7", "you paid CNY 7.00")
	for _, text := range []string{"NO 1 ALWAYS", "YES 1", "NO #1"} {
		w.forget()
		w.text(wang, text)
		w.expect(wang, "There is no request 1 now")
	}
	w.balance("purse:"+wang, "493.00", "493.00")
}

// TestARefundWithoutAReference asks the shop for one, and leaves its other refund alone.
func TestARefundWithoutAReference(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"REFUND", "REFUND PLYSSAY", "退款", "please refund"} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.manages()
			first := w.shopPaid("10")
			w.text(shop, text)
			w.expect(shop, "REFUND reference amount")
			w.answers(shop, phone{end: call.EndBusy})
			w.text(shop, "REFUND "+first+" 4")
			w.until("the refund waits", func() bool { return w.last().State == "waiting" })
			w.forget()
			w.text(shop, text)
			w.expect(shop, "REFUND reference amount")
			if p := w.last(); p.State != "waiting" {
				t.Errorf("the refund is %s", p.State)
			}
		})
	}
}

// TestNOWhileAnAmountIsSetAside names whom it is held for: no bank checks anything.
func TestNOWhileAnAmountIsSetAside(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	w.tank()
	for _, tt := range [][2]string{{"NO", "and not charged yet"}, {"STOP", "it is for them to decide"}} {
		w.forget()
		w.text(wang, tt[0])
		w.expect(wang, "is", tt[1])
	}
}

// TestTheShopHasNotSaid: while a till has still to accept a card, the texts say that it is the
// shop, and no bank, that has not answered.
func TestTheShopHasNotSaid(t *testing.T) {
	t.Parallel()
	w, issuer := cardWorld(t)
	issuer.quiet(false)
	w.shopTakes("s1", merchant.AtOnce, true, merchant.Refuses)
	ref := w.ordersByCard()
	w.offered(ref)
	for _, text := range []string{"NO", "PAY 8001 5"} {
		w.forget()
		w.text(wang, text)
		w.expect(wang, "has not yet accepted your card payment of CNY 30.00 ("+ref+")")
	}
	if err := w.decides(ref, true); err != nil {
		t.Fatal(err)
	}
	w.expect(wang, "CNY 30.00 to BLUEBIRD FLORIST is authorised")
}

// TestNamesAreAnswered: the answer names the number that a name stood for before, and
// whoever saves their own number is told not to.
func TestNamesAreAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range [][2]string{
		{"NAME mum 13800000002", "Saved: this name now stands for 138****0002."},
		{"NAME mum 13900000009", "Saved: this name now stands for 139****0009, and no longer for 138****0002."},
		{"NAME me 13800000001", "That is your own number, so no name was saved."},
		{"SEND 5 dad", "You have saved no such name, so this text paid nothing."},
		{"ASK 5 13800000001", "nobody was asked"},
		{"ASK 10000 13800000002", "nobody was asked. Please ask for less"},
		{"NAME bank 13800000002", "A name is one word of 2 to 12 letters."},
		{"RECEIVE", "Text RECEIVE BANK or RECEIVE PURSE."},
		{"HELP NAME", "NAMES lists them."},
		{"LANG", "You named no language. Text LANG EN or LANG ZH."},
		{"SEND 5 13800000002 CARD", "To send from your purse, text: SEND amount mobile-number"},
	} {
		w.forget()
		w.pass(time.Hour)
		w.text(wang, tt[0])
		w.expect(wang, tt[1])
	}
}
