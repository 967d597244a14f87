package sip

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Extensions that we use only if a peer requires them. Our first INVITE offers none.
const (
	optionReliable = "100rel" // RFC 3262
	optionTimer    = "timer"  // RFC 4028
)

// options are the tags of Supported, Require and the like.
func options(message sip.Message, names ...string) (tags []string) {
	for _, name := range names {
		for _, h := range message.GetHeaders(name) {
			for tag := range strings.SplitSeq(strings.ToLower(h.Value()), ",") {
				tags = append(tags, strings.TrimSpace(tag))
			}
		}
	}
	return tags
}

// extend adds to an INVITE what the response to it asked for, and reports whether it
// is worthwhile to send it again: 421 asks for an extension to be offered, 422 for a
// longer interval of the session timer that somebody on the way added (RFC 3261
// 21.4.16, RFC 4028 7.3). Neither is obeyed twice.
func extend(inv *sip.Request, res *sip.Response) bool {
	offered := options(inv, "Supported")
	offer := func(tag string) bool {
		if slices.Contains(offered, tag) {
			return false
		}
		inv.AppendHeader(sip.NewHeader("Supported", tag))
		return true
	}
	switch res.StatusCode {
	case 421:
		more := false
		for _, tag := range options(res, "Require") {
			if tag == optionReliable || tag == optionTimer {
				more = offer(tag) || more
			}
		}
		return more
	case 422:
		least, ok := headerSeconds(res, "Min-SE")
		if !ok || inv.GetHeader("Min-SE") != nil {
			return false
		}
		offer(optionTimer)
		inv.AppendHeader(sip.NewHeader("Min-SE", strconv.Itoa(least)))
		inv.AppendHeader(sip.NewHeader("Session-Expires", strconv.Itoa(least)))
		return true
	}
	return false
}

// secondsMax is the largest number of seconds, or RSeq, that a header may hold
// (RFC 3261 20.19).
const secondsMax = 1<<32 - 1

// headerSeconds returns the number at the start of a header, in seconds. It ignores a
// number that no header may hold.
func headerSeconds(message sip.Message, names ...string) (seconds int, ok bool) {
	for _, name := range names {
		for _, h := range message.GetHeaders(name) {
			text, _, _ := strings.Cut(h.Value(), ";")
			seconds, err := strconv.Atoi(strings.TrimSpace(text))
			return seconds, err == nil && seconds > 0 && seconds <= secondsMax
		}
	}
	return 0, false
}

// prack acknowledges a reliable provisional response, which the peer repeats until it is
// acknowledged (RFC 3262 4): each one once, in order. Some peers send such responses
// even if the INVITE did not offer them, against RFC 3262 3, and give up the call if
// they are not acknowledged.
func (d *dialling) prack(res *sip.Response) {
	number, ok := headerSeconds(res, "RSeq")
	if !ok || !slices.Contains(options(res, "Require"), optionReliable) {
		return
	}
	dialog, first := d.early.reliable(d.inv, res, number)
	if dialog == nil {
		return
	}
	if first {
		d.a.out.reach(d.a.life.over, dialog, res.Source())
	}
	rack := sip.NewHeader("RAck", fmt.Sprintf("%d %d INVITE", number, res.CSeq().SeqNo))
	d.a.life.background(func(ctx context.Context) {
		if _, err := d.a.out.ask(ctx, dialog, d.auth, sip.PRACK, func(req *sip.Request) { req.AppendHeader(rack) }); err != nil {
			d.a.log.Debug("PRACK was not answered", "ref", d.call.Ref)
		}
	})
}

// reliable returns the early dialog in which to acknowledge a reliable provisional
// response, and whether it is the first one there; nil: it was acknowledged before, or
// an earlier one is missing.
func (e *early) reliable(inv *sip.Request, res *sip.Response, number int) (dialog *Dialog, first bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.fork(tagOf(res.To()))
	if f == nil || f.rseq != 0 && number != f.rseq+1 {
		return nil, false
	}
	if first = f.dialog == nil; first {
		var err error
		if f.dialog, err = DialogUAC(inv, res); err != nil {
			return nil, false
		}
	}
	f.rseq = number
	return f.dialog, first
}
