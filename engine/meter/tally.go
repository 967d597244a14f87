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

// Add adds more to the count of key. A key that is not in the list is not counted.
func (t Tally[K]) Add(key K, more int64) {
	if c := t.by[key]; c != nil {
		c.Add(more)
	}
}

// Load returns the count of key.
func (t Tally[K]) Load(key K) int64 {
	if c := t.by[key]; c != nil {
		return c.Load()
	}
	return 0
}
