// Package meter counts and measures what the engine does, for the metrics.
//
// Everything in it may be read and written by any goroutine. It imports nothing of ours.
package meter

import (
	"slices"
	"sync/atomic"
)

// Tally counts by a closed list of keys.
type Tally[K comparable] struct {
	keys []K
	by   map[K]*atomic.Int64
}

// NewTally returns a Tally of the keys.
func NewTally[K comparable](keys ...K) Tally[K] {
	t := Tally[K]{slices.Clone(keys), make(map[K]*atomic.Int64, len(keys))}
	for _, k := range keys {
		t.by[k] = new(atomic.Int64)
	}
	return t
}

// Keys lists the keys in their order.
func (t Tally[K]) Keys() []K { return slices.Clone(t.keys) }

// Add adds n to the count of k. A key that is not in the list is not counted.
func (t Tally[K]) Add(k K, n int64) {
	if c := t.by[k]; c != nil {
		c.Add(n)
	}
}

// Load returns the count of k.
func (t Tally[K]) Load(k K) int64 {
	if c := t.by[k]; c != nil {
		return c.Load()
	}
	return 0
}
