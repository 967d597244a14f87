package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
	"mpg/store/ledger"
	"mpg/store/money"
)

// request is one call of Apply.
type request struct {
	epoch   uint64
	cmds    []store.Cmd
	results []store.Result
	done    chan error
}

// Apply implements store.Store.
func (s *Store) Apply(ctx context.Context, epoch uint64, cmds []store.Cmd) ([]store.Result, error) {
	r := &request{epoch: epoch, cmds: cmds, results: make([]store.Result, len(cmds)), done: make(chan error, 1)}
	select {
	case s.queue <- r:
	case <-s.quit:
		return nil, store.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case err := <-r.done:
		return r.results, err
	case <-s.ended:
	}
	select { // it was answered before the end, or never begun
	case err := <-r.done:
		return r.results, err
	default:
		return nil, store.ErrClosed
	}
}

// run commits batches until Close. A batch is what waits while the last one is
// being synced.
func (s *Store) run() {
	defer close(s.ended)
	b := newBatch(s)
	for {
		select {
		case r := <-s.queue:
			b.requests = append(b.requests[:0], r)
		case <-s.quit:
			return
		}
		n := len(b.requests[0].cmds)
		for more := true; more && n < BatchCmdsMax; {
			select {
			case r := <-s.queue:
				b.requests = append(b.requests, r)
				n += len(r.cmds)
			default:
				more = false
			}
		}
		s.do(b)
	}
}

// do decides and commits one batch and answers its callers.
func (s *Store) do(b *batch) {
	s.commit.Lock()
	err := s.broken
	if err == nil {
		err = b.commit()
	}
	if err != nil && s.broken == nil {
		s.broken = errors.Join(store.ErrBroken, err)
		err = s.broken
		s.log.Error("commit failed: the store does nothing more", "err", err)
		close(s.failed)
	}
	s.commit.Unlock()
	for i, r := range b.requests {
		switch {
		case err != nil:
			r.done <- err
		default:
			r.done <- b.errs[i]
		}
	}
}

// batch is what one commit will change, over the memory of the last one. It is
// used again and again.
type batch struct {
	s        *Store
	requests []*request
	errs     []error // by request: fenced
	read     *bbolt.Tx

	accounts map[store.AccountID]store.Account
	docs     map[docKey]doc
	holds    map[store.HoldID]ledger.HoldChange
	seen     map[store.ID]ledger.Seen
	taken    map[store.Digest]ledger.Taken
	memories []remembered
	rows     []store.OutRow
	done     []store.RowID
	out      ledger.Outcome
	chunk    []byte
	seq      uint64
	row      store.RowID
}

func newBatch(s *Store) *batch {
	return &batch{s: s, accounts: make(map[store.AccountID]store.Account), docs: make(map[docKey]doc),
		holds: make(map[store.HoldID]ledger.HoldChange), seen: make(map[store.ID]ledger.Seen), taken: make(map[store.Digest]ledger.Taken)}
}

func (b *batch) reset() {
	clear(b.accounts)
	clear(b.docs)
	clear(b.holds)
	clear(b.seen)
	clear(b.taken)
	b.memories, b.rows, b.done, b.errs = b.memories[:0], b.rows[:0], b.done[:0], b.errs[:0]
	b.seq, b.row = b.s.mem.seq, b.s.mem.row
	b.chunk = append(b.chunk[:0], b.s.mem.head[:]...)
}

func (b *batch) commit() error {
	b.reset()
	if err := b.decideAll(); err != nil {
		return err
	}
	if b.seq == b.s.mem.seq {
		return nil // all refused or repeated: there is nothing to write
	}
	chunk, head := seal(b.chunk)
	b.chunk = chunk
	if err := b.s.db.Update(func(tx *bbolt.Tx) error { return b.write(tx, chunk) }); err != nil {
		return err
	}
	b.publish(head)
	return nil
}

// write puts the chunk, and the next slice of the checkpoint as it was before
// this batch: what it lacks stands in the journal.
func (b *batch) write(tx *bbolt.Tx, chunk []byte) error {
	j := tx.Bucket(bucketJournal)
	j.FillPercent = 1 // keys only grow
	if err := j.Put(binary.BigEndian.AppendUint64(nil, b.s.mem.seq+1), chunk); err != nil {
		return err
	}
	return b.s.sweep.slice(tx, b.s.mem)
}

// decideAll decides every Cmd in order. One read transaction serves all the
// versions that are not in memory.
func (b *batch) decideAll() error {
	defer b.endRead()
	for _, r := range b.requests {
		if r.epoch != b.s.epoch {
			b.errs = append(b.errs, store.ErrFenced)
			continue
		}
		b.errs = append(b.errs, nil)
		for i := range r.cmds {
			res, err := b.decide(&r.cmds[i])
			if err != nil {
				return err
			}
			r.results[i] = res
		}
	}
	return nil
}

func (b *batch) endRead() {
	if b.read != nil {
		_ = b.read.Rollback() // of a read transaction: there is nothing to lose
		b.read = nil
	}
}

