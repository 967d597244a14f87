package phone

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/ivr/media"
	mpgsip "mpg/ivr/sip"
)

// far is the side that calls a handset, with sound.
type far struct {
	t      *testing.T
	agent  *mpgsip.Agent
	stream *media.Stream
	keys   chan byte   // by RFC 4733
	infos  chan string // bodies of SIP INFO
	moved  chan mpgsip.Media
}

func newFar(t *testing.T, a *mpgsip.Agent) *far {
	t.Helper()
	engine, err := media.New(media.Config{IP: netip.MustParseAddr("127.0.0.1"), Shards: 1, Ports: 1})
	if err != nil {
		t.Fatal(err)
	}
	f := &far{t: t, agent: a, keys: make(chan byte, 64), infos: make(chan string, 64), moved: make(chan mpgsip.Media, 4)}
	f.stream, err = engine.Open(media.StreamConfig{Handler: media.Handler{Digit: func(key byte) { f.keys <- key }}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.stream.Close()
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// call dials and, when the handset answers, starts the sound.
func (f *far) call(ctx context.Context, to string) (*mpgsip.Session, error) {
	s, err := f.agent.Dial(ctx, mpgsip.Call{
		To: to, Media: mpgsip.Media{Addr: f.stream.LocalAddr()},
		Info: func(kind string, body []byte) bool {
			f.infos <- string(body)
			return kind == "application/dtmf-relay"
		},
		Changed: func(peer, _ mpgsip.Media) { f.moved <- peer },
	})
	if err != nil {
		return nil, err
	}
	remote := s.Remote()
	return s, f.stream.Start(media.Remote{
		Addr: remote.Addr, Codec: codec(remote.Formats[0]), SendEventPT: remote.EventPT, EventTypes: remote.EventTypes(s.Own()),
	})
}

func (f *far) mustCall(to string) *mpgsip.Session {
	f.t.Helper()
	s, err := f.call(f.t.Context(), to)
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// next waits for one thing of a channel.
func next[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// Each behaviour ends a call as its status says (RFC 3261 21).
func TestBehavioursThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		does      Behaviour
		cause     mpgsip.Cause
		code      int
		rings     bool
		declined  bool
		givenUpIn time.Duration // by the side that calls; 0: it waits
	}{
		"busy":            {does: Behaviour{Does: IsBusy}, cause: mpgsip.Busy, code: 486},
		"unreachable":     {does: Behaviour{Does: IsUnreachable}, cause: mpgsip.Unreachable, code: 404},
		"off":             {does: Behaviour{Does: IsOff}, cause: mpgsip.Unreachable, code: 480},
		"rejects":         {does: Behaviour{Does: Rejects, Ring: time.Millisecond}, cause: mpgsip.Rejected, code: 603, rings: true, declined: true},
		"never answers":   {does: Behaviour{Does: NeverAnswers}, cause: mpgsip.Cancelled, code: 487, rings: true, givenUpIn: 200 * time.Millisecond},
		"forwarded":       {does: Behaviour{Does: IsForwarded}, cause: mpgsip.Forwarded, code: 487, rings: true},
		"crosses":         {does: Behaviour{Does: Crosses}, cause: mpgsip.Cancelled, rings: true, givenUpIn: 200 * time.Millisecond},
		"refuses at once": {does: Behaviour{Does: Refuses, Code: 500}, cause: mpgsip.Failed, code: 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, a, told := setUp(t)
			const number = "+8613800000001"
			x.Set(number, c.does)
			ctx := t.Context()
			if c.givenUpIn > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, c.givenUpIn)
				defer cancel()
			}
			_, err := newFar(t, a).call(ctx, number)
			var f *mpgsip.Failure
			if !errors.As(err, &f) || f.Cause != c.cause || c.code != 0 && f.Code != c.code {
				t.Fatalf("%v, want %s and %d", err, c.cause, c.code)
			}
			over := told.await(t, Ended).Call
			ended(t, over.Done())
			ended(t, x.Idle())
			if over.Declined() != c.declined || over.HungUpHere() {
				t.Errorf("declined %v, hung up here %v", over.Declined(), over.HungUpHere())
			}
			told.mu.Lock()
			defer told.mu.Unlock()
			rang := false
			for _, e := range told.list {
				rang = rang || e.Kind == Ringing
			}
			if rang != c.rings {
				t.Errorf("rang: %v", rang)
			}
		})
	}
}

