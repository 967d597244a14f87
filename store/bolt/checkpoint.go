package bolt

import (
	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// checkpoint writes what has changed in memory to the buckets, a slice with each commit,
// in the order of keys, so that neighbours share pages and what changes often is written
// once. A round ends when all that had changed when it began is written: a start replays
// the journal from there.
//
// What a slice writes is the state before the batch under way: it stays visible
// in memory until the commit has succeeded, and the batch's own changes are laid
// over it afterwards.
type checkpoint struct {
	mem        *memory
	hook       hook
	commitsMax int // of a round

	running bool
	begun   uint64      // the last Cmd when the round began
	row     store.RowID // the next row then
	buf     []byte      // of the values written, which bbolt wants until the commit

	// What has come since the round began. The round is to be as far on as the
	// furthest of these is on its way to its limit.
	commits, cmds, bytes int
}

func (c *checkpoint) count(cmds, bytes int) {
	c.commits, c.cmds, c.bytes = c.commits+1, c.cmds+cmds, c.bytes+bytes
}

// progress is how far the round is to have come: 0 to 1.
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

// writeSlice writes as much as makes the round come to progress.
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

// forgetWritten takes what was written out of memory, or marks it as clean. done are the
// rows that the batch ends.
func (c *checkpoint) forgetWritten(done []doneRow) {
	c.mem.accounts.forgetWritten()
	c.mem.overlays.forgetWritten()
	c.mem.outbox.forgetWritten(done)
}
