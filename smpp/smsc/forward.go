package smsc

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/wire"
)

// message is a deliver_sm until it is acknowledged.
type message struct {
	frame pdu.Frame
	tlvs  int    // octets of optional parameters at the end of frame
	seq   uint32 // of its last delivery; 0: never sent
	done  func(pdu.Status)
}

// padded returns the frame of m with NULs after its short_message.
func (m *message) padded(nuls int) pdu.Frame {
	if nuls <= 0 {
		return m.frame
	}
	end := len(m.frame) - m.tlvs
	frame := slices.Concat(m.frame[:end], make(pdu.Frame, nuls), m.frame[end:])
	binary.BigEndian.PutUint32(frame, uint32(len(frame)))
	return frame
}

// queue holds the messages that wait for a link, oldest first.
type queue struct {
	items []*message
	head  int
}

func (q *queue) len() int { return len(q.items) - q.head }

func (q *queue) push(last *message) { q.items = append(q.items, last) }

func (q *queue) pop() *message {
	oldest := q.items[q.head]
	q.items[q.head] = nil
	q.head++
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	return oldest
}

// pushFront puts messages, in their order, ahead of all others.
func (q *queue) pushFront(messages []*message) {
	q.items = slices.Concat(messages, q.items[q.head:])
	q.head = 0
}

// forward stores messages and forwards them over the bound links until each is
// acknowledged. mu also guards the fields of a link that change with that, inflight and
// seq.
type forward struct {
	cfg    *Config
	faults *faultState
	tasks  *sync.WaitGroup
	closed chan struct{}

	delivered, redelivered atomic.Uint64 // messages

	mu      sync.Mutex
	shut    bool
	links   []*link // bound, in the order in which they bound
	queue   queue
	changed chan struct{} // closed when links changes
}

// close refuses further messages and drops the timers. It is called once.
func (f *forward) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shut = true
	close(f.closed)
}

// add queues a message, or the message and a copy of it.
func (f *forward) add(fresh *message, twice bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.shut {
		return ErrClosed
	}
	f.queue.push(fresh)
	if twice {
		f.queue.push(&message{frame: slices.Clone(fresh.frame), tlvs: fresh.tlvs})
	}
	f.dispatch()
	return nil
}

// waiting counts the messages not yet acknowledged, in the queue or on a link.
func (f *forward) waiting() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	count := f.queue.len()
	for _, each := range f.links {
		count += len(each.inflight)
	}
	return count
}

// bound returns the number of links, and the channel that is closed when that changes.
func (f *forward) bound() (links int, changed <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.links), f.changed
}

// waitBound returns once that many links are bound, or with ctx's error.
func (f *forward) waitBound(ctx context.Context, want int) error {
	for {
		have, changed := f.bound()
		if have == want {
			return nil
		}
		select {
		case <-changed:
		case <-f.closed:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// each calls fn for every bound link, with the lock held.
func (f *forward) each(fn func(*link)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, bound := range f.links {
		fn(bound)
	}
}

// dispatch moves messages onto links that have room, in turn. The caller holds mu.
func (f *forward) dispatch() {
	for busy := 0; f.queue.len() > 0 && busy < len(f.links); {
		next := f.links[0]
		f.links = append(f.links[1:], next) // the next one's turn
		if !next.receives || len(next.inflight) >= f.cfg.Window {
			busy++
			continue
		}
		busy = 0
		f.send(next, f.queue.pop())
	}
}

// send puts a message on a link. The caller holds mu. A link that fails here is about to
// end, and its messages are then queued again.
func (f *forward) send(on *link, oldest *message) {
	if oldest.seq != 0 {
		f.redelivered.Add(1)
	}
	if oldest.seq == 0 || !f.cfg.KeepSequence || on.inflight[oldest.seq] != nil {
		oldest.seq = on.sequence()
	}
	on.inflight[oldest.seq] = oldest
	oldest.frame.SetSequence(oldest.seq)
	_ = on.out.Append(wire.Bulk, oldest.padded(f.faults.now().Padding))
	if f.cfg.AckWithin > 0 {
		f.giveUp(on, oldest, oldest.seq)
	}
}

// giveUp delivers a message again if it is not acknowledged within AckWithin.
func (f *forward) giveUp(on *link, sent *message, seq uint32) {
	f.later(f.cfg.AckWithin, func() {
		if on.inflight[seq] != sent {
			return
		}
		delete(on.inflight, seq)
		f.queue.pushFront([]*message{sent})
		f.dispatch()
	})
}

// later runs fn after wait, with the lock held, unless the server is closed first.
func (f *forward) later(wait time.Duration, fn func()) {
	f.tasks.Go(func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-f.closed:
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		fn()
	})
}

// first returns the oldest waiting message, or nil.
func (f *forward) first() *message {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.queue.len() == 0 {
		return nil
	}
	return f.queue.items[f.queue.head]
}

// answered ends the deliver_sm that a deliver_sm_resp answers, or sends it again
// later. SMPP 3.4 4.6.2
func (f *forward) answered(on *link, resp pdu.Header) {
	lost := f.faults.now().LoseAcks
	f.mu.Lock()
	sent := on.inflight[resp.SequenceNumber]
	if sent == nil || lost {
		f.mu.Unlock()
		return
	}
	delete(on.inflight, resp.SequenceNumber)
	again := resp.CommandStatus.Transient() && f.cfg.RetryAfter > 0
	if again {
		f.retry(sent)
	}
	f.dispatch()
	f.mu.Unlock()
	if again {
		return
	}
	if resp.CommandStatus == pdu.ROK {
		f.delivered.Add(1)
	}
	if sent.done != nil {
		sent.done(resp.CommandStatus)
	}
}

// retry queues a message again after RetryAfter.
func (f *forward) retry(refused *message) {
	f.later(f.cfg.RetryAfter, func() {
		f.queue.push(refused)
		f.dispatch()
	})
}

// join adds a bound link and gives it work.
func (f *forward) join(fresh *link) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.links = append(f.links, fresh)
	f.linksChanged()
	f.dispatch()
}

// part removes a link and takes back what it had not acknowledged, in the order
// in which it was sent.
func (f *forward) part(ended *link) {
	f.mu.Lock()
	defer f.mu.Unlock()
	place := slices.Index(f.links, ended)
	if place < 0 {
		return
	}
	f.links = slices.Delete(f.links, place, place+1)
	back := make([]*message, 0, len(ended.inflight))
	for _, sent := range ended.inflight {
		back = append(back, sent)
	}
	slices.SortFunc(back, func(left, right *message) int { return int(left.seq) - int(right.seq) })
	clear(ended.inflight)
	f.queue.pushFront(back)
	f.linksChanged()
	f.dispatch()
}

// linksChanged wakes waitBound. The caller holds mu.
func (f *forward) linksChanged() {
	close(f.changed)
	f.changed = make(chan struct{})
}
