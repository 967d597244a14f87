package engine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/engine/module/moduletest"
	"mpg/engine/payment"
	"mpg/store/money"
)

// charge has the bank hold 200.00 for the shop.
func (w *world) charge() string {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "CHARGE 200 8001")
	ref := w.last().Ref
	w.until("the amount to be set aside", func() bool { return w.shown(ref).State == "authorized" })
	return ref
}

// does sets how the bank answers advices from now on.
func (b *bookBank) does(advice func(m message, try int) (bank.Reply, error)) {
	b.set(func() { b.advice = advice })
}

// refusing answers each advice with a code, and takes the money first if takes is true.
func (b *bookBank) refusing(code string, takes bool) {
	b.does(func(m message, _ int) (bank.Reply, error) {
		if takes {
			b.complete(m)
		}
		return bank.Reply{Code: code, Reason: bank.ReasonOf(code)}, nil
	})
}

// quiet answers no advice, and takes the money if takes is true.
func (b *bookBank) quiet(takes bool) {
	b.does(func(m message, _ int) (bank.Reply, error) {
		if takes {
			b.complete(m)
		}
		return bank.Reply{}, bank.ErrUnknown
	})
}

func (b *bookBank) aside() (sum money.Amount) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, amount := range b.held {
		sum += amount
	}
	return sum
}

func (b *bookBank) advices() int { b.mu.Lock(); defer b.mu.Unlock(); return len(b.advised) }

// wantCharge compares the accounts with what is right; the purse pays the fee.
func (w *world) wantCharge(b *bookBank, purse, taken string, aside money.Amount) {
	w.t.Helper()
	cny, _ := money.Lookup("CNY")
	b.mu.Lock()
	if got := cny.Format(-b.moved); got != taken {
		w.t.Errorf("the bank has taken %s, want %s", got, taken)
	}
	b.mu.Unlock()
	if got := b.aside(); got != aside {
		w.t.Errorf("the bank has set %d aside, want %d", got, aside)
	}
	w.balance("purse:"+wang, purse, purse)
	w.balance("bank:icbc", taken, taken)
	w.balance("merchant:8001", taken, taken)
}

// takes captures amount of a charge.
func takes(s *moduletest.Products, key, ref string, amount money.Amount) error {
	_, err := s.Capture(context.Background(), admin.Command{Key: key}, ref, amount)
	return err
}

