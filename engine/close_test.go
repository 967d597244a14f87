package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/payment"
)

// closes closes the shop of the tests.
func (w *world) closes(key string, payOut bool) error {
	_, err := w.e.Admin().CloseMerchant(context.Background(), admin.Command{Key: key}, admin.Closing{Code: "8001", Reason: "gave up business", PayOut: payOut})
	return err
}

// TestAClosedShopIsNotPaid: it is closed once no payment to it is open and its money was
// paid out, which the audit accounts for. Its payers are told, over a restart too.
func TestAClosedShopIsNotPaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	keyed := make(chan struct{})
	w.answers(wang, phone{keys: []string{pinOne}, wait: keyed})
	w.text(wang, "PAY 8001 128.50")
	w.until("the PIN to be asked", func() bool { return len(w.spoken) > 2 })
	if err := w.closes("early", true); !errors.Is(err, admin.ErrPaymentOpen) {
		t.Errorf("closed during a call: %v", err)
	}
	close(keyed)
	w.expect(wang, "you paid", "128.50")
	w.ended()
	paid := w.last().Ref
	if err := w.closes("full", false); !errors.Is(err, admin.ErrBalanceLeft) {
		t.Errorf("closed with money left: %v", err)
	}
	if err := w.closes("now", true); err != nil {
		t.Fatal(err)
	}
	w.balance("merchant:8001", "0.00", "0.00")
	w.balance("float", "371.50", "371.50")
	if _, err := w.e.Admin().Refund(t.Context(), admin.Command{Key: "r"}, admin.Refund{Ref: paid, Reason: "broken"}); !errors.Is(err, admin.ErrShopClosed) {
		t.Errorf("a closed shop was to pay back: %v", err)
	}
	owes := admin.Refund{Ref: paid, Amount: 850, Reason: "broken", Receivable: true}
	if _, err := w.e.Admin().Refund(t.Context(), admin.Command{Key: "one"}, owes); !errors.Is(err, admin.ErrTwoNeeded) {
		t.Errorf("one person let a closed shop owe: %v", err)
	}
	w.twoPeople()
	w.approved("two", func(by admin.Command) (json.RawMessage, error) { return w.e.Admin().Refund(t.Context(), by, owes) })
	w.balance("receivable:8001", "8.50", "8.50")
	w.balance("merchant:8001", "0.00", "0.00")
	w.expect(wang, "refunded CNY 8.50")
	w.owesNothing()
	for _, order := range []string{"PAY 8001 128.50", "PAY 8001 45 BANK", "PAY 8001 7"} {
		w.forget()
		w.text(wang, order)
		w.expect(wang, "BLUEBIRD FLORIST can no longer be paid here, so nothing was taken")
	}
	w.restart()
	w.forget()
	w.text(li, "PAY 8001 1")
	w.expect(li, "can no longer be paid")
	for _, r := range w.refusals() {
		if r.Reason != "payee_closed" || r.To != "8001" {
			t.Errorf("%+v", r)
		}
	}
	w.balance("purse:"+wang, "380.00", "380.00")
}

// owesNothing has the shop of the tests, which owes 8.50, pay 5.00 of it, and the operator bear
// the rest. The audit knows who paid.
func (w *world) owesNothing() {
	w.t.Helper()
	debts := admin.Debts{Service: w.e.Admin()}
	w.approved("paid", func(by admin.Command) (json.RawMessage, error) {
		return debts.Paid(w.t.Context(), by, admin.Clearing{Code: "8001", Amount: 500, Reason: "slip 7"})
	})
	w.balance("receivable:8001", "3.50", "3.50")
	if paid := w.last(); paid.Payer != "8001" || paid.Payee != "float" {
		w.t.Errorf("%s paid %s", paid.Payer, paid.Payee)
	}
	w.approved("lost", func(by admin.Command) (json.RawMessage, error) {
		return debts.WriteOff(w.t.Context(), by, admin.Clearing{Code: "8001", Amount: 350, Reason: "bankrupt"})
	})
	if lost := w.last(); lost.Payer != "8001" || lost.Payee != "losses" {
		w.t.Errorf("%s is written off to %s", lost.Payer, lost.Payee)
	}
	for account, has := range map[string]string{"receivable:8001": "0.00", "losses": "3.50", "float": "376.50", "merchant:8001": "0.00"} {
		w.balance(account, has, has)
	}
	for fault, spoil := range map[string]func(o *payment.Owed) bool{
		"is cleared, but 501 is paid":                func(o *payment.Owed) bool { o.Paid++; return true },
		"the requests account for 0, and what shops": func(o *payment.Owed) bool { o.WrittenOff, o.Paid = o.WrittenOff-1, o.Paid+1; return o.WrittenOff > 0 },
	} {
		w.entries().bites(w.t, fault, func(j entries) bool { return rewrite(j, payment.OwedTable, spoil) }, fault)
	}
}
