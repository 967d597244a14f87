package engine_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/auth"
	"mpg/engine/staff"
)

// twoPeople has the world employ lin and hu, both admins, who have logged in.
func (w *world) twoPeople() {
	w.t.Helper()
	rules := w.e.Rules()
	rules.CommandRules = admin.CommandRules{SecondWithin: 240 * time.Hour, CoolingOff: 48 * time.Hour, PINWait: 24 * time.Hour}
	w.e.SetRules(rules)
	for _, name := range []string{"lin", "hu"} {
		result, err := w.e.Admin().Staff.Change(w.t.Context(), admin.Command{Key: "hire " + name}, staff.Change{Kind: staff.Add, Name: name, Role: auth.Admin})
		var hired struct{ Code string }
		if err := errors.Join(err, json.Unmarshal(result, &hired)); err != nil {
			w.t.Fatal(err)
		}
		_, err = w.e.Admin().Staff.Login(w.t.Context(), staff.Attempt{Name: name, UID: 1007, Password: []byte(hired.Code), New: []byte("the password of " + name)})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// member returns a command of a member of staff.
func member(name, key string) admin.Command {
	return admin.Command{Key: key, UID: 1007, Person: auth.Person{Name: name, Role: auth.Admin}}
}

// approved gives a command as lin, and approves it as hu.
func (w *world) approved(key string, give func(by admin.Command) (json.RawMessage, error)) {
	w.t.Helper()
	result, err := give(member("lin", key))
	var asked admin.Waiting
	if err := errors.Join(err, json.Unmarshal(result, &asked)); err != nil || asked.State != "waiting" {
		w.t.Fatalf("%s: %+v, %v", key, asked, err)
	}
	if _, err := w.e.Admin().Approvals.Approve(w.t.Context(), member("hu", key+" approved"), asked.Approval, ""); err != nil {
		w.t.Fatal(err)
	}
}

// TestAPINResetByTwo: the subscriber is told at once, and can choose a new PIN only after
// the wait. NO brings the old PIN back, as long as no new one was chosen.
func TestAPINResetByTwo(t *testing.T) {
	t.Parallel()
	for _, cancels := range []bool{false, true} {
		t.Run(map[bool]string{true: "canceled", false: "not canceled"}[cancels], func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.twoPeople()
			w.approved("reset", func(by admin.Command) (json.RawMessage, error) {
				return w.e.Admin().ResetPIN(t.Context(), by, wang, "forgotten")
			})
			w.expect(wang, "Your PIN was reset. From 23 Nov 12:00, text PIN", "reply NO")
			w.text(wang, "PAY 8001 6")
			w.expect(wang, "no PIN yet")
			w.text(wang, "PIN")
			w.expect(wang, "You can choose a new one from 23 Nov 12:00")
			key := "740218"
			if cancels {
				key = pinOne
				w.text(wang, "NO")
				w.expect(wang, "Your PIN was not reset")
			} else {
				w.pass(24 * time.Hour)
				w.answers(wang, phone{keys: []string{key, key}})
				w.text(wang, "PIN")
				w.expect(wang, "Your PIN is set")
				w.text(wang, "NO")
				w.expect(wang, "No payment is waiting")
			}
			w.answers(wang, phone{keys: []string{key}})
			w.text(wang, "PAY 8001 7")
			w.expect(wang, "7.00", "BLUEBIRD", "493.00")
		})
	}
}

// TestALateApprovalAfterTwoPeopleResolved: the bank approves what two people had resolved
// as reversed, and does not reverse it. Nobody posts it after all, and it takes two people
// again to close it.
func TestALateApprovalAfterTwoPeopleResolved(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	w.twoPeople()
	b.silence(false)
	b.answersReversals("12")
	ref := w.payByBank()
	w.comes(ref, "doubt", "doubt")
	resolve := func(as string) func(by admin.Command) (json.RawMessage, error) {
		return func(by admin.Command) (json.RawMessage, error) {
			return w.e.Admin().Resolve(t.Context(), by, ref, as, "the bank says so")
		}
	}
	w.approved("first", resolve(acquirer.ResolvedReversed))
	w.comes(ref, "done", "resolved")
	w.e.Banks().LateAnswer("icbc", b.requests()[0].late("00"))
	p := w.comes(ref, "done", "doubt")
	if p.Outcome != "not paid" {
		t.Errorf("%+v", p)
	}
	if _, err := resolve(acquirer.ResolvedPaid)(member("lin", "paid")); !errors.Is(err, acquirer.ErrStands) {
		t.Errorf("resolved as paid after all: %v", err)
	}
	if _, err := resolve(acquirer.ResolvedReversed)(admin.Command{Key: "root"}); err == nil {
		t.Error("resolved by nobody")
	}
	w.approved("second", resolve(acquirer.ResolvedReversed))
	if p := w.comes(ref, "done", "resolved"); p.Outcome != "not paid" || p.Request.Resolved == nil {
		t.Errorf("%+v", p)
	}
	w.balance("merchant:8001", "0.00", "0.00")
	w.balance("bank:icbc", "0.00", "0.00")
}
