package bolt

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"time"

	"mpg/store"
	"mpg/store/ledger"
	"mpg/store/money"
)

// castagnoli is the table of CRC32C, which processors compute themselves.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumBytes stand before each value of the buckets but the journal's: the CRC32C
// of key and value.
const sumBytes = 4

// Sizes of the values after their sums.
const (
	stateBytes  = 5*8 + 32 + ageBytes + 9
	holdBytes   = 2 + 5*8
	numberBytes = 8
)

// sealValue writes the sum into the front of value, whose first sumBytes were
// left free.
func sealValue(key, value []byte) {
	sum := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value[sumBytes:])
	binary.BigEndian.PutUint32(value, sum)
}

// openValue checks the sum and returns what follows it.
func openValue(key, value []byte) ([]byte, bool) {
	if len(value) < sumBytes {
		return nil, false
	}
	sum := crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value[sumBytes:])
	return value[sumBytes:], sum == binary.BigEndian.Uint32(value)
}

// damaged is ErrCorrupt with a place.
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", store.ErrCorrupt, fmt.Sprintf(format, args...))
}

func uint64Key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// state is what each commit says of the whole file.
type state struct {
	epoch uint64
	seq   uint64      // of the last Cmd
	row   store.RowID // the next to be given out
	head  [32]byte    // of the journal's chain

	// The checkpoint holds all changes up to mark; rows before markRow are in it
	// or done.
	mark    uint64
	markRow store.RowID

	ages ages // of the journal
}

func (s *state) value(key []byte) []byte {
	be := binary.BigEndian
	b := make([]byte, sumBytes, sumBytes+stateBytes)
	b = be.AppendUint64(b, s.epoch)
	b = be.AppendUint64(b, s.seq)
	b = be.AppendUint64(b, uint64(s.row))
	b = be.AppendUint64(b, s.mark)
	b = be.AppendUint64(b, uint64(s.markRow))
	b = append(b, s.head[:]...)
	b = s.ages.now.append(b)
	b = be.AppendUint64(b, uint64(s.ages.marked))
	b = append(b, flag(s.ages.any))
	sealValue(key, b)
	return b
}

func parseState(key, value []byte) (state, error) {
	b, ok := openValue(key, value)
	if !ok || len(b) != stateBytes {
		return state{}, damaged("the state of the file has a wrong sum")
	}
	be := binary.BigEndian
	s := state{epoch: be.Uint64(b), seq: be.Uint64(b[8:]), row: store.RowID(be.Uint64(b[16:])),
		mark: be.Uint64(b[24:]), markRow: store.RowID(be.Uint64(b[32:]))}
	copy(s.head[:], b[40:])
	b = b[40+hashBytes:]
	s.ages = ages{now: parseAge(b), marked: time.Duration(be.Uint64(b[ageBytes:])), any: b[ageBytes+numberBytes] != 0}
	return s, nil
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// docKey names a document.
type docKey struct {
	table store.Table
	key   string
}

func compareDocKeys(a, b docKey) int {
	if a.table != b.table {
		return int(a.table) - int(b.table)
	}
	return strings.Compare(a.key, b.key)
}

// document is a document as it is kept.
type document struct {
	version uint64
	data    []byte
}

func (d document) doc(key docKey) store.Doc {
	return store.Doc{Key: key.key, Version: d.version, Data: d.data}
}

// docCodec, archiveCodec, holdCodec, endedCodec and rowCodec say how keys and values are
// stored in their buckets. A parsed value points into what it was parsed from.
func docCodec() codec[docKey, document] {
	return codec[docKey, document]{
		bucket:    bucketDoc,
		fill:      0.8, // most keys grow, and so do documents
		compare:   compareDocKeys,
		appendKey: func(dst []byte, key docKey) []byte { return append(append(dst, byte(key.table)), key.key...) },
		parseKey: func(b []byte) (docKey, bool) {
			if len(b) < 2 {
				return docKey{}, false
			}
			return docKey{store.Table(b[0]), string(b[1:])}, true
		},
		appendValue: func(dst []byte, doc document) []byte {
			return append(binary.BigEndian.AppendUint64(dst, doc.version), doc.data...)
		},
		parseValue: func(b []byte) (document, bool) {
			if len(b) < numberBytes {
				return document{}, false
			}
			return document{binary.BigEndian.Uint64(b), b[numberBytes:]}, true
		},
	}
}

// heldMoney is an open hold, and the Cmd that last changed it: a hold that was
// posted in part must not be changed again by a replay.
type heldMoney struct {
	ledger.Hold
	asOf uint64
}

func holdCodec() codec[uint64, heldMoney] {
	f := numberCodec[heldMoney](bucketHold)
	f.appendValue = func(dst []byte, held heldMoney) []byte {
		be := binary.BigEndian
		dst = be.AppendUint16(dst, held.Code)
		for _, n := range [...]uint64{uint64(held.Debit), uint64(held.Credit), uint64(held.Amount), uint64(held.First), held.asOf} {
			dst = be.AppendUint64(dst, n)
		}
		return dst
	}
	f.parseValue = func(b []byte) (heldMoney, bool) {
		if len(b) != holdBytes {
			return heldMoney{}, false
		}
		be := binary.BigEndian
		return heldMoney{ledger.Hold{Code: be.Uint16(b), Debit: store.AccountID(be.Uint64(b[2:])),
			Credit: store.AccountID(be.Uint64(b[10:])), Amount: money.Amount(be.Uint64(b[18:])),
			First: money.Amount(be.Uint64(b[26:])), Open: true}, be.Uint64(b[34:])}, true
	}
	return f
}

// nothing is the value of a key that only has to be there.
type nothing struct{}

func endedCodec() codec[uint64, nothing] {
	f := numberCodec[nothing](bucketEnded)
	f.appendValue = func(dst []byte, _ nothing) []byte { return dst }
	f.parseValue = func(b []byte) (nothing, bool) { return nothing{}, len(b) == 0 }
	return f
}

func rowCodec() codec[uint64, row] {
	f := numberCodec[row](bucketOut)
	f.appendValue = func(dst []byte, added row) []byte {
		return append(binary.BigEndian.AppendUint64(dst, uint64(added.posted)), added.data...)
	}
	f.parseValue = func(b []byte) (row, bool) {
		if len(b) < numberBytes {
			return row{}, false
		}
		return row{posted: money.Amount(binary.BigEndian.Uint64(b)), data: b[numberBytes:]}, true
	}
	return f
}

// numberCodec is the part common to all buckets whose keys are numbers.
func numberCodec[V any](bucket []byte) codec[uint64, V] {
	return codec[uint64, V]{
		bucket: bucket,
		compare: func(a, b uint64) int {
			switch {
			case a < b:
				return -1
			case a > b:
				return 1
			}
			return 0
		},
		appendKey: binary.BigEndian.AppendUint64,
		parseKey: func(b []byte) (uint64, bool) {
			if len(b) != numberBytes {
				return 0, false
			}
			return binary.BigEndian.Uint64(b), true
		},
	}
}
