package module

import (
	"fmt"
	"strings"

	"mpg/engine/audit"
	"mpg/engine/due"
	"mpg/engine/follow"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/tx"
	"mpg/store"
)

// Joined is what all modules together add to the rooms that are not reached by Parts.
type Joined struct {
	Due       []due.Kind
	Followers []follow.Follower

	owners  map[string]string // of followers: the module, by the follower's name
	checks  []func() audit.Check
	resumes []func() error
}

// Checks returns a new check of each module that has one.
func (j *Joined) Checks() []audit.Check {
	list := make([]audit.Check, 0, len(j.checks))
	for _, check := range j.checks {
		list = append(list, check())
	}
	return list
}

// Resume resumes each module, in the order of the list.
func (j *Joined) Resume() error {
	for _, resume := range j.resumes {
		if err := resume(); err != nil {
			return err
		}
	}
	return nil
}

// Lag returns how many records of the journal each module is behind that follows it: that
// of its last follower. by has the lag of each follower by name.
func (j *Joined) Lag(by map[string]uint64) map[string]uint64 {
	lag := make(map[string]uint64)
	for name, owner := range j.owners {
		lag[owner] = max(lag[owner], by[name])
	}
	return lag
}

// Join registers what the modules add to the core, which has the tables of core. The
// error names a module whose name, table, verb or intent is another's.
func Join(parts *Parts, modules []Module, core map[store.Table]any) (*Joined, error) {
	if err := Check(modules, core); err != nil {
		return nil, err
	}
	joined := &Joined{owners: make(map[string]string)}
	for _, m := range modules {
		off := func() bool { return parts.Off != nil && parts.Off(m.Name) }
		if err := joined.add(parts, m, off); err != nil {
			return nil, fmt.Errorf("module %s: %w", m.Name, err)
		}
	}
	return joined, nil
}

// add registers what one module adds.
func (j *Joined) add(parts *Parts, joining Module, off func() bool) error {
	added := joining.Join(parts)
	for name, entry := range added.Intents {
		if err := parts.Orders.Register(name, whileOn(parts.Orders, entry, off)); err != nil {
			return err
		}
	}
	if len(joining.Verbs) > 0 {
		if err := parts.Admin.Verbs.Register(joining.Name, off, joining.Verbs...); err != nil {
			return err
		}
	}
	for _, kind := range added.Due {
		kind.Off = off
		j.Due = append(j.Due, kind)
	}
	for _, follower := range added.Followers {
		if follower.Name != joining.Name && !strings.HasPrefix(follower.Name, joining.Name+"-") {
			return fmt.Errorf("follower %q: want a name that begins with %s", follower.Name, joining.Name)
		}
		follower.Off = off
		j.Followers, j.owners[follower.Name] = append(j.Followers, follower), joining.Name
	}
	if added.Check != nil {
		j.checks = append(j.checks, added.Check)
	}
	if added.Resume != nil {
		j.resumes = append(j.resumes, added.Resume)
	}
	return nil
}

// whileOn returns entry with a handler that says, while its module is off, that this cannot
// be done.
func whileOn(orders *intent.Service, entry intent.Entry, off func() bool) intent.Entry {
	does := entry.Do
	if does == nil {
		return entry // which Register refuses
	}
	entry.Do = func(t *tx.Tx, req *intent.Request) error {
		if off() {
			return orders.Reply(t, req, lang.CannotDo, lang.Args{})
		}
		return does(t, req)
	}
	return entry
}