// TestACharge: a bank holds money for days, whatever stops and starts meanwhile, and
// only what the shop captures in time is taken, once. What is not captured is released.
func TestACharge(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after   time.Duration
		end     func(w *world, s *moduletest.Products, ref string) error
		outcome string
		purse   string
		taken   string
		told    string
	}{
		"captured in part": {6 * 24 * time.Hour, func(_ *world, s *moduletest.Products, ref string) error {
			return takes(s, "c1", ref, 12000)
		}, "paid", "498.80", "120.00", "you paid CNY 121.20"},
		"captured as a whole": {time.Minute, func(_ *world, s *moduletest.Products, ref string) error {
			return takes(s, "c1", ref, 20000)
		}, "paid", "498.00", "200.00", "you paid CNY 202.00"},
		"more than was set aside": {time.Minute, func(_ *world, s *moduletest.Products, ref string) error {
			if err := takes(s, "c1", ref, 20001); !errors.Is(err, payment.ErrCapture) {
				return errors.New("captured more")
			}
			return takes(s, "c2", ref, 5000)
		}, "paid", "499.50", "50.00", "you paid CNY 50.50"},
		"captured twice": {time.Hour, func(_ *world, s *moduletest.Products, ref string) error {
			err := takes(s, "c1", ref, 5000)
			if again := takes(s, "c2", ref, 5000); !errors.Is(again, payment.ErrLate) {
				return errors.New("captured twice")
			}
			if _, late := s.Release(context.Background(), admin.Command{Key: "c3"}, ref); !errors.Is(late, payment.ErrLate) {
				return errors.New("released after it was captured")
			}
			return err
		}, "paid", "499.50", "50.00", "you paid CNY 50.50"},
		"released": {time.Hour, func(_ *world, s *moduletest.Products, ref string) error {
			_, err := s.Release(context.Background(), admin.Command{Key: "c1"}, ref)
			return err
		}, "not paid", "500.00", "0.00", "free again"},
		"not captured in time": {8 * 24 * time.Hour, func(w *world, s *moduletest.Products, ref string) error {
			w.until("its end", func() bool { return w.shown(ref).State == "done" })
			if err := takes(s, "c1", ref, 5000); !errors.Is(err, payment.ErrLate) {
				return errors.New("captured too late")
			}
			return nil
		}, "not paid", "500.00", "0.00", "free again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, products, icbc, _ := relayWorld(t)
			ref := w.charge()
			w.expect(wang, ref, "up to CNY 202.00 is set aside")
			w.expect(shop, ref, "预留最多200.00元")
			if icbc.aside() != 20000 {
				t.Errorf("%d is set aside", icbc.aside())
			}
			w.pass(10 * time.Minute)
			w.restart()
			w.pass(tt.after)
			w.restart()
			if err := tt.end(w, products, ref); err != nil {
				t.Fatal(err)
			}
			w.until("the end", func() bool { return w.shown(ref).Outcome == tt.outcome })
			w.expect(wang, ref, tt.told)
			w.until("the bank to release it", func() bool { return icbc.aside() == 0 })
			w.wantCharge(icbc, tt.purse, tt.taken, 0)
			w.restart()
			w.wantCharge(icbc, tt.purse, tt.taken, 0)
			if n := w.count(wang, "you paid"); n > 1 {
				t.Errorf("told %d times", n)
			}
		})
	}
}

// TestAChargeAtOnce: what the bank holds is taken at once. Until the bank has said that it
// took it both sides are only told that it is held, and the payer may order again.
func TestAChargeAtOnce(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bank    func(b *bookBank)
		outcome string // empty: it goes on
		purse   string
		taken   string
	}{
		"accepted": {func(*bookBank) {}, "paid", "498.00", "200.00"},
		"silent":   {func(b *bookBank) { b.quiet(true) }, "", "498.00", "200.00"},
		"refused":  {func(b *bookBank) { b.refusing("05", false) }, "", "500.00", "0.00"},
		"declined": {func(b *bookBank) { b.says("51") }, "not paid", "500.00", "0.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, products, icbc, _ := relayWorld(t)
			products.AtOnce = true
			tt.bank(icbc)
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, "CHARGE 200 8001")
			ref := w.last().Ref
			switch {
			case tt.outcome != "":
				w.until("the end", func() bool { return w.shown(ref).Outcome == tt.outcome && w.shown(ref).State == "done" })
			case name == "silent":
				w.comes(ref, "advising", "advising")
				w.expect(wang, ref, "set aside", "202.00")
				w.expect(shop, ref, "预留最多200.00元")
				w.restart()
				w.answers(wang, phone{keys: []string{pinOne}})
				w.text(wang, "PAY 8001 7")
				w.expect(wang, "you paid CNY 7.00")
				w.balance("merchant:8001", "7.00", "7.00")
				if w.count(wang, ref+": you paid") != 0 {
					t.Error("told that it is paid")
				}
				icbc.does(nil)
				w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
				w.balance("merchant:8001", "207.00", "207.00")
				w.balance("bank:icbc", "200.00", "200.00")
				return
			default:
				w.comes(ref, "doubt", "doubt")
				if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r1"}, ref, acquirer.ResolvedReversed, "they say so"); err != nil {
					t.Fatal(err)
				}
				w.until("the bank to release it", func() bool { return icbc.aside() == 0 })
			}
			w.wantCharge(icbc, tt.purse, tt.taken, 0)
		})
	}
}

