package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/lang"
	"mpg/store/money"
)

// topUp pays amount into wang's purse and returns its reference.
func (w *world) topUp(key string, amount money.Amount) string {
	w.t.Helper()
	result, err := w.e.Admin().TopUp(context.Background(), admin.Command{Key: key}, wang, amount)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.payment(result).Ref
}

// payment reads the result of a command.
func (w *world) payment(result json.RawMessage) admin.PaymentView {
	w.t.Helper()
	var p admin.PaymentView
	if err := json.Unmarshal(result, &p); err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) correct(key, ref string, part bool) (admin.PaymentView, error) {
	w.t.Helper()
	result, err := w.e.Admin().Correct(context.Background(), admin.Command{Key: key}, admin.Correction{Ref: ref, Reason: "keyed wrongly", Part: part})
	if err != nil {
		return admin.PaymentView{}, err
	}
	return w.payment(result), nil
}

// A top-up has a limit: a slip of the keyboard is refused before it is money.
func TestTopUpLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rules := w.rules
	rules.TopUpLimit = 200000
	w.e.SetRules(rules)
	ctx := context.Background()
	for _, amount := range []money.Amount{200001, 999999999999900} {
		if _, err := w.e.Admin().TopUp(ctx, admin.Command{Key: "big"}, wang, amount); !errors.Is(err, admin.ErrTopUpLimit) {
			t.Errorf("a top-up of %d: %v", amount, err)
		}
	}
	if _, err := w.e.Admin().TopUp(ctx, admin.Command{Key: "big"}, wang, 200000); err != nil {
		t.Errorf("a top-up of the limit, under a key that was refused before: %v", err)
	}
	w.balance("purse:"+wang, "2500.00", "2500.00")
}

// A mistaken top-up is taken back by an entry of its own, once, whatever the key.
func TestCorrect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := w.topUp("t9", 30000)
	w.forget()
	p, err := w.correct("c1", strings.ToLower(ref), false)
	if err != nil || p.Product != "correction" || p.Of != ref || p.Amount != "300.00" || p.Why != "keyed wrongly" {
		t.Fatalf("%+v %v", p, err)
	}
	w.expect(wang, "CNY 300.00 of top-up", ref, "500.00")
	w.balance("purse:"+wang, "500.00", "500.00")
	w.balance("float", "500.00", "500.00")
	if again, err := w.correct("c1", ref, false); err != nil || !again.Repeat || again.Ref != p.Ref {
		t.Errorf("a repeat: %+v %v", again, err)
	}
	if _, err := w.correct("c2", ref, false); !errors.Is(err, admin.ErrCorrected) {
		t.Errorf("under another key: %v", err)
	}
	if _, err := w.correct("c3", p.Ref, false); !errors.Is(err, admin.ErrNoTopUp) {
		t.Errorf("a correction corrected: %v", err)
	}
	if shown, err := w.e.Admin().Payment(t.Context(), ref); err != nil || shown.Outcome != "paid" || len(shown.Steps) != 2 || shown.Returned != "300.00" {
		t.Errorf("the top-up itself has changed: %+v %v", shown, err)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
}

// What was spent is not taken from other money, and the purse is never negative.
func TestCorrectWhatWasSpent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.topUp("t9", 30000)
	ref := w.topUp("t10", 30000)
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 900")
	w.expect(wang, "900.00", "BLUEBIRD")
	if _, err := w.correct("c1", ref, false); !errors.Is(err, admin.ErrSpent) || !strings.Contains(err.Error(), "100.00 of it") {
		t.Errorf("%v", err)
	}
	p, err := w.correct("c1", ref, true) // a refusal has not used the key up
	if err != nil || p.Amount != "200.00" {
		t.Errorf("in part: %+v %v", p, err)
	}
	if _, err = w.correct("c3", ref, true); !errors.Is(err, admin.ErrSpent) {
		t.Errorf("an empty purse: %v", err)
	}
	w.topUp("t11", 30000)
	if p, err = w.correct("c4", ref, true); err != nil || p.Amount != "100.00" {
		t.Errorf("the rest: %+v %v", p, err)
	}
	w.balance("purse:"+wang, "200.00", "200.00")
}

// Money that is held for an order is not there to be taken back.
func TestCorrectLeavesHoldsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := w.topUp("t9", 10000)
	w.text(wang, "PAY 8001 550") // nobody answers: the order waits
	w.expect(wang, "did not answer", "AGAIN")
	if _, err := w.correct("c1", ref, false); !errors.Is(err, admin.ErrSpent) {
		t.Errorf("%v", err)
	}
	w.balance("purse:"+wang, "600.00", "50.00")
}

