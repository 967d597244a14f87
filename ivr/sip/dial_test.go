package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

func wantFailure(t *testing.T, err error, cause Cause, code int) {
	t.Helper()
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("error %v is not a *Failure", err)
	}
	if f.Cause != cause || f.Code != code {
		t.Fatalf("failure is %v (%d), want %v (%d)", f.Cause, f.Code, cause, code)
	}
	if strings.Contains(err.Error(), "138000") {
		t.Fatalf("the error holds the number: %v", err)
	}
}

func wantDone(t *testing.T, s *Session, byPeer bool) {
	t.Helper()
	select {
	case <-s.Done():
	case <-time.After(patience):
		t.Fatal("the session does not end")
	}
	if s.HungUp() != byPeer {
		t.Fatalf("HungUp() = %v", s.HungUp())
	}
}

func TestAnswerAndHangup(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	a := newAgent(t, p)
	rang := make(chan struct{}, 1)
	d := dial(t.Context(), a, func(c *Call) { c.Ringing = func() { rang <- struct{}{} } })
	inv := p.expect(sip.INVITE)
	p.reply(inv, 100, "")
	p.reply(inv, 180, "")
	<-rang
	p.reply(inv, 200, answerSDP)
	ack := p.expect(sip.ACK)
	if ack.Via().Params.String() == inv.Via().Params.String() {
		t.Error("the ACK of a 2xx must be a transaction of its own")
	}
	if ack.CSeq().SeqNo != inv.CSeq().SeqNo {
		t.Error("the ACK must carry the CSeq number of the INVITE")
	}
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Remote(); r.Addr.Port() != 40000 || r.EventPT != 101 || r.Formats[0] != PCMA {
		t.Errorf("remote media %+v", r)
	}
	s.Hangup()
	bye := p.expect(sip.BYE)
	if bye.CSeq().SeqNo <= inv.CSeq().SeqNo || tagOf(bye.To()) != "peer" {
		t.Errorf("BYE: CSeq %d, To tag %q", bye.CSeq().SeqNo, tagOf(bye.To()))
	}
	select {
	case <-s.Free():
		t.Error("the line is called free before the BYE was answered")
	default:
	}
	p.reply(bye, 200, "")
	wantDone(t, s, false)
	select {
	case <-s.Free():
	case <-time.After(patience):
		t.Error("the line is not free after the answer to the BYE")
	}
	s.Hangup()
	if n := a.Active(); n != 0 {
		t.Errorf("%d calls left", n)
	}
}

func TestInviteAsTheTrunkWantsIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format NumberFormat
		user   string
	}{{Digits, "8613800000001"}, {Plus, "+8613800000001"}} {
		t.Run(c.user, func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			a := newAgent(t, p, func(cfg *Config) { cfg.Number = c.format })
			d := dial(t.Context(), a)
			inv := p.expect(sip.INVITE)
			if inv.Recipient.User != c.user {
				t.Errorf("user %q", inv.Recipient.User)
			}
			if via := inv.Via(); via.Port != int(a.Addr().Port()) || inv.Contact().Address.Port != via.Port {
				t.Errorf("Via port %d, Contact port %d, listening on %v", via.Port, inv.Contact().Address.Port, a.Addr())
			}
			if n := len(inv.String()); n > inviteOctetsMax {
				t.Errorf("INVITE has %d octets", n)
			}
			if h := inv.GetHeader("Supported"); h != nil {
				t.Errorf("Supported: %s", h.Value())
			}
			if h := inv.GetHeader("P-Asserted-Identity"); h == nil || !strings.HasPrefix(h.Value(), "<sip:8888@") {
				t.Errorf("P-Asserted-Identity: %v", h)
			}
			m, err := ParseMedia(inv.Body())
			if err != nil || len(m.Formats) != 2 || m.Formats[0] != PCMA || m.EventPT != 96 {
				t.Errorf("offer %+v, %v", m, err)
			}
			p.reply(inv, 486, "")
			_, err = d.wait(t)
			wantFailure(t, err, Busy, 486)
		})
	}
}

func TestInviteLeavesFromTheListeningPort(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p := &trunk{conn: conn}
	a := newAgent(t, p)
	ctx, cancel := context.WithCancel(t.Context())
	d := dial(ctx, a)
	buf := make([]byte, 2048)
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	_, from, err := conn.ReadFromUDP(buf)
	if err != nil {
		t.Fatal(err)
	}
	if from.Port != int(a.Addr().Port()) {
		t.Errorf("INVITE came from port %d, the agent listens on %v", from.Port, a.Addr())
	}
	cancel()
	_, err = d.wait(t)
	wantFailure(t, err, Cancelled, 0)
}

