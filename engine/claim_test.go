package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/books"
	"mpg/engine/call"
	"mpg/engine/claim"
	"mpg/engine/lang"
	"mpg/store"
	"mpg/store/money"
)

// claimWorld is a world in which money may wait for numbers that are not registered.
func claimWorld(t *testing.T) *world {
	t.Helper()
	return newWorld(t, func(w *world) { w.rules.Claim = claim.Rules{Expires: 72 * time.Hour, Open: 2, PerNumber: 2} })
}

// claims sends 50.00 from wang to the stranger and keys the PIN.
func (w *world) claims() string {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "SEND 50 13900000009")
	return w.last().Ref
}

// registers registers the stranger.
func (w *world) registers(key string) error {
	_, err := w.e.Admin().AddUser(context.Background(), admin.Command{Key: key}, admin.NewUser{Phone: stranger, Name: lang.Name{EN: "Zhao Lu"}, Lang: lang.EN})
	return err
}

// wantClaim compares what waits, and wang's purse.
func (w *world) wantClaim(unclaimed, wangs string) {
	w.t.Helper()
	w.balance(books.Unclaimed, unclaimed, unclaimed)
	w.balance("purse:"+wang, wangs, wangs)
}

// TestNothingWaitsForANumberAbroad, which the operator can never register.
func TestNothingWaitsForANumberAbroad(t *testing.T) {
	t.Parallel()
	w := claimWorld(t)
	w.text(wang, "SEND 50 +4915112345678")
	w.expect(wang, "is not registered here, so nothing was taken")
	w.balance("purse:"+wang, "500.00", "500.00")
}

// TestAClaimIsCollected: what is sent to a number that is not registered leaves the purse at
// once, the number is told how to get it, the payer may order again, and whoever registers the
// number has the money in the same moment, once.
func TestAClaimIsCollected(t *testing.T) {
	t.Parallel()
	w := claimWorld(t)
	ref := w.claims()
	w.expect(wang, ref, "you sent CNY 50.00 to 139****0009 (not registered)", "by 25 Nov 12:00", "Balance CNY 450.00")
	w.expect(stranger, ref, "138****0001转您50.00元", "11-25 12:00")
	w.hears("fifty yuan has been taken from your purse.", "The payee gets it once they register.")
	if !w.said("This number is not registered yet.") || w.said("It will be paid from your bank account and cannot be undone.") {
		t.Error("the payer did not hear that the number is not registered")
	}
	w.wantClaim("50.00", "450.00")
	if p := w.shown(ref); p.Outcome != "unclaimed" || p.Claim == nil || p.Claim.State != "open" {
		t.Errorf("%+v", p)
	}
	for text, told := range map[string]string{"NO": "No payment is waiting, so there is nothing to stop", "STOP": "Offers are off. Receipts"} {
		w.text(wang, text)
		w.expect(wang, told) // and not that it is paid
	}
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 7")
	w.expect(wang, "you paid CNY 7.00")
	w.restart()
	if err := w.registers("s"); err != nil {
		t.Fatal(err)
	}
	w.expect(stranger, "you received CNY 50.00 from 138****0001", "Balance CNY 50.00")
	w.expect(wang, "139****0009 has registered and has the money. Your payment of CNY 50.00 is complete.")
	w.wantClaim("0.00", "443.00")
	w.balance("purse:"+stranger, "50.00", "50.00")
	w.text(wang, "NO")
	w.expect(wang, "7.00 to BLUEBIRD FLORIST, is paid")
	if p := w.shown(ref); p.Outcome != "paid" || p.Claim.State != "paid" || w.shown(p.Claim.By).ClaimOf != ref {
		t.Errorf("%+v", p.Claim)
	}
	w.pass(100 * time.Hour)
	w.restart()
	w.wantClaim("0.00", "443.00")
	if n := w.count(wang, "was not claimed"); n != 0 {
		t.Errorf("told %d times that it came back", n)
	}
}

