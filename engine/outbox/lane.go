package outbox

import (
	"context"
	"slices"
	"sync"
	"time"

	"mpg/engine/notice"
	"mpg/store"
)

// lane is one channel with the texts that go by it.
type lane struct {
	d       *Dispatcher
	channel Channel
	kick    chan struct{} // a queue became ready

	mu       sync.Mutex
	backlogs [2]*backlog       // what is urgent, and what can wait; see lang.Class
	taken    map[string]uint64 // texts taken so far, by sender
	unfit    map[string]bool   // senders with an Unfit text and none taken since
}

// The backlogs of a lane. What is urgent goes first.
const (
	urgent = iota
	canWait
)

func newLane(dispatcher *Dispatcher, channel Channel) *lane {
	l := &lane{d: dispatcher, channel: channel, kick: make(chan struct{}, 1), taken: make(map[string]uint64), unfit: make(map[string]bool)}
	for i := range l.backlogs {
		l.backlogs[i] = newBacklog(l)
	}
	return l
}

// backlogOf returns where a notice waits.
func (l *lane) backlogOf(told *notice.Notice) *backlog {
	if told.Class.Urgent() {
		return l.backlogs[urgent]
	}
	return l.backlogs[canWait]
}

// run sends until ctx ends. It always takes the earliest text of the most urgent that
// may go, so that after a time without a link everything urgent is sent in the order of
// the commits, and then the rest.
func (l *lane) run(ctx context.Context) {
	for l.wait(ctx) {
		if l.channel.Ready(ctx) != nil {
			return // ctx has ended
		}
		q, n, ok := l.take()
		if !ok || !l.begin(ctx, q) {
			continue
		}
		l.channel.Send(ctx, n, func(outcome Outcome) { l.ended(q, outcome) })
	}
}

// wait returns once a text may go, or false when ctx ends.
func (l *lane) wait(ctx context.Context) bool {
	for ctx.Err() == nil {
		wait, ready := l.due()
		if ready {
			return true
		}
		timer := time.NewTimer(wait)
		select {
		case <-l.kick:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return false
}

// lookAgain bounds a wait with nothing due.
const lookAgain = time.Minute

// due makes ready what has waited long enough. If nothing is ready, it returns how
// long the next one has to wait.
func (l *lane) due() (wait time.Duration, ready bool) {
	now := l.d.cfg.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	wait = lookAgain
	for _, b := range l.mayGo() {
		wait = min(wait, b.due(now))
		ready = ready || b.ready.Len() > 0
	}
	return wait, ready
}

// mayGo returns the backlogs from which texts are sent now.
func (l *lane) mayGo() []*backlog {
	if l.d.heldBack.Load() {
		return l.backlogs[:canWait]
	}
	return l.backlogs[:]
}

// take returns the earliest text of the most urgent that may go, which is then on its
// way.
func (l *lane) take() (*queue, *notice.Notice, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.mayGo() {
		if b.ready.Len() > 0 {
			q := b.ready.queues[0]
			q.flying = true
			b.settle(q)
			return q, q.rows[0].notice, true
		}
	}
	return nil, nil, false
}

// ended applies the outcome of the text that is on its way in a queue.
func (l *lane) ended(waiting *queue, outcome Outcome) {
	if l.d.cfg.Sent != nil {
		l.d.cfg.Sent(outcome)
	}
	var gone []store.RowID
	var why notice.Why // it is not sent; empty: it was
	policy, now := l.channel.Retry(), l.d.cfg.Now()
	l.mu.Lock()
	waiting.flying = false
	head := waiting.rows[0]
	from := head.notice.From
	if head.attempts > 0 && (outcome == Busy || outcome == Unfit) { // it was turned away and cost nothing
		head.attempts--
		l.d.takeBack(try{head.id, head.began})
	}
	switch {
	case outcome == Accepted:
		l.tookFrom(from)
		gone = waiting.drop(0, gone)
	case outcome == Never:
		gone, why = waiting.drop(0, gone), notice.WhyRefused
	case head.interim && waiting.headIsReplaced():
		l.d.count.replaced.Add(1)
		gone, why = waiting.drop(0, gone), notice.WhyReplaced
	case policy.exhausted(head.attempts):
		gone, why = l.giveUp(waiting, outcome.String(), gone), notice.WhyGivenUp
	case head.refused(outcome, l.taken[from], now, policy):
		gone, why = l.giveUp(waiting, outcome.String(), gone), notice.WhyGivenUp
	case outcome == Unfit:
		l.unfit[from] = true
	}
	waiting.in.settle(waiting)
	l.mu.Unlock()
	if why != "" {
		l.d.drop(why, gone...)
		return
	}
	l.d.mark(gone...)
}

// giveUp drops the head of a queue, which its policy allows no further attempt, and adds
// its id to gone. last is how the last try ended.
func (l *lane) giveUp(waiting *queue, last string, gone []store.RowID) []store.RowID {
	head := waiting.rows[0]
	l.d.count.givenUp.Add(1)
	l.d.cfg.Log.Error("text given up: its channel allows no further try",
		"ref", head.notice.Args.Ref, "via", l.channel.Name(), "last", last, "tries", max(head.tries, head.attempts))
	return waiting.drop(0, gone)
}

// tookFrom counts a text of a sender that was taken. The settings fit again, so
// that texts refused because of them need not wait.
func (l *lane) tookFrom(from string) {
	l.taken[from]++
	if len(l.unfit) == 0 || !l.unfit[from] {
		return
	}
	delete(l.unfit, from)
	l.hastenLocked(func(entry *row) bool { return entry.outcome == Unfit && entry.notice.From == from })
}

// hasten makes those waiting heads due at once that match.
func (l *lane) hasten(which func(*row) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hastenLocked(which)
}

func (l *lane) hastenLocked(which func(*row) bool) {
	for _, b := range l.backlogs {
		for _, q := range slices.Clone(b.delayed.queues) {
			if head := q.rows[0]; which(head) {
				head.due, head.tries = time.Time{}, min(head.tries, 1)
				b.settle(q)
			}
		}
	}
}

// idle reports whether the lane has nothing to do.
func (l *lane) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.backlogs {
		if b.rows > 0 || b.full || len(b.queues) > 0 {
			return false
		}
	}
	return true
}

// stalled reports whether no text is being sent, and none can be before until. up says
// whether the channel takes texts now.
func (l *lane) stalled(up bool, until time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, b := range l.backlogs {
		for _, q := range b.queues {
			if q.flying {
				return false
			}
		}
	}
	if !up {
		return true
	}
	for _, b := range l.mayGo() {
		if b.ready.Len() > 0 || b.full || b.delayed.Len() > 0 && !b.delayed.queues[0].rows[0].due.After(until) {
			return false
		}
	}
	return true
}

// state describes what the lane has to send.
func (l *lane) state() State {
	now := l.d.cfg.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	s := State{Channel: l.channel.Name(), CanWait: l.backlogs[canWait].rows}
	for _, b := range l.backlogs {
		s.Rows += b.rows
		s.More = s.More || b.full
		for _, q := range b.queues {
			s.More = s.More || q.left != 0
			if len(q.rows) > 0 {
				s.Oldest = max(s.Oldest, now.Sub(q.rows[0].read))
			}
		}
	}
	return s
}
