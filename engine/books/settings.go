package books

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"mpg/engine/codec"
	"mpg/engine/tx"
	"mpg/store"
)

// The table of settings, and the key of its one document.
const (
	settingsTable store.Table = 8
	settingsKey               = "engine"
)

// Format is the version of the records that this build writes. It grows with each change
// that an older build would not understand, such as a new field.
const Format = 5

// oldest is the oldest format that this build reads. Since then records have only gained
// fields, so that what was written before is read as it is.
const oldest = 3

var errNoBooks = errors.New("engine: no settings")

// settings are made once, at the first start.
type settings struct {
	Format   int                `cbor:"1,keyasint"`
	Keys     map[KeyName]string `cbor:"2,keyasint"` // check values of the keys that the books depend on
	RefKey   []byte             `cbor:"3,keyasint"`
	Accounts uint64             `cbor:"4,keyasint"`           // last ID of an account that has a name
	Restores uint64             `cbor:"5,keyasint,omitempty"` // how often the books were restored from a backup
	Above    counters           `cbor:"6,keyasint,omitzero"`  // new numbers are above these, whatever the documents say
	Modules  []string           `cbor:"7,keyasint,omitempty"` // that have ever joined, sorted
}

// prepare makes what is missing, in one step.
func (b *Books) prepare(t *tx.Tx) error {
	s, err := readSettings(t)
	if err != nil {
		return err
	}
	if s == nil {
		s = &settings{Format: Format, Keys: b.cfg.Keys, RefKey: make([]byte, 32)}
		if _, err := io.ReadFull(b.cfg.Rand, s.RefKey); err != nil {
			return err
		}
		tx.Save(t, settingsTable, settingsKey, s)
	}
	if err := sameKeys(s.Keys, b.cfg.Keys); err != nil {
		return err
	}
	if err := b.sameCurrency(t.Context()); err != nil {
		return err
	}
	if err := Missing(s.Modules, b.cfg.Modules); err != nil {
		return err
	}
	if joined := union(s.Modules, b.cfg.Modules); s.Format != Format || !slices.Equal(joined, s.Modules) {
		s.Format, s.Modules = Format, joined // before any record that an older build does not know
		tx.Save(t, settingsTable, settingsKey, s)
	}
	if _, err := b.Account(t, Float, store.Asset, ""); err != nil {
		return err
	}
	if _, err := b.Account(t, Fees, store.Liability, ""); err != nil {
		return err
	}
	for _, bank := range b.cfg.Banks {
		if _, err := b.Account(t, BankPrefix+bank, store.Asset, ""); err != nil {
			return err
		}
	}
	return nil
}

// sameCurrency refuses a currency other than that of the books.
func (b *Books) sameCurrency(ctx context.Context) error {
	float, err := accountIn(ctx, b.cfg.Run.Books(), Float)
	if err == nil && float.Currency != "" && float.Currency != b.cfg.Currency {
		err = fmt.Errorf("engine: the books are kept in %s, and the currency cannot be changed to %s", float.Currency, b.cfg.Currency)
	}
	return err
}

// readSettings returns the settings, or nil if there are none yet.
func readSettings(t *tx.Tx) (*settings, error) {
	return tx.ReadBy(t, settingsTable, settingsKey, decodeSettings)
}

// settingsIn returns the settings in books, or nil if there are none yet.
func settingsIn(ctx context.Context, books store.Reader) (*settings, error) {
	doc, ok, err := books.Doc(ctx, settingsTable, settingsKey)
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
	switch {
	case head.Format > Format:
		return nil, fmt.Errorf("engine: the books have format %d and this build knows %d: use the build that wrote them, or a newer one", head.Format, Format)
	case head.Format < oldest:
		return nil, fmt.Errorf("engine: the books have format %d, and this build reads only %d to %d", head.Format, oldest, Format)
	}
	s := new(settings)
	return s, codec.Decode(doc.Data, s)
}
