package sip

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// talk answers one call and returns its INVITE and session.
func talk(t *testing.T, p *trunk, a *Agent, change ...func(*Call)) (*sip.Request, *Session) {
	t.Helper()
	d := dial(t.Context(), a, change...)
	inv := p.expect(sip.INVITE)
	p.reply(inv, 200, answerSDP)
	p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	return inv, s
}

func TestPeerHangsUp(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	a := newAgent(t, p)
	inv, s := talk(t, p, a)
	p.request(inv, "BYE", 7, "", "")
	p.expectResponse(200)
	wantDone(t, s, true)
	p.request(inv, "BYE", 8, "", "")
	p.expectResponse(481)
	if a.Active() != 0 {
		t.Error("a call is left")
	}
}

func TestHoldAndResume(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	var mu sync.Mutex
	var seen []Media
	inv, s := talk(t, p, newAgent(t, p), func(c *Call) {
		c.Changed = func(m, _ Media) { mu.Lock(); seen = append(seen, m); mu.Unlock() }
	})
	p.request(inv, "INVITE", 1, "Content-Type: application/sdp\r\n", answerSDP+"a=sendonly\r\n")
	held := p.expectResponse(200)
	p.request(inv, "ACK", 1, "", "")
	m, err := ParseMedia(held.Body())
	if err != nil || m.Dir != RecvOnly {
		t.Fatalf("answer to hold: %+v, %v", m, err)
	}
	if held.Contact() == nil {
		t.Error("a 2xx to INVITE needs a Contact")
	}
	p.request(inv, "UPDATE", 2, "Content-Type: application/sdp\r\n", strings.Replace(answerSDP, "40000", "40002", 1))
	resumed := p.expectResponse(200)
	for resumed.CSeq().MethodName != sip.UPDATE {
		resumed = p.expectResponse(200) // that to the INVITE comes again until the ACK has arrived
	}
	if m, err = ParseMedia(resumed.Body()); err != nil || m.Dir != SendRecv {
		t.Fatalf("answer to resume: %+v, %v", m, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 2 || !seen[0].Held() || seen[1].Held() || seen[1].Addr.Port() != 40002 {
		t.Errorf("changes seen: %+v", seen)
	}
	s.Hangup()
	p.reply(p.expect(sip.BYE), 200, "")
}

func TestReinviteWithoutOfferAndWithoutACK(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	inv, s := talk(t, p, newAgent(t, p))
	p.request(inv, "INVITE", 1, "", "")
	first := p.expectResponse(200)
	if m, err := ParseMedia(first.Body()); err != nil || len(m.Formats) != 2 {
		t.Errorf("offer %+v, %v", m, err)
	}
	// Without ACK the 200 comes again, and at last BYE (RFC 3261 14.2).
	p.expectResponse(200)
	p.expectResponse(200)
	p.reply(p.expect(sip.BYE), 200, "")
	wantDone(t, s, false)
}

func TestUnacceptableReinvite(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	inv, s := talk(t, p, newAgent(t, p))
	p.request(inv, "INVITE", 1, "Content-Type: application/sdp\r\n", strings.Replace(answerSDP, "RTP/AVP 8", "RTP/AVP 18", 1))
	p.expectResponse(488)
	p.request(inv, "INFO", 1, "", "")
	p.expectResponse(500)
	if s.HungUp() {
		t.Error("the refusal ended the call")
	}
	s.Hangup()
	p.reply(p.expect(sip.BYE), 200, "")
}

func TestInfo(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	got := make(chan string, 1)
	inv, s := talk(t, p, newAgent(t, p), func(c *Call) {
		c.Info = func(kind string, body []byte) bool {
			if kind != "application/dtmf-relay" {
				return false
			}
			got <- string(body)
			return true
		}
	})
	p.request(inv, "INFO", 1, "Content-Type: application/dtmf-relay\r\n", "Signal=5\r\nDuration=160")
	p.expectResponse(200)
	if body := <-got; body != "Signal=5\r\nDuration=160" {
		t.Errorf("body %q", body)
	}
	p.request(inv, "INFO", 2, "Content-Type: text/plain\r\n", "x")
	p.expectResponse(415)
	p.request(inv, "INFO", 3, "", "")
	p.expectResponse(200)
	s.Hangup()
	p.reply(p.expect(sip.BYE), 200, "")
}

func TestRequestsOutsideCalls(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	a := newAgent(t, p)
	for i, c := range []struct {
		method, tag string
		code        int
	}{
		{"OPTIONS", "", 200}, {"INVITE", "", 403}, {"INVITE", ";tag=x", 481}, {"BYE", ";tag=x", 481},
		{"INFO", ";tag=x", 481}, {"UPDATE", ";tag=x", 481}, {"CANCEL", "", 481},
		{"REFER", "", 405}, {"MESSAGE", "", 405}, {"NOTIFY", "", 405}, {"REGISTER", "", 405},
	} {
		outside(p, a, c.method, c.tag, i)
		p.expectResponse(c.code)
	}
}

// outside sends a request that belongs to no call.
func outside(p *trunk, a *Agent, method, tag string, id int) {
	p.send(udpAddr(a), fmt.Sprintf("%s sip:8888@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK.o%d\r\n"+
		"From: <sip:x@y>;tag=1\r\nTo: <sip:8888@127.0.0.1>%s\r\nCall-ID: o%d\r\nCSeq: 1 %s\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		method, p.port(), id, tag, id, method))
}

func ping(p *trunk, a *Agent, id int) {
	outside(p, a, "OPTIONS", "", id)
	p.expectResponse(200)
}

func TestOwnInviteComingBackIsALoop(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	a := newAgent(t, p)
	d := dial(t.Context(), a)
	inv := p.expect(sip.INVITE)
	back := inv.Clone()
	back.Via().Port = p.port()
	back.Via().Params.Add("branch", "z9hG4bK.loop")
	p.send(udpAddr(a), back.String())
	p.expectResponse(482)
	p.reply(inv, 482, "")
	_, err := d.wait(t)
	wantFailure(t, err, Failed, 482)
}

func udpAddr(a *Agent) *net.UDPAddr { return net.UDPAddrFromAddrPort(a.Addr()) }

// TestGarbage sends what is not SIP, half of what is, and floods of both; the
// agent still places calls, and its log holds none of it.
func TestGarbage(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	var log lockedBuffer
	a := newAgent(t, p, func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	rnd := rand.New(rand.NewPCG(1, 2))
	whole := "INFO sip:+8613800000001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK.g\r\nFrom: <sip:+8613800000001@y>;tag=1\r\n" +
		"To: <sip:8888@x>;tag=2\r\nCall-ID: g\r\nCSeq: 1 INFO\r\nContent-Type: application/dtmf-relay\r\nContent-Length: 9\r\n\r\nSignal=58"
	for i := range 400 {
		junk := []byte(whole[:rnd.IntN(len(whole))])
		if i%2 == 0 && len(junk) > 0 {
			junk[rnd.IntN(len(junk))] ^= byte(1 + rnd.IntN(255))
		}
		p.send(udpAddr(a), string(junk))
		if i%50 == 49 {
			ping(p, a, i) // no more at once than the socket's buffer holds
		}
	}
	_, s := talk(t, p, a)
	s.Hangup()
	p.reply(p.expect(sip.BYE), 200, "")
	if text := log.String(); strings.Contains(text, "8613800000001") || strings.Contains(text, "Signal") {
		t.Error("the log holds a number or a digit")
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestStrangersAreNotRead(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	a := newAgent(t, p)
	data := []byte("OPTIONS")
	for _, c := range []struct {
		ip   string
		read bool
	}{{"127.0.0.1", true}, {"192.0.2.7", false}, {"::ffff:127.0.0.1", true}} {
		out, err := a.peers.filter(sip.TransportReadProps{RemoteAddr: &net.UDPAddr{IP: net.ParseIP(c.ip), Port: 5060}}, data)
		if err != nil || (len(out) > 0) != c.read {
			t.Errorf("%s: read %v, error %v", c.ip, len(out) > 0, err)
		}
	}
	d := dial(t.Context(), a)
	inv := p.expect(sip.INVITE)
	id, via := inv.CallID().Value(), inv.Via().Value()
	from := sip.TransportReadProps{RemoteAddr: &net.UDPAddr{IP: net.ParseIP("192.0.2.7"), Port: 5060}}
	for _, c := range []struct {
		data string
		read bool
	}{
		{"BYE sip:8888@x SIP/2.0\r\nVia: SIP/2.0/UDP x\r\ncall-id :  " + id + "\r\n\r\n", true},
		{"BYE sip:8888@x SIP/2.0\r\ni:" + id + "\r\n\r\n", true},
		{"BYE sip:8888@x SIP/2.0\r\nCall-ID: " + id + "x\r\n\r\n", false},
		{"BYE sip:8888@x SIP/2.0\r\nX: y\r\n\r\nCall-ID: " + id, false},
		{"SIP/2.0 200 OK\r\nVia: " + via + "\r\n\r\n", true},
		{"SIP/2.0 200 OK\r\nv: " + via + "\r\n\r\n", true},
		{"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKx\r\n\r\n", false},
		{"SIP/2.0 200 OK\r\nCall-ID: " + id + "\r\n\r\n", false},
		{"", false}, {"\r\n\r\n", false}, {"nonsense", false},
	} {
		out, err := a.peers.filter(from, []byte(c.data))
		if err != nil || (len(out) > 0) != c.read {
			t.Errorf("%q: read %v, error %v", c.data, len(out) > 0, err)
		}
	}
	p.reply(inv, 486, "")
	if _, err := d.wait(t); err == nil {
		t.Error("answered")
	}
}

func TestFurtherAddressesOfTheTrunk(t *testing.T) {
	t.Parallel()
	a := newAgent(t, newTrunk(t), func(cfg *Config) {
		cfg.TrunkAddresses = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/28")}
	})
	for ip, read := range map[string]bool{"192.0.2.7": true, "192.0.2.17": false, "::ffff:192.0.2.8": true} {
		out, err := a.peers.filter(sip.TransportReadProps{RemoteAddr: &net.UDPAddr{IP: net.ParseIP(ip), Port: 5060}}, []byte("OPTIONS"))
		if err != nil || (len(out) > 0) != read {
			t.Errorf("%s: read %v, error %v", ip, len(out) > 0, err)
		}
	}
}

func TestOptionsToTheTrunk(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	a := newAgent(t, p)
	done := make(chan error, 1)
	go func() { done <- a.Options(t.Context()) }()
	p.reply(p.expect(sip.OPTIONS), 404, "")
	if err := <-done; err != nil {
		t.Errorf("any answer means that the trunk is there: %v", err)
	}
}

// RFC 3261 12.2.2: only a lower CSeq is out of order. A peer that hangs up must be
// heard.
func TestByeCSeq(t *testing.T) {
	t.Parallel()
	for _, seqs := range [][]int{{0}, {1}, {5, 5}, {5, 6}} {
		p := newTrunk(t)
		inv, s := talk(t, p, newAgent(t, p))
		for _, seq := range seqs[:len(seqs)-1] {
			p.request(inv, "OPTIONS", seq, "", "")
			p.expectResponse(200)
			p.request(inv, "INFO", seq, "", "")
			p.expectResponse(200)
		}
		p.request(inv, "BYE", seqs[len(seqs)-1], "", "")
		p.expectResponse(200)
		wantDone(t, s, true)
	}
}

// RFC 3261 12.1.2: a peer that answered without a tag; it may hang up with one.
func TestAByeWithATagOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"", ";tag=late"} {
		p := newTrunk(t)
		d := dial(t.Context(), newAgent(t, p))
		inv := p.expect(sip.INVITE)
		p.answer(inv, inv.To().Value(), fmt.Sprintf("Contact: <sip:peer@127.0.0.1:%d>\r\n", p.port()), "application/sdp", answerSDP)
		p.expect(sip.ACK)
		s, err := d.wait(t)
		if err != nil {
			t.Fatal(err)
		}
		bye := fmt.Sprintf("BYE sip:8888@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK.late\r\nFrom: %s%s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
			p.port(), inv.To().Value(), tag, inv.From().Value(), inv.CallID().Value())
		p.send(viaAddr(inv), bye)
		p.expectResponse(200)
		wantDone(t, s, true)
		p.calls.mu.Lock()
		p.calls.of(inv, "").ended = true
		p.calls.mu.Unlock()
	}
}
