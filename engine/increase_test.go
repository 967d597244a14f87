package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/merchant"
	"mpg/engine/till"
	"mpg/store/money"
)

// increases has amount more held for a payment by the operator's command.
func (w *world) increases(key, ref string, amount money.Amount) error {
	_, err := w.e.Admin().Increase(context.Background(), admin.Command{Key: key}, ref, amount)
	return err
}

// increaseWorld is a cardWorld in which a shop captures later, and may double what was ordered.
func increaseWorld(t *testing.T) (w *world, issuer *bookBank, ref string) {
	t.Helper()
	w, issuer = cardWorld(t)
	w.rules.Products.Verticals.Increase = 100
	w.e.SetRules(w.rules)
	w.shopTakes("s1", merchant.Later, false, "")
	ref = w.orders("PAY 8001 30 CARD")
	w.until("the amount to be set aside", func() bool { return issuer.aside() == 3000 })
	return w, issuer, ref
}

// increased waits until the last increase of a payment has come to a state.
func (w *world) increased(ref, state string) {
	w.t.Helper()
	w.until("the increase to be "+state, func() bool {
		all := w.shown(ref).Increases
		return len(all) > 0 && all[len(all)-1].State == state
	})
}

// hangs has the bank answer requests only once the returned function is called, or once whoever
// asked stops; it books what it answers.
func (b *bookBank) hangs() (answer func()) {
	let := make(chan struct{})
	b.set(func() {
		b.request = func(m message) (bank.Reply, error) {
			b.mu.Lock()
			stopping := b.stopping
			b.mu.Unlock()
			select {
			case <-let:
			case <-stopping:
				b.book(m)
				return bank.Reply{}, bank.ErrUnknown
			}
			b.book(m)
			return bank.Reply{Approved: true, Code: "00", Reason: bank.Approved, AuthID: "A00001"}, nil
		}
	})
	return func() { close(let) }
}

