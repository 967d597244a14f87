package smpp

import (
	"sync"
	"time"
)

// requests holds our requests on one link that wait for an answer: each submit_sm, and the
// enquire_link. It is safe for concurrent use.
type requests struct {
	mu     sync.Mutex
	slots  slots
	probe  slot      // the unanswered enquire_link; seq 0: none
	probed time.Time // when the last enquire_link was sent, or the link started
	mute   mute
	closed bool // no new submit_sm
}

// close refuses further submits. Those that wait for an answer stay.
func (r *requests) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

func (r *requests) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// put keeps a submit under a new sequence_number; false: no more are accepted.
func (r *requests) put(submit slot) (seq uint32, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return 0, false
	}
	return r.slots.put(submit), true
}

// take removes and returns the submit of seq; false: it has ended already.
func (r *requests) take(seq uint32) (slot, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.slots.take(seq)
}

// answered is take for a submit that the SMSC has answered. Even an answer that comes too
// late for its submit shows that the SMSC is not mute.
func (r *requests) answered(seq uint32) (slot, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mute.answered()
	return r.slots.take(seq)
}

// expired removes and returns one submit that is older than limit; false: there is
// none. A zero limit takes any.
func (r *requests) expired(now time.Time, limit time.Duration) (slot, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	late, ok := r.slots.expired(now, limit)
	if ok {
		r.mute.unanswered(late.at)
	}
	return late, ok
}

// sequence returns a number for a request that waits elsewhere, or for no answer.
func (r *requests) sequence() uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.slots.free()
}

// check returns why the link must be given up, or the sequence_number of an enquire_link
// that is to be sent now; 0: none. late says that a submit was not answered, and acks how
// many acknowledgements go out before the enquire_link.
func (r *requests) check(now time.Time, limits Timeouts, late bool, acks uint64) (seq uint32, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked := r.probe.seq != 0
	switch {
	case asked && now.Sub(r.probe.at) >= limits.Response:
		return 0, errSilent
	case r.mute.proved(now, limits.Response):
		return 0, errMute
	case asked, !late && now.Sub(r.probed) < limits.EnquireLink:
		return 0, nil
	}
	r.probe = slot{seq: r.slots.free(), at: now, acks: acks}
	r.probed = now
	return r.probe.seq, nil
}

// probeAnswered ends the enquire_link with this number, if there is one, and returns it.
func (r *requests) probeAnswered(seq uint32) (probe slot, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.probe.seq == 0 || r.probe.seq != seq {
		return slot{}, false
	}
	probe, r.probe = r.probe, slot{}
	return probe, true
}
