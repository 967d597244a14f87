package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/limit"
	"mpg/store/money"
)

// withLimits has payments limited as text says.
func withLimits(t *testing.T, text string) func(*world) {
	t.Helper()
	return func(w *world) { w.rules.Products.Limits = limitsOf(t, text) }
}

func limitsOf(t *testing.T, text string) *limit.Set {
	t.Helper()
	cny, _ := money.Lookup("CNY")
	set, err := limit.Load([]limit.File{{Name: "limits.toml", Text: text}}, limit.Known{Products: []string{"mpurse", "mdebit", "mp2p", "bankin", "bankout", "cashout", "cashin"}, Currency: cny})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// pays has wang order and confirm a payment.
func (w *world) pays(text, paid string) {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, text)
	w.expect(wang, paid)
	w.ended()
	w.forget()
}

// refused has wang order what a limit refuses, before any call.
func (w *world) refused(text string, want ...string) {
	w.t.Helper()
	w.text(wang, text)
	w.expect(wang, want...)
	w.mu.Lock()
	calls := w.calls
	w.mu.Unlock()
	if calls != 0 {
		w.t.Errorf("%s: %d calls", text, calls)
	}
	w.forget()
}

// TestWhichLimitRefuses: the text names the limit and what is left of it, and the tier of the
// payer changes it.
func TestWhichLimitRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withFees(t, fees), withLimits(t, "[all]\npayment_min = \"1\"\nday = \"100\"\nweek = \"150\"\nmonth = \"180\"\n"+
		"[send]\nproduct = \"mp2p\"\nday_count = \"2\"\n[pair]\nper = \"payee\"\nday = \"90\"\n[high]\ntier = \"1\"\nday = \"400\"\nweek = \"400\"\n"))
	w.refused("SEND 0.50 13800000002", "must be at least CNY 1.00")
	w.refused("SEND 100 13800000002", "exceed your daily limit of CNY 100.00: CNY 100.00 is left today") // the fee counts
	w.pays("SEND 50 13800000002", "you sent CNY 50.50")
	w.refused("SEND 45 13800000002", "your limit for payments to 138****0002")
	w.refused("PAY 8001 60", "CNY 49.50 is left today")
	w.pays("SEND 9 13800000002", "you sent CNY 9.09")
	w.refused("SEND 8 13800000002", "Your payments for today are used up (2 a day)")
	w.pass(24 * time.Hour) // Monday: another week
	w.pays("PAY 8001 80", "you paid CNY 80.60")
	w.pass(24 * time.Hour)
	w.refused("PAY 8001 88", "exceed your weekly limit of CNY 150.00: CNY 69.40 is left")
	w.pays("PAY 8001 38", "you paid CNY 38.60")
	w.refused("PAY 8001 10", "exceed your monthly limit of CNY 180.00: CNY 1.21 is left")
	ctx := context.Background()
	test := admin.LimitTest{Phone: wang, Product: "mpurse", Shop: "8001", Amount: 1000}
	if v, err := w.e.Admin().Limits.Test(ctx, test); err != nil || v.Allowed || v.Charged != "10.60" {
		t.Errorf("%+v, %v", v, err)
	}
	for _, one := range []struct {
		test admin.LimitTest
		says string
		err  error
	}{
		{admin.LimitTest{Phone: wang, Product: "mp2p", Payee: "+8613900000009", Amount: 100}, "is not registered; an order to pay this number is refused, since [claim] is not enabled", nil},
		{admin.LimitTest{Phone: wang, Product: "cashin", Payee: "+8613900000009", Shop: "8001", Amount: 100}, "is not registered; an order to pay this number is refused", nil},
		{admin.LimitTest{Phone: "+8613900000009", Product: "mpurse", Amount: 100}, "", admin.ErrNoUser},
		{admin.LimitTest{Phone: wang, Product: "mp2p", Shop: "8001", Amount: 100}, "", admin.ErrArgument},
		{admin.LimitTest{Phone: wang, Product: "bankout", Payee: li, Amount: 100}, "", admin.ErrArgument},
		{admin.LimitTest{Phone: wang, Product: "mcash", Amount: 100}, "", admin.ErrArgument},
	} {
		if v, err := w.e.Admin().Limits.Test(ctx, one.test); !errors.Is(err, one.err) || v.Payee != one.says || v.Allowed {
			t.Errorf("%+v: %+v, %v", one.test, v, err)
		}
	}
	if _, err := w.e.Admin().Limits.SetTier(ctx, admin.Command{Key: "tier"}, wang, 1); err != nil {
		t.Fatal(err)
	}
	w.refused("PAY 8001 10", "exceed your monthly limit of CNY 180.00")
	v, err := w.e.Admin().Limits.Test(ctx, test)
	instead := 0
	for _, one := range v.Limits {
		if one.Instead == "high" {
			instead++
		}
	}
	if err != nil || v.Tier != 1 || instead != 2 {
		t.Errorf("%+v, %v", v, err)
	}
	w.pass(9 * 24 * time.Hour) // December
	w.pays("PAY 8001 11", "you paid CNY 11.60")
}

