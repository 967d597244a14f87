// Package module is how a part of mpg joins the rest. A module is a folder of its own.
// Elsewhere it has only a line in Modules of cmd/mpg/daemon, a row in the matrix of imports
// (cmd/mpg/tidy_test.go), a section of conf, and its texts in engine/lang.
//
// It brings the words of its intents, in the form of engine/order/words.toml, and their
// handlers, its records by table, its due work, commands for the operator, followers of the
// journal, and a check of its own books. HELP lists its orders. It writes only in steps of
// engine/tx: a handler, a piece of due work and a verb are each given one. It calls
// subscribers with Parts.Calls and a script of its own. What its section of conf says is
// given to the function that returns the module. A module may use tables from 128,
// transfer codes from 1000, and account names that begin with its own name.
//
// Once a module has joined, its records and its money are part of the books, which a build
// without it refuses to open. To retire a module, list its name in product.off. Its intents
// are then answered with a text that says this cannot be done, its verbs that change
// something are refused, its due work waits and its followers pause; its check still runs.
//
// The example is such a module, in some two hundred lines: savings_test.go and
// example_test.go, which uses it.
//
// The package imports the rooms that a module builds on: acquirer, admin, audit, books,
// call, due, follow, intent, local, order, payment, process, product, sheet and tx.
package module

import (
	"fmt"
	"log/slog"
	"maps"
	"regexp"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/audit"
	"mpg/engine/books"
	"mpg/engine/call"
	"mpg/engine/due"
	"mpg/engine/follow"
	"mpg/engine/intent"
	"mpg/engine/local"
	"mpg/engine/order"
	"mpg/engine/process"
	"mpg/engine/product"
	"mpg/engine/sheet"
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
	Calls   *call.Dialer
	Admin   *admin.Service
	Log     *slog.Logger // Log.With("module", name) says whose lines they are
	Due     *due.Sweeper // set once all modules have joined, before the first text comes in

	// Off reports whether a module is switched off now, which a reload of the configuration
	// may change; nil: none is.
	Off func(module string) bool
}

// Module is a part of mpg that joins the rest.
type Module struct {
	Name    string                     // never changes; the configuration, the command line and the books know it
	What    string                     // in a few words, for lists of modules
	Words   string                     // the words of its intents, in the form of engine/order/words.toml
	Records map[store.Table]any        // an empty record for each table of its own
	Verbs   []admin.Verb               // commands of the operator: mpg NAME VERB ARGUMENTS
	Billers map[string]acquirer.Biller // connectors that it brings, by name
	Join    func(p *Parts) Additions
}

// Additions are what a module adds once it knows its Parts. All may be empty.
type Additions struct {
	Intents   map[order.Intent]intent.Entry
	Due       []due.Kind
	Followers []follow.Follower  // their names begin with the module's
	Check     func() audit.Check // a new one for each audit
	// Resume is called at each start, before the first text comes in and the first call is
	// made. It can, for example, tell those whose call was cut off.
	Resume func() error
}

// Names returns the names of the modules.
func Names(modules []Module) []string {
	names := make([]string, 0, len(modules))
	for _, m := range modules {
		names = append(names, m.Name)
	}
	return names
}

// Billers returns the connectors to billers of all modules, by name.
func Billers(modules []Module) map[string]acquirer.Biller {
	all := make(map[string]acquirer.Biller)
	for _, m := range modules {
		maps.Copy(all, m.Billers)
	}
	return all
}

// Words returns the built-in words with those of all modules, and those of the operator's
// sheet, which may add to both. If only the sheet is wrong, the error is sheet.Mistakes.
func Words(modules []Module, own *sheet.Sheet) (*order.Words, error) {
	words := order.Builtin()
	for _, m := range modules {
		s, err := sheet.Read("words of module "+m.Name, m.Words)
		if err != nil {
			return nil, err
		}
		if words, err = words.WithModule(&s); err != nil {
			return nil, err
		}
	}
	return words.WithOwn(own)
}

// FirstTable is the first table that a module may take.
const FirstTable store.Table = 128

// nameForm is the form of a module's name.
var nameForm = regexp.MustCompile(`^[a-z][a-z0-9]{1,31}$`)

// Check returns an error that names the first module with a faulty definition: without a
// name of its own, with a table or a biller that belongs to another module or to the core,
// or with an invalid verb.
func Check(modules []Module, core map[store.Table]any) error {
	names, tables, billers := make(map[string]bool), make(map[store.Table]string), make(map[string]string)
	for table := range core {
		tables[table] = "the core"
	}
	for _, p := range product.All() {
		names[string(p.Name)] = true
	}
	for _, m := range modules {
		if !nameForm.MatchString(m.Name) || names[m.Name] {
			return fmt.Errorf("module %q: want a name of its own, in lower-case letters and digits", m.Name)
		}
		names[m.Name] = true
		if m.Join == nil {
			return fmt.Errorf("module %s: it does not join", m.Name)
		}
		for table := range m.Records {
			if other, taken := tables[table]; taken {
				return fmt.Errorf("module %s: table %d belongs to %s", m.Name, table, other)
			}
			if table < FirstTable {
				return fmt.Errorf("module %s: table %d: those of modules begin at %d", m.Name, table, FirstTable)
			}
			tables[table] = m.Name
		}
		for name := range m.Billers {
			if other, taken := billers[name]; taken {
				return fmt.Errorf("module %s: biller %s belongs to %s", m.Name, name, other)
			}
			billers[name] = m.Name
		}
		for _, verb := range m.Verbs {
			if err := verb.Check(); err != nil {
				return fmt.Errorf("module %s: %w", m.Name, err)
			}
		}
	}
	return nil
}
