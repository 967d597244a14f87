package media

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"
)

// desk is a port without a network: packets are handed to it.
type desk struct {
	sh   *shard
	port *port
	keys []byte
}

func newDesk() *desk {
	p := newPort(&socket{addr: netip.MustParseAddrPort("127.0.0.1:4000")})
	d := &desk{sh: &shard{ports: []*port{p}, origin: time.Now()}, port: p}
	p.shard = d.sh
	return d
}

// seat starts a stream whose peer described itself as being at addr.
func (d *desk) seat(addr string, strict bool) *Stream {
	e := &Engine{random: func() uint32 { return 0 }, silence: NewClip(make([]int16, FrameSamples))}
	s := newStream(e, d.port, Handler{Digit: func(k byte) { d.keys = append(d.keys, k) }})
	d.port.open.Add(1)
	d.port.start(s, Remote{Addr: netip.MustParseAddrPort(addr), Codec: PCMA, EventTypes: [3]uint8{96}, Strict: strict})
	return s
}

// leave ends a stream.
func (d *desk) leave(s *Stream) {
	d.port.end(s)
	d.port.open.Add(-1)
}

// hear hands a packet to the port.
func (d *desk) hear(from string, h header, payload ...byte) {
	var b [headerSize]byte
	putRTP(&b, h)
	d.port.take(d.sh, netip.MustParseAddrPort(from), append(b[:], payload...))
}

const (
	described = "10.0.0.1:5000"
	natted    = "10.0.0.9:5000" // another address, the described port
	stranger  = "10.6.6.6:6666"
)

func TestWhoseSoundIsTaken(t *testing.T) {
	t.Parallel()
	audio := header{payloadType: uint8(PCMA)}
	for name, c := range map[string]struct {
		strict   bool
		from     []string
		pt       uint8
		received uint64
		dropped  Dropped
	}{
		"the described address":                    {false, []string{described, described}, 8, 2, Dropped{}},
		"another address with the same port":       {false, []string{natted, natted}, 8, 2, Dropped{}},
		"a stranger":                               {false, []string{stranger, described}, 8, 1, Dropped{}},
		"another address, when strict":             {true, []string{natted, described}, 8, 1, Dropped{Source: 1}},
		"another address, after the described":     {false, []string{described, natted}, 8, 1, Dropped{Source: 1}},
		"a second other address":                   {false, []string{natted, "10.0.0.8:5000", natted}, 8, 2, Dropped{Source: 1}},
		"the described after another":              {false, []string{natted, described, natted, described}, 8, 3, Dropped{Source: 1}},
		"the described with a codec not agreed":    {false, []string{described}, 0, 0, Dropped{PayloadType: 1}},
		"comfort noise":                            {false, []string{described}, 13, 0, Dropped{PayloadType: 1}},
		"another address, with a codec not agreed": {false, []string{natted}, 0, 0, Dropped{Source: 1}},
	} {
		d := newDesk()
		s := d.seat(described, c.strict)
		for _, from := range c.from {
			audio.payloadType = c.pt
			d.hear(from, audio, 1, 2, 3)
		}
		if s.stats.Received != c.received || s.stats.Dropped != c.dropped {
			t.Errorf("%s: %+v, want %d received and %+v", name, s.stats, c.received, c.dropped)
		}
	}
}

func TestTwoCandidatesGetNothing(t *testing.T) {
	t.Parallel()
	d := newDesk()
	a, b := d.seat("10.0.0.1:5000", false), d.seat("10.0.0.2:5000", false)
	d.hear(natted, header{payloadType: 8}, 1)
	if a.stats.Received+b.stats.Received != 0 || d.sh.stats.Dropped.Source != 1 {
		t.Error("a packet that may be of two calls was given to one")
	}
	d.hear("10.0.0.1:5000", header{payloadType: 8}, 1)
	d.hear(natted, header{payloadType: 8}, 1) // only b can be meant now
	if a.stats.Received != 1 || b.stats.Received != 1 {
		t.Errorf("received %d and %d", a.stats.Received, b.stats.Received)
	}
}

func TestOneCallsKeysAreNotAnothers(t *testing.T) {
	t.Parallel()
	d := newDesk()
	a, b := d.seat("10.0.0.1:5000", false), d.seat("10.0.0.2:5002", false)
	press := header{payloadType: 96, timestamp: 160, ssrc: 9}
	payload := []byte{5, 10, 0, 160}
	d.hear("10.0.0.2:5002", press, payload...)
	d.hear(stranger, press, payload...)
	if a.stats.Digits != 0 || b.stats.Digits != 1 || string(d.keys) != "5" {
		t.Errorf("digits %d and %d, %d keys", a.stats.Digits, b.stats.Digits, len(d.keys))
	}
	d.port.end(b)
	press.timestamp += 1600
	d.hear("10.0.0.2:5002", press, payload...)
	if len(d.keys) != 1 {
		t.Error("a key was heard after the end")
	}
}

func TestKeysAreWipedFromTheBuffer(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := d.seat(described, false)
	packet := make([]byte, headerSize+4)
	putRTP((*[headerSize]byte)(packet), header{payloadType: 96, timestamp: 160})
	packet[headerSize] = 9
	d.port.take(d.sh, s.remote.Addr, packet)
	if string(d.keys) != "9" || packet[headerSize] != 0 {
		t.Errorf("%d keys; the buffer holds % x", len(d.keys), packet[headerSize:])
	}
}

