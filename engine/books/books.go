// Package books is what the whole ledger depends on: the settings that the first start
// makes and no later one may change, accounts by name, the numbers of new records, and
// the account numbers that are kept sealed.
//
//	settings.go  made once; other keys, another currency and a newer format are refused
//	accounts.go  accounts by name, opened on demand
//	numbers.go   new numbers, also after a restore
//	keys.go      check values of the keys          sealed.go       account numbers at rest
//	modules.go   which modules the books need      unfinished.go   what banks still have to answer
//
// Whoever needs the books before an engine runs on them reads them here (ReadFixed,
// KeyChecks). The package imports store, engine/codec, engine/ref, engine/seal, engine/tx
// and, for their tables, payment, refusal and user.
package books

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"mpg/engine/payment"
	"mpg/engine/ref"
	"mpg/engine/seal"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// Config is what Books are opened with.
type Config struct {
	Run      *tx.Runner
	Rand     io.Reader
	Seal     seal.Key
	Keys     map[KeyName]string // check values of the keys in use
	Currency string             // ISO 4217 code of the operator's own accounts
	Banks    []string           // names of the banks, each of which gets an account
	Modules  []string           // names of the modules of this build, switched off or not
}

// Books are the books that an engine runs on.
type Books struct {
	Numbers
	Refs ref.Namer
	// Identity tells these books from all others, and from what they were before a restore.
	Identity string
	cfg      Config
	most     map[string]money.Amount // see CapBanks; by name of the account
}

// Open reads the settings, makes what is missing, and opens an account for each bank. It
// refuses keys and a currency other than those of the first start: under other keys PINs
// and account numbers could not be read, and amounts would be read as minor units of
// another currency. It refuses books of modules that cfg does not name, since nothing would
// account for their records and money. The error is then a *KeyError, a *MissingError, or
// names the currencies.
func Open(ctx context.Context, cfg Config) (*Books, error) {
	b := &Books{cfg: cfg}
	if err := cfg.Run.Do(ctx, b.prepare); err != nil {
		return nil, err
	}
	s, err := settingsIn(ctx, cfg.Run.Books())
	if err != nil {
		return nil, err
	}
	b.Refs = ref.New(s.RefKey)
	b.Identity = identityOf(s)
	return b, nil
}

// identityOf returns the identity of the books with these settings. It reveals nothing about
// the key of the references.
func identityOf(s *settings) string {
	sum := sha256.Sum256(append([]byte("identity of the books: "), s.RefKey...))
	return fmt.Sprintf("%x-%d", sum[:8], s.Restores)
}

// Secret returns a secret for a purpose of its own. It stays the same for the life of the
// books, and cannot be worked out from them.
func (b *Books) Secret(purpose string) []byte { return b.cfg.Seal.Derive(purpose) }

// Fixed holds what existing books fix for good, and what they still need.
type Fixed struct {
	Keys     map[KeyName]string `json:"keys"` // check values
	Currency string             `json:"currency"`
	Modules  []string           `json:"modules,omitempty"` // that have joined
	// Unfinished counts the requests that a bank has still to answer or to reverse, by bank.
	// Without that bank nobody does either.
	Unfinished map[string]int `json:"unfinished,omitempty"`
}

// Fixed returns what the books fix, and what they still need.
func (b *Books) Fixed(ctx context.Context) (*Fixed, error) {
	fixed, err := ReadFixed(ctx, b.cfg.Run.Books())
	if err == nil && fixed == nil {
		err = errNoBooks
	}
	return fixed, err
}

// ReadFixed returns what books fix and need, or nil if there are no books yet.
func ReadFixed(ctx context.Context, books store.Reader) (*Fixed, error) {
	s, err := settingsIn(ctx, books)
	if err != nil || s == nil {
		return nil, err
	}
	float, err := accountIn(ctx, books, Float)
	if err != nil {
		return nil, err
	}
	unfinished, err := Unfinished(ctx, books)
	if err != nil {
		return nil, err
	}
	fixed := &Fixed{Keys: s.Keys, Currency: float.Currency, Modules: s.Modules, Unfinished: make(map[string]int)}
	for _, request := range unfinished {
		if request.Kind != payment.Notify {
			fixed.Unfinished[request.Bank]++
		}
	}
	return fixed, nil
}

// Records returns an empty record of each kind that the package stores, by table.
func Records() map[store.Table]any {
	return map[store.Table]any{settingsTable: settings{}, NamesTable: named{}, sealedTable: sealed{}}
}