// TestWhatABankHoldsIsUnfinished: whoever restores the books, or drops a bank from the
// configuration, is told of what it holds and of what it has not answered.
func TestWhatABankHoldsIsUnfinished(t *testing.T) {
	t.Parallel()
	w, products, icbc, _ := relayWorld(t)
	unfinished := func(want ...string) {
		t.Helper()
		list, err := books.Unfinished(t.Context(), w.store)
		var got []string
		for _, r := range list {
			got = append(got, string(r.Kind)+" "+string(r.State))
		}
		fixed, fixedErr := books.ReadFixed(t.Context(), w.store)
		if err != nil || fixedErr != nil || !slices.Equal(got, want) || fixed.Unfinished["icbc"] != min(1, len(want)) || fixed.Unfinished[moduletest.Power] != 0 {
			t.Errorf("%v %v %q, want %q; %v", err, fixedErr, got, want, fixed)
		}
	}
	unfinished()
	ref := w.charge()
	unfinished("preauth answered")
	icbc.quiet(false)
	if err := takes(products, "c1", ref, 12000); err != nil {
		t.Fatal(err)
	}
	unfinished("completion advising")
	products.Power.Does(moduletest.Silent(false))
	w.comes(w.bills("BILL"), "done", "advising")
	unfinished("completion advising", "notify advising")
	icbc.does(nil)
	w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
}

// TestWhatWasCapturedIsRefunded: to the account that the bank took it from, and no more than
// was captured.
func TestWhatWasCapturedIsRefunded(t *testing.T) {
	t.Parallel()
	w, products, icbc, _ := relayWorld(t)
	ref := w.charge()
	if err := takes(products, "c1", ref, 12000); err != nil {
		t.Fatal(err)
	}
	w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
	if _, err := w.refund("r1", ref, 12001); err == nil {
		t.Error("refunded more than was captured")
	}
	back, err := w.refund("r2", ref, 12000)
	if err != nil {
		t.Fatal(err)
	}
	w.until("the refund", func() bool { return w.shown(back.Ref).Outcome == "paid" })
	w.wantCharge(icbc, "498.80", "0.00", 0)
	if _, err := w.refund("r3", ref, 1); err == nil {
		t.Error("refunded twice")
	}
}

// TestACompletionIsRepeated until the bank answers, with the numbers that it had at first, at
// each start as before it; the money is taken once, and nobody is told that it is paid before.
func TestACompletionIsRepeated(t *testing.T) {
	t.Parallel()
	for name, advice := range map[string]func(b *bookBank) func(message, int) (bank.Reply, error){
		"silent": func(*bookBank) func(message, int) (bank.Reply, error) {
			return func(message, int) (bank.Reply, error) { return bank.Reply{}, bank.ErrUnknown }
		},
		"taken and silent": func(b *bookBank) func(message, int) (bank.Reply, error) {
			return func(m message, _ int) (bank.Reply, error) { b.complete(m); return bank.Reply{}, bank.ErrUnknown }
		},
		"not signed on": func(*bookBank) func(message, int) (bank.Reply, error) {
			return func(message, int) (bank.Reply, error) { return bank.Reply{}, bank.ErrDown }
		},
		"not working": func(*bookBank) func(message, int) (bank.Reply, error) {
			return func(message, int) (bank.Reply, error) { return bank.Reply{Code: "91", Reason: bank.Unavailable}, nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, products, icbc, _ := relayWorld(t)
			ref := w.charge()
			icbc.does(advice(icbc))
			if err := takes(products, "c1", ref, 12000); err != nil {
				t.Fatal(err)
			}
			w.until("a few tries", func() bool { return icbc.advices() >= 3 })
			w.restart()
			if p := w.shown(ref); p.State != "advising" || p.Outcome == "paid" || w.count(wang, "you paid") != 0 {
				t.Errorf("%+v", p)
			}
			w.balance("merchant:8001", "0.00", "0.00")
			before := icbc.advices()
			w.until("tries after the restart", func() bool { return icbc.advices() > before })
			if u := w.e.Banks().Unsettled(); u[1].Bank != "icbc" || u[1].Advising != 1 || u[1].Doubt != 0 {
				t.Errorf("%+v", u)
			}
			icbc.does(nil)
			w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
			w.wantCharge(icbc, "498.80", "120.00", 0)
			icbc.mu.Lock()
			defer icbc.mu.Unlock()
			for i, m := range icbc.advised {
				if m.STAN != icbc.advised[0].STAN || m.RRN != icbc.advised[0].RRN || m.Amount != 12000 {
					t.Errorf("try %d is %+v, the first %+v", i, m.Request, icbc.advised[0].Request)
				}
			}
			if unsent := name == "not signed on"; icbc.again[0] || icbc.again[1] == unsent || !icbc.again[len(icbc.again)-1] {
				t.Errorf("repeats %v", icbc.again)
			}
			if len(icbc.reversed) != 0 {
				t.Errorf("reversed %d times", len(icbc.reversed))
			}
		})
	}
}

