package media

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"
	"mpg/ivr/dtmf"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStreamsAreSpreadOverThePorts(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{Ports: 4, Shards: 2})
	held := map[int]int{}
	for range 4 * PortStreamsMax {
		s, err := e.Open(StreamConfig{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		held[s.LocalPort()]++
		if n := len(held); held[s.LocalPort()] > 1 && n < 4 {
			t.Fatalf("a second stream on a port while only %d are in use", n)
		}
	}
	if _, err := e.Open(StreamConfig{}); !errors.Is(err, ErrPortsFull) {
		t.Errorf("one too many: error %v", err)
	}
	if n := e.Stats().Streams; n != 4*PortStreamsMax {
		t.Errorf("%d streams", n)
	}
}

func TestOneRemoteAddressPerPort(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{Ports: 2})
	peer := netip.MustParseAddrPort("127.0.0.1:9")
	open := func(cfg StreamConfig) *Stream {
		t.Helper()
		s, err := e.Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b := open(StreamConfig{Peer: peer}), open(StreamConfig{Peer: peer})
	if a.LocalPort() == b.LocalPort() {
		t.Error("two streams with the same peer share a port")
	}
	if _, err := e.Open(StreamConfig{Peer: peer}); !errors.Is(err, ErrPortsFull) {
		t.Errorf("a third: error %v", err)
	}
	c := open(StreamConfig{})
	if err := c.Start(Remote{Addr: peer}); !errors.Is(err, ErrPeerTaken) {
		t.Errorf("Start with a peer that is taken: error %v", err)
	}
	a.Close()
	b.Close()
	if err := c.Start(Remote{Addr: peer}); err != nil {
		t.Errorf("Start when the peer is free again: %v", err)
	}
	c.Close()
}

func TestWhatCannotBeStarted(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{})
	s, err := e.Open(StreamConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for _, addr := range []netip.AddrPort{{}, netip.MustParseAddrPort("[2001:db8::1]:5000")} {
		if err := s.Start(Remote{Addr: addr}); !errors.Is(err, ErrPeerFamily) {
			t.Errorf("%v: error %v", addr, err)
		}
	}
	if err := s.SendDigit('x', time.Second); !errors.Is(err, dtmf.ErrNoKey) {
		t.Errorf("a key that is none: error %v", err)
	}
	s.Close()
	if err := s.Start(Remote{Addr: netip.MustParseAddrPort("127.0.0.1:9")}); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: error %v", err)
	}
	if got := s.Close(); got != (StreamStats{}) {
		t.Errorf("closed again: %+v", got)
	}
}

func TestPortsOfARange(t *testing.T) {
	t.Parallel()
	taken, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)})
	if err != nil {
		t.Skip("SKIPPED: this system has only one loopback address")
	}
	defer taken.Close()
	n := taken.LocalAddr().(*net.UDPAddr).Port &^ 1
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	even, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2), Port: n})
	if err != nil {
		t.Fatal(err)
	}
	defer even.Close()
	ip := netip.MustParseAddr("127.0.0.2")
	if _, err := New(Config{IP: ip, PortMin: n, PortMax: n + 1}); err == nil {
		t.Fatal("an engine without a port")
	}
	e, err := New(Config{IP: ip, PortMin: n - 1, PortMax: n + 9, Ports: 3, Shards: 9})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, p := range e.ports {
		number := int(p.addr.Port())
		if number%2 != 0 || number <= n || number > n+9 {
			t.Errorf("port %d, want an even one after %d", number, n)
		}
	}
	if len(e.ports) != 3 {
		t.Errorf("%d ports", len(e.ports))
	}
}

func TestBadAddresses(t *testing.T) {
	t.Parallel()
	for _, ip := range []netip.Addr{{}, netip.IPv4Unspecified(), netip.MustParseAddr("192.0.2.1")} {
		if e, err := New(Config{IP: ip}); err == nil {
			t.Errorf("%v was taken", ip)
			_ = e.Close()
		}
	}
}

func TestIPv6(t *testing.T) {
	t.Parallel()
	e, err := New(Config{IP: netip.IPv6Loopback(), Ports: 2, Shards: 1})
	if err != nil {
		t.Skipf("SKIPPED: no IPv6 here: %v", err)
	}
	defer e.Close()
	caller, callee := newEar(), newEar()
	a, b := call(t, e, e, PCMA, caller, callee)
	a.Play(ramp(1))
	callee.until(t, "sound", func() bool { return len(callee.sound) > 0 })
	a.Close()
	b.Close()
}

func TestClosedEngine(t *testing.T) {
	t.Parallel()
	e, err := New(Config{IP: netip.MustParseAddr("127.0.0.1"), Ports: 2, Shards: 1})
	if err != nil {
		t.Fatal(err)
	}
	caller, callee := newEar(), newEar()
	a, b := call(t, e, e, PCMU, caller, callee)
	callee.until(t, "sound", func() bool { return len(callee.sound) > 0 })
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	a.Play(ramp(1))
	a.Stop()
	if got := a.Close(); got.Sent == 0 {
		t.Errorf("stats %+v", got)
	}
	b.Close()
	if e.Stats().Sent == 0 {
		t.Error("the counts are gone")
	}
	if _, err := e.Open(StreamConfig{}); !errors.Is(err, ErrClosed) {
		t.Errorf("Open: error %v", err)
	}
}

// An engine at rest must not keep a processor busy, and wakes for each call.
func TestCallsAfterARest(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{})
	for range 3 {
		caller, callee := newEar(), newEar()
		a, b := call(t, e, e, PCMA, caller, callee)
		callee.until(t, "sound", func() bool { return len(callee.sound) > 0 })
		a.Close()
		b.Close()
		before := e.Stats().Due
		if after := e.Stats().Due; after != before {
			t.Errorf("%d packets due without a call", after-before)
		}
	}
}

// Hundreds of calls with a prompt and a PIN each, on few ports: every key and
// every octet arrives where it belongs.
func TestManyCalls(t *testing.T) {
	t.Parallel()
	const calls = 200
	us := newEngine(t, Config{Ports: 16, Shards: 2})
	them := newEngine(t, Config{Ports: 16, Shards: 2})
	callers, callees := make([]*ear, calls), make([]*ear, calls)
	as, bs := make([]*Stream, calls), make([]*Stream, calls)
	for i := range calls {
		callers[i], callees[i] = newEar(), newEar()
		as[i], bs[i] = call(t, us, them, PCMA, callers[i], callees[i])
		as[i].Play(ramp(1 + i%20))
		for _, k := range []byte(pinOf(i)) {
			if err := bs[i].SendDigit(k, dtmf.PressMin); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range calls {
		callers[i].until(t, fmt.Sprintf("the keys of call %d", i), func() bool { return string(callers[i].keys) == pinOf(i) })
		callers[i].until(t, "the end of the prompt", func() bool { return len(callers[i].played) == 1 })
	}
	for i := range calls {
		as[i].Close()
		bs[i].Close()
	}
	got := us.Stats()
	if got.Digits != 6*calls || got.Dropped.PayloadType != 0 || got.Dropped.Malformed != 0 || got.Sent > got.Due {
		t.Errorf("stats %+v", got)
	}
	t.Logf("sent %d of %d due, late p50 %v p99 %v max %v", got.Sent, got.Due,
		got.Lateness.Quantile(0.5), got.Lateness.Quantile(0.99), got.Lateness.Max())
}

func pinOf(call int) string { return fmt.Sprintf("%06d", call*4999%1_000_000) }
