package bolt

import (
	"time"

	"mpg/store"
)

// generations is in how many parts remembered ids are forgotten: at most one part more than
// the retention asks for is kept.
const generations = 4

// dedupIndex holds the ids and texts of the retention, and the Cmd that each belongs to.
// The rest of that Cmd is read from the journal in the rare case that it is needed. Only
// the committer uses the index.
type dedupIndex struct {
	keep   time.Duration
	expect int          // how many ids the first part makes room for at once
	parts  []generation // newest first
}

// generation is what was remembered from a certain age of the journal on.
type generation struct {
	since    time.Duration
	ids      map[store.ID]uint64
	messages map[store.Digest]uint64
}

func newGeneration(since time.Duration, expect int) generation {
	return generation{since, make(map[store.ID]uint64, expect), make(map[store.Digest]uint64)}
}

// step is how long a part takes in ids.
func (d *dedupIndex) step() time.Duration { return d.keep / generations }

// remember adds a Cmd. The age of the journal, not the Cmd's own time, decides when others
// are forgotten, so that setting a clock back, or correcting it, removes nothing.
func (d *dedupIndex) remember(seq uint64, elapsed time.Duration, id store.ID, key *store.DedupKey) {
	step := d.step()
	if len(d.parts) == 0 {
		d.parts = []generation{newGeneration(elapsed, d.expect)}
	} else if elapsed-d.parts[0].since > step {
		d.parts = append([]generation{newGeneration(elapsed, 0)}, d.parts[:min(len(d.parts), generations)]...)
	}
	d.parts[0].ids[id] = seq
	if key != nil {
		d.parts[0].messages[key.Digest] = seq
	}
}

// seenID returns the number of the Cmd with an id, or 0.
func (d *dedupIndex) seenID(id store.ID) uint64 {
	for i := range d.parts {
		if seq := d.parts[i].ids[id]; seq != 0 {
			return seq
		}
	}
	return 0
}

// seenMessage returns the number of the last Cmd that took in a text, or 0.
func (d *dedupIndex) seenMessage(text store.Digest) uint64 {
	for i := range d.parts {
		if seq := d.parts[i].messages[text]; seq != 0 {
			return seq
		}
	}
	return 0
}
