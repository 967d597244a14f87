package sip

import (
	"log/slog"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"
)

// straysMax is how many answers to no request of ours are refused at once.
const straysMax = 500

// strays ends unwanted answered calls: each 2xx that belongs to no call, or comes from a
// second phone.
type strays struct {
	book        *book
	peers       *peers
	out         *sender
	log         *slog.Logger
	credentials func() *credentials

	count atomic.Int32 // answers to no request of ours that are being refused
}

// take handles responses that match no transaction. A 2xx to an INVITE among them is a
// phone that somebody has picked up. The filter lets responses in from anywhere, so one
// that belongs to no call of ours must be the trunk's.
func (t *strays) take(res *sip.Response) {
	seq := res.CSeq()
	if seq == nil || seq.MethodName != sip.INVITE || !res.IsSuccess() || res.CallID() == nil {
		return
	}
	s, known := t.book.find(res.CallID().Value())
	if s != nil && tagOf(res.To()) == s.dialog.RemoteTag {
		s.acknowledge(true)
		return
	}
	switch {
	case known || t.peers.isOurs(res.CallID().Value()):
		t.refuse(res, func() {})
	case t.peers.knows(res.Source()):
		// It is from before a restart, or made up. Each costs a BYE, to wherever it says,
		// that may be repeated for 64*T1.
		if t.count.Add(1) > straysMax {
			t.count.Add(-1)
			return
		}
		t.refuse(res, func() { t.count.Add(-1) })
	}
}

// refuse acknowledges a 2xx that we do not want and ends its dialog (RFC 3261 13.2.2.4).
// then is called once that is done.
func (t *strays) refuse(res *sip.Response, then func()) {
	if !t.tryRefuse(res, then) {
		then()
	}
}

// tryRefuse is refuse, but reports false if it started nothing.
func (t *strays) tryRefuse(res *sip.Response, then func()) bool {
	if res.To() == nil {
		return false
	}
	d, err := dialogOfResponse(res, res.From(), res.To().Address)
	if err != nil {
		return false
	}
	t.out.reach(t.out.life.over, d, res.Source())
	if err := t.out.write(d, d.ACK(res.CSeq().SeqNo), false); err != nil {
		t.log.Warn("ACK could not be sent")
	}
	t.log.Info("hung up an answer that belongs to no call")
	return t.out.bye(d, t.credentials(), "", then)
}
