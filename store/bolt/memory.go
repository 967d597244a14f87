package bolt

import (
	"sync"

	bbolt "go.etcd.io/bbolt"
)

// memory is the ledger after the last commit, as readers see it: what the buckets of the
// file do not have yet, with the file for the rest. It implements store.Reader and
// store.Journal.
//
// Only the committer changes it, under mu; so the committer itself may read it without the
// lock.
type memory struct {
	db      *bbolt.DB
	journal journal

	mu       sync.RWMutex
	state    state
	accounts *accounts
	overlays
	outbox *outbox
	grown  chan struct{} // closed when the next commit is visible; nil while nobody waits
}

// prepare makes the memory of an empty store on db.
func (m *memory) prepare(db *bbolt.DB) (err error) {
	m.db, m.journal.db = db, db
	m.journal.packer, err = newPacker()
	m.accounts = newAccounts()
	m.overlays = overlays{newOverlay(m, docCodec()), newOverlay(m, archiveCodec()), newOverlay(m, holdCodec()), newOverlay(m, endedCodec())}
	m.outbox = &outbox{ended: newOverlay(m, rowCodec())}
	return err
}

// setHold stores an open hold, or ends it. begun says that it was not known before the
// batch.
func (m *memory) setHold(id uint64, held heldMoney, begun bool) {
	switch {
	case held.Open:
		m.holds.put(id, held, !begun)
		if begun {
			m.accounts.hold(held.Debit, 1)
		}
	case begun:
		m.ended.put(id, nothing{}, false)
	default:
		m.holds.drop(id, true)
		m.ended.put(id, nothing{}, false)
		m.accounts.hold(held.Debit, -1)
	}
}

// Seq implements store.Feed.
func (m *memory) Seq() uint64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.state.seq
}

// waitFor returns the last number, and a channel that is closed when there is a later one.
func (m *memory) waitFor(after uint64) (seq uint64, grown <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state.seq > after {
		return m.state.seq, nil
	}
	if m.grown == nil {
		m.grown = make(chan struct{})
	}
	return m.state.seq, m.grown
}

// wake wakes those who wait for a commit; the caller holds the lock.
func (m *memory) wake() {
	if m.grown != nil {
		close(m.grown)
		m.grown = nil
	}
}
