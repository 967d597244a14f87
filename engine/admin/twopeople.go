package admin

import (
	"context"

	"mpg/engine/auth"
	"mpg/engine/staff"
)

// TwoPeople says whether commands that take two people need the second person now, and
// whether there is one.
type TwoPeople struct {
	// InForce reports whether they do: from the moment root has added the first member of
	// staff, and always afterwards.
	InForce bool `json:"in_force"`
	// Possible reports whether each of them can be given and approved now.
	Possible bool     `json:"possible"`
	Lacking  []string `json:"lacking,omitempty"` // those that cannot, as they are typed

	// What one person has done to staff alone in the last week, for everybody to see.
	Blocked   []Alone `json:"blocked,omitempty"`
	Recovered []Alone `json:"recovered,omitempty"`
}

// Alone is a change of a member of staff that one person has made.
type Alone struct {
	Name string `json:"name"`
	By   string `json:"by"`
	At   string `json:"at"`
}

// TwoPeople returns the present state.
func (a *Approvals) TwoPeople(ctx context.Context) (now TwoPeople, err error) {
	t := a.service.view(ctx)
	if now.InForce, err = staff.InForce(t); err != nil {
		return now, err
	}
	if now.InForce {
		pairs := make(map[[2]auth.Right]bool)
		for _, name := range a.Names() {
			rights := [2]auth.Right{a.by[name].maker, a.by[name].checker}
			pair, known := pairs[rights]
			if !known {
				if pair, err = staff.Pair(t, rights[0], rights[1], ""); err != nil {
					return now, err
				}
				pairs[rights] = pair
			}
			if !pair {
				now.Lacking = append(now.Lacking, name)
			}
		}
	}
	now.Possible = len(now.Lacking) == 0
	lately, err := staff.LatelyAt(t, a.service.cfg.Now())
	now.Blocked, now.Recovered = aloneOf(lately.Blocked), aloneOf(lately.Recovered)
	for i, member := range lately.Recovered { // who may have been changed again since
		now.Recovered[i].By, now.Recovered[i].At = "root", member.Recovered
	}
	return now, err
}

// aloneOf returns who changed members last.
func aloneOf(members []staff.View) []Alone {
	var list []Alone
	for _, member := range members {
		list = append(list, Alone{member.Name, member.ChangedBy, member.Changed})
	}
	return list
}
