package sip

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// answer sends a 200 to an INVITE with exactly the given headers and body, as no
// decent stack would: To, Contact and everything else come from the test.
func (p *trunk) answer(inv *sip.Request, to, headers, kind, body string) {
	var b strings.Builder
	b.WriteString("SIP/2.0 200 OK\r\n")
	for _, h := range inv.GetHeaders("Via") {
		fmt.Fprintf(&b, "Via: %s\r\n", h.Value())
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d INVITE\r\n%s", inv.From().Value(), to, inv.CallID().Value(), inv.CSeq().SeqNo, headers)
	if body != "" {
		fmt.Fprintf(&b, "Content-Type: %s\r\n", kind)
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", len(body), body)
	p.send(viaAddr(inv), b.String())
}

// ringThenCancel lets the phone ring, and answers the CANCEL with code.
func (p *trunk) ringThenCancel(inv *sip.Request, cancel func(), code int) {
	p.reply(inv, 180, "")
	p.isHeard(1)
	cancel()
	p.reply(p.expect(sip.CANCEL), code, "")
}

// An answered call is acknowledged and ended at the peer, whatever its answer lacks.
func TestEveryAnsweredCallIsEnded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Record-Route: <sip:mo@127.0.0.1:PORT;lr;dia="+strings.Repeat("0123456789abcdef", 16)+">\r\n", 6)
	good := "Contact: <sip:peer@127.0.0.1:PORT>\r\n"
	for name, c := range map[string]struct{ tag, headers string }{
		"no To tag (RFC 3261 12.1.2)":         {"", good},
		"no Contact":                          {";tag=peer", ""},
		"neither":                             {"", ""},
		"Contact by a name that is none":      {";tag=peer", "Contact: <sip:gw@sbc-7.internal.invalid:5060>\r\n"},
		"Contact nowhere":                     {";tag=peer", "Contact: <sip:gw@0.0.0.0:5060>\r\n"},
		"Contact on TCP":                      {";tag=peer", "Contact: <sip:gw@127.0.0.1:1;transport=tcp>\r\n"},
		"Contact on TLS":                      {";tag=peer", "Contact: <sips:gw@127.0.0.1:1>\r\n"},
		"Contact that makes no sense":         {";tag=peer", "Contact: <<>>\r\n"},
		"Contact of a star":                   {";tag=peer", "Contact: *\r\n"},
		"two Contacts":                        {";tag=peer", good + "Contact: <sip:other@127.0.0.1:1>\r\n"},
		"two Contacts in a line":              {";tag=peer", "Contact: <sip:peer@127.0.0.1:PORT>, <tel:+8613800000001>\r\n"},
		"a telephone before the Contact":      {";tag=peer", "Contact: <tel:+8613800000001>\r\n" + good},
		"Record-Route by a name that is none": {";tag=peer", good + "Record-Route: <sip:proxy.invalid;lr>\r\n"},
		"a route above 1300 octets":           {";tag=peer", good + long},
		"a Record-Route that makes no sense":  {";tag=peer", good + "Record-Route: ;;,\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			d := dial(t.Context(), newAgent(t, p))
			inv := p.expect(sip.INVITE)
			headers := strings.ReplaceAll(c.headers, "PORT", fmt.Sprint(p.port()))
			p.answer(inv, inv.To().Value()+c.tag, headers, "application/sdp", answerSDP)
			p.expect(sip.ACK)
			s, err := d.wait(t)
			if err != nil {
				t.Fatal(err)
			}
			s.Hangup()
			bye := p.expect(sip.BYE)
			if got := tagOf(bye.To()); got != strings.TrimPrefix(c.tag, ";tag=") {
				t.Errorf("BYE to the tag %q", got)
			}
			p.reply(bye, 200, "")
		})
	}
}

