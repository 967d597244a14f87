package sip

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// refreshMin is the shortest time to a refresh, whatever the peer asks for. It is also
// how long we wait after 491 and similar (RFC 3261 14.1: at least 2.1 s).
const refreshMin = 3 * time.Second

// We ask for no session timer (RFC 4028): our calls are short and end by
// themselves. A peer that wants us to refresh its session would end it otherwise.

// sessionTimer reads Session-Expires: the interval, 0 if there is none, and who
// refreshes, "uac" or "uas" as seen by the sender of the request; empty: not given.
func sessionTimer(message sip.Message) (interval time.Duration, refresher string) {
	seconds, ok := headerSeconds(message, "Session-Expires", "x")
	if !ok {
		return 0, ""
	}
	for _, name := range []string{"Session-Expires", "x"} {
		for _, h := range message.GetHeaders(name) {
			_, params, _ := strings.Cut(strings.ToLower(h.Value()), ";")
			for param := range strings.SplitSeq(params, ";") {
				if value, ok := strings.CutPrefix(strings.ReplaceAll(param, " ", ""), "refresher="); ok {
					refresher = value
				}
			}
		}
	}
	return time.Duration(seconds) * time.Second, refresher
}

// agreeTimer answers the Session-Expires of a peer's request in our 2xx to it. The
// peer refreshes, unless it wants us to (RFC 4028 9).
func (s *Session) agreeTimer(req *sip.Request, res *sip.Response) {
	interval, refresher := sessionTimer(req)
	if interval == 0 || !slices.Contains(options(req, "Supported", "k", "Require"), optionTimer) {
		return
	}
	if refresher != "uas" {
		refresher = "uac"
		res.AppendHeader(sip.NewHeader("Require", optionTimer))
	}
	res.AppendHeader(sip.NewHeader("Session-Expires", strconv.Itoa(int(interval.Seconds()))+";refresher="+refresher))
	if refresher == "uas" {
		s.refreshAfter(interval/2, interval)
	} else {
		s.refreshAfter(0, 0)
	}
}

// keepAlive refreshes the session as the peer's 2xx to a request of ours asks
// (RFC 4028 7.2), or not any more.
func (s *Session) keepAlive(res *sip.Response) {
	interval, refresher := sessionTimer(res)
	if refresher == "uas" {
		interval = 0
	}
	s.refreshAfter(interval/2, interval)
}

// refreshAfter schedules the next refresh; interval 0: none.
func (s *Session) refreshAfter(wait, interval time.Duration) {
	s.refreshMu.Lock()
	defer s.refreshMu.Unlock()
	if s.refreshes != nil {
		s.refreshes.Stop()
	}
	if s.interval = interval; interval > 0 {
		s.refreshes = time.AfterFunc(max(wait, refreshMin), s.refresh)
	}
}

// refresh sends an UPDATE without an offer if the peer allows UPDATE, else a re-INVITE
// that repeats our last description (RFC 4028 7.4).
func (s *Session) refresh() {
	s.a.life.background(func(ctx context.Context) {
		s.refreshMu.Lock()
		interval := s.interval
		s.refreshMu.Unlock()
		if interval == 0 { // the call is over
			return
		}
		say := func(req *sip.Request) {
			req.AppendHeader(sip.HeaderClone(&s.a.ep.Contact))
			req.AppendHeader(sip.NewHeader("Supported", optionTimer))
			req.AppendHeader(sip.NewHeader("Session-Expires", strconv.Itoa(int(interval.Seconds()))+";refresher=uac"))
		}
		var res *sip.Response
		var err error
		if s.knowsUpdate {
			res, err = s.a.out.ask(ctx, s.dialog, s.auth, sip.UPDATE, say)
		} else {
			res, err = s.inviteAgain(ctx, say)
		}
		s.refreshed(res, err, interval)
	})
}

// refreshed takes the answer to a refresh.
func (s *Session) refreshed(res *sip.Response, err error, interval time.Duration) {
	select {
	case <-s.done:
		return
	default:
	}
	switch {
	case err != nil, res.StatusCode == sip.StatusCallTransactionDoesNotExists, res.StatusCode == sip.StatusRequestTimeout:
		// RFC 3261 12.2.1.2: the peer has no such call any more.
		s.a.log.Warn("the peer no longer knows the call: hung up", "ref", s.call.Ref)
		s.Hangup()
	case res.IsSuccess():
		s.a.out.retarget(s.dialog, res, res.Source())
		s.keepAlive(res)
	case res.StatusCode == 422:
		// RFC 4028 7.3: once more, with the interval that it wants.
		if least, ok := headerSeconds(res, "Min-SE"); ok {
			interval = time.Duration(least) * time.Second
		}
		s.refreshAfter(0, interval)
	case res.StatusCode == sip.StatusRequestPending, res.StatusCode == sip.StatusInternalServerError:
		s.refreshAfter(0, interval)
	default:
		s.a.log.Warn("the peer refused to refresh the call", "ref", s.call.Ref, "code", res.StatusCode)
	}
}

// inviteAgain sends a re-INVITE with our last description, and the ACK.
func (s *Session) inviteAgain(ctx context.Context, say func(*sip.Request)) (*sip.Response, error) {
	s.inviting.Store(true)
	defer s.inviting.Store(false)
	body, err := s.Own().Marshal()
	if err != nil {
		return nil, err
	}
	res, err := s.a.out.ask(ctx, s.dialog, s.auth, sip.INVITE, func(req *sip.Request) {
		say(req)
		req.AppendHeader(sip.NewHeader("Allow", allowed))
		req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		req.SetBody(body)
	})
	if err != nil || !res.IsSuccess() {
		return res, err
	}
	s.ackMu.Lock()
	s.ack = s.dialog.ACK(res.CSeq().SeqNo)
	s.ackMu.Unlock()
	s.acknowledge(false)
	if answer := sdpOf(res); answer != nil {
		if m, err := ParseMedia(answer); err == nil && s.a.names.locate(ctx, &m) == nil {
			s.changed(m, s.Own())
		}
	}
	return res, nil
}
