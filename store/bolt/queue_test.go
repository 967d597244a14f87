package bolt

import (
	"context"
	"errors"
	"testing"

	"mpg/store"
)

// waiting returns a queue in which calls of so many Cmds wait.
func waiting(t *testing.T, sizes ...int) *queue {
	t.Helper()
	q := newQueue()
	for _, n := range sizes {
		q.requests <- &request{cmds: make([]store.Cmd, n), bytes: n}
	}
	return &q
}

// TestGather: a batch takes what waits as long as it fits; the first always does, and what
// does not fit comes first in the next batch.
func TestGather(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		sizes []int
		calls int
		over  int // Cmds of the call that did not fit
	}{
		"one":             {[]int{1}, 1, 0},
		"all fit":         {[]int{1, 2, 3}, 3, 0},
		"just fits":       {[]int{4, 6}, 2, 0},
		"one too many":    {[]int{4, 7}, 1, 7},
		"the first alone": {[]int{50}, 1, 0},
		"after a big one": {[]int{50, 1}, 1, 1},
		"of many":         {[]int{3, 3, 3, 3, 3}, 3, 3},
	} {
		q := waiting(t, tt.sizes...)
		full, over := q.gather([]*request{q.next()}, 10)
		got := 0
		if over != nil {
			got = len(over.cmds)
		}
		if len(full) != tt.calls || got != tt.over {
			t.Errorf("%s: %d calls, and one of %d Cmds is over; want %d and %d", name, len(full), got, tt.calls, tt.over)
		}
	}
	q := newQueue()
	for range 3 {
		q.requests <- &request{cmds: make([]store.Cmd, 1), bytes: batchBytesMax/2 + 1}
	}
	if full, over := q.gather([]*request{q.next()}, 10); len(full) != 1 || over == nil {
		t.Errorf("%d calls with too much data are a batch", len(full))
	}
}

// TestApplyOfAnEndedQueue: whoever comes when nobody commits any more is told why, and
// whoever waits in the queue as well.
func TestApplyOfAnEndedQueue(t *testing.T) {
	t.Parallel()
	cmds := make([]store.Cmd, 1)
	for name, tt := range map[string]struct {
		end  func(q *queue)
		want error
	}{
		"closed":           {func(q *queue) { close(q.quit); close(q.stopped) }, store.ErrClosed},
		"about to close":   {func(q *queue) { close(q.quit) }, store.ErrClosed},
		"broken":           {func(q *queue) { close(q.broken); close(q.stopped) }, store.ErrBroken},
		"broken and quit":  {func(q *queue) { close(q.broken); close(q.stopped); close(q.quit) }, store.ErrBroken},
		"full, and closed": {func(q *queue) { fillUp(q); close(q.stopped) }, store.ErrClosed},
	} {
		q := newQueue()
		tt.end(&q)
		if res, err := q.apply(t.Context(), cmds); !errors.Is(err, tt.want) || res != nil {
			t.Errorf("%s: %v, %v", name, res, err)
		}
	}
}

// fillUp fills the queue.
func fillUp(q *queue) {
	for range queueMax {
		q.requests <- &request{}
	}
}

// TestApplyIsAnsweredOnce: an answer that came before the end counts, and a call that
// nobody took is refused.
func TestApplyIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]bool{"answered": true, "never begun": false} {
		q := newQueue()
		go func() {
			req := <-q.requests
			if take {
				req.results[0].Seq = 7
				req.done <- nil
			}
			close(q.stopped)
		}()
		res, err := q.apply(t.Context(), make([]store.Cmd, 1))
		if take != (err == nil && len(res) == 1 && res[0].Seq == 7) || !take && !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s: %v, %v", name, res, err)
		}
	}
}

// TestApplyEndsWithItsContext while there is no place in the queue, and is not in it then.
func TestApplyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	q := newQueue()
	fillUp(&q)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := q.apply(ctx, make([]store.Cmd, 1)); !errors.Is(err, context.Canceled) || len(q.requests) != queueMax {
		t.Errorf("%v, %d calls wait", err, len(q.requests))
	}
}

// TestNextEnds once nobody is to be served any more.
func TestNextEnds(t *testing.T) {
	t.Parallel()
	q := newQueue()
	close(q.quit)
	if req := q.next(); req != nil {
		t.Errorf("%+v comes next", req)
	}
}
