// Package module is how a part of mpg joins the rest. A module is a folder of its own and
// these lines elsewhere: one in Modules of cmd/mpg/daemon, its row in the matrix of imports
// (cmd/mpg/tidy_test.go), its section of conf, its texts in engine/lang, and for each of its
// verbs a route in engine/api and a command in cmd/mpg.
//
// It brings the words of its intents and their handlers, its records by table, its due
// work, and a check of its own books. It writes in steps of engine/tx only: a handler and
// a piece of due work are given one, a verb of the operator gets one from
// admin.Service.Once, under a key. Tables from 64, codes of transfers from 1000, and names
// of accounts that begin with its own name are a module's to take.
//
// The example is such a module: savings_test.go, in some hundred and fifty lines, and
// example_test.go, which uses it.
//
// The package imports the rooms that a module builds on: admin, audit, books, due,
// intent, local, order, process and tx.
package module

import (
	"fmt"

	"mpg/engine/admin"
	"mpg/engine/audit"
	"mpg/engine/books"
	"mpg/engine/due"
	"mpg/engine/intent"
	"mpg/engine/local"
	"mpg/engine/order"
	"mpg/engine/process"
	"mpg/engine/tx"
	"mpg/store"
)

// Parts are what a module builds on. They stay the same as long as the engine lives.
type Parts struct {
	Run     *tx.Runner
	Books   *books.Books
	Place   local.Place
	Process *process.Machine // moves payments on
	Orders  *intent.Service
	Admin   *admin.Service
	Due     *due.Sweeper // set once all modules have joined, before the first text comes in
}

// Module is one part. Its name is that in the configuration.
type Module struct {
	Name    string
	What    string              // in a few words, for who lists the modules
	Words   []order.Word        // that begin the texts of its intents
	Records map[store.Table]any // an empty record for each table of its own
	Join    func(p *Parts) Additions
}

// Additions are what a module adds once it knows its Parts. All may be empty.
type Additions struct {
	Intents map[order.Intent]intent.Entry
	Due     []due.Kind
	Check   func() audit.Check // a new one for each audit
}

// Grammar returns g with the words of all modules.
func Grammar(g order.Grammar, modules []Module) (order.Grammar, error) {
	for _, m := range modules {
		var err error
		if g, err = g.With(m.Words...); err != nil {
			return g, fmt.Errorf("module %s: %w", m.Name, err)
		}
	}
	return g, nil
}

// Joined is what all modules together add to the rooms that are not reached by Parts.
type Joined struct {
	Due    []due.Kind
	checks []func() audit.Check
}

// Checks returns a new check of each module that has one.
func (j *Joined) Checks() []audit.Check {
	list := make([]audit.Check, 0, len(j.checks))
	for _, check := range j.checks {
		list = append(list, check())
	}
	return list
}

// Join registers what the modules add to the core, which has the tables of core. The
// error names a module whose name, table or intent is another's.
func Join(p *Parts, modules []Module, core map[store.Table]any) (*Joined, error) {
	joined := new(Joined)
	names, tables := make(map[string]bool), make(map[store.Table]string)
	for table := range core {
		tables[table] = "the core"
	}
	for _, m := range modules {
		if m.Name == "" || names[m.Name] {
			return nil, fmt.Errorf("module %q: a module needs a name of its own", m.Name)
		}
		names[m.Name] = true
		for table := range m.Records {
			if other, taken := tables[table]; taken {
				return nil, fmt.Errorf("module %s: table %d belongs to %s", m.Name, table, other)
			}
			tables[table] = m.Name
		}
		added := m.Join(p)
		for name, entry := range added.Intents {
			if err := p.Orders.Register(name, entry); err != nil {
				return nil, fmt.Errorf("module %s: %w", m.Name, err)
			}
		}
		joined.Due = append(joined.Due, added.Due...)
		if added.Check != nil {
			joined.checks = append(joined.checks, added.Check)
		}
	}
	return joined, nil
}
