package bolt

import (
	"slices"
	"sync"
	"time"

	"mpg/store"
	"mpg/store/ledger"
)

// memory is the state as of the last commit. Only the committing goroutine
// changes it, under mu; readers take mu to read.
type memory struct {
	mu       sync.RWMutex
	accounts map[store.AccountID]*account
	order    []store.AccountID // sorted, for the sweep and for walks
	docs     map[docKey]*doc   // written since they were last in the bucket
	holds    map[store.HoldID]ledger.Held
	outbox   outbox
	seen     map[store.ID]ledger.Seen
	taken    map[store.Digest]ledger.Taken
	memories []remembered // what to forget, oldest first

	seq  uint64         // of the last Cmd
	head [hashSize]byte // of the last chunk
	row  store.RowID    // last given out
}

func newMemory() *memory {
	return &memory{
		accounts: make(map[store.AccountID]*account), docs: make(map[docKey]*doc),
		holds: make(map[store.HoldID]ledger.Held), seen: make(map[store.ID]ledger.Seen), taken: make(map[store.Digest]ledger.Taken),
	}
}

// account is an account with the number of the Cmd that changed it last.
type account struct {
	store.Account
	asOf  uint64
	dirty bool // changed since it was last in the bucket
}

// docKey names a document, a hold or an outbox row.
type docKey struct {
	table store.Table
	key   string
}

// doc is a document as it is now; gone ones stand for a deletion that the
// bucket has not seen.
type doc struct {
	version uint64
	data    []byte
	gone    bool
}

// remembered is what the retention window ends for.
type remembered struct {
	at     time.Time
	id     store.ID
	digest store.Digest
	intake bool
}

// forget drops ids and intakes from before t.
func (m *memory) forget(t time.Time) {
	n := 0
	for n < len(m.memories) && m.memories[n].at.Before(t) {
		r := m.memories[n]
		delete(m.seen, r.id)
		if taken, ok := m.taken[r.digest]; r.intake && ok && !taken.At.After(r.at) {
			delete(m.taken, r.digest)
		}
		n++
	}
	if n > 0 {
		m.memories = slices.Delete(m.memories, 0, n)
	}
}

// addOrder keeps order sorted; new accounts nearly always come last.
func (m *memory) addOrder(id store.AccountID) {
	if n := len(m.order); n == 0 || m.order[n-1] < id {
		m.order = append(m.order, id)
		return
	}
	i, _ := slices.BinarySearch(m.order, id)
	m.order = slices.Insert(m.order, i, id)
}

// outbox holds the rows that are not done in the order of their ids.
type outbox struct {
	rows []store.OutRow // a done one has no Data
	left int            // rows not done
}

func (o *outbox) add(r store.OutRow) {
	o.rows = append(o.rows, r)
	o.left++
}

// find is the index of the first row with an id over after.
func (o *outbox) find(after store.RowID) int {
	i, _ := slices.BinarySearchFunc(o.rows, after+1, func(r store.OutRow, id store.RowID) int {
		switch {
		case r.ID < id:
			return -1
		case r.ID > id:
			return 1
		}
		return 0
	})
	return i
}

// done drops a row and reports whether it was there.
func (o *outbox) done(id store.RowID) bool {
	i := o.find(id - 1)
	if i >= len(o.rows) || o.rows[i].ID != id || o.rows[i].Data == nil {
		return false
	}
	o.rows[i].Data = nil
	o.left--
	o.trim()
	return true
}

// trim forgets done rows at the front, now and then all.
func (o *outbox) trim() {
	n := 0
	for n < len(o.rows) && o.rows[n].Data == nil {
		n++
	}
	o.rows = o.rows[n:]
	if len(o.rows) > 4*o.left+1024 {
		kept := make([]store.OutRow, 0, o.left)
		for _, r := range o.rows {
			if r.Data != nil {
				kept = append(kept, r)
			}
		}
		o.rows = kept
	}
}

// get returns a row that is not done.
func (o *outbox) get(id store.RowID) (store.OutRow, bool) {
	i := o.find(id - 1)
	if i >= len(o.rows) || o.rows[i].ID != id || o.rows[i].Data == nil {
		return store.OutRow{}, false
	}
	return o.rows[i], true
}

func (m *memory) setAccount(a store.Account, asOf uint64) {
	old, ok := m.accounts[a.ID]
	if !ok {
		old = new(account)
		m.accounts[a.ID] = old
		m.addOrder(a.ID)
	}
	old.Account, old.asOf, old.dirty = a, asOf, true
}

func (m *memory) setHold(id store.HoldID, h ledger.HoldChange) docKey {
	if h.Ended {
		delete(m.holds, id)
	} else {
		m.holds[id] = h.Held
	}
	return docKey{tableHold, number(uint64(id))}
}

func rowKey(id store.RowID) docKey { return docKey{tableOutbox, number(uint64(id))} }

// remember keeps the batch's ids and texts, and forgets what is too old.
func (m *memory) remember(b *batch) {
	for id, s := range b.seen {
		m.seen[id] = s
	}
	for d, t := range b.taken {
		m.taken[d] = t
	}
	m.memories = append(m.memories, b.memories...)
	if n := len(b.memories); n > 0 {
		m.forget(b.memories[n-1].at.Add(-b.s.keep))
	}
}

// insert adds a row in its place: a replay brings them not always last.
func (o *outbox) insert(r store.OutRow) {
	o.rows = slices.Insert(o.rows, o.find(r.ID-1), r)
	o.left++
}
