package staff_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/auth"
	"mpg/engine/staff"
	"mpg/engine/tx"
	"mpg/store"
)

// events returns what is recorded of logins, in the order of the keys.
func (o *office) events() (list []staff.Event) {
	o.t.Helper()
	for doc, err := range o.run.Books().Docs(o.t.Context(), staff.EventTable, "", 0) {
		event, err := tx.Decoded[staff.Event](doc, err)
		if err != nil {
			o.t.Fatal(err)
		}
		list = append(list, *event)
	}
	return list
}

// written returns how many records hold what is recorded of logins.
func (o *office) written() (count int) {
	o.t.Helper()
	for entry, err := range store.Journal(o.store).Records(o.t.Context(), 1) {
		if err != nil {
			o.t.Fatal(err)
		}
		for _, w := range entry.Writes {
			if w.Table == staff.EventTable {
				count++
			}
		}
	}
	return count
}

// TestLoginsAreRecorded: each login, logout and new password, and by hour those that were
// refused.
func TestLoginsAreRecorded(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.found()
	o.hire("olga", auth.Operator, 1001)
	o.pass(time.Hour)
	token := o.token("olga", 1001)
	if _, err := o.Logout(t.Context(), 1001, token); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Logout(t.Context(), 1001, token); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Login(t.Context(), staff.Attempt{Name: "olga", UID: 1001, Password: []byte(passwordOf("olga")), New: []byte("quite another password"), Change: true}); err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct {
		name string
		uid  uint32
		want error
	}{{"olga", 1001, staff.ErrLogin}, {"olga", 7, staff.ErrOtherUID}, {"hunter2 is my password", 8, staff.ErrLogin}, {"nobody", 9, staff.ErrLogin}} {
		if _, err := o.login(try.name, try.uid, "wrong", ""); !errors.Is(err, try.want) {
			t.Errorf("%+v: %v", try, err)
		}
	}
	o.pass(time.Hour)
	if _, err := o.login("olga", 7, "wrong", ""); !errors.Is(err, staff.ErrOtherUID) {
		t.Error(err)
	}
	var got []string
	for _, e := range o.events() {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s/%d %s %d %s", e.At.Format("15:04"), e.Person, e.UID, e.What, e.Count, e.Why)))
	}
	want := []string{
		"09:00 ada/1000 staff login 0", "09:00 bo/1000 staff login 0", "09:00 olga/1001 staff login 0",
		"10:00 /9 staff login refused 2 wrong name or password",
		"10:00 olga/7 staff login refused 2 from another account of the machine", "10:00 olga/1001 staff login 0",
		"10:00 olga/1001 staff logout 0", "10:00 olga/1001 staff password 0",
		"11:00 olga/7 staff login refused 1 from another account of the machine",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestNobodyFillsTheBooksByTrying: however often and from however many sides somebody
// tries, an hour leaves one record of a member, which is seldom written.
func TestNobodyFillsTheBooksByTrying(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.found()
	o.hire("olga", auth.Operator, 1001)
	before, seen := o.written(), len(o.events())
	const tries = 200
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range tries / 4 {
				if _, err := o.login("olga", 7, "wrong", ""); !errors.Is(err, staff.ErrOtherUID) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if list := o.events(); len(list) != seen+1 {
		t.Errorf("%d records", len(list)-seen)
	}
	if count := o.written() - before; count > 8 { // 1, 2, 4, … 128
		t.Errorf("they were written %d times", count)
	}
	for _, e := range o.events() {
		if e.What == "staff login refused" && (e.Count != 128 || e.Person != "olga") {
			t.Errorf("%+v, want 128 of 200 counted", e)
		}
	}
	o.restart() // what was counted in memory is lost, and counting goes on
	if _, err := o.login("olga", 7, "wrong", ""); !errors.Is(err, staff.ErrOtherUID) {
		t.Error(err)
	}
	for _, e := range o.events() {
		if e.What == "staff login refused" && e.Count != 129 {
			t.Errorf("after a restart: %+v", e)
		}
	}
}