func (b *batch) decide(c *store.Cmd) (store.Result, error) {
	if tooHigh(c) {
		return store.Result{Refusal: store.RefusedForm}, nil
	}
	res, err := ledger.Decide(b, c, &b.out)
	if err != nil || res.Refusal != store.None || res.Repeat {
		return res, err
	}
	b.seq++
	res.Seq = b.seq
	e := entry{seq: b.seq, cmd: *c, firstRow: b.row + 1}
	b.keep(c, &e)
	res.Rows = b.addRows(c, &e)
	e.cmd.Transfers = b.out.Moves
	b.chunk = appendEntry(b.chunk, &e)
	return res, nil
}

// tooHigh reports a table that is the store's own.
func tooHigh(c *store.Cmd) bool {
	return slices.ContainsFunc(c.Writes, func(w store.Write) bool { return w.Table > tableMax })
}

// keep lays the Cmd's changes over the memory.
func (b *batch) keep(c *store.Cmd, e *entry) {
	for _, a := range b.out.Accounts {
		b.accounts[a.ID] = a
	}
	for _, h := range b.out.Holds {
		b.holds[h.ID] = h
	}
	for i := range c.Writes {
		w := &c.Writes[i]
		switch w.Mode {
		case store.Put:
			b.docs[docKey{w.Table, w.Key}] = doc{version: w.Expect + 1, data: w.Data}
		case store.Delete:
			b.docs[docKey{w.Table, w.Key}] = doc{gone: true}
		case store.Check:
		}
	}
	b.seen[c.ID] = ledger.Seen{Body: c.Body, Seq: e.seq}
	m := remembered{at: c.At, id: c.ID}
	if in := c.Intake; in != nil {
		b.taken[in.Digest] = ledger.Taken{ID: c.ID, At: c.At, Window: in.Window}
		m.digest, m.intake = in.Digest, true
	}
	b.memories = append(b.memories, m)
	b.done = append(b.done, c.Done...)
}

// addRows numbers the outbox rows and stamps their balances.
func (b *batch) addRows(c *store.Cmd, e *entry) []store.OutRow {
	if len(c.Outbox) == 0 {
		return nil
	}
	e.posted = make([]money.Amount, len(c.Outbox))
	from := len(b.rows)
	for i, r := range c.Outbox {
		if r.Stamp != 0 {
			a, _ := b.Account(r.Stamp)
			e.posted[i] = a.Posted()
		}
		b.row++
		b.rows = append(b.rows, store.OutRow{ID: b.row, Data: r.Data, Posted: e.posted[i]})
	}
	return slices.Clone(b.rows[from:])
}

// publish makes the committed batch visible.
func (b *batch) publish(head [hashSize]byte) {
	m := b.s.mem
	m.mu.Lock()
	defer m.mu.Unlock()
	b.s.sweep.swept(m)
	for _, a := range b.accounts {
		m.setAccount(a, b.seq)
	}
	for key, d := range b.docs {
		m.docs[key] = &d
		b.s.sweep.touch(key)
	}
	for id, h := range b.holds {
		b.s.sweep.touch(m.setHold(id, h))
	}
	for _, r := range b.rows {
		m.outbox.add(r)
		b.s.sweep.touch(rowKey(r.ID))
	}
	for _, id := range b.done {
		if m.outbox.done(id) {
			b.s.sweep.touch(rowKey(id))
		}
	}
	m.remember(b)
	m.seq, m.head, m.row = b.seq, head, b.row
}

// Seen implements ledger.State.
func (b *batch) Seen(id store.ID) (ledger.Seen, bool) {
	if s, ok := b.seen[id]; ok {
		return s, true
	}
	s, ok := b.s.mem.seen[id]
	return s, ok
}

// Taken implements ledger.State.
func (b *batch) Taken(d store.Digest) (ledger.Taken, bool) {
	if t, ok := b.taken[d]; ok {
		return t, true
	}
	t, ok := b.s.mem.taken[d]
	return t, ok
}

// Account implements ledger.State.
func (b *batch) Account(id store.AccountID) (store.Account, bool) {
	if a, ok := b.accounts[id]; ok {
		return a, true
	}
	if a, ok := b.s.mem.accounts[id]; ok {
		return a.Account, true
	}
	return store.Account{}, false
}

// Held implements ledger.State.
func (b *batch) Held(id store.HoldID) (ledger.Held, bool) {
	if h, ok := b.holds[id]; ok {
		return h.Held, !h.Ended
	}
	h, ok := b.s.mem.holds[id]
	return h, ok
}

// Version implements ledger.State.
func (b *batch) Version(t store.Table, key string) (uint64, error) {
	k := docKey{t, key}
	if d, ok := b.docs[k]; ok {
		return d.version, nil
	}
	if d, ok := b.s.mem.docs[k]; ok {
		return d.version, nil
	}
	if b.read == nil {
		tx, err := b.s.db.Begin(false)
		if err != nil {
			return 0, err
		}
		b.read = tx
	}
	d, ok, err := docIn(b.read, t, key)
	if err != nil || !ok {
		return 0, err
	}
	return d.Version, nil
}