// TestAClaimComesBack: nobody registers, and the money is in the payer's purse again, whatever
// that may hold, and only once, and no longer counts in the limits. A closed purse keeps it as unclaimed.
func TestAClaimComesBack(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		limit     store.Limit
		told      string
		unclaimed string
		purse     string
		state     string
	}{
		"open":    {store.Limit{}, "was not claimed and is back in your purse. Balance CNY 500.00", "0.00", "500.00", "returned"},
		"ceiling": {store.Limit{Ceiling: 1}, "was not claimed and is back in your purse. Balance CNY 500.00", "0.00", "500.00", "returned"},
		"closed":  {store.Limit{Closed: true}, "", "50.00", "450.00", "kept"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := claimWorld(t)
			w.rules.Products.Limits = limitsOf(t, "[month]\nmonth = \"60\"\nmonth_count = \"1\"\n")
			w.e.SetRules(w.rules)
			ref := w.claims()
			w.ended()
			if tt.limit != (store.Limit{}) {
				limit := tt.limit
				limit.Account = 1<<32 + 1 // wang's purse
				res, err := w.store.Apply(context.Background(), w.store.Epoch(), []store.Cmd{{ID: store.ID{9}, At: w.clock(), Limits: []store.Limit{limit}}})
				if err != nil || res[0].Refusal != store.None {
					t.Fatal(res, err)
				}
			}
			w.pass(71*time.Hour + 58*time.Minute)
			w.restart()
			w.wantClaim("50.00", "450.00")
			w.pass(3 * time.Minute)
			w.restart()
			w.waitsFor(func() bool { return w.shown(ref).Claim.State == tt.state })
			if tt.told != "" {
				w.expect(wang, tt.told)
			}
			w.restart()
			w.wantClaim(tt.unclaimed, tt.purse)
			if err := w.registers("s"); err != nil {
				t.Fatal(err)
			}
			w.balance("purse:"+stranger, "0.00", "0.00")
			if name == "open" { // and may be sent again in the same month
				w.claims()
				w.expect(stranger, "you received CNY 50.00 from 138****0001")
			}
		})
	}
}

// waitsFor waits for cond, which may ask the engine.
func (w *world) waitsFor(cond func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(patience); !cond(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatal("never came")
		}
	}
}

// TestAClaimAboveTheCeilingWaits: a new purse that may not hold as much does not keep anybody
// from registering. The money waits until the purse can take it, or goes back in the end.
func TestAClaimAboveTheCeilingWaits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		raised bool
		state  string
		purse  string
	}{"raised": {true, "paid", "50.00"}, "never raised": {false, "returned", "0.00"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := claimWorld(t)
			ref := w.claims()
			w.ended()
			w.ceiling(t, "40")
			if err := w.registers("s"); err != nil {
				t.Fatal(err)
			}
			w.wantClaim("50.00", "450.00")
			w.balance("purse:"+stranger, "0.00", "0.00")
			if tt.raised {
				w.ceiling(t, "60")
			}
			w.pass(map[bool]time.Duration{true: 62 * time.Minute, false: 73 * time.Hour}[tt.raised])
			w.restart()
			w.waitsFor(func() bool { return w.shown(ref).Claim.State == tt.state })
			w.balance("purse:"+stranger, tt.purse, tt.purse)
		})
	}
}

// ceiling sets what every purse may hold.
func (w *world) ceiling(t *testing.T, yuan string) {
	t.Helper()
	w.rules.Products.Limits = limitsOf(t, "[purse]\ndirection = \"in\"\nbalance_max = \""+yuan+"\"\n")
	w.e.SetRules(w.rules)
}

// TestNoClaim: nothing waits where it must not, and nothing is taken then.
func TestNoClaim(t *testing.T) {
	t.Parallel()
	w := claimWorld(t)
	w.text(wang, "SEND 50 13900000009 BANK")
	w.expect(wang, "139****0009 is not registered here")
	w.forget()
	for i := range 2 {
		w.answers(wang, phone{keys: []string{pinOne}})
		w.text(wang, fmt.Sprintf("SEND %d 13900000009", 50+i))
		w.ended()
	}
	w.text(wang, "SEND 7 13900000009")
	w.expect(wang, "139****0009 is not registered, and too many payments are already waiting")
	w.forget()
	w.text(wang, "SEND 7 13900000008") // two of the payer wait already
	w.expect(wang, "too many payments are already waiting")
	w.wantClaim("101.00", "399.00")
	w.rules.Claim = claim.Rules{}
	w.e.SetRules(w.rules)
	w.forget()
	w.text(wang, "SEND 8 13900000009")
	w.expect(wang, "139****0009 is not registered here")
	if err := w.registers("s"); err != nil { // what waits is paid although claims are now off
		t.Fatal(err)
	}
	w.balance("purse:"+stranger, "101.00", "101.00")
}