// TestLimitsAreGivenBack: what is not paid does not count, also when it ends after midnight,
// whatever the clock says meanwhile; what is paid counts on the day of its order.
func TestLimitsAreGivenBack(t *testing.T) {
	t.Parallel()
	for name, passes := range map[string]time.Duration{"at once": 0, "after midnight": 2 * time.Minute, "the clock goes back": -48 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withLimits(t, "[all]\nday = \"100\"\nday_count = \"2\"\nmonth = \"150\"\n"), func(w *world) {
				w.now = time.Date(2026, 11, 30, 15, 59, 0, 0, time.UTC) // a minute before December in Shanghai
			})
			ring := make(chan struct{})
			w.answers(wang, phone{ring: ring})
			w.text(wang, "PAY 8001 100")
			w.until("the call", func() bool { return w.calls == 1 })
			w.steps(passes)
			w.text(wang, "NO")
			w.expect(wang, "was stopped")
			close(ring)
			w.forget()
			w.steps(-passes)
			w.pays("PAY 8001 90", "you paid CNY 90.00")
			w.refused("PAY 8001 11", "CNY 10.00 is left today")
			w.pays("PAY 8001 10", "you paid CNY 10.00")
			w.pass(2 * time.Minute) // another day, and another month
			w.pays("PAY 8001 99", "you paid CNY 99.00")
		})
	}
}

// TestTwoOrdersForTheLastOfALimit: of two orders of one payer at the same moment one is taken
// on, and only that one counts.
func TestTwoOrdersForTheLastOfALimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(t, "[all]\nday = \"10\"\n"))
	var both sync.WaitGroup
	for i := range 2 {
		both.Go(func() { w.text(wang, fmt.Sprintf("SEND %d 13800000002", 6+i)) })
	}
	both.Wait()
	w.until("both answers", func() bool { return len(w.texts) >= 2 })
	v, err := w.e.Admin().Limits.Test(context.Background(), admin.LimitTest{Phone: wang, Product: "mp2p", Payee: li, Amount: 1})
	if err != nil || v.Limits[len(v.Limits)-1].Used != "6.00" && v.Limits[len(v.Limits)-1].Used != "7.00" {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestWhatAPurseMayHold: what would exceed it is refused before the PIN and reveals nothing of
// the balance; another tier, and other files, change it at once.
func TestWhatAPurseMayHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withLimits(t, "[purse]\ndirection = \"in\"\nbalance_max = \"505\"\n[high]\ndirection = \"in\"\ntier = \"2\"\nbalance_max = \"1000\"\n"))
	ctx := context.Background()
	if _, err := w.e.Admin().TopUp(ctx, admin.Command{Key: "li"}, li, 50000); err != nil {
		t.Fatal(err)
	}
	w.expect(li, "500.00")
	w.forget()
	w.refused("SEND 5.01 13800000002", "138****0002 cannot receive this amount", "nothing was taken")
	if w.count(wang, "505") > 0 {
		t.Error("the text says what the payee may hold")
	}
	if _, err := w.e.Admin().TopUp(ctx, admin.Command{Key: "li2"}, li, 501); err == nil {
		t.Error("a top-up beyond what the purse may hold")
	}
	w.pays("SEND 5 13800000002", "you sent CNY 5.00")
	if _, err := w.e.Admin().Limits.SetTier(ctx, admin.Command{Key: "tier"}, li, 2); err != nil {
		t.Fatal(err)
	}
	w.pays("SEND 20 13800000002", "you sent CNY 20.00")
	rules := w.e.Rules()
	rules.Products.Limits = nil
	w.e.SetRules(rules)
	w.pays("SEND 450 13800000002", "you sent CNY 450.00")
}
