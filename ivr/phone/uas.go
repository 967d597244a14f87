package phone

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"

	"mpg/ivr/media"
	mpgsip "mpg/ivr/sip"
)

// refused returns a reason phrase for a status that a Behaviour names. Any phrase is
// valid. RFC 3261 7.2
const refused = "Refused"

var errNotConnected = errors.New("the call is not connected")

// onInvite is a call from its first octet to the ACK. It returns when the call
// is connected or over; sipgo gives it a goroutine of its own.
func (x *Exchange) onInvite(req *sip.Request, tx sip.ServerTransaction) {
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
	if !tx.OnCancel(func(*sip.Request) { close(c.cancelled) }) {
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

// ring sends 180 and does what the behaviour, or a person, decides.
func (c *Call) ring() {
	if c.behaviour.Does == IsForwarded {
		c.send(c.response(181, "Call Is Being Forwarded", nil))
	}
	c.send(c.response(180, "Ringing", nil))
	c.x.tell(Event{Kind: Ringing, Call: c})
	bell := time.NewTimer(c.behaviour.Ring)
	defer bell.Stop()
	for {
		select {
		case <-bell.C:
			switch c.behaviour.Does {
			case Answers:
				c.settle(decision{200, "OK"})
			case Rejects:
				c.settle(decision{603, "Decline"})
			case Refuses:
				c.settle(decision{c.behaviour.Code, refused})
			}
		case d := <-c.decide:
			if d.code == 200 {
				c.pickUp()
			} else {
				c.refuse(d.code, d.reason)
			}
			return
		case <-c.cancelled: // sipgo has answered 487
			c.end(false)
			return
		case <-c.tx.Done():
			c.end(false)
			return
		case <-c.x.stop:
			c.refuse(480, "Temporarily Unavailable")
			return
		}
	}
}

func (c *Call) refuse(code int, reason string) {
	c.send(c.response(code, reason, nil))
	c.end(false)
}

// pickUp answers with our description and starts the audio.
func (c *Call) pickUp() {
	res, err := c.negotiate()
	if err != nil {
		c.refuse(488, "Not Acceptable Here")
		return
	}
	if !mpgsip.Final(c.tx, res, c.acks, c.done) {
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

// negotiate opens the audio that the offer wants and builds the 200.
func (c *Call) negotiate() (*sip.Response, error) {
	offer, err := mpgsip.ParseMedia(c.invite.Body())
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
		Addr: stream.LocalAddr(), Formats: c.codecs(), EventPT: mpgsip.EventPT,
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
	res := c.response(200, "OK", body)
	dialog, err := mpgsip.DialogUAS(c.invite, res)
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
	c.stream, c.remote, c.said, c.dialog, c.answered = stream, offer, answer, dialog, true
	return res, nil
}

func (c *Call) codecs() []uint8 {
	if c.behaviour.Codecs != nil {
		return c.behaviour.Codecs
	}
	return []uint8{mpgsip.PCMA, mpgsip.PCMU}
}

func codec(payloadType uint8) media.Codec {
	if payloadType == mpgsip.PCMA {
		return media.PCMA
	}
	return media.PCMU
}

// response builds a response to the INVITE with the tag of this handset (RFC 3261 8.2.6.2).
func (c *Call) response(code int, reason string, body []byte) *sip.Response {
	res := sip.NewResponseFromRequest(c.invite, code, reason, body)
	if to := res.To(); to != nil {
		to.Params.Remove("tag")
		to.Params.Add("tag", c.tag)
	}
	res.AppendHeader(sip.HeaderClone(&c.x.ep.Contact))
	if len(body) > 0 {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	return res
}

func (c *Call) send(res *sip.Response) {
	if err := c.tx.Respond(res); err != nil {
		c.x.log.Debug("handset could not respond", "code", res.StatusCode)
	}
}

func (x *Exchange) onAck(req *sip.Request, _ sip.ServerTransaction) {
	if c := x.find(req); c != nil {
		select {
		case c.acks <- req:
		default:
		}
	}
}

func (x *Exchange) onBye(req *sip.Request, tx sip.ServerTransaction) {
	c := x.find(req)
	if c == nil {
		x.respond(tx, req, 481, "Call/Transaction Does Not Exist")
		return
	}
	c.end(false) // first: who has the answer may call again at once
	x.respond(tx, req, 200, "OK")
}

func (x *Exchange) respond(tx sip.ServerTransaction, req *sip.Request, code int, reason string) {
	if err := tx.Respond(sip.NewResponseFromRequest(req, code, reason, nil)); err != nil {
		x.log.Debug("exchange could not respond", "code", code)
	}
}

// Hold puts the other side on hold, or resumes, by re-INVITE (RFC 3264 8.4).
// It returns once the other side has agreed.
func (c *Call) Hold(on bool) error {
	c.mu.Lock()
	if c.dialog == nil || c.over {
		c.mu.Unlock()
		return errNotConnected
	}
	c.said.Revision++
	if c.said.Dir = mpgsip.SendRecv; on {
		c.said.Dir = mpgsip.SendOnly
	}
	body, err := c.said.Marshal()
	req := c.dialog.Request(sip.INVITE)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	req.AppendHeader(sip.HeaderClone(&c.x.ep.Contact))
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(body)
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	res, err := c.x.ep.Client.Do(ctx, req)
	if err != nil {
		return err
	}
	if !res.IsSuccess() {
		return fmt.Errorf("re-INVITE was answered %d", res.StatusCode)
	}
	return c.x.ep.Client.WriteRequest(c.dialog.ACK(req.CSeq().SeqNo))
}

// bye sends BYE and waits for the answer.
func (c *Call) bye() {
	c.within(c.dialog.Request(sip.BYE))
}

// pressInfo sends a key by SIP INFO (RFC 6086).
func (c *Call) pressInfo(d *mpgsip.Dialog, key byte) {
	req := d.Request(sip.INFO)
	req.AppendHeader(sip.NewHeader("Content-Type", "application/dtmf-relay"))
	req.SetBody(fmt.Appendf(nil, "Signal=%c\r\nDuration=%d\r\n", key, keyTime.Milliseconds()))
	c.within(req)
}

// within sends a request within the call and waits closeWait for its answer.
func (c *Call) within(req *sip.Request) {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	if _, err := c.x.ep.Client.Do(ctx, req); err != nil {
		c.x.log.Debug("handset got no answer", "method", string(req.Method))
	}
}
