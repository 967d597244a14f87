package smpp

import (
	"math/bits"
	"time"

	"mpg/smpp/pdu"
)

// slots holds the requests that wait for a response, found by sequence_number
// without a search: the number's low bits are the place. It is at least four
// times the window, so that a free place is near. Not safe for concurrent use.
type slots struct {
	table []slot
	used  int
	seq   uint32 // the last sequence_number given
}

// slot is one request under way; seq 0 is free.
type slot struct {
	seq  uint32
	at   time.Time
	acks uint64 // acknowledgements that went ahead of it on the wire
	done func(Outcome)
}

func newSlots(window int) slots {
	size := 1 << bits.Len(uint(4*window-1))
	return slots{table: make([]slot, size)}
}

// sequence is the next sequence_number, 1 to pdu.SequenceMax. SMPP 3.4 5.1.4
func (t *slots) sequence() uint32 {
	t.seq = t.seq%pdu.SequenceMax + 1
	return t.seq
}

func (t *slots) place(seq uint32) *slot { return &t.table[seq&uint32(len(t.table)-1)] }

// put keeps a request under a new sequence_number.
func (t *slots) put(request slot) uint32 {
	if t.used == len(t.table) {
		panic("smpp: more requests under way than the window allows")
	}
	request.seq = t.free()
	*t.place(request.seq) = request
	t.used++
	return request.seq
}

// free is a new sequence_number, passing over those whose place is still taken
// by a request that the SMSC is slow to answer.
func (t *slots) free() uint32 {
	for t.place(t.sequence()).seq != 0 {
	}
	return t.seq
}

// take removes and returns the request of seq.
func (t *slots) take(seq uint32) (slot, bool) {
	p := t.place(seq)
	if seq == 0 || p.seq != seq {
		return slot{}, false
	}
	s := *p
	*p = slot{}
	t.used--
	return s, true
}

// expired removes one request older than limit at now; ok is false when there
// is none. A zero limit takes any.
func (t *slots) expired(now time.Time, limit time.Duration) (s slot, ok bool) {
	if t.used == 0 {
		return slot{}, false
	}
	for i := range t.table {
		if p := &t.table[i]; p.seq != 0 && (limit == 0 || now.Sub(p.at) >= limit) {
			return t.take(p.seq)
		}
	}
	return slot{}, false
}
