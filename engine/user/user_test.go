package user_test

import (
	"fmt"
	"testing"
	"time"

	"mpg/engine/user"
)

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func TestDaySumsBeginAnewEachDay(t *testing.T) {
	t.Parallel()
	var u user.User
	u.Spend("2026-11-22", 100, false)
	u.Spend("2026-11-22", 50, true)
	if got := u.Today("2026-11-22"); got.Sum != 150 || got.Free != 50 {
		t.Errorf("today %+v", got)
	}
	if got := u.Today("2026-11-23"); got.Sum != 0 || got.Free != 0 {
		t.Errorf("the next day %+v", got)
	}
	u.Unspend("2026-11-22", 100)
	if got := u.Today("2026-11-22"); got.Sum != 50 {
		t.Errorf("after a payment was given back %+v", got)
	}
	u.Spend("2026-11-23", 10, false)
	u.Unspend("2026-11-22", 50) // of yesterday: today's allowance does not grow
	if got := u.Today("2026-11-23"); got.Sum != 10 {
		t.Errorf("yesterday's payment changed today: %+v", got)
	}
}

func TestEqualOrdersAreKnownForTheirTime(t *testing.T) {
	t.Parallel()
	var u user.User
	u.Remember(user.Recent{Key: "a", At: noon().Unix(), Ref: "REF1"}, noon().Add(-24*time.Hour))
	if r, ok := u.Equal("a", noon().Add(-time.Hour)); !ok || r.Ref != "REF1" {
		t.Errorf("not known: %v %v", r, ok)
	}
	if _, ok := u.Equal("b", noon().Add(-time.Hour)); ok {
		t.Error("another order is taken for an equal one")
	}
	if _, ok := u.Equal("a", noon().Add(time.Second)); ok {
		t.Error("known for too long")
	}
	for i := range 3 * user.RecentMax {
		u.Remember(user.Recent{Key: fmt.Sprint(i), At: noon().Unix()}, noon().Add(-time.Hour))
	}
	if len(u.Recent) > user.RecentMax {
		t.Errorf("remembers %d orders", len(u.Recent))
	}
	if _, ok := u.Equal(fmt.Sprint(3*user.RecentMax-1), noon().Add(-time.Hour)); !ok {
		t.Error("the newest order is forgotten")
	}
	u.Remember(user.Recent{Key: "new", At: noon().Add(48 * time.Hour).Unix()}, noon().Add(24*time.Hour))
	if len(u.Recent) != 1 {
		t.Errorf("keeps %d orders of the days before", len(u.Recent))
	}
}

func TestCallsOfTheLastHourAreCounted(t *testing.T) {
	t.Parallel()
	var u user.User
	for i := range 6 {
		u.CountCall(noon().Add(time.Duration(i) * time.Minute))
	}
	now := noon().Add(10 * time.Minute)
	if got := u.CallsLeft(now, 6); got != 0 {
		t.Errorf("%d left", got)
	}
	if got := u.CallAgainIn(now); got != 50*time.Minute {
		t.Errorf("again in %v", got)
	}
	if got := u.CallsLeft(noon().Add(62*time.Minute), 6); got != 3 {
		t.Errorf("%d left after an hour and two minutes", got)
	}
	u.CountCall(noon().Add(3 * time.Hour))
	if len(u.Calls) != 1 {
		t.Errorf("keeps %d calls", len(u.Calls))
	}
}

func TestStatementKeepsTheNewest(t *testing.T) {
	t.Parallel()
	var u user.User
	for i := range 5 {
		u.Enter(user.Entry{Ref: fmt.Sprint(i)})
	}
	if len(u.Last) != user.LastMax || u.Last[0].Ref != "4" || u.Last[2].Ref != "2" {
		t.Errorf("%+v", u.Last)
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	u := user.User{State: user.Active}
	if !u.MayPay() {
		t.Error("an active subscriber may not pay")
	}
	for _, s := range []user.State{user.Locked, user.Blocked, ""} {
		if u.State = s; u.MayPay() {
			t.Errorf("%q may pay", s)
		}
	}
}

func TestNamesAreNotHarvested(t *testing.T) {
	t.Parallel()
	var u user.User
	for payee := uint64(1); payee <= user.NamedMax; payee++ {
		if !u.MayHear(payee, "2026-11-22") {
			t.Fatalf("payee %d is not named", payee)
		}
	}
	for _, row := range []struct {
		payee uint64
		date  string
		want  bool
	}{
		{11, "2026-11-22", false}, {3, "2026-11-22", true}, {11, "2026-11-21", false}, {11, "2026-11-23", true}, {3, "2026-11-23", true},
	} {
		if got := u.MayHear(row.payee, row.date); got != row.want {
			t.Errorf("payee %d on %s: %v", row.payee, row.date, got)
		}
	}
}
