package engine

import (
	"context"
	"slices"
	"sync"

	"mpg/engine/admin"
	"mpg/engine/due"
	"mpg/engine/follow"
	"mpg/engine/module"
	"mpg/engine/payment"
	"mpg/engine/product"
	"mpg/store"
)

// Modules are what is added to the core, with the work that they do by the calendar and
// behind the commits.
type Modules struct {
	list   []module.Module
	off    func() []payment.Product // products and modules that are switched off now
	joined *module.Joined
	due    *due.Sweeper
	follow *follow.Runner
}

// join registers what the modules add.
func (m *Modules) join(e *Engine) error {
	parts := &module.Parts{Run: e.run, Books: e.books, Place: e.cfg.Place, Process: e.process, Orders: e.intents, Calls: e.calls, Admin: e.admin,
		Off: func(name string) bool { return slices.Contains(m.off(), payment.Product(name)) }}
	var err error
	if m.joined, err = module.Join(parts, m.list, coreRecords()); err != nil {
		return err
	}
	if m.due, err = due.New(due.Config{Run: e.run, Kinds: m.joined.Due, Now: e.cfg.Now, Log: e.cfg.Log}); err != nil {
		return err
	}
	parts.Due = m.due
	feed, _ := e.cfg.Store.(store.Feed)
	m.follow, err = follow.New(follow.Config{Feed: feed, Followers: m.joined.Followers, Log: e.cfg.Log})
	return err
}

// run does the modules' work until ctx ends.
func (m *Modules) run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { m.due.Run(ctx) })
	all.Go(func() { m.follow.Run(ctx) })
	all.Wait()
}

// Lag returns how many records of the journal each module is behind that follows it.
func (m *Modules) Lag() map[string]uint64 { return m.joined.Lag(m.follow.Lag()) }

// offered lists the products and the modules, and which of them are on.
func (m *Modules) offered() []admin.Module {
	var list []admin.Module
	off := m.off()
	for _, p := range product.All() {
		list = append(list, admin.Module{Name: string(p.Name), What: p.What, On: !slices.Contains(off, p.Name)})
	}
	for _, one := range m.list {
		list = append(list, admin.Module{Name: one.Name, What: one.What, On: !slices.Contains(off, payment.Product(one.Name))})
	}
	return list
}
