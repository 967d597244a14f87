package bolt

import (
	"context"
	"runtime"

	"mpg/store"
)

// queue holds the calls of Apply that wait for the committer, and tells them when it has
// ended. The zero queue is that of a store that is only read.
type queue struct {
	requests chan *request
	quit     chan struct{} // closed by Close: the committer must end
	stopped  chan struct{} // closed by the committer when it has
	broken   chan struct{} // closed by the committer when a commit has failed
}

// request is one call of Apply.
type request struct {
	cmds    []store.Cmd
	results []store.Result
	bytes   int
	done    chan error
}

func newQueue() queue {
	return queue{make(chan *request, queueMax), make(chan struct{}), make(chan struct{}), make(chan struct{})}
}

// apply waits until the committer has done cmds, and returns its results.
func (q *queue) apply(ctx context.Context, cmds []store.Cmd) ([]store.Result, error) {
	req := &request{cmds: cmds, results: make([]store.Result, len(cmds)), bytes: dataBytes(cmds), done: make(chan error, 1)}
	select {
	case <-q.quit: // checked first: the queue may have room, but nobody will read it
		return nil, q.refusal()
	default:
	}
	select {
	case q.requests <- req:
	case <-q.quit:
		return nil, q.refusal()
	case <-q.stopped:
		return nil, q.refusal()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case err := <-req.done:
		return req.answer(err)
	case <-q.stopped:
	}
	select { // it was answered before the end, or never started
	case err := <-req.done:
		return req.answer(err)
	default:
		return nil, q.refusal()
	}
}

func (r *request) answer(err error) ([]store.Result, error) {
	if err != nil {
		return nil, err
	}
	return r.results, nil
}

// refusal returns why nothing is done any more.
func (q *queue) refusal() error {
	select {
	case <-q.broken:
		return store.ErrBroken
	default:
		return store.ErrClosed
	}
}

func dataBytes(cmds []store.Cmd) int {
	n := 0
	for i := range cmds {
		for j := range cmds[i].Writes {
			n += len(cmds[i].Writes[j].Data)
		}
		for j := range cmds[i].Outbox {
			n += len(cmds[i].Outbox[j].Data)
		}
	}
	return n
}

// next waits for a request, or returns nil once the committer must end.
func (q *queue) next() *request {
	select {
	case req := <-q.requests:
		return req
	case <-q.quit:
		return nil
	}
}

// gather adds to a batch whatever waits, up to the limits. The callers that the last commit
// has just woken are allowed to run first, so that whatever they send at once shares this
// commit instead of waiting for it. It returns in over the request that did not fit.
func (q *queue) gather(batch []*request, cmdsMax int) (full []*request, over *request) {
	runtime.Gosched()
	cmds, bytes := len(batch[0].cmds), batch[0].bytes
	for {
		select {
		case req := <-q.requests:
			cmds, bytes = cmds+len(req.cmds), bytes+req.bytes
			if cmds > cmdsMax || bytes > batchBytesMax {
				return batch, req
			}
			batch = append(batch, req)
		default:
			return batch, nil
		}
	}
}
