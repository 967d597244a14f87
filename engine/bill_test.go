package engine_test

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/module/moduletest"
)

// bills orders a product with a bill and keys the PIN.
func (w *world) bills(product string) string {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, product+" 80 8001 4711")
	return w.last().Ref
}

// billWorld returns a relayWorld, of which one bank is enough.
func billWorld(t *testing.T) (w *world, products *moduletest.Products, icbc *bookBank) {
	t.Helper()
	w, products, icbc, _ = relayWorld(t)
	return w, products, icbc
}

// slowly acts as a biller that decides at the third try.
func slowly(_ acquirer.Bill, try int) (acquirer.Said, error) {
	if try < 3 {
		return acquirer.Said{State: acquirer.BillUnknown}, nil
	}
	return acquirer.Said{State: acquirer.BillAccepted}, nil
}

// refusing acts as a biller that refuses.
func refusing(acquirer.Bill, int) (acquirer.Said, error) {
	return acquirer.Said{State: acquirer.BillRefused, Code: "E7"}, nil
}

// undecided acts as a biller that takes note and does not decide.
func undecided(acquirer.Bill, int) (acquirer.Said, error) {
	return acquirer.Said{State: acquirer.BillPending}, nil
}

// TestABillerIsTold once the bill is paid, until it answers, and credits the bill once. The
// payment does not wait for it.
func TestABillerIsTold(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		does    func(acquirer.Bill, int) (acquirer.Said, error)
		request string
		credits int // of the bill
	}{
		"answers":            {nil, "answered", 1},
		"slow":               {slowly, "answered", 1},
		"silent":             {moduletest.Silent(false), "advising", 0},
		"credits and silent": {moduletest.Silent(true), "answered", 1}, // asked afterwards, it says so
		"undecided":          {undecided, "advising", 0},
		"refuses":            {refusing, "doubt", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, products, _ := billWorld(t)
			products.Power.Does(tt.does)
			ref := w.bills("BILL")
			w.expect(wang, ref, "you paid CNY 80.00")
			w.comes(ref, "done", tt.request)
			w.balance("purse:"+wang, "420.00", "420.00")
			w.balance("merchant:8001", "80.00", "80.00")
			w.restart()
			p := w.comes(ref, "done", tt.request)
			if p.Outcome != "paid" || p.Request.Kind != "notify" || p.Request.Bank != moduletest.Power || p.Request.Amount != "80.00" {
				t.Errorf("%+v %+v", p, p.Request)
			}
			if got := len(products.Power.Credited()); got != tt.credits {
				t.Errorf("credited %v", products.Power.Credited())
			}
			if tt.request == "advising" {
				products.Power.Does(nil)
				products.Power.Decide()
				w.comes(ref, "done", "answered")
			}
			if w.count(wang, "you paid") != 1 {
				t.Errorf("told %q", w.written())
			}
		})
	}
}

// TestABillerThatNeverAnswers is asked for ever, and after a day by people as well, who may end
// it either way; the payment stays paid.
func TestABillerThatNeverAnswers(t *testing.T) {
	t.Parallel()
	for _, as := range []string{acquirer.ResolvedPaid, acquirer.ResolvedReversed} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			w, products, _ := billWorld(t)
			products.Power.Does(moduletest.Silent(false))
			ref := w.bills("BILL")
			w.comes(ref, "done", "advising")
			if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r0"}, ref, as, "soon"); !errors.Is(err, acquirer.ErrNotInDoubt) {
				t.Errorf("resolved at once: %v", err)
			}
			w.pass(25 * time.Hour)
			w.comes(ref, "done", "doubt")
			w.restart()
			if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r1"}, ref, as, "they say so"); err != nil {
				t.Fatal(err)
			}
			if p := w.comes(ref, "done", "resolved"); p.Outcome != "paid" {
				t.Errorf("%+v", p)
			}
		})
	}
}

// TestAMeterWaitsForItsBiller: the bank has paid, and the shop is paid once the biller accepts.
// What it refuses, or people say that it did not get, goes to the purse.
func TestAMeterWaitsForItsBiller(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		does     func(acquirer.Bill, int) (acquirer.Said, error)
		bank     func(b *bookBank)
		as       string // how people end it; empty: nobody has to
		outcome  string
		purse    string
		shop     string
		icbcOwes string
		credited map[string]int
	}{
		"accepts":            {nil, nil, "", "paid", "500.00", "80.00", "80.00", map[string]int{"4711": 1}},
		"slow":               {slowly, nil, "", "paid", "500.00", "80.00", "80.00", map[string]int{"4711": 3}},
		"credits and silent": {moduletest.Silent(true), nil, "", "paid", "500.00", "80.00", "80.00", map[string]int{"4711": 1}},
		"refuses":            {refusing, nil, "", "returned", "580.00", "0.00", "80.00", nil},
		"silent, credited":   {moduletest.Silent(false), nil, acquirer.ResolvedPaid, "paid", "500.00", "80.00", "80.00", nil},
		"silent, not":        {moduletest.Silent(false), nil, acquirer.ResolvedReversed, "returned", "580.00", "0.00", "80.00", nil},
		"the bank declines":  {nil, func(b *bookBank) { b.says("51") }, "", "not paid", "500.00", "0.00", "0.00", nil},
		"the bank is silent": {nil, func(b *bookBank) { b.silence(true) }, "", "not paid", "500.00", "0.00", "0.00", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, products, icbc := billWorld(t)
			products.Power.Does(tt.does)
			if tt.bank != nil {
				tt.bank(icbc)
			}
			ref := w.bills("METER")
			if tt.as != "" {
				w.comes(ref, "advising", "advising")
				w.balance("transit:icbc", "80.00", "0.00")
				w.restart()
				w.pass(2 * time.Hour)
				if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r1"}, ref, tt.as, "they say so"); err != nil {
					t.Fatal(err)
				}
			}
			w.until("the end", func() bool { return w.shown(ref).Outcome == tt.outcome })
			w.restart()
			w.balance("purse:"+wang, tt.purse, tt.purse)
			w.balance("merchant:8001", tt.shop, tt.shop)
			w.balance("bank:icbc", tt.icbcOwes, tt.icbcOwes)
			w.balance("transit:icbc", "0.00", "0.00")
			if got := products.Power.Credited(); !maps.Equal(got, tt.credited) {
				t.Errorf("credited %v, want %v", got, tt.credited)
			}
			if p := w.shown(ref); p.Request.State == "doubt" || p.Request.State == "advising" {
				t.Errorf("the payment has ended, and its biller is still %s", p.Request.State)
			}
			if tt.outcome == "returned" {
				w.expect(wang, ref, "the money is in your purse")
			}
		})
	}
}