// TestACompletionInDoubt: a bank that refuses what it held is asked no more, and one
// that does not answer for a day is asked all the same. People end both, and the hold with
// them if nothing was taken.
func TestACompletionInDoubt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		bank    func(b *bookBank)
		as      string
		outcome string
		purse   string
		taken   string
		code    string
	}{
		"refused, and taken":     {func(b *bookBank) { b.refusing("05", true) }, acquirer.ResolvedPaid, "paid", "498.80", "120.00", "05"},
		"refused":                {func(b *bookBank) { b.refusing("05", false) }, acquirer.ResolvedReversed, "not paid", "500.00", "0.00", "05"},
		"not answered":           {func(b *bookBank) { b.quiet(false) }, acquirer.ResolvedReversed, "not paid", "500.00", "0.00", ""},
		"not answered and taken": {func(b *bookBank) { b.quiet(true) }, acquirer.ResolvedPaid, "paid", "498.80", "120.00", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, products, icbc, _ := relayWorld(t)
			ref := w.charge()
			tt.bank(icbc)
			if err := takes(products, "c1", ref, 12000); err != nil {
				t.Fatal(err)
			}
			w.until("a try", func() bool { return icbc.advices() > 0 })
			if tt.code != "" { // is committed after the try, and before a day has passed
				w.comes(ref, "doubt", "doubt")
			}
			w.pass(25 * time.Hour)
			p := w.comes(ref, "doubt", "doubt")
			if p.Reason != "in doubt" || p.Request.Code != tt.code || p.Request.Kind != "completion" || p.Request.Amount != "120.00" || w.count(wang, "you paid") != 0 {
				t.Errorf("%+v %+v", p, p.Request)
			}
			w.expect(wang, ref, "has not told us")
			w.restart()
			tries := icbc.advices()
			if tt.code != "" && tries != 1 {
				t.Errorf("refused, and told %d times", tries)
			}
			if tt.code == "" {
				w.until("more tries", func() bool { return icbc.advices() > tries })
			}
			if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r1"}, ref, tt.as, "their statement"); err != nil {
				t.Fatal(err)
			}
			w.until("the end", func() bool { return w.shown(ref).Outcome == tt.outcome })
			w.until("the bank to release it", func() bool { return icbc.aside() == 0 })
			w.wantCharge(icbc, tt.purse, tt.taken, 0)
			w.restart()
			w.wantCharge(icbc, tt.purse, tt.taken, 0)
		})
	}
}

