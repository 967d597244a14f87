package due

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mpg/engine/tx"
	"mpg/store"
)

// Table holds a Row for each item, by minute, kind and id.
const Table store.Table = 28

// Limits of an Item.
const (
	idBytesMax   = 64
	whatBytesMax = 32 << 10
)

// Row is an item as it is kept. Minutes are counted from 1970-01-01 00:00 UTC.
type Row struct {
	What []byte `cbor:"1,keyasint,omitempty"`

	// PassedOver is the first minute whose occurrence was passed over, and Done
	// has the occurrences since then that were not: the clock may have run ahead. 0: none
	// was for a long time.
	PassedOver int64   `cbor:"2,keyasint,omitempty"`
	Done       []int64 `cbor:"3,keyasint,omitempty"`
}

// minuteOf returns the first whole minute that is not before at.
func minuteOf(at time.Time) int64 {
	minute := at.Unix() / 60
	if at.After(time.Unix(minute*60, 0)) {
		minute++
	}
	return minute
}

// timeOf returns when a minute begins.
func timeOf(minute int64) time.Time { return time.Unix(minute*60, 0).UTC() }

// keyOf returns the key of an item; keys sort by minute first.
func keyOf(minute int64, kind, id string) string { return fmt.Sprintf("%09d/%s/%s", minute, kind, id) }

// split returns what keyOf was given.
func split(key string) (minute int64, kind, id string, ok bool) {
	digits, rest, _ := strings.Cut(key, "/")
	kind, id, ok = strings.Cut(rest, "/")
	minute, err := strconv.ParseInt(digits, 10, 64)
	return minute, kind, id, ok && err == nil && keyOf(minute, kind, id) == key
}

// wasDone reports whether the occurrence of a minute is known to be done.
func (r *Row) wasDone(minute int64) bool { return slices.Contains(r.Done, minute) }

// Add adds an item as part of a step, due at the first whole minute that is not before
// item.At. Adding the same kind, id and minute again replaces what is to be done; the
// same id at another minute is another item. The error says what is wrong with item.
func (s *Sweeper) Add(t *tx.Tx, item Item) error {
	switch {
	case s.kinds[item.Kind] == nil:
		return fmt.Errorf("due: there is no kind %q", item.Kind)
	case len(item.ID) > idBytesMax || strings.Contains(item.ID, "/"):
		return fmt.Errorf("due: an id of kind %s is longer than %d bytes or has a slash", item.Kind, idBytesMax)
	case len(item.What) > whatBytesMax:
		return fmt.Errorf("due: an item of kind %s holds more than %d bytes", item.Kind, whatBytesMax)
	case item.At.Year() < store.YearMin || item.At.Year() > store.YearMax:
		return fmt.Errorf("due: an item of kind %s is due at %s", item.Kind, item.At.Format(time.RFC3339))
	}
	return put(t, keyOf(minuteOf(item.At), item.Kind, item.ID), &Row{What: item.What})
}

// put writes row at key. What another row there knew to be done stays known.
func put(t *tx.Tx, key string, row *Row) error {
	old, err := tx.Read[Row](t, Table, key)
	if err != nil {
		return err
	}
	if old != nil && row.PassedOver == 0 {
		row.PassedOver, row.Done = old.PassedOver, old.Done
	}
	tx.Save(t, Table, key, row)
	return nil
}

// Cancel removes the item that Add was given, or a later occurrence of it, as part of a
// step. It reports whether there was one.
func (s *Sweeper) Cancel(t *tx.Tx, kind, id string, at time.Time) (bool, error) {
	key := keyOf(minuteOf(at), kind, id)
	row, err := tx.Read[Row](t, Table, key)
	if err != nil || row == nil {
		return false, err
	}
	tx.Drop(t, Table, key)
	return true, nil
}
