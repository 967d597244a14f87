package outbox

import (
	"context"
	"errors"
	"time"

	"mpg/engine/notice"
	"mpg/store"
)

// Attempts counts the tries of costly media where a restart does not forget them. Its
// methods may be called from any goroutine.
type Attempts interface {
	// Tried returns how often a row was tried, and when last; 0 if never. It does not
	// block.
	Tried(row store.RowID) (tries int, last time.Time)

	// Begin is called before a try: once it returns nil, Tried returns tries and at for
	// the row, after a crash as well. After an error nothing is sent.
	Begin(ctx context.Context, row store.RowID, tries int, at time.Time) error

	// TakeBack uncounts the try that began at that time, since it cost nothing. It
	// does nothing if another has begun since, or the row is done.
	TakeBack(ctx context.Context, row store.RowID, at time.Time) error
}

// try names a try of a row by when it began.
type try struct {
	row store.RowID
	at  time.Time
}

// errNoAttempts says that a channel became costly although nobody counts its tries.
var errNoAttempts = errors.New("outbox: a costly channel needs Config.Attempts")

// row is one text.
type row struct {
	id      store.RowID
	notice  *notice.Notice
	read    time.Time
	interim bool

	attempts int       // tries by a costly channel that may have cost something, including those before a restart
	began    time.Time // when the last of them began

	// The rest is about a row that was refused.
	due                   time.Time // zero: at once
	since                 time.Time
	tries                 int
	outcome               Outcome
	takenFirst, takenLast uint64 // texts by the same sender taken until the first and the last refusal
}

// resume has r go on after tries that began before a restart. Whether the last was
// taken is not known, which is what Uncertain means; so r waits as after that outcome.
// taken is how many texts of the sender were taken since the restart.
func (r *row) resume(tries int, last, now time.Time, taken uint64, policy Retry) {
	if tries == 0 {
		return
	}
	r.attempts, r.tries, r.outcome = tries, tries, Uncertain
	r.since, r.takenFirst, r.takenLast = now, taken, taken
	if policy.exhausted(tries) {
		return // begin gives it up when its turn comes
	}
	wait := policy.wait(tries, Uncertain, false)
	if at := last.Add(wait); at.After(now) {
		r.due = now.Add(min(wait, at.Sub(now))) // not longer, if the clock was set back
	}
}

// begin counts an attempt to send the head of a queue, durably if its channel is costly. It
// reports false if the head is not to be sent now.
func (l *lane) begin(ctx context.Context, waiting *queue) bool {
	policy := l.channel.Retry()
	if policy.Tries <= 0 {
		return true
	}
	l.mu.Lock()
	head := waiting.rows[0] // it stays the head while it is being sent
	id, tries := head.id, head.attempts+1
	l.mu.Unlock()
	if policy.exhausted(tries - 1) {
		l.mu.Lock()
		waiting.flying = false
		gone := l.giveUp(waiting, head.outcome.String(), nil)
		waiting.in.settle(waiting)
		l.mu.Unlock()
		l.d.drop(notice.WhyGivenUp, gone...)
		return false
	}
	now := l.d.cfg.Now()
	err := errNoAttempts
	if l.d.cfg.Attempts != nil {
		err = l.d.cfg.Attempts.Begin(ctx, id, tries, now)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		head.attempts, head.began = tries, now
		return true
	}
	if ctx.Err() == nil {
		l.d.cfg.Log.Error("a try cannot be recorded, so nothing is sent", "via", l.channel.Name(), "row", uint64(id), "err", err)
	}
	waiting.flying = false
	head.due = now.Add(beginRetry)
	waiting.in.settle(waiting)
	return false
}

// beginRetry is the wait after a try that could not be written down.
const beginRetry = time.Second
