package bolt

import (
	"encoding/binary"
	"hash/crc32"
	"time"

	"mpg/store"
	"mpg/store/money"
)

// A record is a Cmd in the journal: a head of fixed size with the first
// transfer, which is often the only one, then what varies. All numbers are big
// endian.
//
//	 0  8  Seq              76  2  done rows
//	 8  8  At, Unix nanos   78  1  op of the first transfer, 0: none
//	16 16  ID               79  1  limits
//	32 16  Fingerprint      80  2  code of the first transfer
//	48 16  dedup digest     82  1  flags of the first transfer
//	64  8  its window, or 0 84  4  bytes that follow the head
//	72  1  transfers        88  8  first debit      96  8  first credit
//	73  1  writes          104  8  first amount    112  8  first hold
//	74  1  rows            120  8  first ref
//	75  1  accounts opened 128  4  CRC32C of what follows
//	                       132  4  CRC32C of the head
const headBytes = 136

// Places in the head.
const (
	atSeq, atTime, atID, atFingerprint, atDedup, atWindow = 0, 8, 16, 32, 48, 64
	atTransfers, atWrites, atRows, atOpens, atDone, atOp  = 72, 73, 74, 75, 76, 78
	atLimits, atCode, atFlags, atTail                     = 79, 80, 82, 84
	atDebit, atCredit, atAmount, atHold, atRef            = 88, 96, 104, 112, 120
	atTailSum, atHeadSum                                  = 128, 132
)

// appendRecord writes entry behind dst. Writes that only check are left out of an Entry by
// its maker.
func appendRecord(dst []byte, entry *store.Entry) []byte {
	start := len(dst)
	var room [headBytes]byte
	dst = appendTail(append(dst, room[:]...), entry)
	head, tail := dst[start:start+headBytes], dst[start+headBytes:]
	be := binary.BigEndian
	be.PutUint64(head[atSeq:], entry.Seq)
	be.PutUint64(head[atTime:], uint64(entry.At.UnixNano()))
	copy(head[atID:], entry.ID[:])
	copy(head[atFingerprint:], entry.Fingerprint[:])
	if entry.Dedup != nil {
		copy(head[atDedup:], entry.Dedup.Digest[:])
		be.PutUint64(head[atWindow:], uint64(entry.Dedup.Window))
	}
	head[atTransfers], head[atWrites] = byte(len(entry.Transfers)), byte(len(entry.Writes))
	head[atRows], head[atOpens] = byte(len(entry.Rows)), byte(len(entry.Opens))
	head[atLimits] = byte(len(entry.Limits))
	be.PutUint16(head[atDone:], uint16(len(entry.Done)))
	if len(entry.Transfers) > 0 {
		putFirst(head, &entry.Transfers[0])
	}
	be.PutUint32(head[atTail:], uint32(len(tail)))
	be.PutUint32(head[atTailSum:], crc32.Checksum(tail, castagnoli))
	be.PutUint32(head[atHeadSum:], crc32.Checksum(head[:atHeadSum], castagnoli))
	return dst
}

func putFirst(head []byte, transfer *store.Transfer) {
	be := binary.BigEndian
	head[atOp] = byte(transfer.Op)
	be.PutUint16(head[atCode:], transfer.Code)
	be.PutUint64(head[atDebit:], uint64(transfer.Debit))
	be.PutUint64(head[atCredit:], uint64(transfer.Credit))
	be.PutUint64(head[atAmount:], uint64(transfer.Amount))
	be.PutUint64(head[atHold:], uint64(transfer.Hold))
	be.PutUint64(head[atRef:], transfer.Ref)
	head[atFlags] = flagsOf(transfer)
}

// Flags of a transfer.
const (
	flagPartial      = 1
	flagIgnoreLimits = 2
)

func flagsOf(transfer *store.Transfer) byte {
	flags := byte(0)
	if transfer.Partial {
		flags |= flagPartial
	}
	if transfer.IgnoreLimits {
		flags |= flagIgnoreLimits
	}
	return flags
}

func appendTail(dst []byte, entry *store.Entry) []byte {
	be := binary.BigEndian
	for i := 1; i < len(entry.Transfers); i++ {
		t := &entry.Transfers[i]
		dst = append(dst, byte(t.Op), flagsOf(t))
		dst = be.AppendUint16(dst, t.Code)
		for _, n := range [...]uint64{uint64(t.Debit), uint64(t.Credit), uint64(t.Amount), uint64(t.Hold), t.Ref} {
			dst = be.AppendUint64(dst, n)
		}
	}
	for _, o := range entry.Opens {
		dst = be.AppendUint64(dst, uint64(o.ID))
		dst = be.AppendUint64(dst, uint64(o.Ceiling))
		dst = append(dst, byte(o.Kind), byte(len(o.Currency)))
		dst = append(dst, o.Currency...)
	}
	for _, l := range entry.Limits {
		dst = be.AppendUint64(dst, uint64(l.Account))
		dst = be.AppendUint64(dst, uint64(l.Ceiling))
		dst = append(dst, flag(l.Closed))
	}
	for i := range entry.Writes {
		w := &entry.Writes[i]
		dst = append(dst, byte(w.Table), byte(w.Mode), byte(len(w.Key)))
		dst = be.AppendUint64(dst, w.Expect)
		dst = be.AppendUint32(dst, uint32(len(w.Data)))
		dst = append(append(dst, w.Key...), w.Data...)
	}
	if len(entry.Rows) > 0 {
		dst = be.AppendUint64(dst, uint64(entry.Rows[0].ID))
	}
	for i := range entry.Rows {
		dst = be.AppendUint64(dst, uint64(entry.Rows[i].Posted))
		dst = be.AppendUint32(dst, uint32(len(entry.Rows[i].Data)))
		dst = append(dst, entry.Rows[i].Data...)
	}
	for _, id := range entry.Done {
		dst = be.AppendUint64(dst, uint64(id))
	}
	return dst
}

