package staff_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mpg/engine/auth"
	"mpg/engine/staff"
)

// recovery is the change by which root lets somebody log in again.
func recovery(name string) staff.Change {
	return staff.Change{Kind: staff.Recover, Name: name, Reason: "locked out"}
}

// TestRecovery: root gives a new code if no two others could, and not otherwise.
func TestRecovery(t *testing.T) {
	t.Parallel()
	block := func(name string) staff.Change {
		return staff.Change{Kind: staff.Block, Name: name, Reason: "no"}
	}
	for name, tt := range map[string]struct {
		before func(o *office)
		change staff.Change
		want   error
	}{
		"one of two lost the password":       {func(*office) {}, recovery("ada"), nil},
		"with a third who could approve":     {func(o *office) { o.hire("fin", auth.Finance, 0) }, recovery("ada"), staff.ErrHelped},
		"with a third who could not":         {func(o *office) { o.hire("olga", auth.Operator, 0) }, recovery("ada"), nil},
		"with a third who has not logged in": {func(o *office) { o.must("ada", staff.Change{Kind: staff.Add, Name: "fin", Role: auth.Finance}) }, recovery("ada"), nil},
		"of a second approver": {func(o *office) {
			o.hire("fin", auth.Finance, 0)
			o.must("ada", block("bo"))
		}, recovery("fin"), nil},
		"all are blocked by one":      {func(o *office) { o.must("ada", block("bo")) }, recovery("bo"), nil},
		"of somebody with few rights": {func(o *office) { o.hire("olga", auth.Operator, 0) }, recovery("olga"), staff.ErrRecover},
		"of nobody":                   {func(*office) {}, recovery("carl"), staff.ErrNobody},
		"of a new admin": {func(o *office) { o.must("ada", block("bo")) },
			staff.Change{Kind: staff.Recover, Name: "carl", Role: auth.Admin, Reason: "bo has left"}, nil},
		"of a new admin who is not needed": {func(*office) {},
			staff.Change{Kind: staff.Recover, Name: "carl", Role: auth.Admin, Reason: "root wants one"}, staff.ErrHelped},
		"of a new member with another role": {func(o *office) { o.must("ada", block("bo")) },
			staff.Change{Kind: staff.Recover, Name: "carl", Role: auth.Finance, Reason: "bo has left"}, staff.ErrFounders},
		"of a new admin who is known": {func(o *office) { o.must("ada", block("bo")) },
			staff.Change{Kind: staff.Recover, Name: "bo", Role: auth.Admin, Reason: "no"}, staff.ErrExists},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.found()
			tt.before(o)
			if _, err := o.change("ada", tt.change); err == nil {
				t.Error("a member of staff did it")
			}
			code, err := o.change("", tt.change)
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if err != nil {
				return
			}
			if _, err := o.login(tt.change.Name, 1000, passwordOf(tt.change.Name), ""); !errors.Is(err, staff.ErrLogin) {
				t.Errorf("with the old password: %v", err)
			}
			session, err := o.login(tt.change.Name, 1000, code, "another password of theirs")
			if err != nil || !session.Person.Role.May(auth.ApproveStaff) {
				t.Errorf("with the code: %+v, %v", session.Person, err)
			}
			shown, err := o.Show(t.Context(), tt.change.Name)
			if err != nil || shown.Recovered == "" || shown.State != string(staff.Active) || !strings.Contains(o.log.String(), "one person changed staff alone") {
				t.Errorf("%+v, %v; log %s", shown, err, o.log.String())
			}
		})
	}
}

// TestRecoveryWhileTheFirstTwoBegin: a founder who forgets the password before the other
// one has logged in has a way back, and the two still count as two.
func TestRecoveryWhileTheFirstTwoBegin(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ada := o.must("", staff.Change{Kind: staff.Add, Name: "ada", Role: auth.Admin})
	bo := o.must("", staff.Change{Kind: staff.Add, Name: "bo", Role: auth.Admin})
	if _, err := o.login("ada", 1000, ada, passwordOf("ada")); err != nil {
		t.Fatal(err)
	}
	if _, err := o.change("", staff.Change{Kind: staff.Recover, Name: "carl", Role: auth.Admin, Reason: "a third"}); !errors.Is(err, staff.ErrFounders) {
		t.Errorf("a third one: %v", err)
	}
	again := o.must("", recovery("ada"))
	if _, err := o.login("ada", 1000, again, passwordOf("ada")); err != nil {
		t.Fatal(err)
	}
	if _, err := o.change("ada", staff.Change{Kind: staff.Add, Name: "eve", Role: auth.Viewer}); !errors.Is(err, staff.ErrFounding) {
		t.Errorf("ada counted twice: %v", err)
	}
	if _, err := o.login("bo", 1000, bo, passwordOf("bo")); err != nil {
		t.Fatal(err)
	}
	o.must("ada", staff.Change{Kind: staff.Add, Name: "eve", Role: auth.Viewer})
}

// TestOneAdminAloneIsNeverTwo: an admin who has blocked all others is alone, and that ends
// only by root's recovery.
func TestOneAdminAloneIsNeverTwo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.found()
	pair := func() bool {
		two, err := staff.Pair(o.run.View(t.Context()), auth.ManageStaff, auth.ApproveStaff, "")
		if err != nil {
			t.Fatal(err)
		}
		return two
	}
	inForce := func() bool {
		is, err := staff.InForce(o.run.View(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if !pair() || !inForce() {
		t.Error("two admins are not two")
	}
	o.must("ada", staff.Change{Kind: staff.Block, Name: "bo", Reason: "mine alone"})
	o.restart()
	if pair() || !inForce() {
		t.Error("one admin alone is two, or two are no longer needed")
	}
	told, err := staff.LatelyAt(o.run.View(t.Context()), o.clock())
	if err != nil || len(told.Blocked) != 1 || told.Blocked[0].ChangedBy != "ada" || len(told.Recovered) != 0 {
		t.Errorf("what everybody is told: %+v, %v", told, err)
	}
	code := o.must("", recovery("bo"))
	if pair() {
		t.Error("bo has not logged in yet")
	}
	if _, err := o.login("bo", 1000, code, "another password of bo"); err != nil {
		t.Fatal(err)
	}
	told, err = staff.LatelyAt(o.run.View(t.Context()), o.clock())
	if err != nil || !pair() || len(told.Blocked) != 0 || len(told.Recovered) != 1 {
		t.Errorf("after the recovery: %+v, %v", told, err)
	}
	if _, err := o.change("", recovery("bo")); err != nil {
		t.Errorf("bo lost the new password: %v", err)
	}
	o.pass(8 * 24 * time.Hour)
	if told, err = staff.LatelyAt(o.run.View(t.Context()), o.clock()); err != nil || len(told.Recovered) != 0 {
		t.Errorf("a week later: %+v, %v", told, err)
	}
}
