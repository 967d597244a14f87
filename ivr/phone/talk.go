package phone

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/emiago/sipgo/sip"

	"mpg/ivr/media"
	mpgsip "mpg/ivr/sip"
)

// talk is an answered call at a handset: its dialog, its audio, and the requests that
// the handset sends within it.
type talk struct {
	ep     *mpgsip.Endpoint
	log    *slog.Logger
	dialog *mpgsip.Dialog
	stream *media.Stream
	remote mpgsip.Media

	mu   sync.Mutex
	said mpgsip.Media // our last description
}

// press sends one key as RFC 4733 events, or by INFO if that is wanted or if the other side
// understands no events.
func (k *talk) press(key byte, info bool) error {
	if info || k.remote.EventPT == 0 {
		k.pressInfo(key)
		return nil
	}
	return k.stream.SendDigit(key, keyTime)
}

// pressInfo sends a key by SIP INFO (RFC 6086).
func (k *talk) pressInfo(key byte) {
	req := k.dialog.Request(sip.INFO)
	req.AppendHeader(sip.NewHeader("Content-Type", "application/dtmf-relay"))
	req.SetBody(fmt.Appendf(nil, "Signal=%c\r\nDuration=%d\r\n", key, keyTime.Milliseconds()))
	k.within(req)
}

// hold sends a re-INVITE that puts the other side on hold, or resumes (RFC 3264 8.4),
// and acknowledges the answer.
func (k *talk) hold(on bool) error {
	req, err := k.reinvite(on)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	res, err := k.ep.Client.Do(ctx, req)
	if err != nil {
		return err
	}
	if !res.IsSuccess() {
		return fmt.Errorf("re-INVITE was answered with %d", res.StatusCode)
	}
	return k.ep.Client.WriteRequest(k.dialog.ACK(req.CSeq().SeqNo))
}

// reinvite builds the re-INVITE (RFC 3261 14.1). The version of its description is one
// above the last (RFC 3264 8).
func (k *talk) reinvite(hold bool) (*sip.Request, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.said.Revision++
	if k.said.Dir = mpgsip.SendRecv; hold {
		k.said.Dir = mpgsip.SendOnly
	}
	body, err := k.said.Marshal()
	if err != nil {
		return nil, err
	}
	req := k.dialog.Request(sip.INVITE)
	req.AppendHeader(sip.HeaderClone(&k.ep.Contact))
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(body)
	return req, nil
}

// bye sends BYE and waits for its answer (RFC 3261 15.1.1).
func (k *talk) bye() { k.within(k.dialog.Request(sip.BYE)) }

// within sends a request within the call and waits closeWait for its answer.
func (k *talk) within(req *sip.Request) {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	if _, err := k.ep.Client.Do(ctx, req); err != nil {
		k.log.Debug("handset got no answer", "method", string(req.Method))
	}
}