func TestFinalResponses(t *testing.T) {
	t.Parallel()
	for code, cause := range map[int]Cause{
		300: Forwarded, 302: Forwarded, 400: Failed, 401: Failed, 403: Failed, 404: Unreachable,
		407: Failed, 408: NoAnswer, 410: Unreachable, 480: Unreachable, 484: Unreachable, 486: Busy,
		487: NoAnswer, 488: Failed, 500: Failed, 503: Failed, 600: Busy, 603: Rejected,
		604: Unreachable, 606: Failed, 607: Rejected,
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			d := dial(t.Context(), newAgent(t, p))
			inv := p.expect(sip.INVITE)
			p.reply(inv, code, "")
			p.expect(sip.ACK)
			_, err := d.wait(t)
			wantFailure(t, err, cause, code)
			p.never(sip.INVITE, 100*time.Millisecond)
		})
	}
}

func TestManyProvisionals(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p))
	inv := p.expect(sip.INVITE)
	for range 40 {
		p.reply(inv, 183, answerSDP)
	}
	p.reply(inv, 200, answerSDP)
	p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	s.Hangup()
	p.reply(p.expect(sip.BYE), 200, "")
}

func TestRingTimeoutStopsTheRinging(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p, func(c *Config) { c.Ring = 100 * time.Millisecond }))
	inv := p.expect(sip.INVITE)
	p.reply(inv, 180, "")
	cancel := p.expect(sip.CANCEL)
	if cancel.Via().Value() != inv.Via().Value() || cancel.CSeq().SeqNo != inv.CSeq().SeqNo {
		t.Error("CANCEL does not match the INVITE")
	}
	p.reply(cancel, 200, "")
	p.reply(inv, 487, "")
	p.expect(sip.ACK)
	_, err := d.wait(t)
	wantFailure(t, err, NoAnswer, 487)
}

func TestNoCancelBeforeAProvisional(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p, func(c *Config) { c.Ring = time.Millisecond }))
	inv := p.expect(sip.INVITE)
	p.never(sip.CANCEL, 300*time.Millisecond)
	p.reply(inv, 180, "")
	p.reply(p.expect(sip.CANCEL), 200, "")
	p.reply(inv, 487, "")
	_, err := d.wait(t)
	wantFailure(t, err, NoAnswer, 487)
}

func TestNothingAnswers(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p))
	_, err := d.wait(t)
	wantFailure(t, err, Failed, 0)
	p.never(sip.CANCEL, 50*time.Millisecond)
}

func TestCancelThatNobodyHears(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	ctx, cancel := context.WithCancel(t.Context())
	d := dial(ctx, newAgent(t, p))
	inv := p.expect(sip.INVITE)
	p.reply(inv, 180, "")
	cancel()
	p.expect(sip.CANCEL)
	_, err := d.wait(t)
	wantFailure(t, err, Cancelled, 0)
	// The phone is picked up long after: nobody must listen to silence.
	p.reply(inv, 200, answerSDP)
	p.expect(sip.ACK)
	p.reply(p.expect(sip.BYE), 200, "")
}

func TestCancelCrosses200(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	ctx, cancel := context.WithCancel(t.Context())
	d := dial(ctx, newAgent(t, p))
	inv := p.expect(sip.INVITE)
	p.reply(inv, 180, "")
	cancel()
	c := p.expect(sip.CANCEL)
	p.reply(c, 200, "")
	p.reply(inv, 200, answerSDP)
	p.expect(sip.ACK)
	p.reply(p.expect(sip.BYE), 200, "")
	_, err := d.wait(t)
	wantFailure(t, err, Cancelled, 0)
}

func TestForwardedCallIsTakenBack(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p))
	inv := p.expect(sip.INVITE)
	p.reply(inv, 181, "")
	p.reply(p.expect(sip.CANCEL), 200, "")
	p.reply(inv, 487, "")
	_, err := d.wait(t)
	wantFailure(t, err, Forwarded, 487)
}

func TestSame200AgainGetsSameACKAgain(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p))
	inv := p.expect(sip.INVITE)
	p.reply(inv, 200, answerSDP)
	first := p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p.reply(inv, 200, answerSDP)
		if again := p.expect(sip.ACK); again.Via().Value() != first.Via().Value() {
			t.Error("a different ACK")
		}
	}
	if s.HungUp() {
		t.Error("the retransmission ended the call")
	}
	s.Hangup()
	p.reply(p.expect(sip.BYE), 200, "")
	// The peer missed the ACK and says 200 once more, after our BYE.
	p.reply(inv, 200, answerSDP)
	p.expect(sip.ACK)
}

