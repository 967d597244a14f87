package media

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"
)

const otherPort = "10.0.0.1:5444" // the described host, another port

// RTP's source port is in no session description (RFC 3550 11, RFC 3264 5.1).
func TestAnotherPortOfTheDescribedHost(t *testing.T) {
	t.Parallel()
	press := header{payloadType: 96, timestamp: 160}
	for name, c := range map[string]struct {
		strict bool
		from   []string
		keys   string
	}{
		"sound, then a key":             {false, []string{otherPort}, "5"},
		"when strict":                   {true, []string{otherPort}, ""},
		"after the described was heard": {false, []string{described, otherPort}, "5"},
		"a second port":                 {false, []string{otherPort, "10.0.0.1:5446"}, "5"},
		"neither host nor port":         {false, []string{stranger}, ""},
	} {
		d := newDesk()
		d.seat(described, c.strict)
		for _, from := range c.from {
			d.hear(from, press, 5, 10, 0, 160)
			press.timestamp += 1600
		}
		if len(d.keys) != len(c.keys) {
			t.Errorf("%s: %d keys, want %d", name, len(d.keys), len(c.keys))
		}
	}
}

// RFC 3264 8: a re-INVITE that changes nothing must change nothing.
func TestTheLatchOutlivesASessionRefresh(t *testing.T) {
	t.Parallel()
	for _, from := range []string{natted, otherPort} {
		d := newDesk()
		s := d.seat(described, false)
		d.hear(from, header{payloadType: 8}, 1)
		d.port.start(s, s.remote)
		d.hear(from, header{payloadType: 96, timestamp: 160}, 5, 10, 0, 160)
		r := s.remote
		r.EventTypes, r.Hold = [3]uint8{101, 96}, true
		d.port.start(s, r)
		d.hear(from, header{payloadType: 101, timestamp: 1600}, 6, 10, 0, 160)
		if string(d.keys) != "56" {
			t.Errorf("from %s: %d keys after two refreshes, want 2", from, len(d.keys))
		}
		r.Strict = true
		d.port.start(s, r)
		d.hear(from, header{payloadType: 96, timestamp: 3200}, 7, 10, 0, 160)
		if len(d.keys) != 2 {
			t.Errorf("from %s: heard although only the described address may be", from)
		}
	}
}

// A peer that moves may be latched anew, at the new place or the old one.
func TestALatchForEachDescription(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := d.seat(described, false)
	d.hear(natted, header{payloadType: 8}, 1)
	r := s.remote
	r.Addr = netip.MustParseAddrPort("10.0.0.1:5002")
	d.port.start(s, r)
	d.hear("10.0.0.9:5002", header{payloadType: 96, timestamp: 160}, 5, 10, 0, 160)
	r.Addr = netip.MustParseAddrPort("10.0.0.1:5004")
	d.port.start(s, r)
	d.hear("10.0.0.1:5002", header{payloadType: 96, timestamp: 1600}, 6, 10, 0, 160)
	if string(d.keys) != "56" {
		t.Errorf("%d keys, want 2", len(d.keys))
	}
}

// The peer of a call that is over may keep sending; its keys do not belong to the next
// call.
func TestSoundOfACallThatIsOver(t *testing.T) {
	t.Parallel()
	d := newDesk()
	first := d.seat(described, false)
	d.hear(otherPort, header{payloadType: 8}, 1)
	d.leave(first)
	d.seat("10.0.0.1:5002", false)
	for i, from := range []string{otherPort, described} {
		d.hear(from, header{payloadType: 96, timestamp: uint32(i+1) * 1600}, 5, 10, 0, 160)
	}
	if len(d.keys) != 0 {
		t.Fatalf("%d keys of another call were taken", len(d.keys))
	}
	d.sh.origin = d.sh.origin.Add(-leftMax - time.Second)
	d.hear(otherPort, header{payloadType: 96, timestamp: 9999}, 5, 10, 0, 160)
	if len(d.keys) != 1 {
		t.Error("a source that has long been silent is not taken")
	}
}

// A source that was let go because the described address spoke may still send once the call
// is over; its keys do not belong to the next call either.
func TestASourceThatWasLetGo(t *testing.T) {
	t.Parallel()
	d := newDesk()
	first := d.seat(described, false)
	d.hear(otherPort, header{payloadType: 8}, 1)
	d.hear(described, header{payloadType: 8}, 1)
	d.leave(first)
	d.seat("10.0.0.1:5002", false)
	d.hear(otherPort, header{payloadType: 96, timestamp: 1600}, 5, 10, 0, 160)
	if len(d.keys) != 0 {
		t.Error("a key of another call was taken")
	}
}

// A peer that goes on sending is not the next call's, however long after its own call
// that one begins.
func TestSoundThatGoesOnAfterACall(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.leave(d.seat(described, false))
	for range 5 {
		d.sh.origin = d.sh.origin.Add(-leftMax * 3 / 4)
		d.hear(described, header{payloadType: 8}, 1)
	}
	next := d.seat("10.0.0.1:5002", false)
	d.hear(described, header{payloadType: 96, timestamp: 1600}, 5, 10, 0, 160)
	if len(d.keys) != 0 {
		t.Error("a key of a call that is over was taken")
	}
	d.leave(next)
	if !d.port.lingers(d.sh.clock()) || d.port.lingers(d.sh.clock()+leftMax+1) {
		t.Error("the port does not listen for as long as a source may send, or listens for ever")
	}
}

