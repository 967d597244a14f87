package bolt

import (
	"fmt"
	"log/slog"
	"math"
	"time"
)

// FileName is the store's file in its folder.
const FileName = "ledger.db"

// Defaults of Options.
const (
	DefaultRetention         = 48 * time.Hour
	DefaultBatchMax          = 8000                     // Cmds
	DefaultCheckpointCommits = 4096                     // commits
	DefaultMmapInitial       = min(16<<30, math.MaxInt) // bytes of address space
)

// Limits that are not for callers to choose.
const (
	schema             = 5        // of the file; any other is refused
	queueMax           = 1024     // calls of Apply that wait
	batchBytesMax      = 16 << 20 // bytes of documents and rows in a batch
	chunkBytes         = 40 << 10 // of records in a value of the journal before they are compressed, unless one alone is larger
	tailBytes          = 8 << 10  // of records, below which the last chunk takes in those of the next commit
	growBytes          = 32 << 20 // by which the file grows
	pageBytesMax       = 1 << 20  // read in one short transaction by a walk
	pageItemsMax       = 512      // the same, in items
	lockTries          = 50       // attempts to lock the folder, lockPause apart
	lockPause          = 100 * time.Millisecond
	fileLockWait       = 2 * time.Second // how long to wait for the lock on the file once the folder is locked
	checkpointBytesMax = 24 << 20        // bytes of changes that start a checkpoint early
	checkpointCmdsMax  = 1 << 20         // Cmds that do, and so about half of the most that a start replays
)

// Options say how a store is opened. The zero Options are the defaults.
type Options struct {
	// Log is told of recovery and failure; nil is silence.
	Log *slog.Logger

	// Retention is how long ids and texts are remembered, by the times of the
	// Cmds, and so the longest window of a DedupKey. An id costs about 40 bytes
	// of memory, a text the same.
	Retention time.Duration

	// Now is the clock; nil is time.Now. The books go by the times of the Cmds: it
	// only tells how long a start or a commit took.
	Now func() time.Time

	// Committed is called with the time that each commit took to reach the disk; may be
	// nil. It must not block.
	Committed func(time.Duration)

	// Sleep waits between two tries to lock the folder; nil is time.Sleep.
	Sleep func(time.Duration)

	// BatchMax is how many Cmds share a commit at most.
	BatchMax int

	// CheckpointCommits is how many commits a round of the checkpoint takes when the
	// load is small. Fewer make a start quicker and each commit larger.
	CheckpointCommits int

	// Failpoint is called at each Failpoint of a commit, and may end the process or
	// panic; nil, as outside tests, is never called.
	Failpoint func(Failpoint)

	// MmapInitial is the address space, in bytes, that is set aside for the
	// file. When it outgrows it, a commit waits for the reads in progress.
	MmapInitial int
}

// complete fills in the defaults and refuses what makes no sense.
func (o Options) complete() (Options, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = time.Sleep
	}
	setDefault(&o.Retention, DefaultRetention)
	setDefault(&o.BatchMax, DefaultBatchMax)
	setDefault(&o.CheckpointCommits, DefaultCheckpointCommits)
	setDefault(&o.MmapInitial, DefaultMmapInitial)
	if o.Retention < 0 || o.BatchMax < 0 || o.CheckpointCommits < 0 || o.MmapInitial < 0 {
		return o, fmt.Errorf("store: one of the options is negative: retention %v, batch %d, checkpoint %d, mmap %d", o.Retention, o.BatchMax, o.CheckpointCommits, o.MmapInitial)
	}
	return o, nil
}

func setDefault[T int | time.Duration](field *T, value T) {
	if *field == 0 {
		*field = value
	}
}