// TestALateWordAboutACompletion: an acceptance ends the advice even if it is late, and what
// contradicts the end of one is left to people.
func TestALateWordAboutACompletion(t *testing.T) {
	t.Parallel()
	bring := func(t *testing.T) (w *world, icbc *bookBank, ref string) {
		t.Helper()
		w, products, icbc, _ := relayWorld(t)
		ref = w.charge()
		icbc.quiet(true)
		if err := takes(products, "c1", ref, 12000); err != nil {
			t.Fatal(err)
		}
		w.until("a try", func() bool { return icbc.advices() > 0 })
		return w, icbc, ref
	}
	t.Run("accepted late", func(t *testing.T) {
		t.Parallel()
		w, icbc, ref := bring(t)
		w.e.Banks().LateAnswer("icbc", icbc.completions()[0].late("00"))
		w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
		w.wantCharge(icbc, "498.80", "120.00", 0)
	})
	t.Run("accepted after it was overdue", func(t *testing.T) {
		t.Parallel()
		w, icbc, ref := bring(t)
		w.pass(25 * time.Hour)
		w.comes(ref, "doubt", "doubt")
		w.e.Banks().LateAnswer("icbc", icbc.completions()[0].late("00"))
		w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
		w.wantCharge(icbc, "498.80", "120.00", 0)
	})
	t.Run("another amount accepted", func(t *testing.T) {
		t.Parallel()
		w, icbc, ref := bring(t)
		late := icbc.completions()[0].late("00")
		late.Amount, late.AmountTold = 20000, true
		w.e.Banks().LateAnswer("icbc", late)
		w.hasSaidAll()
		if p := w.shown(ref); p.State != "advising" {
			t.Errorf("%+v", p)
		}
	})
	t.Run("accepted, and then refused", func(t *testing.T) {
		t.Parallel()
		w, icbc, ref := bring(t)
		icbc.does(nil)
		w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
		w.e.Banks().LateAnswer("icbc", icbc.completions()[0].late("05"))
		w.hasSaidAll()
		if p := w.shown(ref); p.Outcome != "paid" || p.Request.State != "disputed" || w.e.Stats().Disputes.Load() != 1 {
			t.Errorf("%+v %+v", p, p.Request)
		}
		w.wantCharge(icbc, "498.80", "120.00", 0)
	})
	t.Run("resolved as reversed, and then accepted", func(t *testing.T) {
		t.Parallel()
		w, icbc, ref := bring(t)
		w.pass(2 * time.Hour)
		if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r1"}, ref, acquirer.ResolvedReversed, "they say so"); err != nil {
			t.Fatal(err)
		}
		if p := w.shown(ref); p.Outcome != "not paid" {
			t.Errorf("%+v", p)
		}
		w.e.Banks().LateAnswer("icbc", icbc.completions()[0].late("00"))
		w.hasSaidAll()
		w.until("the dispute", func() bool { return w.shown(ref).Request.State == "disputed" })
		if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r2"}, ref, acquirer.ResolvedPaid, "no"); !errors.Is(err, acquirer.ErrStands) {
			t.Errorf("a payment that is not paid was resolved as paid: %v", err)
		}
	})
}

// TestAnAuthorizationWithoutAnAnswer is reversed, as a debit is; nothing is held, and the
// payer is told so. So is one that the bank approves in part, unless that is good enough.
func TestAnAuthorizationWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	part := func(b *bookBank) {
		b.set(func() {
			b.request = func(m message) (bank.Reply, error) {
				b.book(m)
				b.set(func() { b.held[m.STAN] = 8000 })
				return bank.Reply{Approved: true, Granted: 8000, Code: "10", Reason: bank.Approved, AuthID: "A00001"}, nil
			}
		})
	}
	for name, tt := range map[string]struct {
		bank func(b *bookBank)
		told string
	}{
		"set aside and silent": {func(b *bookBank) { b.silence(true) }, "has been told to return it"},
		"silent":               {func(b *bookBank) { b.silence(false) }, "has been told to return it"},
		"declined":             {func(b *bookBank) { b.says("51") }, "Nothing was taken"},
		"in part":              {part, "has been told to return it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, icbc, _ := relayWorld(t)
			tt.bank(icbc)
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, "CHARGE 200 8001")
			ref := w.last().Ref
			w.until("the end", func() bool { return w.shown(ref).Outcome == "not paid" })
			w.expect(wang, ref, tt.told)
			w.wantCharge(icbc, "500.00", "0.00", 0)
		})
	}
	t.Run("in part, which will do", func(t *testing.T) {
		t.Parallel()
		w, products, icbc, _ := relayWorld(t)
		products.Partial = true
		part(icbc)
		ref := w.charge()
		w.expect(wang, ref, "set aside", "80.00")
		w.restart()
		if err := takes(products, "c1", ref, 8001); !errors.Is(err, payment.ErrCapture) {
			t.Errorf("captured more than was set aside: %v", err)
		}
		if err := takes(products, "c2", ref, 7000); err != nil {
			t.Fatal(err)
		}
		w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
		w.wantCharge(icbc, "499.30", "70.00", 0)
	})
	t.Run("in part, say people, which will do", func(t *testing.T) {
		t.Parallel()
		w, products, icbc, _ := relayWorld(t)
		products.Partial = true
		icbc.holdsPart(8000, 0)
		icbc.answersReversals("12")
		w.answers(wang, phone{keys: []string{pinOne}})
		w.text(wang, "CHARGE 200 8001")
		ref := w.last().Ref
		w.comes(ref, "doubt", "doubt")
		w.must(w.resolvesPart("r1", ref, 8000))
		w.expect(wang, ref, "set aside", "80.00")
		if err := takes(products, "c1", ref, 8001); !errors.Is(err, payment.ErrCapture) {
			t.Errorf("captured more than is held: %v", err)
		}
		w.must(takes(products, "c2", ref, 7000))
		w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
		w.wantCharge(icbc, "499.30", "70.00", 0)
	})
}

