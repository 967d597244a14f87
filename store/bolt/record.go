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
//	32 16  Body             80  2  code of the first transfer
//	48 16  intake's digest  82  1  1: it left its hold open with a rest
//	64  8  its window, or 0 84  4  octets that follow the head
//	72  1  transfers        88  8  first debit      96  8  first credit
//	73  1  writes          104  8  first amount    112  8  first hold
//	74  1  rows            120  8  first ref
//	75  1  accounts opened 128  4  CRC32C of what follows
//	                       132  4  CRC32C of the head
const headBytes = 136

// Places in the head.
const (
	atSeq, atTime, atID, atBody, atIntake, atWindow      = 0, 8, 16, 32, 48, 64
	atTransfers, atWrites, atRows, atOpens, atDone, atOp = 72, 73, 74, 75, 76, 78
	atLimits, atCode, atFlags, atTail                  = 79, 80, 82, 84
	atDebit, atCredit, atAmount, atHold, atRef           = 88, 96, 104, 112, 120
	atTailSum, atHeadSum                                 = 128, 132
)

// appendRecord writes e behind dst. Writes that only check are left out of an
// Entry by its maker.
func appendRecord(dst []byte, e *store.Entry) []byte {
	start := len(dst)
	var room [headBytes]byte
	dst = appendTail(append(dst, room[:]...), e)
	head, tail := dst[start:start+headBytes], dst[start+headBytes:]
	be := binary.BigEndian
	be.PutUint64(head[atSeq:], e.Seq)
	be.PutUint64(head[atTime:], uint64(e.At.UnixNano()))
	copy(head[atID:], e.ID[:])
	copy(head[atBody:], e.Body[:])
	if e.Intake != nil {
		copy(head[atIntake:], e.Intake.Digest[:])
		be.PutUint64(head[atWindow:], uint64(e.Intake.Window))
	}
	head[atTransfers], head[atWrites] = byte(len(e.Transfers)), byte(len(e.Writes))
	head[atRows], head[atOpens] = byte(len(e.Rows)), byte(len(e.Opens))
	head[atLimits] = byte(len(e.Limits))
	be.PutUint16(head[atDone:], uint16(len(e.Done)))
	if len(e.Transfers) > 0 {
		putFirst(head, &e.Transfers[0])
	}
	be.PutUint32(head[atTail:], uint32(len(tail)))
	be.PutUint32(head[atTailSum:], crc32.Checksum(tail, castagnoli))
	be.PutUint32(head[atHeadSum:], crc32.Checksum(head[:atHeadSum], castagnoli))
	return dst
}

func putFirst(head []byte, t *store.Transfer) {
	be := binary.BigEndian
	head[atOp] = byte(t.Op)
	be.PutUint16(head[atCode:], t.Code)
	be.PutUint64(head[atDebit:], uint64(t.Debit))
	be.PutUint64(head[atCredit:], uint64(t.Credit))
	be.PutUint64(head[atAmount:], uint64(t.Amount))
	be.PutUint64(head[atHold:], uint64(t.Hold))
	be.PutUint64(head[atRef:], t.Ref)
	head[atFlags] = flagsOf(t)
}

// Flags of a transfer.
const (
	flagPartial      = 1
	flagIgnoreLimits = 2
)

func flagsOf(t *store.Transfer) byte {
	flags := byte(0)
	if t.Partial {
		flags |= flagPartial
	}
	if t.IgnoreLimits {
		flags |= flagIgnoreLimits
	}
	return flags
}

func appendTail(dst []byte, e *store.Entry) []byte {
	be := binary.BigEndian
	for i := 1; i < len(e.Transfers); i++ {
		t := &e.Transfers[i]
		dst = append(dst, byte(t.Op), flagsOf(t))
		dst = be.AppendUint16(dst, t.Code)
		for _, n := range [...]uint64{uint64(t.Debit), uint64(t.Credit), uint64(t.Amount), uint64(t.Hold), t.Ref} {
			dst = be.AppendUint64(dst, n)
		}
	}
	for _, o := range e.Opens {
		dst = be.AppendUint64(dst, uint64(o.ID))
		dst = be.AppendUint64(dst, uint64(o.Ceiling))
		dst = append(dst, byte(o.Kind), byte(len(o.Currency)))
		dst = append(dst, o.Currency...)
	}
	for _, l := range e.Limits {
		dst = be.AppendUint64(dst, uint64(l.Account))
		dst = be.AppendUint64(dst, uint64(l.Ceiling))
		dst = append(dst, flag(l.Closed))
	}
	for i := range e.Writes {
		w := &e.Writes[i]
		dst = append(dst, byte(w.Table), byte(w.Mode), byte(len(w.Key)))
		dst = be.AppendUint64(dst, w.Expect)
		dst = be.AppendUint32(dst, uint32(len(w.Data)))
		dst = append(append(dst, w.Key...), w.Data...)
	}
	if len(e.Rows) > 0 {
		dst = be.AppendUint64(dst, uint64(e.Rows[0].ID))
	}
	for i := range e.Rows {
		dst = be.AppendUint64(dst, uint64(e.Rows[i].Posted))
		dst = be.AppendUint32(dst, uint32(len(e.Rows[i].Data)))
		dst = append(dst, e.Rows[i].Data...)
	}
	for _, id := range e.Done {
		dst = be.AppendUint64(dst, uint64(id))
	}
	return dst
}