// A live handset waits for a hand: to pick up, or to decline.
func TestHandOnAHandset(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hand     func(*Call)
		answered bool
	}{
		"picks up":            {(*Call).Answer, true},
		"declines":            {(*Call).Reject, false},
		"hangs up unanswered": {(*Call).Hangup, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, a, told := setUp(t)
			x.Set("+8613800000001", Behaviour{Does: WaitsForHand})
			f := newFar(t, a)
			type result struct {
				s   *mpgsip.Session
				err error
			}
			done := make(chan result, 1)
			go func() {
				s, err := f.call(t.Context(), "+8613800000001")
				done <- result{s, err}
			}()
			call := told.await(t, Ringing).Call
			call.Press("1") // nothing is sent before the answer
			if err := call.Hold(true); !errors.Is(err, errNotConnected) {
				t.Errorf("hold before the answer: %v", err)
			}
			c.hand(call)
			c.hand(call) // a second time changes nothing
			got := next(t, done)
			if (got.err == nil) != c.answered || call.Declined() == c.answered {
				t.Fatalf("%v, declined %v", got.err, call.Declined())
			}
			if c.answered {
				next(t, call.Connected())
				got.s.Hangup()
			}
			ended(t, call.Done())
			if len(f.keys) > 0 || len(f.infos) > 0 {
				t.Error("keys were sent while it rang")
			}
		})
	}
}

// Keys arrive in their order and once each, whichever way they go, and end at the first
// that is none.
func TestKeysOfAHandset(t *testing.T) {
	t.Parallel()
	t.Run("RFC 4733", func(t *testing.T) {
		t.Parallel()
		x, a, told := setUp(t)
		x.Set("+8613800000001", Behaviour{})
		f := newFar(t, a)
		s := f.mustCall("+8613800000001")
		call := told.await(t, Answered).Call
		const keys = "1234567890*#AD"
		call.Press(keys + "x5")
		for i := range len(keys) {
			if got := next(t, f.keys); got != keys[i] {
				t.Errorf("key %d is %c, want %c", i, got, keys[i])
			}
		}
		s.Hangup()
		ended(t, call.Done())
		if len(f.keys) > 0 {
			t.Error("keys behind one that is none")
		}
	})
	t.Run("INFO", func(t *testing.T) {
		t.Parallel()
		x, a, told := setUp(t)
		x.Set("+8613800000001", Behaviour{Info: true})
		f := newFar(t, a)
		s := f.mustCall("+8613800000001")
		call := told.await(t, Answered).Call
		call.Press("5#")
		for _, key := range []string{"5", "#"} {
			if body := next(t, f.infos); !strings.HasPrefix(body, "Signal="+key+"\r\nDuration=100\r\n") {
				t.Errorf("INFO %q, want key %s", body, key)
			}
		}
		s.Hangup()
		ended(t, call.Done())
	})
}

// A script waits for the prompt itself: a key when it begins, another when it has
// ended, and what was heard is what was played.
func TestActsFollowThePrompt(t *testing.T) {
	t.Parallel()
	engine, err := media.New(media.Config{IP: netip.MustParseAddr("127.0.0.1"), Shards: 1})
	if err != nil {
		t.Fatal(err)
	}
	told := &events{more: make(chan struct{}, 1)}
	x, err := New(Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Media: engine, Events: told.add, Quiet: 300 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	a, err := mpgsip.Listen(mpgsip.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0"), Trunk: "sip:" + x.Addr().String(), From: "8888"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(a.Close(), x.Close(), engine.Close()); err != nil {
			t.Error(err)
		}
	})
	x.Set("+8613800000001", Behaviour{Record: true, Acts: []Act{
		{Wait: Speech, Keys: "1"},
		{Wait: Quiet, Keys: "2#"},
		{Wait: Speech, Delay: time.Millisecond, HangUp: true},
	}})
	f := newFar(t, a)
	s := f.mustCall("+8613800000001")
	pcm := make([]int16, 40*media.FrameSamples) // 800 ms
	for i := range pcm {
		pcm[i] = int16(9000 - 18000*(i/20%2)) // 200 Hz
	}
	prompt := media.NewClip(pcm)
	f.stream.Play(prompt)
	if key := next(t, f.keys); key != '1' {
		t.Errorf("key %c when the prompt begins", key)
	}
	// What was said before the key is no prompt that has ended since: the script waits. The
	// next begins after a pause, so that it is not taken for the first, going on.
	f.stream.Play(media.NewClip(slices.Concat(make([]int16, 10*media.FrameSamples), pcm)))
	for _, want := range []byte("2#") {
		if key := next(t, f.keys); key != want {
			t.Errorf("key %c, want %c", key, want)
		}
	}
	f.stream.Play(prompt)
	ended(t, s.Done())
	call := told.await(t, Ended).Call
	if !s.HungUp() || !call.HungUpHere() {
		t.Error("the script does not hang up")
	}
	heard := call.Heard()
	whole := heard.Lost == 0 // a busy machine may hold the sender up, which leaves gaps
	if heard.PayloadType != mpgsip.PCMA || whole && !bytes.Contains(heard.Octets, prompt.ALaw) {
		t.Errorf("the prompt is not among %s of sound, %d packets, %d lost", heard.Duration(), heard.Packets, heard.Lost)
	}
	for _, kind := range []Kind{Ringing, Answered, Began, Pressed, Fell} {
		told.await(t, kind)
	}
}