// TestIncreases are requests of their own, and what the bank says to one changes nothing else.
// Whatever they meet, the issuer's book and ours are the same in the end, and nothing stays
// held.
func TestIncreases(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		play  func(w *world, issuer *bookBank, ref string)
		taken string
	}{
		{"approved, and captured up to the sum", func(w *world, issuer *bookBank, ref string) {
			w.must(w.increases("i1", ref, 2000), w.increases("i1", ref, 2000))
			w.increased(ref, "approved")
			w.must(w.increases("i2", ref, 1000))
			w.until("all of it to be set aside", func() bool { return issuer.aside() == 6000 })
			w.expect(wang, ref, "had CNY 20.00 more set aside, so up to CNY 50.00 in all")
			w.expect(shop, ref, "再为您预留10.00元，共最多60.00元")
			w.declines(w.captures("c1", ref, 6001), admin.ErrOverCapture)
			w.increased(ref, "approved")
			w.must(w.captures("c2", ref, 5500))
		}, "55.00"},
		{"declined", func(w *world, issuer *bookBank, ref string) {
			issuer.says("51")
			w.must(w.increases("i1", ref, 2000))
			w.increased(ref, "declined")
			w.expect(shop, ref, "未同意再预留20.00元，仍最多30.00元")
			w.uses("30.00")
			w.declines(w.captures("c1", ref, 3001), admin.ErrOverCapture)
			w.must(w.captures("c2", ref, 3000))
		}, "30.00"},
		{"not answered", func(w *world, issuer *bookBank, ref string) {
			issuer.silence(true)
			w.must(w.increases("i1", ref, 2000))
			w.increased(ref, "dropped")
			w.until("it to be reversed", func() bool { return issuer.aside() == 3000 })
			w.declines(w.captures("c1", ref, 3001), admin.ErrOverCapture)
			w.must(w.captures("c2", ref, 3000))
		}, "30.00"},
		{"released", func(w *world, _ *bookBank, ref string) {
			w.must(w.increases("i1", ref, 2000))
			w.increased(ref, "approved")
			w.must(w.releases("r1", ref))
			w.expect(wang, ref, "50.00")
		}, "0.00"},
		{"expired with the first part", func(w *world, _ *bookBank, ref string) {
			w.pass(5 * 24 * time.Hour)
			w.must(w.increases("i1", ref, 2000))
			w.increased(ref, "approved")
			w.pass(24 * time.Hour)
			w.until("its release", func() bool { return w.shown(ref).State == "done" })
			w.declines(w.increases("i2", ref, 100), admin.ErrNotSetAside)
		}, "0.00"},
		{"while one is not answered", func(w *world, issuer *bookBank, ref string) {
			answer := issuer.hangs()
			w.must(w.increases("i1", ref, 2000))
			w.declines(w.increases("i2", ref, 100), admin.ErrIncreasing)
			w.declines(w.captures("c1", ref, 3000), admin.ErrIncreasing)
			w.uses("50.00")
			answer()
			w.increased(ref, "approved")
			w.uses("50.00")
			w.must(w.captures("c2", ref, 4000))
			w.uses("40.00")
		}, "40.00"},
		{"released before the answer", func(w *world, issuer *bookBank, ref string) {
			answer := issuer.hangs()
			w.must(w.increases("i1", ref, 2000), w.releases("r1", ref))
			w.until("the payment to end", func() bool { return w.shown(ref).State == "done" })
			w.uses("0.00")
			tries := issuer.tries()
			answer()
			w.until("the reversal of what came late", func() bool { return issuer.tries() > tries || issuer.aside() == 0 })
		}, "0.00"},
		{"expired before the answer", func(w *world, issuer *bookBank, ref string) {
			answer := issuer.hangs()
			w.must(w.increases("i1", ref, 2000))
			w.pass(6 * 24 * time.Hour)
			w.until("the payment to end", func() bool { return w.shown(ref).State == "done" })
			answer()
		}, "0.00"},
		{"a restart before the answer", func(w *world, issuer *bookBank, ref string) {
			issuer.hangs()
			w.must(w.increases("i1", ref, 2000))
			w.until("the request", func() bool { return len(issuer.requests()) == 3 })
			w.restart()
			issuer.set(func() { issuer.request = nil })
			w.increased(ref, "dropped")
			w.until("it to be reversed", func() bool { return issuer.aside() == 3000 })
			w.must(w.captures("c1", ref, 3000))
		}, "30.00"},
		{"more than it may be increased by", func(w *world, _ *bookBank, ref string) {
			w.declines(w.increases("i1", ref, 3001), admin.ErrOverIncrease)
			w.must(w.increases("i2", ref, 2000))
			w.increased(ref, "approved")
			w.declines(w.increases("i3", ref, 1001), admin.ErrOverIncrease)
			w.must(w.releases("r1", ref))
		}, "0.00"},
		{"more than its payer may pay", func(w *world, _ *bookBank, ref string) {
			rules := w.rules
			rules.Products.PaymentLimit = 4500
			w.e.SetRules(rules)
			w.declines(w.increases("i1", ref, 1501), admin.ErrPayerLimit)
			rules.Products.PaymentLimit, rules.Products.DayLimit = 0, 4500
			w.e.SetRules(rules)
			w.declines(w.increases("i2", ref, 1501), admin.ErrPayerLimit)
			w.must(w.increases("i3", ref, 1500))
			w.increased(ref, "approved")
			w.declines(w.increases("i4", ref, 1), admin.ErrPayerLimit)
			rules.Products.Limits = limitsOf(w.t, "[r]\npayment_min = \"1\"\nmonth_count = \"0\"\nmonth = \"0.10\"\n")
			rules.Products.DayLimit = 0
			w.e.SetRules(rules)
			w.declines(w.increases("i5", ref, 11), admin.ErrPayerLimit) // however small, and although it is none that counts
			w.must(w.captures("c1", ref, 4500))
		}, "45.00"},
		{"for a payer who is blocked", func(w *world, _ *bookBank, ref string) {
			_, err := w.e.Admin().SetBlocked(context.Background(), admin.Command{Key: "b1"}, wang, true, "")
			w.must(err)
			w.declines(w.increases("i1", ref, 100), admin.ErrPayerBarred)
			w.must(w.captures("c1", ref, 3000))
		}, "30.00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, issuer, ref := increaseWorld(t)
			tt.play(w, issuer, ref)
			w.until("the end", func() bool { return w.shown(ref).State == "done" && issuer.aside() == 0 })
			w.balance("card:icbc", tt.taken, tt.taken)
			w.balance("merchant:8001", tt.taken, tt.taken)
			if want, _ := cny().Parse(tt.taken); issuer.taken() != int64(want) {
				t.Errorf("the issuer has taken %d, want %s", issuer.taken(), tt.taken)
			}
			first := issuer.requests()[1]
			for _, m := range issuer.requests()[2:] {
				if of := issuer.read(m.Of); m.STAN == first.STAN || m.RRN == first.RRN || of.STAN != first.STAN || m.AuthID != "A00001" || !m.Card {
					t.Errorf("asked %v", m.Request)
				}
			}
		})
	}
}

