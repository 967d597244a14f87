package view

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"mpg/store"
)

// Progress is how far a View has come.
type Progress struct {
	feed        store.Feed
	now         func() time.Time
	failures    atomic.Int64
	differences atomic.Int64  // that the last check found
	read, of    atomic.Uint64 // records, while a file is built

	mu   sync.Mutex
	kept position      // what is written, or would be if there were anything to write
	grew chan struct{} // closed when kept moves
}

func newProgress(feed store.Feed, now func() time.Time) *Progress {
	return &Progress{feed: feed, now: now, grew: make(chan struct{})}
}

// moved notes how far the view has come, and wakes those who wait for it.
func (p *Progress) moved(to position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = to
	close(p.grew)
	p.grew = make(chan struct{})
}

// at returns how far the view has come, and a channel that is closed when it moves.
func (p *Progress) at() (position, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept, p.grew
}

// failed counts a failure that is not the end of ctx.
func (p *Progress) failed(ctx context.Context) {
	if ctx.Err() == nil {
		p.failures.Add(1)
	}
}

// Failures returns how often records could not be taken or written.
func (p *Progress) Failures() int64 { return p.failures.Load() }

// built notes how many records a file that is being built has, and how many it is to have.
func (p *Progress) built(read, of uint64) { p.read.Store(read); p.of.Store(of) }

// absent returns ErrBuilding, and how far the building has come if it has begun.
func (p *Progress) absent() error {
	if read, of := p.read.Load(), p.of.Load(); read < of {
		return fmt.Errorf("%w (record %d of %d)", ErrBuilding, read, of)
	}
	return ErrBuilding
}

// Differences returns how many differences between the view and the ledger the last check
// found, 0 before the first.
func (p *Progress) Differences() int64 { return p.differences.Load() }

// checked notes what a check found.
func (p *Progress) checked(differences int) { p.differences.Store(int64(differences)) }

// AsOf says which record a view has come to.
type AsOf struct {
	Seq uint64
	At  time.Time // of that record; zero: none yet
}

// AsOf returns how far the view has come.
func (p *Progress) AsOf() AsOf {
	at, _ := p.at()
	return AsOf{at.seq, at.at}
}

// Lag returns by how many records the view is behind the journal.
func (p *Progress) Lag() uint64 {
	at, _ := p.at() // before the end of the journal, which may grow meanwhile
	return p.feed.Seq() - at.seq
}

// Age returns how long ago the journal was as the view is, 0 if the view is not behind.
func (p *Progress) Age() time.Duration {
	at, _ := p.at()
	if at.seq >= p.feed.Seq() {
		return 0
	}
	return max(0, p.now().Sub(at.at))
}

// catchUpMax bounds how long CatchUp waits.
const catchUpMax = 3 * time.Second

// CatchUp waits until the view has record seq, so that somebody sees what they have just
// done. It waits for a few seconds at most: the error is then ErrBehind, and what is read is
// as of an earlier record.
func (p *Progress) CatchUp(ctx context.Context, seq uint64) error {
	timer := time.NewTimer(catchUpMax)
	defer timer.Stop()
	for {
		at, grew := p.at()
		if at.seq >= seq {
			return nil
		}
		select {
		case <-grew:
		case <-timer.C:
			return ErrBehind
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Latest calls CatchUp with the last record of the journal.
func (p *Progress) Latest(ctx context.Context) error { return p.CatchUp(ctx, p.feed.Seq()) }
