package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/merchant"
	"mpg/store/money"
)

// captures captures amount of a payment by the operator's command.
func (w *world) captures(key, ref string, amount money.Amount) error {
	_, err := w.e.Admin().Capture(context.Background(), admin.Command{Key: key}, ref, amount)
	return err
}

// releases releases what is held for a payment by the operator's command.
func (w *world) releases(key, ref string) error {
	_, err := w.e.Admin().Release(context.Background(), admin.Command{Key: key}, ref)
	return err
}

// TestTheOperatorCaptures what a shop charges, once, in time and never more than is held.
func TestTheOperatorCaptures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after   time.Duration
		end     func(w *world, ref string) error
		outcome string
		purse   string
		taken   string
		told    string
	}{
		"in part": {6 * 24 * time.Hour, func(w *world, ref string) error { return w.captures("c1", ref, 12000) }, "paid", "498.80", "120.00", "you paid CNY 121.20"},
		"all":     {time.Minute, func(w *world, ref string) error { return w.captures("c1", ref, 20000) }, "paid", "498.00", "200.00", "you paid CNY 202.00"},
		"too much": {time.Minute, func(w *world, ref string) error {
			if err := w.captures("c1", ref, 20001); !errors.Is(err, admin.ErrOverCapture) {
				return errors.Join(errors.New("captured too much"), err)
			}
			return w.captures("c2", ref, 5000)
		}, "paid", "499.50", "50.00", "you paid CNY 50.50"},
		"again": {time.Minute, func(w *world, ref string) error {
			err := errors.Join(w.captures("c1", ref, 5000), w.captures("c1", ref, 5000))
			if again := w.captures("c2", ref, 5000); !errors.Is(again, admin.ErrNotSetAside) {
				return errors.New("captured twice")
			}
			if late := w.releases("c3", ref); !errors.Is(late, admin.ErrNotSetAside) {
				return errors.New("released after it was captured")
			}
			return err
		}, "paid", "499.50", "50.00", "you paid CNY 50.50"},
		"released": {time.Hour, func(w *world, ref string) error {
			err := w.releases("c1", ref)
			if late := w.captures("c2", ref, 5000); !errors.Is(late, admin.ErrNotSetAside) || !strings.HasSuffix(late.Error(), ": it is released") {
				return fmt.Errorf("captured after it was released: %w", late)
			}
			return err
		}, "not paid", "500.00", "0.00", "free again"},
		"expired": {8 * 24 * time.Hour, func(w *world, ref string) error {
			err := w.captures("c1", ref, 5000)
			if !errors.Is(err, admin.ErrCaptureLate) && !errors.Is(err, admin.ErrNotSetAside) {
				return errors.New("captured too late")
			}
			return nil
		}, "not paid", "500.00", "0.00", "free again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, icbc, _ := relayWorld(t)
			ref := w.charge()
			w.forget()
			w.pass(tt.after)
			if err := tt.end(w, ref); err != nil {
				t.Error(err)
			}
			w.until("the end", func() bool { return w.shown(ref).Outcome == tt.outcome })
			w.expect(wang, tt.told)
			w.until("the bank", func() bool { return icbc.aside() == 0 })
			w.wantCharge(icbc, tt.purse, tt.taken, 0)
		})
	}
}

// TestCapturesRace: of captures and releases at once one is done, and all of the others are
// refused.
func TestCapturesRace(t *testing.T) {
	t.Parallel()
	w, _, icbc, _ := relayWorld(t)
	ref := w.charge()
	var done sync.WaitGroup
	var did atomic.Int64
	for i := range 8 {
		done.Go(func() {
			key := string(rune('a' + i))
			err := w.captures(key, ref, 12000)
			if i%2 == 1 {
				err = w.releases(key+"r", ref)
			}
			switch {
			case err == nil:
				did.Add(1)
			case !errors.Is(err, admin.ErrNotSetAside):
				t.Error(err)
			}
		})
	}
	done.Wait()
	if n := did.Load(); n > 1 {
		t.Errorf("%d of them were done", n)
	}
	w.until("the end", func() bool { return w.shown(ref).State == "done" && icbc.aside() == 0 })
	if w.shown(ref).Outcome == "paid" {
		w.wantCharge(icbc, "498.80", "120.00", 0)
	} else {
		w.wantCharge(icbc, "500.00", "0.00", 0)
	}
}

// TestARefundOfWhatWasCaptured: at most what was captured, without the payer's fee.
func TestARefundOfWhatWasCaptured(t *testing.T) {
	t.Parallel()
	w, _, icbc, _ := relayWorld(t)
	ref := w.charge()
	if err := w.captures("c1", ref, 12000); err != nil {
		t.Fatal(err)
	}
	w.until("the capture", func() bool { return w.shown(ref).Outcome == "paid" })
	if p := w.shown(ref); p.Refundable != "120.00" {
		t.Errorf("%+v", p)
	}
	if _, err := w.refund("r1", ref, 12001); !errors.Is(err, admin.ErrOverRefund) {
		t.Error(err)
	}
	back, err := w.refund("r2", ref, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.until("the refund", func() bool { return w.shown(back.Ref).Outcome == "paid" })
	w.wantCharge(icbc, "498.80", "0.00", 0)
}

// TestResolvedLate: people say after days that the issuer holds the amount. It does so from
// the day on which it was asked, so the shop has no more time than otherwise.
func TestResolvedLate(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, tt := range map[string]struct {
		resolved, later time.Duration
		outcome         string
	}{
		"captured in time":       {2 * day, 4*day - time.Minute, "paid"},
		"captured too late":      {2 * day, 4 * day, "not paid"},
		"resolved when released": {8 * day, 0, "not paid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, issuer := cardWorld(t)
			w.shopTakes("s1", merchant.Later, false, "")
			issuer.silence(true)
			issuer.answersReversals("12")
			ref := w.ordersByCard()
			w.comes(ref, "doubt", "doubt")
			w.pass(tt.resolved)
			if _, err := w.resolve("r1", ref, acquirer.ResolvedPaid); err != nil {
				t.Fatal(err)
			}
			issuer.answersReversals("")
			issuer.set(func() {
				issuer.advice = func(message, int) (bank.Reply, error) { return bank.Reply{Approved: true, Code: "00"}, nil }
			})
			w.pass(tt.later)
			err := w.captures("c1", ref, 3000)
			if late := errors.Is(err, admin.ErrCaptureLate) || errors.Is(err, admin.ErrNotSetAside); late != (tt.outcome != "paid") || !late && err != nil {
				t.Error(err)
			}
			w.until("the end", func() bool { return w.shown(ref).Outcome == tt.outcome })
			if tt.outcome != "paid" {
				w.until("the issuer to release it", func() bool { return issuer.aside() == 0 })
			}
		})
	}
}