// uses checks how much of the last limit of wang's payments is used.
func (w *world) uses(want string) {
	w.t.Helper()
	v, err := w.e.Admin().Limits.Test(context.Background(), admin.LimitTest{Phone: wang, Product: "mpurse", Shop: "8001", Amount: 1})
	if n := len(v.Limits); err != nil || n == 0 || v.Limits[n-1].Used != want {
		w.t.Errorf("want %s: %+v, %v", want, v.Limits, err)
	}
}

// TestTwoIncreasesAndOneLimit: of two increases of two payments of one payer at the same moment
// one is asked for, although the issuer has answered neither. It uses up the limit until it is
// undone; one that is approved does to the end, as far as it is captured.
func TestTwoIncreasesAndOneLimit(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		limit  func(w *world)
		passes time.Duration // between the two orders, of 20.00 and 32.00
		first  money.Amount  // how much of the first one counts
	}{
		"of a day":              {func(w *world) { w.rules.Products.DayLimit = 8000 }, 0, 2000},
		"of the second's day":   {func(w *world) { w.rules.Products.DayLimit = 5500 }, 24 * time.Hour, 0},
		"in files, for a month": {withLimits(t, "[all]\nmonth = \"80\"\n"), 24 * time.Hour, 2000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, issuer, before := increaseWorld(t)
			w.must(w.releases("r1", before))
			tt.limit(w)
			w.e.SetRules(w.rules)
			refs := []string{w.orders("PAY 8001 20 CARD"), ""}
			w.pass(tt.passes)
			refs[1] = w.orders("PAY 8001 32 CARD")
			ordered, counts := map[string]money.Amount{refs[0]: 2000, refs[1]: 3200}, map[string]money.Amount{refs[0]: tt.first, refs[1]: 3200}
			used := tt.first + 3200
			issuer.hangs()
			var both sync.WaitGroup
			var errs [2]error
			for i, ref := range refs {
				both.Go(func() { errs[i] = w.increases("race "+ref, ref, 1500) })
			}
			both.Wait()
			if errs[0] != nil {
				slices.Reverse(refs)
				slices.Reverse(errs[:])
			}
			w.must(errs[0])
			w.declines(errs[1], admin.ErrPayerLimit)
			w.uses(cny().Format(used + 1500))
			w.restart()
			issuer.set(func() { issuer.request = nil })
			w.increased(refs[0], "dropped")
			w.uses(cny().Format(used))
			w.until("it to be reversed", func() bool { return issuer.aside() == 5200 })
			w.must(w.increases("i1", refs[1], 1500))
			w.increased(refs[1], "approved")
			w.declines(w.increases("i2", refs[0], 1500), admin.ErrPayerLimit)
			w.must(w.captures("c1", refs[1], ordered[refs[1]]+500))
			w.uses(cny().Format(used + 500))
			w.must(w.increases("i3", refs[0], 1500))
			w.increased(refs[0], "approved")
			w.uses(cny().Format(used + 2000))
			w.must(w.releases("r2", refs[0]))
			w.uses(cny().Format(used + 500 - counts[refs[0]]))
			w.until("the end", func() bool { return w.shown(refs[1]).State == "done" && issuer.aside() == 0 })
		})
	}
}

