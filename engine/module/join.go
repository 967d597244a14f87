package module

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"mpg/engine/admin"
	"mpg/engine/audit"
	"mpg/engine/due"
	"mpg/engine/follow"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/engine/sheet"
	"mpg/engine/tx"
	"mpg/store"
)

// Joined holds the modules that have joined, with their scheduled work and their followers.
type Joined struct {
	kinds     []due.Kind
	followers []follow.Follower
	owners    map[string]string // of followers: the module, by the follower's name
	checks    []func() audit.Check
	resumes   []func() error

	due    *due.Sweeper
	follow *follow.Runner
}

// Checks returns a new check for each module that has one.
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

// Run does the modules' work until ctx ends.
func (j *Joined) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { j.due.Run(ctx) })
	all.Go(func() { j.follow.Run(ctx) })
	all.Wait()
}

// Lag returns, for each module that follows the journal, how many records its slowest
// follower is behind.
func (j *Joined) Lag() map[string]uint64 {
	by, lag := j.follow.Lag(), make(map[string]uint64)
	for name, owner := range j.owners {
		lag[owner] = max(lag[owner], by[name])
	}
	return lag
}

// Core is what the work of modules needs besides their Parts.
type Core struct {
	Tables map[store.Table]any // of the core
	Feed   store.Feed          // nil: nobody may follow
	Now    func() time.Time
	Log    *slog.Logger
}

// Join registers what the modules add to the core. The error names a module whose name,
// table, verb or intent is another's.
func Join(parts *Parts, modules []Module, with Core) (*Joined, error) {
	if err := Check(modules, with.Tables); err != nil {
		return nil, err
	}
	joined := &Joined{owners: make(map[string]string)}
	for _, m := range modules {
		off := func() bool { return parts.Off != nil && parts.Off(m.Name) }
		if err := joined.add(parts, m, off); err != nil {
			return nil, fmt.Errorf("module %s: %w", m.Name, err)
		}
	}
	var err error
	if joined.due, err = due.New(due.Config{Run: parts.Run, Kinds: joined.kinds, Now: with.Now, Log: with.Log}); err != nil {
		return nil, err
	}
	parts.Due = joined.due
	joined.follow, err = follow.New(follow.Config{Feed: with.Feed, Followers: joined.followers, Log: with.Log})
	return joined, err
}

// Offered lists the products and the modules, which of them are on, and what keeps those
// from working. banks says whether a bank is configured.
func Offered(modules []Module, off []payment.Product, banks bool) []admin.Module {
	var list []admin.Module
	for _, p := range product.All() {
		offered := admin.Module{Name: string(p.Name), What: p.What, On: !slices.Contains(off, p.Name)}
		if p.AtBank && !banks {
			offered.Lacks = "a bank"
		}
		list = append(list, offered)
	}
	for _, m := range modules {
		list = append(list, admin.Module{Name: m.Name, What: m.What, On: !slices.Contains(off, payment.Product(m.Name))})
	}
	return list
}

// add registers what one module adds.
func (j *Joined) add(parts *Parts, joining Module, off func() bool) error {
	added := joining.Join(parts)
	if err := answersItsWords(joining, added); err != nil {
		return err
	}
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
		j.kinds = append(j.kinds, kind)
	}
	for _, follower := range added.Followers {
		if follower.Name != joining.Name && !strings.HasPrefix(follower.Name, joining.Name+"-") {
			return fmt.Errorf("follower %q: want the name %[2]s, or one that begins with %[2]s-", follower.Name, joining.Name)
		}
		follower.Off = off
		j.followers, j.owners[follower.Name] = append(j.followers, follower), joining.Name
	}
	if added.Check != nil {
		j.checks = append(j.checks, added.Check)
	}
	if added.Resume != nil {
		j.resumes = append(j.resumes, added.Resume)
	}
	return nil
}

// answersItsWords reports an intent of a module that has words and no handler, whose texts
// nobody would answer, or a handler and no words, whose texts nobody could write.
func answersItsWords(joining Module, added Additions) error {
	words, err := sheet.Read("words of module "+joining.Name, joining.Words)
	if err != nil {
		return err
	}
	worded := make(map[order.Intent]bool)
	for _, entry := range words.Entries {
		worded[order.Intent(entry.Table)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(worded)) {
		if _, answered := added.Intents[name]; !answered {
			return fmt.Errorf("intent %q has words, and no handler", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(added.Intents)) {
		if !worded[name] {
			return fmt.Errorf("intent %q has a handler, and no words", name)
		}
	}
	return nil
}

// whileOn returns entry with a handler that, while the module is off, answers that this
// cannot be done.
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
