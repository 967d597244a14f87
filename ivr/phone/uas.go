package phone

import (
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"

	"mpg/ivr/media"
	mpgsip "mpg/ivr/sip"
)

// refused returns a reason phrase for a status that a Behaviour names. Any phrase is
// valid. RFC 3261 7.2
const refused = "Refused"

// onInvite is a call from its first octet to the ACK. It returns when the call
// is connected or over; sipgo gives it a goroutine of its own.
func (x *Exchange) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	// RFC 3261 14.2: a re-INVITE that is refused changes nothing.
	if req.CallID() == nil || x.find(req) != nil {
		x.respond(tx, req, 488, "Not Acceptable Here")
		return
	}
	c := x.enter(req, tx)
	if c == nil {
		x.respond(tx, req, 486, "Busy Here")
		return
	}
	defer x.wg.Done()
	if !tx.OnCancel(func(*sip.Request) { close(c.invite.cancelled) }) {
		c.end(false)
		return
	}
	switch c.behaviour.Does {
	case IsBusy:
		c.refuse(486, "Busy Here")
	case IsUnreachable:
		c.refuse(404, "Not Found")
	case IsOff:
		c.refuse(480, "Temporarily Unavailable")
	case Refuses:
		if c.behaviour.Ring == 0 {
			c.refuse(c.behaviour.Code, refused)
			return
		}
		c.ring()
	default:
		c.ring()
	}
}

// ring sends 180 (RFC 3261 13.3.1.1) and does what the behaviour or a person decides.
func (c *Call) ring() {
	if c.behaviour.Does == IsForwarded {
		c.invite.send(c.invite.response(181, "Call Is Being Forwarded", nil))
	}
	c.invite.send(c.invite.response(180, "Ringing", nil))
	c.x.tell(Event{Kind: Ringing, Call: c})
	bell := time.NewTimer(c.behaviour.Ring)
	defer bell.Stop()
	for {
		select {
		case <-bell.C:
			switch c.behaviour.Does {
			case Answers:
				c.invite.settle(decision{200, "OK"})
			case Rejects:
				c.invite.settle(decision{codeDecline, "Decline"})
			case Refuses:
				c.invite.settle(decision{c.behaviour.Code, refused})
			}
		case d := <-c.invite.decide:
			if d.code == 200 {
				c.pickUp()
			} else {
				c.refuse(d.code, d.reason)
			}
			return
		case <-c.invite.cancelled: // sipgo has answered 487. RFC 3261 9.2
			c.end(false)
			return
		case <-c.invite.tx.Done():
			c.end(false)
			return
		case <-c.x.stop:
			c.refuse(480, "Temporarily Unavailable")
			return
		}
	}
}

func (c *Call) refuse(code int, reason string) {
	c.mu.Lock()
	c.declined = code == codeDecline
	c.mu.Unlock()
	c.invite.send(c.invite.response(code, reason, nil))
	c.end(false)
}

// pickUp answers with our description and starts the audio.
func (c *Call) pickUp() {
	res, err := c.negotiate()
	if err != nil {
		c.refuse(488, "Not Acceptable Here")
		return
	}
	if !mpgsip.Final(c.invite.tx, res, c.invite.acks, c.done) {
		// RFC 3261 13.3.1.4: without ACK the session is ended by BYE.
		c.Hangup()
		return
	}
	select {
	case <-c.done:
		return
	default:
	}
	close(c.connected)
	c.x.tell(Event{Kind: Answered, Call: c})
	c.x.wg.Go(c.act)
}

// negotiate opens the audio that the offer asks for and builds the 200 (RFC 3264 6, RFC
// 3261 13.3.1.4).
func (c *Call) negotiate() (*sip.Response, error) {
	offer, err := mpgsip.ParseMedia(c.invite.req.Body())
	if err != nil {
		return nil, err
	}
	stream, err := c.x.cfg.Media.Open(media.StreamConfig{
		Handler: media.Handler{Frame: c.hear}, Peer: offer.Addr,
	})
	if err != nil {
		return nil, fmt.Errorf("rtp port: %w", err)
	}
	own := mpgsip.Media{
		Addr: stream.LocalAddr(), Formats: c.behaviour.codecs(), EventPT: mpgsip.EventPT,
	}
	answer, err := own.Answer(offer)
	if err != nil {
		stream.Close()
		return nil, err
	}
	body, err := answer.Marshal()
	if err != nil {
		stream.Close()
		return nil, err
	}
	res := c.invite.response(200, "OK", body)
	dialog, err := mpgsip.DialogUAS(c.invite.req, res)
	if err != nil {
		stream.Close()
		return nil, err
	}
	err = stream.Start(media.Remote{
		Addr: offer.Addr, Codec: codec(answer.Formats[0]), SendEventPT: offer.EventPT, EventTypes: [3]uint8{answer.EventPT},
	})
	if err != nil {
		stream.Close()
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.talk = &talk{ep: c.x.ep, log: c.x.log, dialog: dialog, stream: stream, remote: offer, said: answer}
	return res, nil
}

func codec(payloadType uint8) media.Codec {
	if payloadType == mpgsip.PCMA {
		return media.PCMA
	}
	return media.PCMU
}

// onAck handles the ACK of a 200 (RFC 3261 13.3.1.4).
func (x *Exchange) onAck(req *sip.Request, _ sip.ServerTransaction) {
	if c := x.find(req); c != nil {
		c.invite.acked(req)
	}
}

// onBye ends a call; a BYE for an unknown call is answered 481 (RFC 3261 15.1.2).
func (x *Exchange) onBye(req *sip.Request, tx sip.ServerTransaction) {
	c := x.find(req)
	if c == nil {
		x.respond(tx, req, 481, "Call/Transaction Does Not Exist")
		return
	}
	c.end(false) // first: whoever has the answer may call again at once
	x.respond(tx, req, 200, "OK")
}

func (x *Exchange) respond(tx sip.ServerTransaction, req *sip.Request, code int, reason string) {
	if err := tx.Respond(sip.NewResponseFromRequest(req, code, reason, nil)); err != nil {
		x.log.Debug("exchange could not respond", "code", code)
	}
}
