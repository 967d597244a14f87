package bolt

import (
	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// checkpoint writes what has changed in memory to the buckets, a slice with each commit, in
// the order of keys, so that neighbours share pages and what changes often is written once.
// A round ends when everything that had changed when it began has been written: a start
// then replays the journal only from there.
//
// A slice writes the state before the current batch: what it writes stays visible in memory
// until the commit has succeeded, and only then are the batch's own changes laid over it.
type checkpoint struct {
	mem        *memory
	hook       hook
	commitsMax int // of a round

	running bool
	begun   uint64      // the last Cmd when the round began
	row     store.RowID // the next row then
	buf     []byte      // of the values written, which bbolt needs until the commit

	// What has come in since the round began. The round must have made as much progress as
	// the furthest of these has towards its limit.
	commits, cmds, bytes int
}

func (c *checkpoint) count(cmds, bytes int) {
	c.commits, c.cmds, c.bytes = c.commits+1, c.cmds+cmds, c.bytes+bytes
}

// progress returns how far the round must have come: 0 to 1.
func (c *checkpoint) progress() float64 {
	return min(1, max(float64(c.commits+1)/float64(c.commitsMax),
		float64(c.cmds)/checkpointCmdsMax, float64(c.bytes)/checkpointBytesMax))
}

// write writes the next slice. next is the state that the commit keeps.
func (c *checkpoint) write(tx *bbolt.Tx, next *state) error {
	if !c.running {
		c.begin()
	}
	return c.writeSlice(tx, c.progress(), next)
}

func (c *checkpoint) begin() {
	c.running, c.begun, c.row = true, c.mem.state.seq, c.mem.state.row
	c.commits, c.cmds, c.bytes = 0, 0, 0
	c.mem.accounts.at = 0
	c.mem.overlays.beginRound()
	c.mem.outbox.beginRound()
}

// writeSlice writes enough to bring the round to progress.
func (c *checkpoint) writeSlice(tx *bbolt.Tx, progress float64, next *state) error {
	m := c.mem
	c.buf = c.buf[:0]
	var err error
	if c.buf, err = m.accounts.writeSlice(tx, progress, m.state.seq, c.buf); err != nil {
		return err
	}
	c.hook.at(AfterAccounts)
	for i, write := range [...]func(*bbolt.Tx, float64, []byte) ([]byte, error){
		m.docs.writeSlice, m.archive.writeSlice, m.holds.writeSlice, m.ended.writeSlice, m.outbox.writeSlice,
	} {
		if c.buf, err = write(tx, progress, c.buf); err != nil {
			return err
		}
		c.hook.at(AfterDocs + Failpoint(i))
	}
	if m.accounts.roundDone() && m.overlays.roundDone() && m.outbox.roundDone() {
		c.running = false
		next.mark, next.markRow = c.begun, c.row
	}
	return nil
}

// forgetWritten removes what was written from memory, or marks it as clean. done lists the
// rows that the batch ends.
func (c *checkpoint) forgetWritten(done []doneRow) {
	c.mem.accounts.forgetWritten()
	c.mem.overlays.forgetWritten()
	c.mem.outbox.forgetWritten(done)
}
