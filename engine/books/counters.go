package books

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// What people receive in a day, a week or a month is counted by ledger accounts in a unit of
// their own, one for each receiver and period: its ceiling is the limit. A hold counts from
// the order on, and two payers who send at once cannot both use what is left. Whatever moves
// there is no money.
const (
	// Unit is the currency of counters. One of it is one minor unit of money.
	Unit = "UNIT"
	// Units names the account that all counting comes from.
	Units = "units"
)

// Ranges of the IDs of counters: a kind of period, its first day, and a subscriber.
const (
	countersFrom store.AccountID = 1 << 62
	countersKind                 = 56
	countersDay                  = 40
	dayHours                     = 24
)

// counterKinds are the kinds of periods. Their order is part of the IDs.
var counterKinds = []string{"day", "week", "month"}

// Counter returns the account that counts what user receives in the period of a kind that
// begins on a local day.
func Counter(user uint64, kind, since string) (store.AccountID, error) {
	at, err := time.Parse(time.DateOnly, since)
	index := slices.Index(counterKinds, kind)
	if err != nil || index < 0 || user >= 1<<countersDay {
		return 0, fmt.Errorf("engine: no counter for a %s from %q", kind, since)
	}
	day := at.Unix() / int64((dayHours * time.Hour).Seconds())
	return countersFrom | store.AccountID(index)<<countersKind | store.AccountID(day)<<countersDay | store.AccountID(user), nil
}

// Counting returns the leg that counts what user receives in that period. The caller sets its
// stage.
func (b *Books) Counting(t *tx.Tx, user uint64, kind, since string, amount money.Amount) (payment.Leg, error) {
	units, err := b.Account(t, Units, store.Asset, Unit)
	if err != nil {
		return payment.Leg{}, err
	}
	id, err := Counter(user, kind, since)
	return payment.Leg{From: units, To: id, Amount: amount, Currency: Unit, Code: payment.CodeUnit}, err
}

// IsCounter reports whether an account counts what somebody receives.
func IsCounter(id store.AccountID) bool { return id >= countersFrom }

// OpenCounter makes sure that the account of a counter is there and has the ceiling of the
// moment. Like SetCeiling, it is a step of its own.
func (b *Books) OpenCounter(ctx context.Context, id store.AccountID, ceiling money.Amount) error {
	_, ok, err := b.cfg.Run.Books().Account(ctx, id)
	if err != nil {
		return err
	}
	if !ok {
		err = b.cfg.Run.Do(ctx, func(t *tx.Tx) error {
			t.Open(store.Open{ID: id, Kind: store.Liability, Currency: Unit, Ceiling: ceiling})
			return nil
		})
		if err == nil || tx.RefusalOf(err) != store.RefusedAccountExists { // otherwise another order has opened it
			return err
		}
	}
	return b.SetCeiling(ctx, id, ceiling)
}
