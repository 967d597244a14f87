package bolt

import (
	"time"

	"mpg/store"
)

// generations is in how many parts the ids remembered are forgotten: what is
// kept beyond the retention is at most one part more.
const generations = 4

// past is the index of the ids and texts of the retention: which Cmd it was.
// All else of it is in the journal, and is read there when it is asked for,
// which is seldom. Only the writer uses it.
type past struct {
	keep  time.Duration
	parts []generation // the newest first
}

// generation is what was remembered from an age of the journal on.
type generation struct {
	since   time.Duration
	ids     map[store.ID]uint64
	intakes map[store.Digest]uint64
}

func newGeneration(since time.Duration) generation {
	return generation{since, make(map[store.ID]uint64), make(map[store.Digest]uint64)}
}

// remember notes a Cmd. The age of the journal, not the Cmd's own time, decides when
// others are forgotten, so that a clock that is set back or put right removes
// nothing.
func (p *past) remember(seq uint64, elapsed time.Duration, id store.ID, in *store.Intake) {
	step := p.keep / generations
	if len(p.parts) == 0 {
		p.parts = []generation{newGeneration(elapsed)}
	} else if elapsed-p.parts[0].since > step {
		p.parts = append([]generation{newGeneration(elapsed)}, p.parts[:min(len(p.parts), generations)]...)
	}
	p.parts[0].ids[id] = seq
	if in != nil {
		p.parts[0].intakes[in.Digest] = seq
	}
}

// seen returns the number of the Cmd with an id, or 0.
func (p *past) seen(id store.ID) uint64 {
	for i := range p.parts {
		if seq := p.parts[i].ids[id]; seq != 0 {
			return seq
		}
	}
	return 0
}

// takenIn returns the number of the last Cmd that took a text in, or 0.
func (p *past) takenIn(d store.Digest) uint64 {
	for i := range p.parts {
		if seq := p.parts[i].intakes[d]; seq != 0 {
			return seq
		}
	}
	return 0
}
