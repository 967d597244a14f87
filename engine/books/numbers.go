package books

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"mpg/engine/card"
	"mpg/engine/codec"
	"mpg/engine/payment"
	"mpg/engine/refusal"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
)

// Numbers give each new record the next number of its kind.
type Numbers struct {
	Payments, Requests, Users, Refusals atomic.Uint64 // the last numbers given out

	sealed atomic.Uint64
}

// Resume continues the numbers after the last records, or above those that a restore
// left out. It is called once, before any number is drawn.
func (b *Books) Resume(ctx context.Context) error {
	last, err := lastNumbers(ctx, b.cfg.Run.Books())
	if err != nil {
		return err
	}
	b.Payments.Store(last.Payment)
	b.Requests.Store(last.Request)
	b.Users.Store(last.User)
	b.Refusals.Store(last.refusal)
	b.sealed.Store(last.Sealed)
	return nil
}

// LastNumber returns the greatest number in a table whose keys are numbers, 0 for none.
func LastNumber(ctx context.Context, books store.Reader, table store.Table) (uint64, error) {
	doc, ok, err := books.LastDoc(ctx, table)
	if err != nil || !ok {
		return 0, err
	}
	return strconv.ParseUint(doc.Key, 16, 64)
}

// restoreGap is how many numbers a restore leaves out. The steps between the backup
// and the restore are lost, but their references are on subscribers' phones, and
// their trace numbers in the banks' files, so none of them may be given out again.
// The gap is far from any multiple of the range of trace numbers, and so is twice
// the gap: the next ones are hundreds of thousands away from those of the lost hours.
const restoreGap = 10_400_000

// counters hold the last numbers given out.
type counters struct {
	Payment uint64 `cbor:"1,keyasint"`
	Request uint64 `cbor:"2,keyasint"`
	User    uint64 `cbor:"3,keyasint"`
	Sealed  uint64 `cbor:"4,keyasint"`

	refusal uint64 // never shown to anybody, so a restore skips none
}

// lastNumbers returns the last numbers of the records in books, or those that a
// restore left out.
func lastNumbers(ctx context.Context, books store.Reader) (counters, error) {
	s, err := settingsIn(ctx, books)
	if err != nil {
		return counters{}, err
	}
	var last counters
	if s != nil {
		last = s.Above
	}
	for _, n := range []struct {
		last  *uint64
		table store.Table
	}{{&last.Payment, payment.Table}, {&last.Request, payment.BankTable}, {&last.Request, card.CheckTable}, {&last.User, user.Table}, {&last.Sealed, sealedTable}, {&last.refusal, refusal.Table}} {
		found, err := LastNumber(ctx, books, n.table)
		if err != nil {
			return counters{}, err
		}
		*n.last = max(*n.last, found)
	}
	return last, nil
}

// Restored notes in books that they were restored from a backup: new numbers of
// payments, bank requests and subscribers are from then on far above those in the
// backup. It is called before an engine starts on them.
func Restored(ctx context.Context, books store.Store, now time.Time) error {
	doc, ok, err := books.Doc(ctx, settingsTable, settingsKey)
	if err != nil {
		return err
	}
	if !ok {
		return errors.New("engine: the backup holds no books of mpg")
	}
	s, err := decodeSettings(doc)
	if err != nil {
		return fmt.Errorf("engine: the settings in the backup: %w", err)
	}
	if s.Above, err = lastNumbers(ctx, books); err != nil {
		return err
	}
	for _, n := range []*uint64{&s.Above.Payment, &s.Above.Request, &s.Above.User, &s.Above.Sealed} {
		*n += restoreGap
	}
	s.Restores++
	data, err := codec.Encode(s)
	if err != nil {
		return err
	}
	res, err := books.Apply(ctx, books.Epoch(), []store.Cmd{{ID: store.IDOf(tx.IDRestore, s.Restores, 0), At: now,
		Writes: []store.Write{{Table: settingsTable, Key: settingsKey, Expect: doc.Version, Data: data}}}})
	switch {
	case err != nil:
		return err
	case res[0].Refusal != store.None || res[0].Repeat:
		return tx.Refused{Result: res[0]}
	}
	return nil
}
