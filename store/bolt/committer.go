package bolt

import (
	"errors"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// committer is the one goroutine that writes. It decides whatever waits in the queue as a
// batch, keeps it in one transaction with the next slice of the checkpoint, makes it
// visible in memory and answers the callers, in this order.
type committer struct {
	*memory
	opts       *Options
	dedup      dedupIndex
	checkpoint checkpoint
	warmer     warmer
	hook       hook
}

func newCommitter(mem *memory, opts *Options) *committer {
	at := hook(opts.Failpoint)
	return &committer{memory: mem, opts: opts, dedup: dedupIndex{keep: opts.Retention},
		checkpoint: checkpoint{mem: mem, hook: at, commitsMax: opts.CheckpointCommits}, hook: at}
}

// run commits batches until the queue is closed, or a commit fails.
func (c *committer) run(waiting *queue) {
	defer close(waiting.stopped)
	b := newBatch(c)
	var batch []*request
	var over *request // the request that did not fit into the last batch
	for {
		first := over
		if over = nil; first == nil {
			if first = waiting.next(); first == nil {
				return
			}
		}
		batch, over = waiting.gather(append(batch[:0], first), c.opts.BatchMax)
		err := c.commit(b, batch)
		if err != nil {
			close(waiting.broken)
		}
		for i, req := range batch {
			req.done <- err
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

// commit commits a batch. After an error the store is broken.
func (c *committer) commit(b *batch, batch []*request) error {
	err := guarded(func() error { return c.transact(b, batch) })
	if err != nil {
		err = errors.Join(store.ErrBroken, err)
		c.opts.Log.Error("the store is broken: a commit failed", "err", err)
	}
	return err
}

// transact decides, writes and publishes a batch: one transaction.
func (c *committer) transact(b *batch, batch []*request) error {
	tx, err := c.db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	b.reset(tx)
	c.warmer.look(c.accounts, batch)
	for _, req := range batch {
		for i := range req.cmds {
			req.results[i] = b.do(&req.cmds[i])
		}
	}
	if b.err != nil {
		return b.err
	}
	if b.seq == c.state.seq {
		return nil // all refused or repeated: there is nothing to keep
	}
	next := c.state
	if err := c.write(tx, b, &next); err != nil {
		return err
	}
	if err := c.save(tx, c.sync); err != nil {
		return err
	}
	for i := range b.pasts {
		c.dedup.remember(b.pasts[i].Seq, b.elapsed[i], b.pasts[i].ID, b.keys[i])
	}
	c.checkpoint.count(len(b.pasts), b.size())
	c.show(b, next)
	c.hook.at(BeforeAnswer)
	return nil
}

// show makes a durable batch visible.
func (c *committer) show(b *batch, next state) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.checkpoint.forgetWritten(b.done)
	b.publish()
	c.state = next
	c.wake()
}

// write adds a batch to the transaction, with the next slice of the checkpoint, and leaves
// the state after that in next.
func (c *committer) write(tx *bbolt.Tx, b *batch, next *state) error {
	c.hook.at(BeforeWrite)
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
	if err := c.checkpoint.write(tx, next); err != nil {
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

// sync writes a transaction to the disk, and reports how long that took.
func (c *committer) sync(tx *bbolt.Tx) error {
	if c.opts.Committed == nil {
		return tx.Commit()
	}
	begun := c.opts.Now()
	err := tx.Commit()
	c.opts.Committed(c.opts.Now().Sub(begun))
	return err
}

// save commits the transaction by calling commit.
func (c *committer) save(tx *bbolt.Tx, commit func(*bbolt.Tx) error) error {
	c.hook.at(BeforeCommit)
	if err := commit(tx); err != nil {
		return err
	}
	if c.hook == nil {
		return nil
	}
	c.hook.at(BeforeSync)
	err := c.db.Sync()
	c.hook.at(AfterSync)
	return err
}

// finishSteps is the number of commits in which finish writes everything.
const finishSteps = 16

// finish writes all that is still only in memory and in the journal, so that the next
// start has nothing to replay. run must have ended.
func (c *committer) finish() error {
	for round := range 2 { // the current one, and one with what came since it began
		if round == 1 || !c.checkpoint.running {
			c.checkpoint.begin()
		}
		for step := 1; c.checkpoint.running; step++ {
			next := c.state
			if err := c.saveSlice(float64(step)/finishSteps, &next); err != nil {
				return err
			}
			c.mu.Lock()
			c.checkpoint.forgetWritten(nil)
			c.state = next
			c.mu.Unlock()
		}
		if c.state.mark == c.state.seq {
			return nil
		}
	}
	return nil
}

// saveSlice commits a slice of the checkpoint by itself.
func (c *committer) saveSlice(progress float64, next *state) error {
	tx, err := c.db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := c.checkpoint.writeSlice(tx, progress, next); err != nil {
		return err
	}
	if err := putState(tx, next); err != nil {
		return err
	}
	return c.save(tx, (*bbolt.Tx).Commit)
}
