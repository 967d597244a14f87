package sip

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// due returns the interval to the next refresh; 0: none is due.
func (s *Session) due() time.Duration {
	s.refreshMu.Lock()
	defer s.refreshMu.Unlock()
	return s.interval
}

// answerWith answers an INVITE with audio and further headers.
func answerWith(t *testing.T, headers string) (*trunk, *Session, *sip.Request) {
	t.Helper()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p))
	inv := p.expect(sip.INVITE)
	p.answer(inv, inv.To().Value()+";tag=peer", fmt.Sprintf("Contact: <sip:peer@127.0.0.1:%d>\r\n%s", p.port(), headers), "application/sdp", answerSDP)
	p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	return p, s, inv
}

// RFC 4028 7.2: who refreshes is in the answer.
func TestWhoRefreshes(t *testing.T) {
	t.Parallel()
	for headers, want := range map[string]time.Duration{
		"": 0,
		"Session-Expires: 90;refresher=uac\r\nRequire: timer\r\n": 90 * time.Second,
		"x: 1800 ; refresher=UAC\r\n":                             1800 * time.Second,
		"Session-Expires: 90;refresher=uas\r\n":                   0,
		"Session-Expires: 90\r\n":                                 90 * time.Second,
		"Session-Expires: soon;refresher=uac\r\n":                 0,
		"Session-Expires: -90;refresher=uac\r\n":                  0,
	} {
		t.Run(headers, func(t *testing.T) {
			t.Parallel()
			_, s, _ := answerWith(t, headers)
			if got := s.due(); got != want {
				t.Errorf("refreshed every %v, want %v", got, want)
			}
		})
	}
}

// RFC 4028 7.4: by UPDATE where the peer allows it, else by a re-INVITE with the
// description as it was, which is acknowledged.
func TestRefresh(t *testing.T) {
	t.Parallel()
	p, s, _ := answerWith(t, "Session-Expires: 90;refresher=uac\r\nAllow: INVITE, UPDATE\r\n")
	s.refresh()
	update := p.expect(sip.UPDATE)
	if !strings.Contains(update.String(), "Session-Expires: 90;refresher=uac") || len(update.Body()) > 0 {
		t.Errorf("refreshed by %s", update.String())
	}
	p.reply(update, 200, "")
	// RFC 4028 7.2: no Session-Expires, no more refreshes
	for deadline := time.Now().Add(patience); s.due() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("refreshed further on, although the peer does not want it")
		}
	}

	p, s, first := answerWith(t, "Session-Expires: 90\r\n")
	s.refresh()
	invite := p.expect(sip.INVITE)
	if string(invite.Body()) != string(first.Body()) || tagOf(invite.To()) != "peer" {
		t.Errorf("refreshed by %s", invite.String())
	}
	p.request(first, "INVITE", 2, "Content-Type: application/sdp\r\n", answerSDP)
	p.expectResponse(491) // RFC 3261 14.2
	p.reply(invite, 200, answerSDP)
	if ack := p.expect(sip.ACK); ack.CSeq().SeqNo != invite.CSeq().SeqNo {
		t.Errorf("ACK of %d to the re-INVITE %d", ack.CSeq().SeqNo, invite.CSeq().SeqNo)
	}
	p.reply(invite, 200, answerSDP)
	if ack := p.expect(sip.ACK); ack.CSeq().SeqNo != invite.CSeq().SeqNo {
		t.Error("the answer that came again got another ACK")
	}
}

// A refresh that fails.
func TestRefreshThatFails(t *testing.T) {
	t.Parallel()
	const timed = "Session-Expires: 90;refresher=uac\r\nAllow: UPDATE\r\n"
	for _, code := range []int{481, 408} { // RFC 3261 12.2.1.2
		p, s, _ := answerWith(t, timed)
		s.refresh()
		p.reply(p.expect(sip.UPDATE), code, "")
		p.expect(sip.BYE)
		wantDone(t, s, false)
	}
	p, s, _ := answerWith(t, timed)
	s.refresh()
	p.refuse(p.expect(sip.UPDATE), 422, "Min-SE: 600")
	again := p.expect(sip.UPDATE)
	if !strings.Contains(again.String(), "Session-Expires: 600") {
		t.Errorf("after 422: %s", again.String())
	}
	p.refuse(again, 491)
	p.expect(sip.UPDATE)
	s.Hangup()
	if s.due() != 0 {
		t.Error("a call that is over is refreshed")
	}
}

// RFC 4028 9: our answer to a refresh of the peer says who refreshes next.
func TestRefreshByThePeer(t *testing.T) {
	t.Parallel()
	const offer = "Content-Type: application/sdp\r\n"
	for _, c := range []struct {
		method, headers, body string
		want                  string
		due                   time.Duration
	}{
		{"UPDATE", "Supported: timer\r\nSession-Expires: 90\r\n", "", "90;refresher=uac", 0},
		{"UPDATE", "Require: timer\r\nSession-Expires: 90;refresher=uac\r\n" + offer, answerSDP, "90;refresher=uac", 0},
		{"INVITE", "k: timer\r\nx: 90;refresher=uas\r\n" + offer, answerSDP, "90;refresher=uas", 90 * time.Second},
		{"INVITE", "Session-Expires: 90\r\n" + offer, answerSDP, "", 0}, // a proxy's; the peer knows no timers
	} {
		t.Run(c.method+" "+c.headers, func(t *testing.T) {
			t.Parallel()
			p, s, inv := answerWith(t, "")
			p.request(inv, c.method, 2, c.headers, c.body)
			res := p.expectResponse(200)
			got := ""
			for _, h := range res.GetHeaders("Session-Expires") {
				got = h.Value()
			}
			if got != c.want || s.due() != c.due {
				t.Errorf("answered %q, refreshed every %v", got, s.due())
			}
			if c.method == "INVITE" {
				p.request(inv, "ACK", 2, "", "")
			}
		})
	}
}

// RFC 3261 12.2.2: a re-INVITE or UPDATE moves the peer's address as well.
func TestThePeerMoves(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"INVITE", "UPDATE"} {
		p, s, inv := answerWith(t, "")
		moved := newTrunkFor(t, p.calls)
		var contact = fmt.Sprintf("<sip:moved@127.0.0.1:%d>", moved.port())
		p.requestFrom(inv, method, 2, contact)
		p.expectResponse(200)
		if method == "INVITE" {
			p.request(inv, "ACK", 2, "", "")
		}
		s.Hangup()
		bye := moved.expect(sip.BYE)
		if bye.Recipient.User != "moved" {
			t.Errorf("after %s: BYE to %s", method, bye.Recipient.String())
		}
		moved.reply(bye, 200, "")
	}
}

// requestFrom sends a request within the dialog with a Contact of its own.
func (p *trunk) requestFrom(inv *sip.Request, method string, seq int, contact string) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK.moved%d\r\n", method, inv.Contact().Address.String(), p.port(), seq)
	fmt.Fprintf(&b, "From: %s;tag=peer\r\nTo: %s\r\nCall-ID: %s\r\n", inv.To().Value(), inv.From().Value(), inv.CallID().Value())
	fmt.Fprintf(&b, "CSeq: %d %s\r\nMax-Forwards: 70\r\nContact: %s\r\nContent-Length: 0\r\n\r\n", seq, method, contact)
	p.send(viaAddr(inv), b.String())
}
