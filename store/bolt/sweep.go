package bolt

import (
	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// sweep is the rolling checkpoint. Each commit writes a slice of what has
// changed in memory to its bucket, in the order of keys, so that neighbours
// share pages and what changes often is written once. A round ends when all that
// had changed at its begin is written: a start replays the journal from there.
//
// What a slice writes is the state before the batch under way: it stays visible
// in memory until the commit has succeeded, and the batch's own changes are laid
// over it afterwards.
type sweep struct {
	running bool
	begun   uint64      // the last Cmd when the round began
	row     store.RowID // the next row then
	buf     []byte      // of the values written, which bbolt wants until the commit

	// What has come since the round began. The round is to be as far on as the
	// furthest of these is on its way to its limit.
	commits, cmds, bytes int
}

func (w *sweep) count(cmds, bytes int) {
	w.commits, w.cmds, w.bytes = w.commits+1, w.cmds+cmds, w.bytes+bytes
}

// progress is how far the round is to have come: 0 to 1.
func (w *sweep) progress(commitsMax int) float64 {
	return min(1, max(float64(w.commits+1)/float64(commitsMax),
		float64(w.cmds)/sweepCmdsMax, float64(w.bytes)/sweepBytesMax))
}

// write writes the next slice. next is the state that the commit keeps.
func (w *sweep) write(tx *bbolt.Tx, s *Store, next *state) error {
	if !w.running {
		w.begin(s)
	}
	return w.slice(tx, s, w.progress(s.opts.SweepCommits), next)
}

func (w *sweep) begin(s *Store) {
	w.running, w.begun, w.row = true, s.state.seq, s.state.row
	w.commits, w.cmds, w.bytes = 0, 0, 0
	s.accounts.at = 0
	s.layers.begin()
	s.outbox.begin()
}

func (w *sweep) slice(tx *bbolt.Tx, s *Store, progress float64, next *state) error {
	w.buf = w.buf[:0]
	var err error
	if w.buf, err = s.accounts.sweep(tx, progress, s.state.seq, w.buf); err != nil {
		return err
	}
	s.at(AfterAccounts)
	for i, part := range [...]func(*bbolt.Tx, float64, []byte) ([]byte, error){
		s.docs.sweep, s.archive.sweep, s.holds.sweep, s.ended.sweep, s.outbox.sweep,
	} {
		if w.buf, err = part(tx, progress, w.buf); err != nil {
			return err
		}
		s.at(AfterDocs + Failpoint(i))
	}
	done := s.accounts.done() && s.layers.done() && s.outbox.finished()
	if done {
		w.running = false
		next.mark, next.markRow = w.begun, w.row
	}
	return nil
}

// swept takes what was written out of memory, or marks it as clean. done are the
// rows that the batch ends.
func (w *sweep) swept(s *Store, done []doneRow) {
	s.accounts.swept()
	s.layers.swept()
	s.outbox.swept(done)
}

// checkpointSteps is in how many commits checkpoint writes all there is.
const checkpointSteps = 16

// checkpoint writes all that is still only in memory and in the journal. The
// writer must have ended.
func (s *Store) checkpoint() error {
	w := &s.sweep
	for round := range 2 { // the one under way, and one with all that came since
		if round == 1 || !w.running {
			w.begin(s)
		}
		for step := 1; w.running; step++ {
			next := s.state
			if err := s.saveSlice(float64(step)/checkpointSteps, &next); err != nil {
				return err
			}
			s.mu.Lock()
			w.swept(s, nil)
			s.state = next
			s.mu.Unlock()
		}
		if s.state.mark == s.state.seq {
			return nil
		}
	}
	return nil
}

// saveSlice commits a slice of the checkpoint by itself.
func (s *Store) saveSlice(progress float64, next *state) error {
	tx, err := s.db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := s.sweep.slice(tx, s, progress, next); err != nil {
		return err
	}
	if err := putState(tx, next); err != nil {
		return err
	}
	return s.save(tx, (*bbolt.Tx).Commit)
}
