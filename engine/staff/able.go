package staff

import (
	"time"

	"mpg/engine/auth"
	"mpg/engine/tx"
)

// InForce reports whether commands that take two people need the second one. They do from
// the moment root has added the first member, and for good: members are never deleted, so
// nothing can make one person enough again.
func InForce(t *tx.Tx) (bool, error) {
	roster, err := rosterOf(t)
	return err == nil && len(roster.Members) > 0, err
}

// Able returns the members who can log in now and have the right, in the order in which
// they were added.
func Able(t *tx.Tx, right auth.Right) ([]auth.Person, error) {
	roster, err := rosterOf(t)
	if err != nil {
		return nil, err
	}
	var able []auth.Person
	for _, name := range roster.Members {
		m, err := memberOf(t, name)
		if err != nil {
			return nil, err
		}
		if m.State == Active && m.Password.Set() && m.Role.May(right) {
			able = append(able, auth.Person{Name: m.Name, Role: m.Role})
		}
	}
	return able, nil
}

// Pair reports whether two members can log in now, one with the right to give a command and
// the other with the right to approve it. The member named without counts as neither.
func Pair(t *tx.Tx, give, approve auth.Right, without string) (bool, error) {
	makers, err := Able(t, give)
	if err != nil {
		return false, err
	}
	checkers, err := Able(t, approve)
	for _, maker := range makers {
		for _, checker := range checkers {
			if maker.Name != checker.Name && maker.Name != without && checker.Name != without {
				return true, err
			}
		}
	}
	return false, err
}

// Second reports whether anybody but the people named in not can log in now and has the
// right.
func Second(t *tx.Tx, right auth.Right, not ...string) (bool, error) {
	able, err := Able(t, right)
next:
	for _, person := range able {
		for _, name := range not {
			if person.Name == name {
				continue next
			}
		}
		return true, err
	}
	return false, err
}

// Working returns the member with that name as a person, if they are not blocked; nobody:
// they are, or there is no such member.
func Working(t *tx.Tx, name string) (auth.Person, error) {
	m, err := tx.Read[Member](t, Table, name)
	if err != nil || m == nil || m.State != Active {
		return auth.Person{}, err
	}
	return auth.Person{Name: m.Name, Role: m.Role}, nil
}

// lately is how long Lately tells of a change.
const lately = 7 * 24 * time.Hour

// Lately holds the changes of staff that one person has made alone in the last week.
type Lately struct {
	Blocked   []View // who are still blocked
	Recovered []View // to whom root has given a code
}

// LatelyAt returns the changes that everybody should know of at a time.
func LatelyAt(t *tx.Tx, now time.Time) (told Lately, err error) {
	roster, err := rosterOf(t)
	if err != nil {
		return told, err
	}
	since := now.Add(-lately)
	for _, name := range roster.Members {
		m, err := memberOf(t, name)
		if err != nil {
			return told, err
		}
		if m.State == Blocked && m.Changed.After(since) {
			told.Blocked = append(told.Blocked, viewOf(m))
		}
		if m.Recovered.After(since) {
			told.Recovered = append(told.Recovered, viewOf(m))
		}
	}
	return told, nil
}