func TestSecondPhoneAnswersToo(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p))
	inv := p.expect(sip.INVITE)
	p.replyAs(inv, 200, "peer", answerSDP)
	p.expect(sip.ACK)
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	p.replyAs(inv, 200, "other", answerSDP)
	if ack := p.expect(sip.ACK); tagOf(ack.To()) != "other" {
		t.Errorf("ACK to %q", tagOf(ack.To()))
	}
	bye := p.expect(sip.BYE)
	if tagOf(bye.To()) != "other" {
		t.Errorf("BYE to %q", tagOf(bye.To()))
	}
	p.reply(bye, 200, "")
	if s.HungUp() {
		t.Error("the second answer ended the first call")
	}
	s.Hangup()
	if bye = p.expect(sip.BYE); tagOf(bye.To()) != "peer" {
		t.Errorf("BYE to %q", tagOf(bye.To()))
	}
	p.reply(bye, 200, "")
}

func TestStray200AfterARestart(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	a := newAgent(t, p)
	d := dial(t.Context(), a)
	inv := p.expect(sip.INVITE)
	p.reply(inv, 486, "")
	_, _ = d.wait(t)
	stray := sip.CallIDHeader("from-another-life")
	inv.ReplaceHeader(&stray)
	inv.Via().Params.Add("branch", "z9hG4bK.unknown")
	p.reply(inv, 200, answerSDP)
	if ack := p.expect(sip.ACK); ack.CallID().Value() == "from-another-life" {
		if bye := p.expect(sip.BYE); bye.CallID().Value() != "from-another-life" {
			t.Error("BYE of another call")
		} else {
			p.reply(bye, 200, "")
		}
		return
	}
	// The first ACK was that of the 486.
	if ack := p.expect(sip.ACK); ack.CallID().Value() != "from-another-life" {
		t.Error("the stray answer was not acknowledged")
	}
	p.reply(p.expect(sip.BYE), 200, "")
}

// Answers to nothing of ours may be made up, and each costs a BYE that is repeated: so
// many of them are refused at once, and no more.
func TestStrayAnswersAreBounded(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	a := newAgent(t, p)
	d := dial(t.Context(), a)
	inv := p.expect(sip.INVITE)
	p.reply(inv, 486, "")
	_, _ = d.wait(t)
	p.expect(sip.ACK)
	stray := func(id string) *sip.Response {
		res := sip.NewResponseFromRequest(inv, 200, "OK", nil)
		callID := sip.CallIDHeader(id)
		res.ReplaceHeader(&callID)
		res.To().Params.Add("tag", id)
		res.SetSource(p.conn.LocalAddr().String())
		return res
	}
	a.strays.count.Store(straysMax)
	a.strays.take(stray("too-much"))
	a.strays.count.Store(straysMax - 1)
	a.strays.take(stray("just-right"))
	if ack := p.expect(sip.ACK); ack.CallID().Value() != "just-right" {
		t.Errorf("ACK of %s", ack.CallID().Value())
	}
	p.reply(p.expect(sip.BYE), 200, "")
	for deadline := time.Now().Add(patience); a.strays.count.Load() != straysMax-1; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("an answer that was refused goes on being counted")
		}
	}
}

func TestUselessAnswers(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"none": "", "garbage": "hello", "video": strings.Replace(answerSDP, "audio", "video", 1),
		"refused": strings.Replace(answerSDP, "40000", "0", 1),
		"g729":    strings.NewReplacer("RTP/AVP 8 101", "RTP/AVP 18", "8 PCMA", "18 G729").Replace(answerSDP),
		"srtp":    strings.Replace(answerSDP, "RTP/AVP", "RTP/SAVP", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			d := dial(t.Context(), newAgent(t, p))
			inv := p.expect(sip.INVITE)
			p.reply(inv, 200, body)
			p.expect(sip.ACK)
			p.reply(p.expect(sip.BYE), 200, "")
			_, err := d.wait(t)
			wantFailure(t, err, Failed, 200)
		})
	}
}

func TestRecordRouteIsFollowed(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	d := dial(t.Context(), newAgent(t, p))
	inv := p.expect(sip.INVITE)
	res := sip.NewResponseFromRequest(inv, 200, "OK", []byte(answerSDP))
	for _, r := range []string{"<sip:far.invalid;lr>", fmt.Sprintf("<sip:127.0.0.1:%d;lr>", p.port())} {
		res.AppendHeader(sip.NewHeader("Record-Route", r))
	}
	res.AppendHeader(sip.NewHeader("Contact", "<sip:phone@192.0.2.1:9>"))
	res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	p.send(viaAddr(inv), res.String())
	ack := p.expect(sip.ACK)
	if ack.Recipient.Host != "192.0.2.1" {
		t.Errorf("Request-URI %s", ack.Recipient.String())
	}
	routes := ack.GetHeaders("Route")
	if len(routes) != 2 || !strings.Contains(routes[0].Value(), "127.0.0.1") {
		t.Errorf("Route %v", routes)
	}
	s, err := d.wait(t)
	if err != nil {
		t.Fatal(err)
	}
	s.Hangup()
	p.reply(p.expect(sip.BYE), 200, "")
}

