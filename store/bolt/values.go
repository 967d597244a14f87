package bolt

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
	"mpg/store/ledger"
	"mpg/store/money"
)

// Values of the checkpoint. Each ends with its CRC32C.
const (
	accountSize = 64
	docHead     = 8 // version
	sumSize     = 4
)

func sealed(b []byte) []byte {
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func unsealed(b []byte, what string) ([]byte, error) {
	n := len(b) - sumSize
	if n < 0 || binary.BigEndian.Uint32(b[n:]) != crc32.Checksum(b[:n], castagnoli) {
		return nil, fmt.Errorf("%w: the sum of %s is wrong", store.ErrCorrupt, what)
	}
	return b[:n], nil
}

func encodeAccount(a *account) []byte {
	be := binary.BigEndian
	b := make([]byte, 0, accountSize+sumSize)
	b = append(b, byte(a.Kind), byte(len(a.Currency)))
	b = append(append(b, a.Currency...), make([]byte, store.CurrencyMax-len(a.Currency)+6)...)
	for _, n := range []money.Amount{a.DebitsPending, a.DebitsPosted, a.CreditsPending, a.CreditsPosted} {
		b = be.AppendUint64(b, uint64(n))
	}
	return sealed(be.AppendUint64(b, a.asOf))
}

func decodeAccount(key, value []byte) (*account, error) {
	b, err := unsealed(value, "an account")
	if err != nil || len(b) != 16+5*8 || len(key) != 8 || int(b[1]) > store.CurrencyMax {
		return nil, fmt.Errorf("%w: an account has a wrong form", store.ErrCorrupt)
	}
	be := binary.BigEndian
	a := &account{asOf: be.Uint64(b[48:])}
	a.ID, a.Kind, a.Currency = store.AccountID(be.Uint64(key)), store.Kind(b[0]), string(b[2:2+b[1]])
	a.DebitsPending, a.DebitsPosted = money.Amount(be.Uint64(b[16:])), money.Amount(be.Uint64(b[24:]))
	a.CreditsPending, a.CreditsPosted = money.Amount(be.Uint64(b[32:])), money.Amount(be.Uint64(b[40:]))
	return a, nil
}

// number is the key of a hold or of an outbox row.
func number(n uint64) string { return string(binary.BigEndian.AppendUint64(nil, n)) }

func numberOf(key string) uint64 { return binary.BigEndian.Uint64([]byte(key)) }

// value is what the bucket is to hold at k now; nil: nothing.
func (m *memory) value(k docKey) []byte {
	be := binary.BigEndian
	switch k.table {
	case tableHold:
		h, ok := m.holds[store.HoldID(numberOf(k.key))]
		if !ok {
			return nil
		}
		b := be.AppendUint64(nil, uint64(h.Debit))
		return sealed(be.AppendUint64(be.AppendUint64(b, uint64(h.Credit)), uint64(h.Amount)))
	case tableOutbox:
		r, ok := m.outbox.get(store.RowID(numberOf(k.key)))
		if !ok {
			return nil
		}
		return sealed(append(be.AppendUint64(nil, uint64(r.Posted)), r.Data...))
	}
	d := m.docs[k]
	if d.gone {
		return nil
	}
	return sealed(append(be.AppendUint64(make([]byte, 0, docHead+len(d.data)+sumSize), d.version), d.data...))
}

func decodeHold(value []byte) (ledger.Held, error) {
	b, err := unsealed(value, "a hold")
	if err != nil || len(b) != 24 {
		return ledger.Held{}, fmt.Errorf("%w: a hold has a wrong form", store.ErrCorrupt)
	}
	be := binary.BigEndian
	return ledger.Held{Debit: store.AccountID(be.Uint64(b)), Credit: store.AccountID(be.Uint64(b[8:])), Amount: money.Amount(be.Uint64(b[16:]))}, nil
}

// decodeVersioned splits a document, or an outbox row, from its leading number.
func decodeVersioned(value []byte, what string) (uint64, []byte, error) {
	b, err := unsealed(value, what)
	if err != nil || len(b) < docHead {
		return 0, nil, fmt.Errorf("%w: %s has a wrong form", store.ErrCorrupt, what)
	}
	return binary.BigEndian.Uint64(b), b[docHead:], nil
}

// tableName is the bucket of a table.
func tableName(t store.Table) []byte { return fmt.Appendf(nil, "doc%03d", t) }

// tableBucket is the bucket of a table; nil where there is none and none is to
// be made.
func tableBucket(tx *bbolt.Tx, t store.Table, make bool) (*bbolt.Bucket, error) {
	b := tx.Bucket(tableName(t))
	if b == nil && make {
		return tx.CreateBucket(tableName(t))
	}
	return b, nil
}

// docIn reads a document from its bucket. Its data is a copy.
func docIn(tx *bbolt.Tx, t store.Table, key string) (store.Doc, bool, error) {
	b := tx.Bucket(tableName(t))
	if b == nil {
		return store.Doc{}, false, nil
	}
	value := b.Get([]byte(key))
	if value == nil {
		return store.Doc{}, false, nil
	}
	return readDoc(key, value)
}

func readDoc(key string, value []byte) (store.Doc, bool, error) {
	v, data, err := decodeVersioned(value, "a document")
	if err != nil {
		return store.Doc{}, false, err
	}
	return store.Doc{Key: key, Version: v, Data: append([]byte(nil), data...)}, true, nil
}
