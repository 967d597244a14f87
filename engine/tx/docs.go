package tx

import (
	"fmt"

	"mpg/engine/codec"
	"mpg/store"
)

// doc is a document that a step has read or written.
type doc struct {
	table    store.Table
	key      string
	version  uint64
	value    any // pointer to the record; nil: there is none
	dirty    bool
	expected bool // the step is void if the record changes before its commit
	gone     bool
	last     bool // the record never changes again
}

// Read returns the record at key, decoded once in a step, or nil if there is none.
func Read[T any](t *Tx, table store.Table, key string) (*T, error) {
	return ReadBy(t, table, key, Decode[T])
}

// ReadBy is like Read, with a decoder of its own.
func ReadBy[T any](t *Tx, table store.Table, key string, decode func(store.Doc) (*T, error)) (*T, error) {
	if d := t.find(table, key); d != nil {
		value, _ := d.value.(*T)
		return value, nil
	}
	found, ok, err := t.run.cfg.Store.Doc(t.ctx, table, key)
	if err != nil {
		return nil, err
	}
	if !ok {
		t.docs = append(t.docs, &doc{table: table, key: key})
		return nil, nil
	}
	value, err := decode(found)
	if err != nil {
		return nil, fmt.Errorf("engine: table %d: %w", table, err)
	}
	t.docs = append(t.docs, &doc{table: table, key: key, version: found.Version, value: value})
	return value, nil
}

// Save marks value, which was read at key or is new, for writing.
func Save[T any](t *Tx, table store.Table, key string, value *T) {
	if d := t.find(table, key); d != nil {
		d.value, d.dirty, d.gone = value, true, false
		return
	}
	t.docs = append(t.docs, &doc{table: table, key: key, value: value, dirty: true})
}

// Archive is Save for a record that never changes again. It is read like any other, but
// takes less room and more time; a step that writes it again is refused.
func Archive[T any](t *Tx, table store.Table, key string, value *T) {
	Save(t, table, key, value)
	t.find(table, key).last = true
}

// Drop deletes the document at key, which was read.
func Drop(t *Tx, table store.Table, key string) {
	if d := t.find(table, key); d != nil {
		d.dirty, d.gone = d.version != 0, true
	}
}

// Expect has the step start again if the document at key, which it has read or found missing,
// changes before the commit, although the step does not write it.
func Expect(t *Tx, table store.Table, key string) {
	if d := t.find(table, key); d != nil {
		d.expected = true
	}
}

// Decode returns the record in found.
func Decode[T any](found store.Doc) (*T, error) {
	value := new(T)
	return value, codec.Decode(found.Data, value)
}

// Decoded is Decode for a walk that yields documents with an error.
func Decoded[T any](found store.Doc, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return Decode[T](found)
}

// Version returns the version of the document at key; 0: there is none. It is the one that
// the step has read, if it has read the document.
func (t *Tx) Version(table store.Table, key string) (uint64, error) {
	if d := t.find(table, key); d != nil {
		return d.version, nil
	}
	found, ok, err := t.run.cfg.Store.Doc(t.ctx, table, key)
	if err != nil || !ok {
		return 0, err
	}
	return found.Version, nil
}

func (t *Tx) find(table store.Table, key string) *doc {
	for _, d := range t.docs {
		if d.table == table && d.key == key {
			return d
		}
	}
	return nil
}

// write turns the changed documents into writes, and those that are expected into checks.
func (t *Tx) write() error {
	for _, d := range t.docs {
		if !d.dirty && !d.expected {
			continue
		}
		w := store.Write{Table: d.table, Key: d.key, Expect: d.version}
		switch {
		case !d.dirty:
			w.Mode = store.Check
		case d.gone:
			w.Mode = store.Delete
		case d.last:
			w.Mode = store.Archive
		}
		if w.Mode == store.Put || w.Mode == store.Archive {
			var err error
			if w.Data, err = codec.Encode(d.value); err != nil {
				return err
			}
		}
		t.cmd.Writes = append(t.cmd.Writes, w)
	}
	return nil
}