// So is a call whose audio cannot be used, and a phone that answers when the call is no
// longer wanted. The trunk counts them, see answeredCalls.
func TestAnswersThatAreNotWanted(t *testing.T) {
	t.Parallel()
	const head = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	for name, body := range map[string]string{
		"no description":      "",
		"noise":               "\x00\xff\r\n",
		"no stream":           head,
		"audio refused":       head + "m=audio 0 RTP/AVP 8\r\n",
		"a codec not offered": head + "m=audio 40000 RTP/AVP 18\r\n",
		"encrypted":           head + "m=audio 40000 RTP/SAVP 8\r\n",
		"video alone":         head + "m=video 40000 RTP/AVP 99\r\n",
		"no address":          "v=0\r\nm=audio 40000 RTP/AVP 8\r\n",
		"a port of letters":   head + "m=audio many RTP/AVP 8\r\n",
		"an address of IPv6":  "v=0\r\nc=IN IP6 ::zz\r\nm=audio 40000 RTP/AVP 8\r\n",
		"a name that is none": "v=0\r\nc=IN IP4 media.invalid\r\nm=audio 40000 RTP/AVP 8\r\n",
		"a multicast address": "v=0\r\nc=IN IP4 224.2.1.1/127\r\nm=audio 40000 RTP/AVP 8\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			d := dial(t.Context(), newAgent(t, p))
			inv := p.expect(sip.INVITE)
			p.reply(inv, 200, body)
			_, err := d.wait(t)
			wantFailure(t, err, Failed, 200)
			p.reply(p.expect(sip.BYE), 200, "")
		})
	}
}

// answerUntilEnded sends a 2xx again and again until BYE comes (RFC 3261 13.3.1.4).
func (p *trunk) answerUntilEnded(inv *sip.Request, tag string) {
	p.t.Helper()
	for range 20 {
		p.replyAs(inv, 200, tag, answerSDP)
		select {
		case m := <-p.in:
			if req, ok := m.(*sip.Request); ok && req.Method == sip.BYE {
				return
			}
		case <-time.After(sip.T1):
		}
	}
	p.t.Error("no BYE came")
}

// Phones answer together, late, twice, or while we take the call back.
func TestAnswersThatCrossOrRepeat(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]func(p *trunk, inv *sip.Request, cancel func()){
		"202 for 200": func(p *trunk, inv *sip.Request, _ func()) { p.reply(inv, 202, answerSDP) },
		"three phones at once": func(p *trunk, inv *sip.Request, _ func()) {
			for _, tag := range []string{"peer", "second", "third"} {
				p.replyAs(inv, 200, tag, answerSDP)
			}
			p.expect(sip.BYE)
			p.expect(sip.BYE)
		},
		"twice, and a 486 between": func(p *trunk, inv *sip.Request, _ func()) {
			p.reply(inv, 200, answerSDP)
			p.expect(sip.ACK)
			p.replyAs(inv, 486, "second", "")
			p.reply(inv, 200, answerSDP)
			p.expect(sip.ACK)
		},
		"CANCEL crosses the answer": func(p *trunk, inv *sip.Request, cancel func()) {
			p.ringThenCancel(inv, cancel, 200)
			p.reply(inv, 200, answerSDP)
		},
		"CANCEL is answered 481, then 200": func(p *trunk, inv *sip.Request, cancel func()) {
			p.ringThenCancel(inv, cancel, 481)
			p.reply(inv, 200, answerSDP)
		},
		"487 to CANCEL, and 200 of another phone": func(p *trunk, inv *sip.Request, cancel func()) {
			p.ringThenCancel(inv, cancel, 200)
			p.reply(inv, 487, "")
			p.expect(sip.ACK)
			p.answerUntilEnded(inv, "second")
		},
		"after 486 of another phone": func(p *trunk, inv *sip.Request, _ func()) {
			p.reply(inv, 486, "")
			p.expect(sip.ACK)
			p.answerUntilEnded(inv, "second")
		},
		"the peer's BYE crosses ours": func(p *trunk, inv *sip.Request, cancel func()) {
			p.reply(inv, 200, answerSDP)
			p.expect(sip.ACK)
			p.request(inv, "BYE", 2, "", "")
			p.expectResponse(200)
		},
		"BYE right behind the answer": func(p *trunk, inv *sip.Request, _ func()) {
			p.reply(inv, 200, answerSDP)
			p.request(inv, "BYE", 2, "", "")
			p.expectResponse(200)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			d := dial(ctx, newAgent(t, p), p.tellsOfRinging)
			script(p, p.expect(sip.INVITE), cancel)
			if s, err := d.wait(t); err == nil {
				s.Hangup()
			}
		})
	}
}

