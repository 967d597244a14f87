package smpp

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"mpg/smpp/pdu"
	"mpg/smpp/wire"
)

// Why a link ended, beside the errors of its connection.
var (
	errSilent      = errors.New("smpp: enquire_link not answered")
	errMute        = errors.New("smpp: submit_sm are not answered")
	errForgotten   = errors.New("smpp: the SMSC no longer knows the bind (ESME_RINVBNDSTS)")
	errPeerUnbound = errors.New("smpp: the SMSC unbound")
	errUnbound     = errors.New("smpp: unbound")
)

// link is one bound connection. read and write run on a goroutine each, watch
// on Run's; everything else is called from anywhere.
type link struct {
	s     *Session
	epoch uint64
	conn  net.Conn
	in    *wire.Reader
	out   *wire.Writer
	proof *proof

	unacked atomic.Int64 // deliver_sm handed to Deliver and not acknowledged
	stall   stall

	// Of the reading goroutine alone, so that a PDU costs no allocation.
	sm      pdu.SM
	scratch []byte
	warned  map[string]bool // faults of deliver_sm that have been logged

	unbound chan struct{} // closed at unbind_resp
	dead    chan struct{} // closed when conn is

	mu      sync.Mutex
	slots   slots
	probe   slot      // the enquire_link under way
	probed  time.Time // when the last enquire_link was sent, or the link started
	mute    mute
	leaving bool // no new submit_sm
	why     error
	closed  bool
}

func newLink(s *Session, epoch uint64, conn net.Conn, in *wire.Reader) *link {
	now := s.cfg.Now()
	l := &link{
		s: s, epoch: epoch, conn: conn, in: in,
		proof:   s.proofs.add(epoch),
		probed:  now,
		warned:  make(map[string]bool),
		unbound: make(chan struct{}),
		dead:    make(chan struct{}),
		slots:   newSlots(s.cfg.Window),
	}
	l.slots.seq = bindSequence
	l.stall.beat(now)
	l.out = wire.NewWriter(timed{conn, l}, s.cfg.Timeouts.Write)
	return l
}

// write sends until the link is to end, and ends it.
func (l *link) write() {
	l.fail(l.out.Run())
}

// fail notes the first cause and closes the connection, which ends read and
// write. A nil cause leaves the one that was noted before.
func (l *link) fail(err error) {
	l.note(err)
	l.mu.Lock()
	closed := l.closed
	l.closed, l.leaving = true, true
	l.mu.Unlock()
	if closed {
		return
	}
	l.out.Close()
	_ = l.conn.Close()
	close(l.dead)
}

// note records why the link ends and takes no more submits.
func (l *link) note(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leaving = true
	if l.why == nil {
		l.why = err
	}
}

func (l *link) cause() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why
}

// send queues an answer or an enquire_link. A peer that lets megabytes of
// answers lie is not worth keeping.
func (l *link) send(frame []byte) error {
	err := l.out.Append(wire.Control, frame)
	if errors.Is(err, wire.ErrBacklog) {
		l.fail(err)
	}
	if err == nil {
		l.s.sent(pdu.Frame(frame).Header())
	}
	return err
}

// bare sends a PDU that has no body.
func (l *link) bare(id pdu.CommandID, st pdu.Status, seq uint32) {
	var buf [pdu.HeaderLen]byte
	_ = l.send(pdu.AppendHeader(buf[:0], id, st, seq)) // only a dead link fails, and read sees that
}

// submit puts a submit_sm under way. An error says that it never will be.
func (l *link) submit(frame pdu.Frame, done func(Outcome)) error {
	l.mu.Lock()
	if l.leaving {
		l.mu.Unlock()
		return ErrNotBound
	}
	seq := l.slots.put(slot{at: l.s.cfg.Now(), acks: l.proof.queued.Load(), done: done})
	l.mu.Unlock()
	frame.SetSequence(seq)
	if err := l.out.Append(wire.Bulk, frame); err != nil {
		if _, mine := l.take(seq); !mine {
			return nil // the end of the link came first and has called done
		}
		return ErrNotBound
	}
	l.s.count.sent.command(pdu.SubmitSM)
	return nil
}

func (l *link) take(seq uint32) (slot, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.slots.take(seq)
}

// ack answers a deliver_sm of this link. An answer that leaves late proves nothing,
// even if it arrives: the SMSC may have stopped waiting for it.
func (l *link) ack(d Delivery, st pdu.Status) AckToken {
	var buf [pdu.HeaderLen + 1]byte
	err := l.send(pdu.AppendDeliverSMResp(buf[:0], st, d.seq))
	if l.unacked.Add(-1) == 0 && l.s.isDraining() {
		select {
		case l.s.drained <- struct{}{}:
		default:
		}
	}
	if err != nil {
		l.s.count.acksDropped.Add(1)
		return AckToken{}
	}
	token := l.proof.next()
	if l.s.cfg.Now().UnixNano()-d.arrived > int64(ackInTime) {
		l.s.count.acksLate.Add(1)
		return AckToken{}
	}
	return token
}

// watch looks at the clock until the link is dead, or unbinds it when ctx ends.
func (l *link) watch(ctx context.Context) {
	t := l.s.cfg.Timeouts
	every := min(max(min(t.Response, t.EnquireLink)/10, tickMin), tickMax)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			l.tick(l.s.cfg.Now())
		case <-l.dead:
			return
		case <-ctx.Done():
			l.unbind()
			return
		}
	}
}

// tick gives up what was not answered in time. It also sends an enquire_link at
// intervals, whatever else goes over the link: many SMSCs disconnect an ESME that
// never sends one; and one as soon as a text was not answered, so that a dead link is
// not first noticed at the next interval. SMPP 3.4 4.11
func (l *link) tick(now time.Time) {
	l.stall.beat(now)
	t := l.s.cfg.Timeouts
	late := l.expire(now, t.Response)
	l.mu.Lock()
	asked := l.probe.seq != 0
	missed := asked && now.Sub(l.probe.at) >= t.Response
	due := !asked && (late || now.Sub(l.probed) >= t.EnquireLink)
	if due {
		l.probe = slot{seq: l.slots.free(), at: now, acks: l.proof.queued.Load()}
		l.probed = now
	}
	seq := l.probe.seq
	mute := l.mute.proved(now, t.Response)
	l.mu.Unlock()
	switch {
	case missed:
		l.fail(errSilent)
	case mute:
		l.fail(errMute)
	case due:
		l.bare(pdu.EnquireLink, pdu.ROK, seq)
	}
}

// expire ends the submits that are older than limit as Uncertain, and reports
// whether there were any.
func (l *link) expire(now time.Time, limit time.Duration) (any bool) {
	for {
		l.mu.Lock()
		late, ok := l.slots.expired(now, limit)
		if ok {
			l.mute.unanswered(late.at)
		}
		l.mu.Unlock()
		if !ok {
			return any
		}
		any = true
		l.s.finish(late, Outcome{Verdict: Uncertain})
	}
}

// settle ends whatever was under way when the link died.
func (l *link) settle() { l.expire(time.Time{}, 0) }

// unbind is the polite end: unbind, its response, close. SMPP 3.4 4.2
func (l *link) unbind() {
	l.note(errUnbound)
	l.mu.Lock()
	seq := l.slots.free()
	l.mu.Unlock()
	l.bare(pdu.Unbind, pdu.ROK, seq)
	timer := time.NewTimer(l.s.cfg.Timeouts.Unbind)
	defer timer.Stop()
	select {
	case <-l.unbound:
	case <-l.dead:
	case <-timer.C:
	}
	l.fail(nil)
}
