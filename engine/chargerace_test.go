package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/module/moduletest"
	"mpg/engine/payment"
	"mpg/store"
)

// TestCaptureReleaseAndExpiryAtOnce: whatever comes first, one of them decides, the others
// are too late, and the bank has taken or released what the books say.
func TestCaptureReleaseAndExpiryAtOnce(t *testing.T) {
	t.Parallel()
	for round := range 6 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel()
			w, products, icbc, _ := relayWorld(t)
			ref := w.charge()
			var won atomic.Int32
			note := func(err error) {
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, payment.ErrLate):
					t.Error(err)
				}
			}
			var all sync.WaitGroup
			for i, does := range []func(key string){
				func(key string) { note(takes(products, key, ref, 5000)) },
				func(key string) { note(takes(products, key, ref, 12000)) },
				func(key string) {
					_, err := products.Release(context.Background(), admin.Command{Key: key}, ref)
					note(err)
				},
				func(string) {
					if round%2 == 0 {
						w.pass(moduletest.TankFor)
					}
				},
			} {
				all.Go(func() { does(fmt.Sprintf("k%d", i)) })
			}
			all.Wait()
			w.until("the end", func() bool { return w.shown(ref).State == "done" })
			w.until("the bank to hold nothing", func() bool { return icbc.aside() == 0 })
			p := w.shown(ref)
			if expired := p.Reason == "expired"; won.Load() > 1 || (won.Load() == 0) != expired {
				t.Errorf("%d won, and it ended as %s", won.Load(), p.Reason)
			}
			purse, taken := "500.00", "0.00"
			if p.Outcome == "paid" {
				taken = map[string]string{"50.50": "50.00", "121.20": "120.00"}[p.Amount]
				purse = map[string]string{"50.50": "499.50", "121.20": "498.80"}[p.Amount]
			}
			w.wantCharge(icbc, purse, taken, 0)
		})
	}
}

// TestACaptureBetween: a capture that another step overtakes is worked out again, and the
// bank is asked for what the books take.
func TestACaptureBetween(t *testing.T) {
	t.Parallel()
	w, products, icbc, _ := relayWorld(t)
	ref := w.charge()
	var second error
	var fired atomic.Bool
	w.told(func(c store.Cmd) {
		for _, write := range c.Writes {
			if write.Table == payment.BankTable && fired.CompareAndSwap(false, true) {
				second = takes(products, "c2", ref, 5000)
			}
		}
	})
	first := takes(products, "c1", ref, 12000)
	w.told(nil)
	if second != nil || !errors.Is(first, payment.ErrLate) {
		t.Errorf("50.00: %v; 120.00, which came second: %v", second, first)
	}
	w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
	w.wantCharge(icbc, "499.50", "50.00", 0)
	if advised := icbc.completions(); len(advised) != 1 || advised[0].Amount != 5000 {
		t.Errorf("advised %+v", advised)
	}
}

// TestABankThatIsGoneHoldsMoney: what it was told, and what it is to release, is in doubt
// until it is back.
func TestABankThatIsGoneHoldsMoney(t *testing.T) {
	t.Parallel()
	w, products, icbc, boc := relayWorld(t)
	captured, released := w.charge(), ""
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "CHARGE 100 8001")
	released = w.last().Ref
	w.until("the amount to be set aside", func() bool { return w.shown(released).State == "authorized" })
	icbc.quiet(false)
	icbc.answersReversals("-")
	if err := takes(products, "c1", captured, 12000); err != nil {
		t.Fatal(err)
	}
	w.until("a try", func() bool { return icbc.advices() > 0 })
	with := w.banks
	w.close()
	w.banks = map[string]acquirer.Bank{"boc": boc}
	w.open()
	if p := w.comes(captured, "doubt", "doubt"); p.Request.Cause != "no such bank" {
		t.Errorf("%+v", p.Request)
	}
	if _, err := products.Release(context.Background(), admin.Command{Key: "c2"}, released); err != nil {
		t.Fatal(err)
	}
	w.comes(released, "done", "doubt")
	w.pass(time.Hour)
	w.close()
	w.banks = with
	icbc.does(nil)
	icbc.answersReversals("")
	w.open()
	w.comes(captured, "done", "answered")
	w.comes(released, "done", "reversed")
	w.wantCharge(icbc, "498.80", "120.00", 0)
}