// What came while no call was on waits in the socket; it is not the keys of the next
// call, whoever sent it.
func TestWhatCameBeforeTheCall(t *testing.T) {
	t.Parallel()
	e := newEngine(t, Config{Ports: 1})
	heard := newEar()
	s, err := e.Open(StreamConfig{Handler: heard.handler()})
	if err != nil {
		t.Fatal(err)
	}
	peer, other := listen(t), listen(t)
	press := func(from *net.UDPConn, key byte, timestamp uint32) {
		var b [headerSize]byte
		putRTP(&b, header{payloadType: 96, timestamp: timestamp})
		if _, err := from.WriteTo(append(b[:], key, 10, 0, 160), net.UDPAddrFromAddrPort(s.LocalAddr())); err != nil {
			t.Fatal(err)
		}
	}
	press(other, 1, 160)
	press(peer, 2, 160)
	start(t, s, peer.LocalAddr().(*net.UDPAddr).AddrPort(), PCMA)
	// Sound comes once the stream is started.
	if _, _, err := peer.ReadFrom(make([]byte, packetMax)); err != nil {
		t.Fatal(err)
	}
	press(peer, 9, 16000)
	heard.until(t, "a key of the call", func() bool { return bytes.Contains(heard.keys, []byte("9")) })
	if heard.until(t, "keys", func() bool { return true }); string(heard.keys) != "9" {
		t.Errorf("%d keys that were pressed before the call count", len(heard.keys)-1)
	}
}

func listen(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Several calls of a trunk share its host and our port: a source that no call has
// described may belong to any of them.
func TestAnotherPortAmongSeveralCalls(t *testing.T) {
	t.Parallel()
	press := header{payloadType: 96, timestamp: 160}
	d := newDesk()
	first := d.seat(described, false)
	d.port.open.Add(1) // a call that still rings, and sends already
	d.hear(otherPort, press, 5, 10, 0, 160)
	if first.stats.Digits != 0 || first.stats.Dropped.Source != 1 {
		t.Errorf("%+v: a call took what another one's phone sends", first.stats)
	}
}

// A source that was latched, and is then described by another call, belongs to that call.
func TestALatchGivesWayToADescription(t *testing.T) {
	t.Parallel()
	press := header{payloadType: 96, timestamp: 160}
	d := newDesk()
	first := d.seat(described, false)
	d.hear(otherPort, header{payloadType: 8}, 1)
	second := d.seat(otherPort, false)
	for i, from := range []string{otherPort, described, otherPort} {
		press.timestamp += uint32(i+1) * 1600
		d.hear(from, press, 5, 10, 0, 160)
	}
	if first.stats.Digits != 1 || second.stats.Digits != 2 || len(d.keys) != 3 {
		t.Errorf("keys heard: %d of 1 and %d of 2", first.stats.Digits, second.stats.Digits)
	}
}

// A border controller may give the next call the port of the last one at once.
func TestAnAddressReusedByTheNextCall(t *testing.T) {
	t.Parallel()
	d := newDesk()
	for i := range 3 {
		s := d.seat(described, false)
		d.hear(natted, header{payloadType: 96, timestamp: 160}, 5, 10, 0, 160)
		if len(d.keys) != i+1 {
			t.Fatalf("call %d: the key is not heard", i)
		}
		d.leave(s)
	}
}

// RFC 3264 6.1 and 8.3.2, and what fielded peers do: keys come under our
// payload type, under the peer's, or under that of the last answer.
func TestPayloadTypesOfKeysAndSound(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := d.seat(described, false)
	r := s.remote
	r.EventTypes, r.Type = [3]uint8{101, 96, 97}, 108
	d.port.start(s, r)
	for i, pt := range []uint8{96, 97, 101} {
		d.hear(described, header{payloadType: pt, timestamp: uint32(i+1) * 1600}, 5, 10, 0, 160)
	}
	for _, pt := range []uint8{8, 108} {
		d.hear(described, header{payloadType: pt}, 1)
	}
	if s.stats.Received != 5 || s.stats.Digits != 3 {
		t.Errorf("%+v", s.stats)
	}
	for _, pt := range []uint8{0, 98, 102} {
		d.hear(described, header{payloadType: pt, timestamp: uint32(pt) * 1600}, 5, 10, 0, 160)
	}
	if s.stats.Dropped.PayloadType != 3 || len(d.keys) != 3 {
		t.Errorf("%+v", s.stats)
	}
	if head, _ := s.next(); head[1]&maskType != 108 {
		t.Errorf("sound is sent as %d, want the peer's 108", head[1]&maskType)
	}
}

// RFC 3264 8.4: nothing is sent to a peer that holds the call, and playback waits.
func TestHold(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := d.seat(described, false)
	s.sender.lead = 0
	s.player = player{clips: []*Clip{ramp(3)}, id: 1}
	first, _ := s.next()
	before, _, _ := parseRTP(first[:])
	r := s.remote
	r.Hold = true
	d.port.start(s, r)
	due := s.stats.Due
	for range 5 {
		d.port.send(d.sh, 0)
	}
	if s.stats.Due != due || s.player.id != 1 || s.Idle() > time.Second {
		t.Errorf("on hold: %d packets due, play %d", s.stats.Due-due, s.player.id)
	}
	r.Hold = false
	d.port.start(s, r)
	head, payload := s.next()
	after, _, _ := parseRTP(head[:])
	if after.sequence != before.sequence+1 || after.timestamp != before.timestamp+6*FrameSamples || !after.marker || !loud(payload) {
		t.Errorf("after hold %+v, before %+v", after, before)
	}
}