// RFC 3264 8.4: hold is a new offer that only sends; its version grows each time.
func TestHandsetHoldsTheOtherSide(t *testing.T) {
	t.Parallel()
	x, a, told := setUp(t)
	x.Set("+8613800000001", Behaviour{})
	f := newFar(t, a)
	s := f.mustCall("+8613800000001")
	call := told.await(t, Answered).Call
	for _, on := range []bool{true, true, false} {
		if err := call.Hold(on); err != nil {
			t.Fatal(err)
		}
		peer := next(t, f.moved)
		if peer.Held() != on {
			t.Errorf("hold %v is heard as %q", on, peer.Dir)
		}
	}
	s.Hangup()
	ended(t, call.Done())
	if err := call.Hold(true); !errors.Is(err, errNotConnected) {
		t.Errorf("hold when the call is over: %v", err)
	}
}

// stranger speaks to an exchange without a stack of its own.
type stranger struct {
	t    *testing.T
	conn *net.UDPConn
}

func newStranger(t *testing.T, x *Exchange) *stranger {
	t.Helper()
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(x.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return &stranger{t: t, conn: conn}
}

// ask sends a request and returns the status of its final response.
func (s *stranger) ask(method, callID, extra string) (status string) {
	s.t.Helper()
	local := s.conn.LocalAddr().String()
	text := fmt.Sprintf("%s sip:8613800000001@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%s\r\nFrom: <sip:x@%s>;tag=x\r\nTo: <sip:8613800000001@h>\r\n",
		method, s.conn.RemoteAddr(), local, strings.ToLower(method), callID, local)
	if callID != "" {
		text += "Call-ID: " + callID + "\r\n"
	}
	text += fmt.Sprintf("CSeq: 1 %s\r\nMax-Forwards: 70\r\n%sContent-Length: 0\r\n\r\n", method, extra)
	if _, err := s.conn.Write([]byte(text)); err != nil {
		s.t.Fatal(err)
	}
	buf := make([]byte, 65536)
	for {
		n, err := s.conn.Read(buf)
		if err != nil {
			s.t.Fatalf("%s is not answered: %v", method, err)
		}
		line, _, _ := strings.Cut(string(buf[:n]), "\r\n")
		if !strings.HasPrefix(line, "SIP/2.0 1") && strings.Contains(string(buf[:n]), " "+method+"\r\n") {
			return strings.TrimPrefix(line, "SIP/2.0 ")
		}
	}
}

// What belongs to no call is answered so that a peer can tell (RFC 3261 9.2, 11.2, 15.1.2).
func TestRequestsOutsideOfCalls(t *testing.T) {
	t.Parallel()
	x, _, told := setUp(t)
	s := newStranger(t, x)
	for _, c := range []struct{ method, callID, want string }{
		{"OPTIONS", "one", "200 OK"},
		{"BYE", "two", "481 Call/Transaction Does Not Exist"},
		{"CANCEL", "three", "481 Call/Transaction Does Not Exist"},
		{"INVITE", "four", "488 Not Acceptable Here"}, // without an offer
	} {
		if got := s.ask(c.method, c.callID, "Contact: <sip:x@127.0.0.1>\r\n"); got != c.want {
			t.Errorf("%s: %s, want %s", c.method, got, c.want)
		}
	}
	told.await(t, Ended)
	if x.Active() != 0 {
		t.Errorf("%d calls are left", x.Active())
	}
}
