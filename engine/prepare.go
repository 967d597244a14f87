package engine

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"

	"mpg/engine/codec"
	"mpg/engine/user"
	"mpg/store"
)

// Tables of the engine itself; those of 1 to 7 belong to user, merchant and
// payment.
const (
	settingsTable store.Table = 8 // one document of settings
	keyTable      store.Table = 9 // first results of the operator's commands, by key
)

// settingsKey is the key of the one settings document.
const settingsKey = "engine"

// Names of the operator's own accounts; a bank's is "bank:" and its name.
const (
	AccountFloat = "float" // cash that the operator holds for the purses
	AccountFees  = "fees"
	bankPrefix   = "bank:"
)

// Ranges of account ids: people see names only.
const (
	pursesFrom   store.AccountID = 1 << 32
	merchantFrom store.AccountID = 2 << 32
)

// settings are made once, at the first start.
type settings struct {
	Format   int                        `cbor:"1,keyasint"`
	Keys     map[KeyName]string         `cbor:"2,keyasint"` // check values of the keys that the books depend on
	RefKey   []byte                     `cbor:"3,keyasint"`
	Accounts map[string]store.AccountID `cbor:"4,keyasint"` // the operator's own
	Restores uint64                     `cbor:"5,keyasint,omitempty"`
	Above    counters                   `cbor:"6,keyasint,omitzero"` // new numbers are above these, whatever the documents say
}

// prepare reads the settings, makes what is missing, and opens an account for
// each bank.
func (e *Engine) prepare() error {
	err := e.step(context.Background(), e.newID(), nil, e.prepareStep)
	if err != nil {
		return err
	}
	s, err := e.settings()
	if err != nil {
		return err
	}
	e.refs = refs{newKeyed(s.RefKey)}
	rules := e.Rules()
	rules.Products.Banks = make(map[string]store.AccountID)
	for name := range e.cfg.Ports.Banks {
		rules.Products.Banks[name] = s.Accounts[bankPrefix+name]
	}
	e.rules.Store(&rules)
	return nil
}

// prepareStep refuses keys and a currency other than those of the first start:
// under other keys PINs and account numbers could not be read, and amounts
// would be read as minor units of another currency.
func (e *Engine) prepareStep(w *work) error {
	s, err := readBy(w, settingsTable, settingsKey, decodeSettings)
	if err != nil {
		return err
	}
	if s == nil {
		s = &settings{Format: format, Keys: e.KeyChecks(), RefKey: make([]byte, 32), Accounts: make(map[string]store.AccountID)}
		if _, err := io.ReadFull(e.cfg.Rand, s.RefKey); err != nil {
			return err
		}
	}
	if err := sameKeys(s.Keys, e.KeyChecks()); err != nil {
		return err
	}
	if books, ok := e.cfg.Store.Account(s.Accounts[AccountFloat]); ok && books.Currency != e.cfg.Currency.Code {
		return fmt.Errorf("engine: the books are kept in %s, and the currency cannot be changed to %s", books.Currency, e.cfg.Currency.Code)
	}
	made := s.open(w, AccountFloat, store.Asset)
	made = s.open(w, AccountFees, store.Owed) || made
	for name := range e.cfg.Ports.Banks {
		made = s.open(w, bankPrefix+name, store.Asset) || made
	}
	if made {
		save(w, settingsTable, settingsKey, s)
	}
	return nil
}

// open opens the operator's account of that name unless it is there.
func (s *settings) open(w *work, name string, kind store.Kind) bool {
	if _, ok := s.Accounts[name]; ok {
		return false
	}
	id := store.AccountID(len(s.Accounts) + 1)
	s.Accounts[name] = id
	w.cmd.Opens = append(w.cmd.Opens, store.Open{ID: id, Kind: kind, Currency: w.e.cfg.Currency.Code})
	return true
}

func (e *Engine) settings() (*settings, error) {
	s, err := settingsIn(e.cfg.Store)
	if err == nil && s == nil {
		err = errors.New("engine: no settings")
	}
	return s, err
}

// settingsIn returns the settings in books, or nil if there are none yet.
func settingsIn(books store.Reader) (*settings, error) {
	doc, ok, err := books.Doc(settingsTable, settingsKey)
	if err != nil || !ok {
		return nil, err
	}
	return decodeSettings(doc)
}

// decodeSettings refuses settings of another format before it reads what that build
// knows and this one may not.
func decodeSettings(doc store.Doc) (*settings, error) {
	var head struct {
		Format int `cbor:"1,keyasint"`
	}
	if err := codec.Peek(doc.Data, &head); err != nil {
		return nil, err
	}
	if err := readable(head.Format); err != nil {
		return nil, err
	}
	s := new(settings)
	return s, codec.Decode(doc.Data, s)
}

// purseID is the account of a user's purse.
func purseID(no uint64) store.AccountID { return pursesFrom + store.AccountID(no) }

// merchantID is the account of a merchant: codes of different lengths differ,
// whatever zeros they begin with.
func merchantID(code string) store.AccountID {
	n, err := strconv.Atoi(code)
	if err != nil {
		panic(fmt.Sprintf("engine: merchant code %q was not checked", code))
	}
	return merchantFrom + store.AccountID(len(code)<<24+n)
}

// aliasKey returns the document key of the alias of phone. It is keyed, so that the
// index of all numbers, which every copy of the books holds, is no list of them.
func (e *Engine) aliasKey(phone string) string {
	code := e.aliases.digest(func(h hash.Hash) { io.WriteString(h, phone) })
	return string(code[:])
}

// aliasDoc points a number to its owner.
func aliasDoc(w *work, u *user.User) {
	save(w, user.AliasTable, w.e.aliasKey(u.Phone), &user.Alias{User: u.No, Since: w.now.UTC()})
}
