// Package quota limits how much each sender may have in an hour.
//
// What it counts is bounded in memory and does not survive a restart: it guards against
// loops and floods, not against debts. It imports nothing of ours.
package quota

import (
	"sync"
	"time"
)

// SendersMax bounds the memory of a quota; beyond it the hour begins anew for all.
const SendersMax = 100_000

// Sliding limits events by sender within any hour. It may be used by any number of
// goroutines, and its zero value is ready.
type Sliding struct {
	mu   sync.Mutex
	seen map[string][]time.Time
}

// Allow reports whether sender may have one more of limit an hour, and counts it.
func (q *Sliding) Allow(sender string, now time.Time, limit int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.seen == nil || len(q.seen) >= SendersMax {
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

// Fixed limits events by sender, in hours that begin with the first event. It is smaller
// than a Sliding. It may be used by any number of goroutines, and its zero value is ready.
type Fixed struct {
	mu sync.Mutex
	by map[string]counted
}

// counted is the number of events since a time.
type counted struct {
	since time.Time
	n     int
}

// Allow reports whether sender may have one more of limit, and counts it.
func (q *Fixed) Allow(sender string, now time.Time, limit int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.by == nil || len(q.by) >= SendersMax {
		q.by = make(map[string]counted)
	}
	one := q.by[sender]
	if ago := now.Sub(one.since); ago < 0 || ago >= time.Hour { // one in the future comes from a clock that ran ahead
		one = counted{since: now}
	}
	if one.n >= limit {
		return false
	}
	one.n++
	q.by[sender] = one
	return true
}