// TestTwoSendersAndOneNumber: the last room for a number is the first order's, whoever is faster,
// although nobody has confirmed it yet, and free again once that is stopped.
func TestTwoSendersAndOneNumber(t *testing.T) {
	t.Parallel()
	w := claimWorld(t)
	w.rules.Claim.PerNumber = 1
	w.e.SetRules(w.rules)
	if _, err := w.e.Admin().TopUp(context.Background(), admin.Command{Key: "li"}, li, 50000); err != nil {
		t.Fatal(err)
	}
	w.expect(li, "500.00")
	w.forget()
	ring := make(chan struct{})
	w.answers(wang, phone{ring: ring})
	w.answers(li, phone{ring: ring})
	var racing sync.WaitGroup
	for _, sender := range []string{wang, li} {
		racing.Go(func() { w.tries(sender, "SEND 50 13900000009") })
	}
	racing.Wait()
	w.until("one call", func() bool { return w.calls == 1 })
	w.until("one refusal", func() bool { return len(w.texts) == 1 })
	second := w.written()[0].To
	w.expect(second, "too many payments are already waiting")
	first := map[string]string{wang: li, li: wang}[second]
	w.text(first, "NO")
	w.expect(first, "was stopped")
	close(ring)
	w.mu.Lock()
	w.phones[second] = nil // its call was never made
	w.mu.Unlock()
	w.answers(second, phone{keys: []string{map[string]string{wang: pinOne, li: pinTwo}[second]}})
	w.text(second, "SEND 51 13900000009")
	w.expect(second, "you sent CNY 51.00 to 139****0009")
	w.forget()
	w.text(first, "SEND 52 13900000009")
	w.expect(first, "too many payments are already waiting")
	w.balance(books.Unclaimed, "51.00", "51.00")
	if err := w.registers("s"); err != nil {
		t.Fatal(err)
	}
	w.balance("purse:"+stranger, "51.00", "51.00")
}

// TestPowerIsLostAroundAClaim at each commit that changes a payment, before and after it: once
// mpg runs again the money is in the payer's purse, waits, or is with its payee, and nowhere
// twice.
func TestPowerIsLostAroundAClaim(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 3; n++ {
		for _, after := range []bool{false, true} {
			for _, end := range []string{"registers", "expires"} {
				t.Run(fmt.Sprintf("commit %d, after it %v, %s", n, after, end), func(t *testing.T) {
					t.Parallel()
					w := claimWorld(t)
					if n <= 2 {
						lost := w.losesPower(n+1, after) // the first takes the order in
						w.answers(wang, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}})
						w.text(wang, "SEND 50 13900000009")
						ref := w.last().Ref
						select {
						case <-lost:
						case <-ended(w, ref):
						}
						w.restart()
						if w.shown(ref).State == "waiting" {
							w.text(wang, "AGAIN")
						}
						w.waitsFor(func() bool { return w.shown(ref).State == "done" })
					} else {
						w.claims()
						w.ended()
					}
					if end == "expires" {
						w.pass(73 * time.Hour)
						if n == 3 {
							<-w.losesPower(1, after)
						}
						w.restart()
						w.waitsFor(func() bool {
							a, err := w.e.Admin().Account(context.Background(), books.Unclaimed)
							return err == nil && a.Posted == "0.00"
						})
						w.wantClaim("0.00", "500.00")
						return
					}
					if n == 3 {
						lost := w.losesPower(1, after)
						if err := w.registers("s"); !errors.Is(err, errPower) {
							t.Fatalf("registered without power: %v", err)
						}
						<-lost
						w.restart()
					}
					if err := w.registers("s"); err != nil {
						t.Fatal(err)
					}
					w.wantClaim("0.00", "450.00")
					w.balance("purse:"+stranger, "50.00", "50.00")
				})
			}
		}
	}
}