// TestPowerIsLostInAnIncrease at each commit, before and after it: once mpg runs again the
// increase counts or is undone, and the capture of what is held takes that and no more.
func TestPowerIsLostInAnIncrease(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 2; n++ { // the request, the answer
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("commit %d, after it %v", n, after), func(t *testing.T) {
				t.Parallel()
				w, issuer, ref := increaseWorld(t)
				issuer.undoes()
				lost := w.losesPower(n, after)
				_ = w.increases("i1", ref, 2000) // without power it fails
				<-lost
				w.restart()
				w.until("the increase to end", func() bool {
					all := w.shown(ref).Increases
					return len(all) == 0 || all[0].State != "asked"
				})
				aside, taken := money.Amount(3000), "30.00"
				if all := w.shown(ref).Increases; len(all) > 0 && all[0].State == "approved" {
					aside, taken = 5000, "50.00"
				}
				if counts := n == 2 && after; counts != (aside == 5000) {
					t.Errorf("%d is set aside", aside)
				}
				w.uses(cny().Format(aside))
				w.until("the issuer to keep that", func() bool { return issuer.aside() == aside })
				w.must(w.captures("c1", ref, aside))
				w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" && issuer.aside() == 0 })
				w.balance("card:icbc", taken, taken)
			})
		}
	}
}

// TestATillIncreases with a key of its own for each, and hears what becomes of it.
func TestATillIncreases(t *testing.T) {
	t.Parallel()
	w, issuer, ref := increaseWorld(t)
	c, _ := w.counter()
	r := w.register(c, "8001", "front")
	e := r.listens()
	path := "/v1/orders/" + ref + "/increase"
	r.ask("POST", path, `{"amount":"20"}`, 400)
	for range 2 {
		if got := r.ask("POST", path, `{"amount":"20"}`, 200, "Idempotency-Key", "night 2"); got["increase"] != "20.00" {
			t.Errorf("%v", got)
		}
	}
	if v := e.wants(ref, till.Authorized, "30.00"); v.Increased != "asked" {
		t.Errorf("%+v", v)
	}
	if v := e.wants(ref, till.Authorized, "50.00"); v.Increased != "approved" || v.Expires == "" || v.AuthID == "" {
		t.Errorf("%+v", v)
	}
	issuer.says("51")
	r.ask("POST", path, `{"amount":"5"}`, 200, "Idempotency-Key", "night 3")
	e.wants(ref, till.Authorized, "50.00")
	if v := e.wants(ref, till.Authorized, "50.00"); v.Increased != "declined" || v.Increase != "5.00" {
		t.Errorf("%+v", v)
	}
	if got := r.ask("POST", path, `{"amount":"11"}`, 409, "Idempotency-Key", "night 4"); got["code"] != "over_increase" {
		t.Errorf("%v", got)
	}
	r.ask("POST", "/v1/orders/"+ref+"/capture", `{"amount":"50"}`, 200)
	w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" && issuer.aside() == 0 })
	w.balance("merchant:8001", "50.00", "50.00")
}

// must stops the test at an error.
func (w *world) must(errs ...error) {
	w.t.Helper()
	if err := errors.Join(errs...); err != nil {
		w.t.Fatal(err)
	}
}

// declines checks why something was refused.
func (w *world) declines(err, want error) {
	w.t.Helper()
	if !errors.Is(err, want) {
		w.t.Errorf("%v, want %v", err, want)
	}
}