func TestAPeerThatMoves(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := d.seat(described, false)
	d.hear(described, header{payloadType: 8}, 1)
	r := s.remote
	r.Addr = netip.MustParseAddrPort("10.0.0.7:7000")
	d.port.start(s, r)
	d.hear(described, header{payloadType: 8}, 1)
	d.hear("10.0.0.7:7000", header{payloadType: 8}, 1)
	if s.stats.Received != 2 || d.sh.streams != 1 || len(d.port.streams) != 1 {
		t.Errorf("received %d, %d streams", s.stats.Received, d.sh.streams)
	}
}

func TestMalformedPackets(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := d.seat(described, false)
	d.port.take(d.sh, s.remote.Addr, []byte("SIP/2.0 200 OK"))
	d.port.take(d.sh, netip.MustParseAddrPort(stranger), nil)
	if s.stats.Dropped.Malformed != 1 || d.sh.stats.Dropped.Malformed != 2 {
		t.Errorf("stream %+v, all %+v", s.stats.Dropped, d.sh.stats.Dropped)
	}
}

// What a stream sends, packet by packet.
func TestPacketsOfAStream(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := d.seat(described, false)
	s.remote.SendEventPT = 101
	clip := ramp(2)
	s.player = player{clips: []*Clip{clip}, id: 7}
	if err := s.SendDigit('#', 60*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	var heads []header
	ended := PlayID(0)
	for range leadFrames + 8 {
		head, payload := s.next()
		h, _, _ := parseRTP(append(head[:], payload...))
		heads = append(heads, h)
		ended = max(ended, s.sender.ended)
	}
	for i, h := range heads {
		event := i >= leadFrames && i < leadFrames+5 // 60 ms: two updates, three ends
		want := header{payloadType: 8, marker: i == 0, sequence: uint16(i), timestamp: uint32(i) * FrameSamples}
		if event {
			want.payloadType, want.marker, want.timestamp = 101, i == leadFrames, leadFrames*FrameSamples
		}
		if h != want {
			t.Errorf("packet %d: %+v, want %+v", i, h, want)
		}
	}
	if ended != 7 {
		t.Errorf("play %d ended, want 7", ended)
	}
}

func TestNextDoesNotAllocate(t *testing.T) {
	d := newDesk()
	s := d.seat(described, false)
	s.player = player{clips: []*Clip{ramp(2000)}, id: 1}
	out := new(outBatch)
	var packet [headerSize + FrameSamples]byte
	putRTP((*[headerSize]byte)(packet[:]), header{payloadType: 8})
	if n := testing.AllocsPerRun(1000, func() {
		out.reset()
		head, payload := s.next()
		out.add(&s.sender.to, head, payload)
		d.port.take(d.sh, s.remote.Addr, packet[:])
	}); n != 0 {
		t.Errorf("%v allocations for a packet each way", n)
	}
}

func TestTakeDoesNotAllocate(t *testing.T) {
	d := newDesk()
	s := d.seat(described, false)
	s.handler = Handler{Digit: func(byte) {}, Frame: func(Frame) {}}
	var sound [headerSize + FrameSamples]byte
	event := header{payloadType: 96}
	putRTP((*[headerSize]byte)(sound[:]), header{payloadType: 8})
	if n := testing.AllocsPerRun(1000, func() {
		d.port.take(d.sh, s.remote.Addr, sound[:])
		for _, key := range []byte{5, 0x80 | 5} { // a press, and flash
			event.timestamp += 800
			packet := sound[:headerSize+4]
			putRTP((*[headerSize]byte)(packet), event)
			copy(packet[headerSize:], []byte{key, 10, 0, 160})
			d.port.take(d.sh, s.remote.Addr, packet)
		}
		putRTP((*[headerSize]byte)(sound[:]), header{payloadType: 8})
	}); n != 0 {
		t.Errorf("%v allocations for what is received", n)
	}
}

func BenchmarkNext(b *testing.B) {
	d := newDesk()
	s := d.seat(described, false)
	clip, out := ramp(500), new(outBatch)
	b.ReportAllocs()
	for b.Loop() {
		if s.player.id == 0 {
			s.player.clips, s.player.id = append(s.player.clips, clip), 1
		}
		out.reset()
		head, payload := s.next()
		out.add(&s.sender.to, head, payload)
	}
}

// Stop takes effect with the very next packet.
func TestStopSilencesTheNextPacket(t *testing.T) {
	t.Parallel()
	d := newDesk()
	s := d.seat(described, false)
	s.sender.lead = 0
	s.Play(ramp(50))
	d.sh.obey()
	if _, payload := s.next(); !loud(payload) {
		t.Fatal("the prompt is silent")
	}
	s.Stop()
	d.sh.obey()
	if _, payload := s.next(); loud(payload) {
		t.Error("a packet of the prompt after Stop")
	}
}

// A wheel that was held up for long lets whole revolutions pass: they count as
// due, and the clock of RTP goes on.
func TestLongLagIsSkippedAndCounted(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.sh.log = slog.New(slog.DiscardHandler)
	s := d.seat(described, false)
	for behind, want := range map[time.Duration]time.Duration{
		0:                      0,
		lagMax - 1:             0,
		215 * time.Millisecond: 200 * time.Millisecond,
	} {
		s.stats, s.sender.timestamp = StreamStats{}, 0
		if got := d.sh.catchUp(behind); got != want {
			t.Errorf("%v behind: %v skipped, want %v", behind, got, want)
		}
		frames := uint64(want / FrameDuration)
		if s.stats.Due != frames || s.sender.timestamp != uint32(frames)*FrameSamples || s.stats.Sent != 0 {
			t.Errorf("%v behind: %+v at timestamp %d", behind, s.stats, s.sender.timestamp)
		}
	}
}
