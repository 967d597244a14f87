package demo

import (
	"context"
	"sort"
	"sync"
)

// hub keeps the latest value of each topic and wakes who watches. A watcher
// that is slow misses values that were overtaken, never the last one, so no
// queue can overflow and a page that reconnects needs no history.
type hub struct {
	mu      sync.Mutex
	version uint64
	topics  map[string]topic
	changed chan struct{} // closed and replaced at each change
}

type topic struct {
	value   any
	version uint64
}

// update is the value of a topic at a version of the hub.
type update struct {
	Topic   string
	Value   any
	Version uint64
}

func newHub() *hub {
	return &hub{topics: map[string]topic{}, changed: make(chan struct{})}
}

// set stores a value, which nobody may change afterwards.
func (h *hub) set(name string, value any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.version++
	h.topics[name] = topic{value, h.version}
	close(h.changed)
	h.changed = make(chan struct{})
}

// since returns what changed after version, oldest first, and a channel that is
// closed at the next change.
func (h *hub) since(version uint64) ([]update, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []update
	for name, t := range h.topics {
		if t.version > version {
			list = append(list, update{name, t.value, t.version})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Version < list[j].Version })
	return list, h.changed
}

// wait returns once cond holds; it is asked again after each change.
func (h *hub) wait(ctx context.Context, cond func() bool) error {
	for {
		h.mu.Lock()
		changed := h.changed
		h.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
