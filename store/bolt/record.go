package bolt

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"mpg/store"
	"mpg/store/money"
)

// The journal is a bucket of chunks, one for each commit: key is the number of
// the chunk's first Cmd, value is
//
//	hash of the chunk before        32 octets
//	records                         cmdSize, then transferSize for each transfer,
//	                                then the variable part, for each Cmd
//	SHA-256 of all that stands before it, and so of the whole journal   32 octets
//
// Numbers are big endian. Each fixed record and each variable part has a CRC32C
// of its own: bbolt's pages carry none.
const (
	hashSize     = sha256.Size
	cmdSize      = 128
	transferSize = 64
)

// Flags of a Cmd record.
const (
	flagIntake = 1 << iota
	flagAgain
)

// castagnoli is CRC32C. It is never written to.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// entry is a Cmd as the journal keeps it: with its number, and the outbox rows
// as they were stamped.
type entry struct {
	seq      uint64
	cmd      store.Cmd
	firstRow store.RowID
	posted   []money.Amount // of each outbox row
}

// appendEntry writes e behind dst.
func appendEntry(dst []byte, e *entry) []byte {
	head := len(dst)
	dst = append(dst, make([]byte, cmdSize)...)
	for i := range e.cmd.Transfers {
		dst = appendTransfer(dst, &e.cmd.Transfers[i])
	}
	body := len(dst)
	dst = appendVariable(dst, e)
	putHead(dst[head:head+cmdSize], e, dst[body:])
	return dst
}

func putHead(b []byte, e *entry, variable []byte) {
	c := &e.cmd
	be := binary.BigEndian
	be.PutUint64(b[0:], e.seq)
	be.PutUint64(b[8:], uint64(c.At.UnixNano()))
	copy(b[16:32], c.ID[:])
	copy(b[32:48], c.Body[:])
	if in := c.Intake; in != nil {
		copy(b[48:64], in.Digest[:])
		be.PutUint64(b[64:], uint64(in.Window))
		b[72] = flagIntake
		if in.Again {
			b[72] |= flagAgain
		}
	}
	be.PutUint16(b[74:], uint16(len(c.Transfers)))
	be.PutUint16(b[76:], uint16(len(c.Opens)))
	be.PutUint16(b[78:], uint16(len(c.Writes)))
	be.PutUint16(b[80:], uint16(len(c.Outbox)))
	be.PutUint16(b[82:], uint16(len(c.Done)))
	be.PutUint32(b[84:], uint32(len(variable)))
	be.PutUint64(b[88:], uint64(e.firstRow))
	be.PutUint32(b[96:], crc32.Checksum(variable, castagnoli))
	be.PutUint32(b[cmdSize-4:], crc32.Checksum(b[:cmdSize-4], castagnoli))
}

func appendTransfer(dst []byte, t *store.Transfer) []byte {
	var b [transferSize]byte
	be := binary.BigEndian
	b[0] = byte(t.Op)
	be.PutUint16(b[2:], t.Code)
	be.PutUint64(b[8:], uint64(t.Debit))
	be.PutUint64(b[16:], uint64(t.Credit))
	be.PutUint64(b[24:], uint64(t.Amount))
	be.PutUint64(b[32:], uint64(t.Hold))
	be.PutUint32(b[transferSize-4:], crc32.Checksum(b[:transferSize-4], castagnoli))
	return append(dst, b[:]...)
}

func appendVariable(dst []byte, e *entry) []byte {
	be := binary.BigEndian
	for _, o := range e.cmd.Opens {
		dst = be.AppendUint64(dst, uint64(o.ID))
		dst = append(dst, byte(o.Kind), byte(len(o.Currency)))
		dst = append(dst, o.Currency...)
	}
	for i := range e.cmd.Writes {
		w := &e.cmd.Writes[i]
		dst = append(dst, byte(w.Table), byte(w.Mode))
		dst = be.AppendUint64(dst, w.Expect)
		dst = be.AppendUint16(dst, uint16(len(w.Key)))
		dst = append(dst, w.Key...)
		dst = be.AppendUint32(dst, uint32(len(w.Data)))
		dst = append(dst, w.Data...)
	}
	for i, r := range e.cmd.Outbox {
		dst = be.AppendUint64(dst, uint64(r.Stamp))
		dst = be.AppendUint64(dst, uint64(e.posted[i]))
		dst = be.AppendUint32(dst, uint32(len(r.Data)))
		dst = append(dst, r.Data...)
	}
	for _, id := range e.cmd.Done {
		dst = be.AppendUint64(dst, uint64(id))
	}
	return dst
}

// errDamaged is ErrCorrupt with its place in the journal.
func errDamaged(seq uint64, what string) error {
	return fmt.Errorf("%w: journal near step %d: %s", store.ErrCorrupt, seq, what)
}