// A route that cannot be sent to: the ACK is lost, the 200 is repeated, and the peer can
// be reached at the address that it came from.
func TestAnAckThatIsLostIsSentToWhereTheAnswerCameFrom(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p))
	inv := p.expect(sip.INVITE)
	nobody := fmt.Sprintf("Contact: <sip:gw@127.0.0.1:%d>\r\n", freePort(t))
	p.answer(inv, inv.To().Value()+";tag=peer", nobody, "application/sdp", answerSDP)
	if _, err := d.wait(t); err != nil {
		t.Fatal(err)
	}
	p.answer(inv, inv.To().Value()+";tag=peer", nobody, "application/sdp", answerSDP)
	p.expect(sip.ACK)
}

func freePort(t *testing.T) int {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}

// RFC 3261 22.2: any request may be challenged, BYE too.
func TestByeAnswersChallenges(t *testing.T) {
	t.Parallel()
	for _, code := range []int{401, 407} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			inv, s := talk(t, p, newAgent(t, p, withPassword))
			_ = inv
			s.Hangup()
			bye := p.expect(sip.BYE)
			p.challenge(bye, code, `Digest realm="trunk", nonce="n1", qop="auth"`)
			again := p.expect(sip.BYE)
			for again.CSeq().SeqNo == bye.CSeq().SeqNo {
				again = p.expect(sip.BYE) // the first one, sent again meanwhile
			}
			wantDigest(t, again, code)
			p.challenge(again, code, `Digest realm="trunk", nonce="n2", stale=TRUE, qop="auth"`)
			third := p.expect(sip.BYE)
			for third.CSeq().SeqNo == again.CSeq().SeqNo {
				third = p.expect(sip.BYE)
			}
			wantDigest(t, third, code)
			p.reply(third, 200, "")
			wantDone(t, s, false)
		})
	}
}

// RFC 3261 18.1.1 limits the size of requests only.
func TestAResponseOfAnySize(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	inv, s := talk(t, p, newAgent(t, p))
	via := strings.Repeat("Via: SIP/2.0/UDP icscf.ims.example.org:5060;branch=z9hG4bK"+strings.Repeat("0", 90)+";received=10.1.1.1\r\n", 12)
	p.request(inv, "INVITE", 1, via+"Content-Type: application/sdp\r\n", answerSDP)
	if res := p.expectResponse(200); len(res.GetHeaders("Via")) != 13 {
		t.Errorf("%d Via in the answer", len(res.GetHeaders("Via")))
	}
	p.request(inv, "ACK", 1, "", "")
	p.request(inv, "BYE", 2, via, "")
	p.expectResponse(200)
	wantDone(t, s, true)
}

// RFC 3261 17.1.3 matches responses by branch, 12.2.2 requests by dialog; the
// address they come from says nothing.
func TestPeersThatSpeakFromElsewhere(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p))
	inv := p.expect(sip.INVITE)
	elsewhere, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)})
	if err != nil {
		t.Skipf("no second loopback address: %v", err)
	}
	defer elsewhere.Close()
	away := &trunk{t: t, conn: elsewhere, tag: p.tag, calls: p.calls}
	away.answer(inv, inv.To().Value()+";tag=peer", fmt.Sprintf("Contact: <sip:peer@127.0.0.1:%d>\r\n", p.port()), "application/sdp", answerSDP)
	p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	away.request(inv, "BYE", 2, "", "")
	wantDone(t, s, true)
}

// A gateway that describes its audio while it rings, but not when it answers.
func TestAudioDescribedOnlyWhileItRings(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p), p.tellsOfRinging)
	inv := p.expect(sip.INVITE)
	p.replyAs(inv, 183, "other", strings.ReplaceAll(answerSDP, "40000", "50000"))
	p.reply(inv, 183, answerSDP)
	p.isHeard(2)
	p.reply(inv, 200, "")
	p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Remote().Addr.Port(); got != 40000 {
		t.Errorf("audio goes to port %d", got)
	}
}
