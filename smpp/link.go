package smpp

import (
	"context"
	"errors"
	"net"
	"sync"
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

	inbox    inbox    // what the SMSC delivers
	requests requests // what it has not answered

	unbound chan struct{} // closed at unbind_resp
	dead    chan struct{} // closed when conn is
	end     ending
}

func newLink(session *Session, epoch uint64, conn net.Conn, in *wire.Reader) *link {
	now := session.cfg.Now()
	l := &link{
		s: session, epoch: epoch, conn: conn, in: in,
		proof:    session.proofs.add(epoch),
		inbox:    inbox{cfg: &session.cfg, count: &session.count, epoch: epoch, warned: make(map[string]bool)},
		requests: requests{slots: newSlots(session.cfg.Window), probed: now},
		unbound:  make(chan struct{}),
		dead:     make(chan struct{}),
	}
	l.requests.slots.seq = bindSequence
	l.inbox.stall.beat(now)
	l.out = wire.NewWriter(timed{conn, l}, session.cfg.Timeouts.Write)
	return l
}

// ending holds why a link ends, and whether it has.
type ending struct {
	mu     sync.Mutex
	why    error // the first cause
	closed bool
}

// note records the cause unless there is one.
func (e *ending) note(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.why == nil {
		e.why = err
	}
}

// close reports whether it is the first to close the link.
func (e *ending) close() (first bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	first, e.closed = !e.closed, true
	return first
}

func (e *ending) cause() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.why
}

// write sends until the link is to end, and ends it.
func (l *link) write() {
	l.fail(l.out.Run())
}

// fail notes the first cause and closes the connection, which ends read and
// write. A nil cause leaves the one that was noted before.
func (l *link) fail(err error) {
	l.note(err)
	if !l.end.close() {
		return
	}
	l.out.Close()
	_ = l.conn.Close()
	close(l.dead)
}

// note records why the link ends and takes no more submits.
func (l *link) note(err error) {
	l.end.note(err)
	l.requests.close()
}

// send queues an answer or an enquire_link. A peer that lets megabytes of
// answers lie is not worth keeping.
func (l *link) send(frame []byte) error {
	err := l.out.Append(wire.Control, frame)
	if errors.Is(err, wire.ErrBacklog) {
		l.fail(err)
	}
	if err == nil {
		l.s.count.pduSent(pdu.Frame(frame).Header())
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
	seq, ok := l.requests.put(slot{at: l.s.cfg.Now(), acks: l.proof.queued.Load(), done: done})
	if !ok {
		return ErrNotBound
	}
	frame.SetSequence(seq)
	if err := l.out.Append(wire.Bulk, frame); err != nil {
		if _, mine := l.requests.take(seq); !mine {
			return nil // the end of the link came first and has called done
		}
		return ErrNotBound
	}
	l.s.count.sent.command(pdu.SubmitSM)
	return nil
}

// ack answers a deliver_sm of this link. An answer that leaves late proves nothing,
// even if it arrives: the SMSC may have stopped waiting for it.
func (l *link) ack(delivery Delivery, st pdu.Status) AckToken {
	var buf [pdu.HeaderLen + 1]byte
	err := l.send(pdu.AppendDeliverSMResp(buf[:0], st, delivery.seq))
	if l.inbox.unacked.Add(-1) == 0 && l.s.isDraining() {
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
	if l.s.cfg.Now().UnixNano()-delivery.arrived > int64(ackInTime) {
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
	l.inbox.stall.beat(now)
	limits := l.s.cfg.Timeouts
	late := l.expire(now, limits.Response)
	probe, err := l.requests.check(now, limits, late, l.proof.queued.Load())
	switch {
	case err != nil:
		l.fail(err)
	case probe != 0:
		l.bare(pdu.EnquireLink, pdu.ROK, probe)
	}
}

// expire ends the submits that are older than limit as Uncertain, and reports
// whether there were any. A zero limit ends all.
func (l *link) expire(now time.Time, limit time.Duration) (any bool) {
	for {
		late, ok := l.requests.expired(now, limit)
		if !ok {
			return any
		}
		any = true
		l.s.finish(late, Outcome{Verdict: Uncertain})
	}
}

// unbind is the polite end: unbind, its response, close. SMPP 3.4 4.2
func (l *link) unbind() {
	l.note(errUnbound)
	l.bare(pdu.Unbind, pdu.ROK, l.requests.sequence())
	timer := time.NewTimer(l.s.cfg.Timeouts.Unbind)
	defer timer.Stop()
	select {
	case <-l.unbound:
	case <-l.dead:
	case <-timer.C:
	}
	l.fail(nil)
}