// readEntry reads the record at the head of b and returns what stands behind.
// Slices of the result point into b.
func readEntry(b []byte, seq uint64) (entry, []byte, error) {
	var e entry
	be := binary.BigEndian
	if len(b) < cmdSize || be.Uint32(b[cmdSize-4:]) != crc32.Checksum(b[:cmdSize-4], castagnoli) {
		return e, nil, errDamaged(seq, "a record's sum is wrong")
	}
	head := b[:cmdSize]
	if e.seq = be.Uint64(head); e.seq != seq {
		return e, nil, errDamaged(seq, fmt.Sprintf("numbered %d", e.seq))
	}
	readHead(head, &e)
	b = b[cmdSize:]
	var err error
	if b, err = readTransfers(b, &e, int(be.Uint16(head[74:]))); err != nil {
		return e, nil, err
	}
	size := int(be.Uint32(head[84:]))
	if len(b) < size || be.Uint32(head[96:]) != crc32.Checksum(b[:size], castagnoli) {
		return e, nil, errDamaged(seq, "a record's variable part has a wrong sum")
	}
	r := reader{b: b[:size]}
	r.variable(&e, head)
	if r.short || len(r.b) != 0 {
		return e, nil, errDamaged(seq, "a record's variable part has a wrong length")
	}
	return e, b[size:], nil
}

func readHead(head []byte, e *entry) {
	be := binary.BigEndian
	e.cmd.At = time.Unix(0, int64(be.Uint64(head[8:]))).UTC()
	copy(e.cmd.ID[:], head[16:32])
	copy(e.cmd.Body[:], head[32:48])
	if head[72]&flagIntake != 0 {
		in := &store.Intake{Window: time.Duration(be.Uint64(head[64:])), Again: head[72]&flagAgain != 0}
		copy(in.Digest[:], head[48:64])
		e.cmd.Intake = in
	}
	e.firstRow = store.RowID(be.Uint64(head[88:]))
}

func readTransfers(b []byte, e *entry, n int) ([]byte, error) {
	be := binary.BigEndian
	for range n {
		if len(b) < transferSize || be.Uint32(b[transferSize-4:]) != crc32.Checksum(b[:transferSize-4], castagnoli) {
			return nil, errDamaged(e.seq, "a transfer's sum is wrong")
		}
		e.cmd.Transfers = append(e.cmd.Transfers, store.Transfer{Op: store.Op(b[0]), Code: be.Uint16(b[2:]),
			Debit: store.AccountID(be.Uint64(b[8:])), Credit: store.AccountID(be.Uint64(b[16:])),
			Amount: money.Amount(be.Uint64(b[24:])), Hold: store.HoldID(be.Uint64(b[32:]))})
		b = b[transferSize:]
	}
	return b, nil
}

// reader takes numbers and octets from the front of b; short says that there
// were too few.
type reader struct {
	b     []byte
	short bool
}

func (r *reader) octets(n int) []byte {
	if r.short || n > len(r.b) {
		r.short = true
		return make([]byte, min(n, 8))
	}
	head := r.b[:n:n]
	r.b = r.b[n:]
	return head
}

func (r *reader) u8() byte    { return r.octets(1)[0] }
func (r *reader) u16() uint16 { return binary.BigEndian.Uint16(r.octets(2)) }
func (r *reader) u32() uint32 { return binary.BigEndian.Uint32(r.octets(4)) }
func (r *reader) u64() uint64 { return binary.BigEndian.Uint64(r.octets(8)) }

func (r *reader) variable(e *entry, head []byte) {
	be := binary.BigEndian
	for n := be.Uint16(head[76:]); n > 0 && !r.short; n-- {
		o := store.Open{ID: store.AccountID(r.u64()), Kind: store.Kind(r.u8())}
		o.Currency = string(r.octets(int(r.u8())))
		e.cmd.Opens = append(e.cmd.Opens, o)
	}
	for n := be.Uint16(head[78:]); n > 0 && !r.short; n-- {
		w := store.Write{Table: store.Table(r.u8()), Mode: store.Mode(r.u8()), Expect: r.u64()}
		w.Key = string(r.octets(int(r.u16())))
		w.Data = r.octets(int(r.u32()))
		e.cmd.Writes = append(e.cmd.Writes, w)
	}
	for n := be.Uint16(head[80:]); n > 0 && !r.short; n-- {
		row := store.Row{Stamp: store.AccountID(r.u64())}
		e.posted = append(e.posted, money.Amount(r.u64()))
		row.Data = r.octets(int(r.u32()))
		e.cmd.Outbox = append(e.cmd.Outbox, row)
	}
	for n := be.Uint16(head[82:]); n > 0 && !r.short; n-- {
		e.cmd.Done = append(e.cmd.Done, store.RowID(r.u64()))
	}
}

// seal ends a chunk: the hash of all before it.
func seal(chunk []byte) ([]byte, [hashSize]byte) {
	sum := sha256.Sum256(chunk)
	return append(chunk, sum[:]...), sum
}

// unseal checks the chunk against the hash of the one before and returns its
// records.
func unseal(chunk []byte, before [hashSize]byte, seq uint64) ([]byte, [hashSize]byte, error) {
	var sum [hashSize]byte
	if len(chunk) < 2*hashSize {
		return nil, sum, errDamaged(seq, "a chunk is cut short")
	}
	end := len(chunk) - hashSize
	sum = sha256.Sum256(chunk[:end])
	if sum != [hashSize]byte(chunk[end:]) {
		return nil, sum, errDamaged(seq, "a chunk's hash is wrong")
	}
	if before != [hashSize]byte(chunk[:hashSize]) {
		return nil, sum, errDamaged(seq, "the chain of hashes is broken")
	}
	return chunk[hashSize:end], sum, nil
}
