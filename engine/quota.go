package engine

import (
	"sync"
	"time"
)

// quotaSendersMax bounds the memory of a quota; beyond it the hour begins anew
// for all.
const quotaSendersMax = 100_000

// quota counts answers by sender in the last hour. It is not kept over a
// restart: it guards against loops, not against debts.
type quota struct {
	mu   sync.Mutex
	seen map[string][]time.Time
	long map[string]time.Time // when the last part of a long text came, by sender
}

// partsWithin is the longest time between one part of a long text and the next.
const partsWithin = time.Minute

// beginsLong reports whether a part is the first of its long text, so that the
// text is answered once. It is for parts that do not name their text; see
// parts.
func (q *quota) beginsLong(sender string, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.long == nil || len(q.long) >= quotaSendersMax {
		q.long = make(map[string]time.Time)
	}
	last, ok := q.long[sender]
	q.long[sender] = now
	ago := now.Sub(last)
	return !ok || ago < 0 || ago >= partsWithin
}

// allow reports whether sender may have one more of limit an hour, and counts
// it.
func (q *quota) allow(sender string, now time.Time, limit int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.seen == nil || len(q.seen) >= quotaSendersMax {
		q.seen = make(map[string][]time.Time)
	}
	kept := q.seen[sender][:0]
	for _, at := range q.seen[sender] {
		if ago := now.Sub(at); ago >= 0 && ago < time.Hour { // one in the future comes from a clock that ran ahead
			kept = append(kept, at)
		}
	}
	if len(kept) >= limit {
		q.seen[sender] = kept
		return false
	}
	q.seen[sender] = append(kept, now)
	return true
}

// counts limits something by sender, in hours that begin with the first event. It is
// smaller than a quota, and like a quota it does not survive a restart.
type counts struct {
	mu sync.Mutex
	by map[string]counted
}

// counted is the number of events since a time.
type counted struct {
	since time.Time
	n     int
}

// allow reports whether sender may have one more of limit, and counts it.
func (c *counts) allow(sender string, now time.Time, limit int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil || len(c.by) >= quotaSendersMax {
		c.by = make(map[string]counted)
	}
	one := c.by[sender]
	if ago := now.Sub(one.since); ago < 0 || ago >= time.Hour { // one in the future comes from a clock that ran ahead
		one = counted{since: now}
	}
	if one.n >= limit {
		return false
	}
	one.n++
	c.by[sender] = one
	return true
}
