package media

import (
	"bytes"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for something that must happen.
const patience = 2 * time.Minute

// newEngine makes an engine on loopback that ends with the test.
func newEngine(t testing.TB, cfg Config) *Engine {
	t.Helper()
	cfg.IP = netip.MustParseAddr("127.0.0.1")
	if cfg.Ports == 0 {
		cfg.Ports = 2
	}
	if cfg.Shards == 0 {
		cfg.Shards = 1
	}
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// ear gathers what one side of a call hears.
type ear struct {
	mu     sync.Mutex
	sound  []byte
	keys   []byte
	played []PlayID
	news   chan struct{}
}

func newEar() *ear { return &ear{news: make(chan struct{}, 1)} }

func (e *ear) handler() Handler {
	return Handler{
		Digit:  func(k byte) { e.note(func() { e.keys = append(e.keys, k) }) },
		Played: func(id PlayID) { e.note(func() { e.played = append(e.played, id) }) },
		Frame:  func(f Frame) { e.note(func() { e.sound = append(e.sound, f.Payload...) }) },
	}
}

func (e *ear) note(f func()) {
	e.mu.Lock()
	f()
	e.mu.Unlock()
	select {
	case e.news <- struct{}{}:
	default:
	}
}

// until waits for cond to hold of what was heard.
func (e *ear) until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		ok := cond()
		e.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-e.news:
		case <-deadline:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// call connects two streams, on two engines or on one, with ears at both ends.
func call(t testing.TB, a, b *Engine, codec Codec, atA, atB *ear) (caller, callee *Stream) {
	t.Helper()
	both := connect(t, a, b, codec, atA.handler(), atB.handler())
	return both[0], both[1]
}

func connect(t testing.TB, a, b *Engine, codec Codec, atA, atB Handler) [2]*Stream {
	t.Helper()
	caller, err := a.Open(StreamConfig{Handler: atA})
	if err != nil {
		t.Fatal(err)
	}
	callee, err := b.Open(StreamConfig{Handler: atB, Peer: caller.LocalAddr()})
	if err != nil {
		t.Fatal(err)
	}
	start(t, callee, caller.LocalAddr(), codec)
	start(t, caller, callee.LocalAddr(), codec)
	return [2]*Stream{caller, callee}
}

func start(t testing.TB, s *Stream, to netip.AddrPort, codec Codec) {
	t.Helper()
	if err := s.Start(Remote{Addr: to, Codec: codec, SendEventPT: 96, EventTypes: [3]uint8{96}}); err != nil {
		t.Fatal(err)
	}
}

// ramp is a clip in which every frame is different from silence and from the others.
func ramp(frames int) *Clip {
	pcm := make([]int16, frames*FrameSamples)
	for i := range pcm {
		pcm[i] = int16(1000 + i*37%20000)
	}
	return NewClip(pcm)
}

func TestPromptArrivesBitExact(t *testing.T) {
	t.Parallel()
	for _, codec := range []Codec{PCMA, PCMU} {
		t.Run(codec.String(), func(t *testing.T) {
			t.Parallel()
			e := newEngine(t, Config{})
			caller, callee := newEar(), newEar()
			a, b := call(t, e, e, codec, caller, callee)
			first, second := ramp(7), ramp(3)
			id := a.Play(first, second)
			caller.until(t, "played", func() bool { return len(caller.played) == 1 && caller.played[0] == id })
			want := append(bytes.Clone(first.Payload(codec)), second.Payload(codec)...)
			callee.until(t, "the prompt", func() bool { return bytes.Contains(callee.sound, want) })
			lead := bytes.Index(callee.sound, want)
			if lead < leadFrames*FrameSamples {
				t.Errorf("%d octets of silence before the prompt, want %d or more", lead, leadFrames*FrameSamples)
			}
			got := a.Close()
			if got.Sent == 0 || got.Sent != got.Due || got.Received == 0 {
				t.Errorf("stats %+v", got)
			}
			b.Close()
		})
	}
}

func TestKeysArriveInOrder(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{})
	caller, callee := newEar(), newEar()
	a, b := call(t, e, e, PCMA, caller, callee)
	for _, k := range []byte("1100*#") {
		if err := b.SendDigit(k, 60*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	caller.until(t, "six keys", func() bool { return string(caller.keys) == "1100*#" })
	if got := a.Close(); got.Digits != 6 {
		t.Errorf("%d digits counted, want 6", got.Digits)
	}
	b.Close()
}

func TestStopAndPlayReplaceWhatPlays(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{})
	caller, callee := newEar(), newEar()
	a, b := call(t, e, e, PCMA, caller, callee)
	a.Play(ramp(10_000)) // 200 s
	callee.until(t, "the first prompt", func() bool { return loud(callee.sound) })
	a.Stop()
	short := ramp(2)
	id := a.Play(short)
	caller.until(t, "the second prompt", func() bool { return len(caller.played) > 0 })
	empty := a.Play()
	caller.until(t, "a play of nothing", func() bool { return len(caller.played) == 2 })
	a.Close()
	b.Close()
	if caller.played[0] != id || caller.played[1] != empty {
		t.Errorf("played %v, want %d and %d: what is cut off is not played", caller.played, id, empty)
	}
	if !bytes.Contains(callee.sound, short.ALaw) {
		t.Error("the second prompt was not heard whole")
	}
}

// A key stops the prompt from within the handler.
func TestBargeInFromTheHandler(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{})
	caller, callee := newEar(), newEar()
	var a *Stream
	ready := make(chan struct{})
	h := caller.handler()
	h.Digit = func(byte) {
		<-ready
		a.Stop()
	}
	a, err := e.Open(StreamConfig{Handler: h})
	if err != nil {
		t.Fatal(err)
	}
	close(ready)
	b, err := e.Open(StreamConfig{Handler: callee.handler(), Peer: a.LocalAddr()})
	if err != nil {
		t.Fatal(err)
	}
	start(t, b, a.LocalAddr(), PCMA)
	start(t, a, b.LocalAddr(), PCMA)
	a.Play(ramp(10_000))
	callee.until(t, "the prompt", func() bool { return loud(callee.sound) })
	if err := b.SendDigit('1', time.Second); err != nil {
		t.Fatal(err)
	}
	callee.until(t, "silence", func() bool {
		n := len(callee.sound)
		return n > 5*FrameSamples && !loud(callee.sound[n-5*FrameSamples:])
	})
	a.Close()
	b.Close()
}

// loud reports whether A-law sound is anything but silence.
func loud(sound []byte) bool {
	return bytes.Count(sound, []byte{PCMA.Silence()}) < len(sound)
}