// TestAReleaseGoesOn until the bank has confirmed it, although the payment is long over; and a
// bank that never does leaves a doubt about what it holds, which people end.
func TestAReleaseGoesOn(t *testing.T) {
	t.Parallel()
	w, products, icbc, _ := relayWorld(t)
	ref := w.charge()
	icbc.answersReversals("-")
	if _, err := products.Release(context.Background(), admin.Command{Key: "c1"}, ref); err != nil {
		t.Fatal(err)
	}
	w.expect(wang, ref, "free again")
	w.until("a few tries", func() bool { return icbc.tries() >= 2 })
	if p := w.shown(ref); p.State != "done" || p.Outcome != "not paid" || p.Request.State != "reversing" || p.Request.Kind != "preauth" {
		t.Errorf("%+v %+v", p, p.Request)
	}
	w.restart()
	w.pass(25 * time.Hour)
	w.comes(ref, "done", "doubt")
	if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r1"}, ref, acquirer.ResolvedPaid, "no"); !errors.Is(err, acquirer.ErrStands) {
		t.Errorf("a released authorization was resolved as paid: %v", err)
	}
	icbc.answersReversals("")
	w.comes(ref, "done", "reversed")
	w.wantCharge(icbc, "500.00", "0.00", 0)
	if repeats := icbc.repeated(); repeats[0] || !repeats[len(repeats)-1] {
		t.Errorf("repeats %v", repeats)
	}
}

// TestWhatTheBankNoLongerHolds: a bank that gives up by itself what it holds takes
// nothing, and the books do not say that it did.
func TestWhatTheBankNoLongerHolds(t *testing.T) {
	t.Parallel()
	w, products, icbc, _ := relayWorld(t)
	ref := w.charge()
	auth := icbc.requests()[0]
	icbc.giveBack(auth)
	taken := w.hostReverses("icbc", bank.HostMessage{MTI: "0420", STAN: 77, RRN: auth.RRN,
		Original: bank.Original{STAN: auth.STAN, Transmitted: auth.At.UTC().Format("0102150405")}, Amount: auth.Amount})
	if p := w.shown(ref); !taken || p.State != "authorized" || p.Request.State != "answered" || len(p.Request.Late) != 1 {
		t.Errorf("%+v %+v", p, p.Request)
	}
	if err := takes(products, "c1", ref, 12000); err != nil {
		t.Fatal(err)
	}
	w.comes(ref, "doubt", "doubt")
	if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r1"}, ref, acquirer.ResolvedReversed, "they say so"); err != nil {
		t.Fatal(err)
	}
	w.until("the end", func() bool { return w.shown(ref).Outcome == "not paid" })
	w.wantCharge(icbc, "500.00", "0.00", 0)
}
