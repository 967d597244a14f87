package daemon_test

import (
	"encoding/json"
	"strings"
	"testing"

	"mpg/cmd/mpg/rig"
	"mpg/conf"
	"mpg/engine/admin"
	"mpg/engine/auth"
	"mpg/engine/lang"
	"mpg/engine/staff"
)

// TestTwoPeopleAreWatched: whoever watches the daemon sees whether what takes two people can
// be done, and what one person did alone.
func TestTwoPeopleAreWatched(t *testing.T) {
	t.Parallel()
	r, _ := open(t, func(*conf.File) {})
	desk := r.Daemon.Engine().Admin()
	shows := func(when, probe string, figures ...string) {
		t.Helper()
		if _, page := page(t, r.Daemon, "/readyz?verbose"); !strings.Contains(page, probe+"\n") {
			t.Errorf("%s: no %q in %s", when, probe, page)
		}
		names := []string{"mpg_two_people_in_force", "mpg_two_people_possible", `mpg_staff_changed_alone{change="block"}`, `mpg_staff_changed_alone{change="recover"}`}
		for i, name := range names {
			if got := value(t, r.Daemon, name); got != figures[i] {
				t.Errorf("%s: %s is %s, want %s", when, name, got, figures[i])
			}
		}
	}
	change := func(by admin.Command, change staff.Change) (code string) {
		t.Helper()
		result, err := desk.Staff.Change(t.Context(), by, change)
		var view struct{ Code string }
		if err == nil {
			err = json.Unmarshal(result, &view)
		}
		if err != nil {
			t.Fatal(err)
		}
		return view.Code
	}
	enters := func(name, code string) {
		t.Helper()
		if _, err := desk.Staff.Login(t.Context(), staff.Attempt{Name: name, UID: 1000, Password: []byte(code), New: []byte("the password of " + name)}); err != nil {
			t.Fatal(err)
		}
	}
	shows("without staff", "+ two people: not needed until there is staff", "0", "1", "0", "0")
	for _, name := range []string{"lin", "hu"} {
		enters(name, change(admin.Command{Key: name}, staff.Change{Kind: staff.Add, Name: name, Role: auth.Admin}))
		if name == "lin" {
			shows("with one admin", "- two people: no two people can give and approve "+strings.Join(desk.Approvals.Names(), ", "), "1", "0", "0", "0")
		}
	}
	shows("with two", "+ two people", "1", "1", "0", "0")
	lin := admin.Command{Key: "b", UID: 1000, Person: auth.Person{Name: "lin", Role: auth.Admin}}
	if _, err := desk.AddUser(t.Context(), admin.Command{Key: "u", UID: 1000, Person: lin.Person}, admin.NewUser{Phone: rig.Number(0), Name: lang.Name{EN: "Wang Fang"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := desk.ResetPIN(t.Context(), admin.Command{Key: "r", UID: 1000, Person: lin.Person}, rig.Number(0), "forgotten"); err != nil {
		t.Fatal(err)
	}
	if waiting, since := value(t, r.Daemon, `mpg_approvals{state="waiting"}`), value(t, r.Daemon, "mpg_approvals_oldest_seconds"); waiting != "1" || since == "" || strings.HasPrefix(since, "-") {
		t.Errorf("%s wait, for %s s", waiting, since)
	}
	change(lin, staff.Change{Kind: staff.Block, Name: "hu", Reason: "left"})
	shows("with one who was blocked", "- two people: no two people can give and approve "+strings.Join(desk.Approvals.Names(), ", "), "1", "0", "1", "0")
	change(admin.Command{Key: "back"}, staff.Change{Kind: staff.Recover, Name: "hu", Reason: "was wrong"})
	shows("after a recovery", "- two people: no two people can give and approve "+strings.Join(desk.Approvals.Names(), ", "), "1", "0", "0", "1")
}