// readHead reads what stands in the head, and how many octets of b the whole
// record takes. It does not look at what follows the head.
func readHead(b []byte, e *store.Entry) (size int, err error) {
	if len(b) < headBytes {
		return 0, damaged("a record of the journal is cut short")
	}
	be := binary.BigEndian
	head := b[:headBytes]
	if be.Uint32(head[atHeadSum:]) != crc32.Checksum(head[:atHeadSum], castagnoli) {
		return 0, damaged("the head of a record has a wrong sum")
	}
	e.Seq = be.Uint64(head[atSeq:])
	e.At = time.Unix(0, int64(be.Uint64(head[atTime:]))).UTC()
	e.ID, e.Body = store.ID(head[atID:atBody]), store.Digest(head[atBody:atIntake])
	e.Intake = nil
	if window := time.Duration(be.Uint64(head[atWindow:])); window > 0 {
		e.Intake = &store.Intake{Digest: store.Digest(head[atIntake:atWindow]), Window: window}
	}
	size = headBytes + int(be.Uint32(head[atTail:]))
	if size < headBytes || len(b) < size {
		return 0, damaged("record %d of the journal is cut short", e.Seq)
	}
	return size, nil
}

// readRecord reads the record at the front of b into e, whose slices it uses
// again, and returns its size. Keys are copied; data points into b.
func readRecord(b []byte, e *store.Entry) (size int, err error) {
	size, err = readHead(b, e)
	if err != nil {
		return 0, err
	}
	head, tail := b[:headBytes], b[headBytes:size:size]
	if binary.BigEndian.Uint32(head[atTailSum:]) != crc32.Checksum(tail, castagnoli) {
		return 0, damaged("record %d of the journal has a wrong sum", e.Seq)
	}
	r := reader{b: tail}
	r.transfers(head, e)
	r.opens(int(head[atOpens]), e)
	r.limits(int(head[atLimits]), e)
	r.writes(int(head[atWrites]), e)
	r.rows(int(head[atRows]), e)
	e.Done = e.Done[:0]
	for range int(binary.BigEndian.Uint16(head[atDone:])) {
		e.Done = append(e.Done, store.RowID(r.uint64()))
	}
	if r.short || len(r.b) > 0 {
		return 0, damaged("record %d of the journal does not fit its length", e.Seq)
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

func (r *reader) transfers(head []byte, e *store.Entry) {
	e.Transfers = e.Transfers[:0]
	n := int(head[atTransfers])
	if n == 0 {
		return
	}
	first := reader{b: head[atDebit:atTailSum]}
	e.Transfers = append(e.Transfers, first.transfer(head[atOp], head[atFlags], binary.BigEndian.Uint16(head[atCode:])))
	for range n - 1 {
		op, flags := r.uint8(), r.uint8()
		e.Transfers = append(e.Transfers, r.transfer(op, flags, r.uint16()))
	}
}

func (r *reader) opens(n int, e *store.Entry) {
	e.Opens = e.Opens[:0]
	for range n {
		o := store.Open{ID: store.AccountID(r.uint64()), Ceiling: money.Amount(r.uint64()), Kind: store.Kind(r.uint8())}
		o.Currency = string(r.take(int(r.uint8())))
		e.Opens = append(e.Opens, o)
	}
}

func (r *reader) limits(n int, e *store.Entry) {
	e.Limits = e.Limits[:0]
	for range n {
		e.Limits = append(e.Limits, store.Limit{Account: store.AccountID(r.uint64()), Ceiling: money.Amount(r.uint64()), Closed: r.uint8() != 0})
	}
}

func (r *reader) writes(n int, e *store.Entry) {
	e.Writes = e.Writes[:0]
	for range n {
		w := store.Write{Table: store.Table(r.uint8()), Mode: store.Mode(r.uint8())}
		key := int(r.uint8())
		w.Expect = r.uint64()
		data := int(r.uint32())
		w.Key = string(r.take(key))
		w.Data = r.take(data)
		e.Writes = append(e.Writes, w)
	}
}

func (r *reader) rows(n int, e *store.Entry) {
	e.Rows = e.Rows[:0]
	if n == 0 {
		return
	}
	id := store.RowID(r.uint64())
	for i := range n {
		o := store.OutRow{ID: id + store.RowID(i), Posted: money.Amount(r.uint64())}
		o.Data = r.take(int(r.uint32()))
		e.Rows = append(e.Rows, o)
	}
}
