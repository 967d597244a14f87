package bolt

import (
	"context"
	"errors"
	"runtime"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// request is one call of Apply.
type request struct {
	cmds    []store.Cmd
	results []store.Result
	bytes   int
	done    chan error
}

// Apply implements store.Store.
func (s *Store) Apply(ctx context.Context, epoch uint64, cmds []store.Cmd) ([]store.Result, error) {
	if epoch != s.epoch {
		return nil, store.ErrFenced
	}
	if len(cmds) == 0 {
		return nil, ctx.Err()
	}
	r := &request{cmds: cmds, results: make([]store.Result, len(cmds)), bytes: dataBytes(cmds), done: make(chan error, 1)}
	select {
	case <-s.quit: // looked at first: the queue may have room, but nobody will come
		return nil, s.refusal()
	default:
	}
	select {
	case s.queue <- r:
	case <-s.quit:
		return nil, s.refusal()
	case <-s.stopped:
		return nil, s.refusal()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case err := <-r.done:
		return s.answer(r, err)
	case <-s.stopped:
	}
	select { // it was answered before the end, or never begun
	case err := <-r.done:
		return s.answer(r, err)
	default:
		return nil, s.refusal()
	}
}

func (s *Store) answer(r *request, err error) ([]store.Result, error) {
	if err != nil {
		return nil, err
	}
	return r.results, nil
}

// refusal says why nothing is done any more.
func (s *Store) refusal() error {
	select {
	case <-s.broken:
		return store.ErrBroken
	default:
		return store.ErrClosed
	}
}

func dataBytes(cmds []store.Cmd) int {
	n := 0
	for i := range cmds {
		for j := range cmds[i].Writes {
			n += len(cmds[i].Writes[j].Data)
		}
		for j := range cmds[i].Outbox {
			n += len(cmds[i].Outbox[j].Data)
		}
	}
	return n
}

// run commits batches until Close or a failure.
func (s *Store) run() {
	defer close(s.stopped)
	b := newBatch(s)
	var batch []*request
	var over *request // did not fit into the last batch
	for {
		first := over
		if over = nil; first == nil {
			select {
			case first = <-s.queue:
			case <-s.quit:
				return
			}
		}
		batch, over = s.gather(append(batch[:0], first))
		err := s.commit(b, batch)
		for i, r := range batch {
			r.done <- err
			batch[i] = nil // the caller owns it now
		}
		if err != nil {
			if over != nil {
				over.done <- store.ErrBroken
			}
			return
		}
	}
}

// gather adds to a batch whatever waits, up to the limits. The callers that the
// last commit has just woken are let run first, so that what they send at once
// shares this commit instead of waiting for it.
func (s *Store) gather(batch []*request) (full []*request, over *request) {
	runtime.Gosched()
	cmds, bytes := len(batch[0].cmds), batch[0].bytes
	for {
		select {
		case r := <-s.queue:
			cmds, bytes = cmds+len(r.cmds), bytes+r.bytes
			if cmds > s.opts.BatchMax || bytes > batchBytesMax {
				return batch, r
			}
			batch = append(batch, r)
		default:
			return batch, nil
		}
	}
}

// commit does a batch. After an error the store is broken.
func (s *Store) commit(b *batch, batch []*request) error {
	err := guarded(func() error { return s.transact(b, batch) })
	if err != nil {
		err = errors.Join(store.ErrBroken, err)
		s.opts.Log.Error("the store is broken: a commit failed", "err", err)
		close(s.broken)
	}
	return err
}

// sync puts a transaction on the disk.
func (s *Store) sync(tx *bbolt.Tx) error {
	if s.opts.Committed == nil {
		return tx.Commit()
	}
	begun := s.opts.Now()
	err := tx.Commit()
	s.opts.Committed(s.opts.Now().Sub(begun))
	return err
}

// transact decides, writes and publishes a batch: one transaction.
func (s *Store) transact(b *batch, batch []*request) error {
	tx, err := s.db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	b.reset(tx)
	for _, r := range batch {
		for i := range r.cmds {
			r.results[i] = b.do(&r.cmds[i])
		}
	}
	if b.err != nil {
		return b.err
	}
	if b.seq == s.state.seq {
		return nil // all refused or repeated: there is nothing to keep
	}
	next := s.state
	if err := s.write(tx, b, &next); err != nil {
		return err
	}
	if err := s.save(tx, s.sync); err != nil {
		return err
	}
	for i := range b.pasts {
		s.past.remember(b.pasts[i].Seq, b.elapsed[i], b.pasts[i].ID, b.intakes[i])
	}
	s.sweep.count(len(b.pasts), b.size())
	s.show(b, next)
	s.at(BeforeAnswer)
	return nil
}

// show makes a batch that is durable visible.
func (s *Store) show(b *batch, next state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweep.swept(s, b.done)
	b.publish()
	s.state = next
	s.wake()
}

// write puts a batch into the transaction, with the next slice of the checkpoint,
// and leaves in next the state after it.
func (s *Store) write(tx *bbolt.Tx, b *batch, next *state) error {
	s.at(BeforeWrite)
	b.journal.close()
	for i := range b.pasts {
		p := &b.pasts[i]
		if next.ages.pass(p.At) {
			if err := putMark(tx, p.Seq, &next.ages.now); err != nil {
				return err
			}
		}
		b.elapsed = append(b.elapsed, next.ages.now.elapsed)
	}
	if err := s.sweep.write(tx, s, next); err != nil {
		return err
	}
	if err := b.journal.write(tx); err != nil {
		return err
	}
	next.seq, next.row, next.head = b.seq, b.row, b.journal.chain.head
	if err := b.assert(tx, next); err != nil {
		return err
	}
	return putState(tx, next)
}

// assert checks, before the commit, that the file is where memory has it and that
// the journal, its head and the numbers advance together.
func (b *batch) assert(tx *bbolt.Tx, next *state) error {
	was := &b.s.state
	kept, err := parseState(keyState, tx.Bucket(bucketMeta).Get(keyState))
	switch {
	case err != nil:
		return err
	case kept != *was:
		return damaged("the file is at step %d of epoch %d, and the store at step %d of epoch %d", kept.seq, kept.epoch, was.seq, was.epoch)
	case next.seq-was.seq != uint64(len(b.pasts)) || len(b.pasts) != b.journal.count || b.journal.from != was.seq+1 || b.journal.chunks[0].first > b.journal.from:
		return damaged("%d steps are to be kept, and their numbers run from %d to %d", b.journal.count, was.seq, next.seq)
	case next.row-was.row != store.RowID(len(b.rows)):
		return damaged("%d outbox rows are to be kept, and their numbers run from %d to %d", len(b.rows), was.row, next.row)
	case next.head == was.head:
		return damaged("the head of the journal is the same at step %d as at step %d", was.seq, next.seq)
	}
	return nil
}

// save commits the transaction by commit.
func (s *Store) save(tx *bbolt.Tx, commit func(*bbolt.Tx) error) error {
	s.at(BeforeCommit)
	if err := commit(tx); err != nil {
		return err
	}
	if s.opts.Failpoint == nil {
		return nil
	}
	s.at(BeforeSync)
	err := s.db.Sync()
	s.at(AfterSync)
	return err
}