func TestDigestOnce(t *testing.T) {
	t.Parallel()
	const challenge = `Digest realm="trunk.example", nonce="abc", algorithm=MD5, qop="auth"`
	for _, right := range []bool{true, false} {
		t.Run(fmt.Sprint(right), func(t *testing.T) {
			t.Parallel()
			p := newTrunk(t)
			a := newAgent(t, p, func(c *Config) { c.Username, c.Password = "mpg", "hidden" })
			d := dial(t.Context(), a)
			inv := p.expect(sip.INVITE)
			challengeWith(p, inv, challenge)
			again := p.expect(sip.INVITE)
			for again.CSeq().SeqNo == inv.CSeq().SeqNo {
				again = p.expect(sip.INVITE)
			}
			auth := again.GetHeader("Proxy-Authorization")
			if auth == nil || !strings.Contains(auth.Value(), `username="mpg"`) || strings.Contains(again.String(), "hidden") {
				t.Errorf("Proxy-Authorization %v", auth)
			}
			if !right {
				challengeWith(p, again, challenge)
				_, err := d.wait(t)
				wantFailure(t, err, Failed, 407)
				return
			}
			p.reply(again, 200, answerSDP)
			s, err := d.wait(t)
			if err != nil {
				t.Fatal(err)
			}
			s.Hangup()
			if bye := p.expect(sip.BYE); bye.CSeq().SeqNo <= again.CSeq().SeqNo {
				t.Errorf("BYE has CSeq %d after %d", bye.CSeq().SeqNo, again.CSeq().SeqNo)
			} else {
				p.reply(bye, 200, "")
			}
		})
	}
}

func challengeWith(p *trunk, inv *sip.Request, challenge string) {
	res := sip.NewResponseFromRequest(inv, 407, "Proxy Authentication Required", nil)
	res.AppendHeader(sip.NewHeader("Proxy-Authenticate", challenge))
	p.send(viaAddr(inv), res.String())
}

func TestCloseTakesBackWhatRingsAndEndsWhatTalks(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	a := newAgent(t, p)
	talking := dial(t.Context(), a)
	inv := p.expect(sip.INVITE)
	p.reply(inv, 200, answerSDP)
	p.expect(sip.ACK)
	if _, err := talking.wait(t); err != nil {
		t.Fatal(err)
	}
	ringing := dial(t.Context(), a)
	inv = p.expect(sip.INVITE)
	p.reply(inv, 180, "")
	closed := make(chan error, 1)
	go func() { closed <- a.Close() }()
	for byes, cancels := 0, 0; byes == 0 || cancels == 0; {
		req, ok := (<-p.in).(*sip.Request)
		switch {
		case !ok:
		case req.Method == sip.BYE:
			byes++
			p.reply(req, 200, "")
		case req.Method == sip.CANCEL:
			cancels++
			p.reply(req, 200, "")
			p.reply(inv, 487, "")
		}
	}
	_, err := ringing.wait(t)
	wantFailure(t, err, Cancelled, 487)
	if err := <-closed; err != nil {
		t.Error(err)
	}
	_, err = dial(t.Context(), a).wait(t)
	if !errors.Is(err, ErrClosed) {
		t.Errorf("Dial after Close: %v", err)
	}
}

func TestBadConfigAndNumbers(t *testing.T) {
	t.Parallel()
	p := newTrunk(t)
	for _, trunk := range []string{"", "127.0.0.1", "sips:127.0.0.1:5061", "sip:bob@127.0.0.1", "sip:127.0.0.1;transport=tcp", "tel:+1"} {
		if _, err := Listen(Config{Trunk: trunk, From: "8888"}); err == nil {
			t.Errorf("trunk %q was taken", trunk)
		}
	}
	a := newAgent(t, p)
	for _, to := range []string{"", "+", "8613800000001", "+86 138", "+1234567890123456", "+8613800000001@evil", "+12;x=y"} {
		_, err := a.Dial(t.Context(), Call{To: to, Media: Media{Addr: a.Addr()}})
		wantFailure(t, err, Failed, 0)
	}
	p.never(sip.INVITE, 50*time.Millisecond)
}
