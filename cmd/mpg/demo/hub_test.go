package demo

import (
	"context"
	"errors"
	"sync"
	"testing"
)

func TestHubKeepsTheLatest(t *testing.T) {
	t.Parallel()
	h := newHub()
	h.set("a", 1)
	h.set("b", 2)
	h.set("a", 3)
	list, changed := h.since(0)
	if len(list) != 2 || list[0].Topic != "b" || list[1].Value != 3 {
		t.Errorf("since 0: %+v, want b=2 and then a=3", list)
	}
	if again, _ := h.since(list[1].Version); len(again) != 0 {
		t.Errorf("since the last version: %+v, want nothing", again)
	}
	select {
	case <-changed:
		t.Error("changed without a change")
	default:
	}
	h.set("b", 4)
	<-changed
	if after, _ := h.since(list[1].Version); len(after) != 1 || after[0].Value != 4 {
		t.Errorf("after the change: %+v", after)
	}
}

func TestHubWakesWhoWaits(t *testing.T) {
	t.Parallel()
	const waiters, last = 8, 200
	h := newHub()
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	var done sync.WaitGroup
	for range waiters {
		done.Go(func() {
			err := h.wait(ctx, func() bool {
				list, _ := h.since(0)
				return len(list) == 1 && list[0].Value == last
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	for i := range last + 1 {
		h.set("count", i)
	}
	done.Wait()
	cancel()
	if err := h.wait(ctx, func() bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for nothing: %v", err)
	}
}