// TestPowerIsLostInAPayout of what was more than its payee could receive at first, before and
// after its commit: once mpg runs again the payee has it once, and it counts as received once.
func TestPowerIsLostInAPayout(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("after it %v", after), func(t *testing.T) {
			t.Parallel()
			w := claimWorld(t)
			ref := w.claims()
			w.ended()
			receives := func(yuan string) {
				w.rules.Products.Limits = limitsOf(t, "[in]\ndirection = \"in\"\nday = \""+yuan+"\"\n")
				w.e.SetRules(w.rules)
			}
			receives("49.99")
			w.must(w.registers("s"))
			w.wantClaim("50.00", "450.00")
			receives("50")
			w.pass(62 * time.Minute)
			<-w.losesPower(1, after)
			w.restart()
			w.pass(2 * time.Hour)
			w.waitsFor(func() bool { return w.shown(ref).Claim.State == "paid" })
			w.wantClaim("0.00", "450.00")
			w.balance("purse:"+stranger, "50.00", "50.00")
			view, err := w.e.Admin().Limits.Test(context.Background(), admin.LimitTest{Phone: wang, Product: "mp2p", Payee: stranger, Amount: 1})
			if n := len(view.Limits); err != nil || view.Allowed || view.Limits[n-1].Used != "50.00" {
				t.Errorf("%+v, %v", view, err)
			}
			w.expect(stranger, "you received CNY 50.00 from 138****0001")
		})
	}
}

// TestAPairLimitAcrossRegistration: what one payer may send to one number in a day is the same
// before its owner registers and after, and given back with an order that ends unpaid; other
// numbers are others.
func TestAPairLimitAcrossRegistration(t *testing.T) {
	t.Parallel()
	w := claimWorld(t)
	w.limits(t, "[one]\nper = \"payee\"\nday = \"60\"\n")
	w.answers(wang, phone{end: call.EndBusy})
	w.text(wang, "SEND 40 13900000009")
	w.expect(wang, "busy")
	w.text(wang, "NO")
	w.expect(wang, "was stopped")
	w.claims()
	w.ended()
	w.refusesPair("SEND 10.01 13900000009")
	for amount, allowed := range map[money.Amount]bool{1000: true, 1001: false} {
		view, err := w.e.Admin().Limits.Test(t.Context(), admin.LimitTest{Phone: wang, Product: "mp2p", Payee: stranger, Amount: amount})
		if err != nil || view.Allowed != allowed || !strings.Contains(view.Payee, "would wait 72 h for its owner to register") {
			t.Errorf("limit test of %d for a stranger: %+v, %v", amount, view, err)
		}
	}
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "SEND 60 13900000008")
	w.expect(wang, "you sent CNY 60.00 to 139****0008")
	w.must(w.registers("s"))
	w.refusesPair("SEND 10.02 13900000009")
	for amount, allowed := range map[money.Amount]bool{1000: true, 1001: false} { // as before it was registered
		view, err := w.e.Admin().Limits.Test(t.Context(), admin.LimitTest{Phone: wang, Product: "mp2p", Payee: stranger, Amount: amount})
		if err != nil || view.Allowed != allowed {
			t.Errorf("limit test of %d: %+v, %v", amount, view, err)
		}
	}
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "SEND 10 13900000009")
	w.expect(wang, "you sent CNY 10.00 to 139****0009")
	w.refusesPair("SEND 0.01 13900000009")
	w.pass(24 * time.Hour)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "SEND 60 13900000009")
	w.expect(wang, "you sent CNY 60.00 to 139****0009")
}

// refusesPair orders what is beyond a limit for one payee.
func (w *world) refusesPair(text string) {
	w.t.Helper()
	w.forget()
	w.text(wang, text)
	w.expect(wang, "exceed your limit for payments to 139****0009")
	w.forget()
}