// readHead reads what stands in the head, and how many bytes of b the whole
// record takes. It does not look at what follows the head.
func readHead(b []byte, entry *store.Entry) (size int, err error) {
	if len(b) < headBytes {
		return 0, damaged("a record of the journal is cut short")
	}
	be := binary.BigEndian
	head := b[:headBytes]
	if be.Uint32(head[atHeadSum:]) != crc32.Checksum(head[:atHeadSum], castagnoli) {
		return 0, damaged("the head of a record has a wrong sum")
	}
	entry.Seq = be.Uint64(head[atSeq:])
	entry.At = time.Unix(0, int64(be.Uint64(head[atTime:]))).UTC()
	entry.ID, entry.Fingerprint = store.ID(head[atID:atFingerprint]), store.Digest(head[atFingerprint:atDedup])
	entry.Dedup = nil
	if window := time.Duration(be.Uint64(head[atWindow:])); window > 0 {
		entry.Dedup = &store.DedupKey{Digest: store.Digest(head[atDedup:atWindow]), Window: window}
	}
	size = headBytes + int(be.Uint32(head[atTail:]))
	if size < headBytes || len(b) < size {
		return 0, damaged("record %d of the journal is cut short", entry.Seq)
	}
	return size, nil
}

// readRecord reads the record at the front of b into entry, whose slices it uses
// again, and returns its size. Keys are copied; data points into b.
func readRecord(b []byte, entry *store.Entry) (size int, err error) {
	size, err = readHead(b, entry)
	if err != nil {
		return 0, err
	}
	head, tail := b[:headBytes], b[headBytes:size:size]
	if binary.BigEndian.Uint32(head[atTailSum:]) != crc32.Checksum(tail, castagnoli) {
		return 0, damaged("record %d of the journal has a wrong checksum", entry.Seq)
	}
	r := reader{b: tail}
	r.transfers(head, entry)
	r.opens(int(head[atOpens]), entry)
	r.limits(int(head[atLimits]), entry)
	r.writes(int(head[atWrites]), entry)
	r.rows(int(head[atRows]), entry)
	entry.Done = entry.Done[:0]
	for range int(binary.BigEndian.Uint16(head[atDone:])) {
		entry.Done = append(entry.Done, store.RowID(r.uint64()))
	}
	if r.short || len(r.b) > 0 {
		return 0, damaged("record %d of the journal does not fit its length", entry.Seq)
	}
	return size, nil
}

// reader takes from the front of b. Once short it returns zeros.
type reader struct {
	b     []byte
	short bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.short, r.b = true, nil
		return nil
	}
	b := r.b[:n:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) uint8() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// transfer reads what stands behind op, flags and code.
func (r *reader) transfer(op, flags byte, code uint16) store.Transfer {
	return store.Transfer{Op: store.Op(op), Partial: flags&flagPartial != 0, IgnoreLimits: flags&flagIgnoreLimits != 0, Code: code, Debit: store.AccountID(r.uint64()), Credit: store.AccountID(r.uint64()),
		Amount: money.Amount(r.uint64()), Hold: store.HoldID(r.uint64()), Ref: r.uint64()}
}

func (r *reader) transfers(head []byte, entry *store.Entry) {
	entry.Transfers = entry.Transfers[:0]
	n := int(head[atTransfers])
	if n == 0 {
		return
	}
	first := reader{b: head[atDebit:atTailSum]}
	entry.Transfers = append(entry.Transfers, first.transfer(head[atOp], head[atFlags], binary.BigEndian.Uint16(head[atCode:])))
	for range n - 1 {
		op, flags := r.uint8(), r.uint8()
		entry.Transfers = append(entry.Transfers, r.transfer(op, flags, r.uint16()))
	}
}

func (r *reader) opens(n int, entry *store.Entry) {
	entry.Opens = entry.Opens[:0]
	for range n {
		o := store.Open{ID: store.AccountID(r.uint64()), Ceiling: money.Amount(r.uint64()), Kind: store.Kind(r.uint8())}
		o.Currency = string(r.take(int(r.uint8())))
		entry.Opens = append(entry.Opens, o)
	}
}

func (r *reader) limits(n int, entry *store.Entry) {
	entry.Limits = entry.Limits[:0]
	for range n {
		entry.Limits = append(entry.Limits, store.Limit{Account: store.AccountID(r.uint64()), Ceiling: money.Amount(r.uint64()), Closed: r.uint8() != 0})
	}
}

func (r *reader) writes(n int, entry *store.Entry) {
	entry.Writes = entry.Writes[:0]
	for range n {
		w := store.Write{Table: store.Table(r.uint8()), Mode: store.Mode(r.uint8())}
		key := int(r.uint8())
		w.Expect = r.uint64()
		data := int(r.uint32())
		w.Key = string(r.take(key))
		w.Data = r.take(data)
		entry.Writes = append(entry.Writes, w)
	}
}

func (r *reader) rows(n int, entry *store.Entry) {
	entry.Rows = entry.Rows[:0]
	if n == 0 {
		return
	}
	id := store.RowID(r.uint64())
	for i := range n {
		o := store.OutRow{ID: id + store.RowID(i), Posted: money.Amount(r.uint64())}
		o.Data = r.take(int(r.uint32()))
		entry.Rows = append(entry.Rows, o)
	}
}