// However many corrections race, they never take more than was paid in.
func TestCorrectionsRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ref := w.topUp("t9", 30000)
	var all sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for i := range 16 {
		all.Go(func() {
			if _, err := w.correct(fmt.Sprint("race", i), ref, i%2 == 0); err == nil {
				mu.Lock()
				done++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if done != 1 {
		t.Errorf("%d corrections were done", done)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
}

// A forgotten PIN is taken away, the subscriber is told, and chooses another.
func TestResetPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reset := func(key, reason string) (admin.UserView, error) {
		result, err := w.e.Admin().ResetPIN(context.Background(), admin.Command{Key: key}, wang, reason)
		var u admin.UserView
		if err == nil {
			err = json.Unmarshal(result, &u)
		}
		return u, err
	}
	for _, reason := range []string{"", "  ", "two\nlines", strings.Repeat("x", 201)} {
		if _, err := reset("r0", reason); !errors.Is(err, admin.ErrReason) {
			t.Errorf("the reason %q: %v", reason, err)
		}
	}
	w.answers(wang, phone{keys: []string{pinTwo, pinTwo, pinTwo}})
	w.text(wang, "PAY 8001 5")
	w.expect(wang, "locked")
	w.forget()
	if u, err := reset("r1", "forgotten; passport seen"); err != nil || u.PIN || u.State != "active" {
		t.Fatalf("%+v %v", u, err)
	}
	w.expect(wang, "PIN was reset")
	w.text(wang, "PAY 8001 6")
	w.expect(wang, "no PIN yet")
	w.answers(wang, phone{keys: []string{"740218", "740218"}})
	w.text(wang, "PIN")
	w.expect(wang, "Your PIN is set")
	w.answers(wang, phone{keys: []string{"740218"}})
	w.text(wang, "PAY 8001 7")
	w.expect(wang, "7.00", "BLUEBIRD", "493.00")
}

// A block stays: who said "not me" has to speak to the operator about that.
func TestResetPINKeepsABlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	if _, err := w.e.Admin().SetBlocked(ctx, admin.Command{Key: "b1"}, wang, true, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.e.Admin().ResetPIN(ctx, admin.Command{Key: "r1"}, wang, "forgotten"); err != nil {
		t.Fatal(err)
	}
	if u, err := w.e.Admin().User(t.Context(), wang); err != nil || u.State != "blocked" || u.PIN {
		t.Errorf("%+v %v", u, err)
	}
}

// A repeat under a used key says so: what it shows is how things stood then.
func TestARepeatSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	block := func(key string, on bool) admin.UserView {
		result, err := w.e.Admin().SetBlocked(ctx, admin.Command{Key: key}, wang, on, "")
		if err != nil {
			t.Fatal(err)
		}
		var u admin.UserView
		if err := json.Unmarshal(result, &u); err != nil {
			t.Fatal(err)
		}
		return u
	}
	if u := block("b1", true); u.Repeat || u.First != "" {
		t.Errorf("the first time: %+v", u)
	}
	block("b2", false)
	if u := block("b1", true); !u.Repeat || u.First == "" || u.State != "blocked" {
		t.Errorf("the repeat: %+v", u)
	}
	if u, err := w.e.Admin().User(t.Context(), wang); err != nil || u.State != "active" {
		t.Errorf("%+v %v", u, err)
	}
}

// A number with a digit too few or too many is not registered.
func TestNumbersOfAWrongLength(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for number, fits := range map[string]bool{
		"+86138000000": false, "+861380000000": false, "+86138000000077": false, "+8613800000077": true,
		"+8614000000077": true, "+25407111111": false, "+254711111111": true, "+254109111111": true,
		"+861": false, "+0138000000077": false, "+44770090012": false, "+447700900123": true, "+8601380000007": false,
	} {
		_, err := w.e.Admin().AddUser(context.Background(), admin.Command{Key: number}, admin.NewUser{Phone: number, Name: lang.Name{EN: "Han Mei"}})
		if (err == nil) != fits {
			t.Errorf("%s: %v", number, err)
		}
		code := "9" + number[len(number)-3:]
		_, err = w.e.Admin().AddMerchant(context.Background(), admin.Command{Key: "m" + number}, admin.NewMerchant{Code: code, Name: lang.Name{EN: "SHOP"}, Phone: number})
		if (err == nil) != fits && !errors.Is(err, admin.ErrExists) {
			t.Errorf("merchant %s: %v", number, err)
		}
	}
}
