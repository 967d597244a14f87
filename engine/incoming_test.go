package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/store/money"
)

// TestTwoSendersAndOneCeiling: what a purse may receive in a day is used up by the first
// order, whoever is faster, and given back with it on the same day.
func TestTwoSendersAndOneCeiling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	digits, _ := pin.Read([]byte(pinTwo))
	const zhao = "+8613800000003"
	if _, err := w.e.Admin().AddUser(context.Background(), admin.Command{Key: "u3"}, admin.NewUser{Phone: zhao, Name: lang.Name{EN: "Zhao Min"}, Lang: lang.EN, PIN: &digits}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.e.Admin().TopUp(context.Background(), admin.Command{Key: "t3"}, zhao, 50000); err != nil {
		t.Fatal(err)
	}
	w.expect(zhao, "500.00")
	w.limits(t, "[in]\ndirection = \"in\"\nday = \"100\"\nweek = \"150\"\n")
	w.forget()
	ring := make(chan struct{})
	w.answers(wang, phone{ring: ring})
	w.answers(zhao, phone{ring: ring})
	var racing sync.WaitGroup
	for _, sender := range []string{wang, zhao} {
		racing.Go(func() { w.tries(sender, "SEND 60 13800000002") })
	}
	racing.Wait()
	w.until("one call", func() bool { return w.calls == 1 })
	w.until("one refusal", func() bool { return len(w.texts) == 1 })
	refused := w.written()[0].To
	w.expect(refused, "138****0002 cannot receive this amount")
	first := map[string]string{wang: zhao, zhao: wang}[refused]
	w.text(first, "NO")
	w.expect(first, "was stopped")
	close(ring)
	w.mu.Lock()
	w.phones[refused] = nil // its call was never made
	w.mu.Unlock()
	w.answers(refused, phone{keys: []string{map[string]string{wang: pinOne, zhao: pinTwo}[refused]}})
	w.text(refused, "SEND 100 13800000002")
	w.expect(li, "you received CNY 100.00")
	w.forget()
	w.text(first, "SEND 0.01 13800000002")
	w.expect(first, "138****0002 cannot receive this amount")
	w.pass(24 * time.Hour) // another day of another week: the 22nd of November 2026 was a Sunday
	w.answers(first, phone{keys: []string{map[string]string{wang: pinOne, zhao: pinTwo}[first]}})
	w.text(first, "SEND 99 13800000002")
	w.expect(li, "you received CNY 99.00")
	w.balance("purse:"+li, "199.00", "199.00")
	for _, one := range []struct {
		amount  int64
		allowed bool
	}{{100, true}, {101, false}} {
		test := admin.LimitTest{Phone: wang, Product: "mp2p", Payee: li, Amount: money.Amount(one.amount)}
		view, err := w.e.Admin().Limits.Test(context.Background(), test)
		if err != nil || view.Allowed != one.allowed || usedLast(view.Limits) != "99.00 99.00" {
			t.Errorf("%d: %+v %v", one.amount, view, err)
		}
	}
}

// TestRollingWindowsAndClasses: the last seven days count, and only payments to merchants of
// the class.
func TestRollingWindowsAndClasses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(t, "[fuel]\npayee_class = \"fuel\"\nwindow = \"rolling\"\nweek = \"100\"\nmonth_count = \"3\"\n"))
	class := "fuel"
	if _, err := w.e.Admin().AddMerchant(context.Background(), admin.Command{Key: "m2"}, admin.NewMerchant{Code: "8002", Name: lang.Name{EN: "GAS"}, Class: class}); err != nil {
		t.Fatal(err)
	}
	w.pays("PAY 8002 60", "you paid CNY 60.00 to GAS")
	w.pays("PAY 8001 80", "you paid CNY 80.00 to BLUEBIRD")
	w.text(wang, "PAY 8002 41")
	w.expect(wang, "your limit of CNY 100.00 for these days: CNY 40.00 is left")
	w.pass(6 * 24 * time.Hour)
	w.forget()
	w.text(wang, "PAY 8002 41")
	w.expect(wang, "CNY 40.00 is left")
	w.pass(24 * time.Hour)
	w.pays("PAY 8002 41", "you paid CNY 41.00 to GAS")
	w.pays("PAY 8002 1", "you paid CNY 1.00 to GAS")
	w.text(wang, "PAY 8002 2")
	w.expect(wang, "You have paid as often as you may in these days")
}

// usedLast returns how much of the last two limits is used.
func usedLast(limits []admin.LimitView) string {
	last := limits[len(limits)-2:]
	return last[0].Used + " " + last[1].Used
}

// TestCashCountsAsReceived: the operator's top-ups use up what a purse may receive and hold, as
// money from others does, and a correction gives it back.
func TestCashCountsAsReceived(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(t, "[in]\ndirection = \"in\"\nday = \"600\"\nweek = \"700\"\nbalance_max = \"640\"\n")) // wang has received 500
	topUp := func(key string, amount money.Amount) (admin.PaymentView, error) {
		raw, err := w.e.Admin().TopUp(t.Context(), admin.Command{Key: key}, wang, amount)
		var p admin.PaymentView
		if err == nil {
			err = json.Unmarshal(raw, &p)
		}
		return p, err
	}
	mistaken, err := topUp("a", 10000)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := topUp("b", 1); !errors.Is(err, admin.ErrPurseFull) || !strings.Contains(err.Error(), "0.01 is more than this purse may receive or hold: 0.00 is left of 600.00, day of [in]") {
		t.Errorf("above the limit of the day: %v", err)
	}
	if _, err := w.e.Admin().Correct(t.Context(), admin.Command{Key: "c"}, admin.Correction{Ref: mistaken.Ref, Reason: "another number"}); err != nil {
		t.Fatal(err)
	}
	view, err := w.e.Admin().Limits.Test(t.Context(), admin.LimitTest{Phone: li, Product: "mp2p", Payee: wang, Amount: 10000})
	if err != nil || !view.Allowed || usedLast(view.Limits) != "500.00 500.00" {
		t.Errorf("after the correction: %+v, %v", view, err)
	}
	w.pass(24 * time.Hour) // another day of another week
	if _, err := topUp("d", 15000); !errors.Is(err, admin.ErrPurseFull) || !strings.Contains(err.Error(), "140.00 is left of 640.00, balance_max of [in]") {
		t.Errorf("above what the purse may hold: %v", err)
	}
	if _, err := topUp("e", 14000); err != nil {
		t.Error(err)
	}
	w.balance("purse:"+wang, "640.00", "640.00")
}
