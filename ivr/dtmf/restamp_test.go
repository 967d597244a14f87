package dtmf

import (
	"math/rand/v2"
	"testing"
	"time"
)

// packet is one event packet of a stream with sequence numbers: milliseconds
// from the last one, sequence number, timestamp, key, end, duration.
type packet struct {
	wait int
	seq  uint16
	ts   uint32
	key  byte
	end  bool
	dur  uint16
}

// decodeSequence sets the marker bit when a duration starts again after an end.
func decodeSequence(stream []packet) (keys string) {
	var d Decoder
	at := time.Second
	ended := true
	for _, s := range stream {
		at += time.Duration(s.wait) * ms
		code, _ := EventOf(s.key)
		var b [PayloadSize]byte
		Event{Code: code, End: s.end, Volume: 10, Duration: s.dur}.Put(&b)
		if key, ok := d.Decode(Packet{SSRC: 7, Sequence: s.seq, Marker: ended && !s.end && s.dur <= 160 && s.wait >= 60, Timestamp: s.ts, At: at, Payload: b[:]}); ok {
			keys += string(key)
		}
		ended = s.end
	}
	return keys
}

// restamped is a press of n packets 20 ms apart that each have a timestamp of
// their own, step units after the last one, and ends, each restamped as well
// if endStep is not 0. dur gives the durations.
func restamped(from packet, n, ends int, step, endStep uint32, dur func(i int) uint16) []packet {
	var out []packet
	p := from
	for i := range n {
		p.dur = dur(i)
		out = append(out, p)
		p.wait, p.seq, p.ts = 20, p.seq+1, p.ts+step
	}
	p.end = true
	for range ends {
		out = append(out, p)
		p.wait, p.seq, p.ts = 10, p.seq+1, p.ts+endStep
	}
	return out
}

func growing(i int) uint16   { return uint16(i+1) * 160 }
func constant(int) uint16    { return 160 }
func zero(int) uint16        { return 0 }
func capped(i int) uint16    { return min(uint16(i+1)*160, 400) }
func tenMillis(i int) uint16 { return uint16(i+1) * 80 }

// RFC 4733 2.5.1.2 wants one timestamp for all packets of an event. Some
// relays give each its own; one press must stay one key for all that.
func TestEachPacketRestampedIsOneKey(t *testing.T) {
	t.Parallel()
	begin := packet{wait: 300, seq: 100, ts: 5000, key: '5'}
	for name, stream := range map[string][]packet{
		"durations grow":                    restamped(begin, 5, 3, 160, 0, growing),
		"ends restamped too":                restamped(begin, 5, 3, 160, 160, growing),
		"no end at all":                     restamped(begin, 5, 0, 160, 0, growing),
		"constant durations":                restamped(begin, 6, 3, 160, 160, constant),
		"durations of zero":                 restamped(begin, 6, 3, 160, 160, zero),
		"durations that stop growing":       restamped(begin, 9, 3, 160, 0, capped),
		"every 10 ms":                       restamped(begin, 12, 3, 80, 80, tenMillis),
		"every 50 ms":                       restamped(begin, 4, 3, 400, 400, growing),
		"across the wrap of the timestamps": restamped(packet{wait: 300, seq: 65534, ts: 0xFFFFFF00, key: '5'}, 5, 3, 160, 160, growing),
		"held for nine seconds":             restamped(begin, 460, 3, 160, 160, func(i int) uint16 { return uint16((i + 1) * 160) }),
		"a machine that stalls between the packets": func() []packet {
			s := restamped(begin, 5, 3, 160, 160, growing)
			for i := range s[1:] {
				s[i+1].wait = 390
			}
			return s
		}(),
		"the last packet overtakes": func() []packet {
			s := restamped(begin, 5, 3, 160, 160, growing)
			s[4], s[5] = s[5], s[4]
			return s
		}(),
		"two of five lost": func() []packet {
			s := restamped(begin, 5, 1, 160, 0, growing)
			s[4].wait = 60
			return append(s[:2:2], s[4:]...)
		}(),
	} {
		if got := decodeSequence(stream); got != "5" {
			t.Errorf("%s: %q, want one key", name, got)
		}
	}
}

// Packets that look like one restamped press but are two presses.
func TestRestampedPressesStayApart(t *testing.T) {
	t.Parallel()
	begin := packet{wait: 300, seq: 100, ts: 5000, key: '5'}
	for name, again := range map[string]packet{
		"after a pause":                  {wait: 60, seq: 108, ts: 5000 + 5*160 + 640, key: '5'},
		"after a long pause":             {wait: 400, seq: 108, ts: 9000, key: '5'},
		"no pause, but an end was seen":  {wait: 10, seq: 108, ts: 5000 + 6*160, key: '5'},
		"a clock that went back by much": {wait: 60, seq: 108, ts: 0xFFFF0000, key: '5'},
	} {
		stream := append(restamped(begin, 5, 3, 160, 0, growing), restamped(again, 5, 3, 160, 0, growing)...)
		if got := decodeSequence(stream); got != "55" {
			t.Errorf("%s: %q, want two keys", name, got)
		}
	}
	lost := append(restamped(begin, 5, 0, 0, 0, growing), packet{60, 110, 5000 + 5*160 + 320, '5', false, 160})
	if got := decodeSequence(lost); got != "55" {
		t.Errorf("all ends lost, then the same key: %q, want two keys", got)
	}
}

// Ten thousand keys of three kinds, so that many come twice in a row, over a relay
// that stamps each packet anew and loses up to two ends of each.
func TestRestampedKeysOnABadNetwork(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(7, 8))
	keys := make([]byte, 10_000)
	for i := range keys {
		keys[i] = "123"[rnd.IntN(3)]
	}
	var stream []sent
	ends, lost := uint32(0), 0
	for _, s := range encode(t, keys, rnd.IntN) {
		if s.ts != ends {
			ends, lost = s.ts, 0
		}
		if s.end && lost < endsSent-1 && rnd.IntN(3) == 0 {
			lost++
			continue
		}
		s.ts = uint32(s.at/ms) * 8
		stream = append(stream, s)
	}
	if got := decodeAll(t, stream); got != string(keys) {
		t.Errorf("%d keys of %d, or not the same ones", len(got), len(keys))
	}
}

// A clock that stands still between presses: each has the timestamp of the one before.
func TestAClockThatStandsStill(t *testing.T) {
	t.Parallel()
	press := func(seq uint16, key byte, wait, ends int) []packet {
		return restamped(packet{wait: wait, seq: seq, ts: 777, key: key}, 5, ends, 0, 0, growing)
	}
	join := func(presses ...[]packet) (all []packet) {
		for _, p := range presses {
			all = append(all, p...)
		}
		return all
	}
	for name, c := range map[string]struct {
		stream []packet
		want   string
	}{
		"other keys":                           {join(press(1, '1', 100, 3), press(20, '5', 80, 3), press(40, '8', 80, 3)), "158"},
		"a key that comes again later":         {join(press(1, '1', 100, 3), press(20, '5', 80, 3), press(40, '1', 80, 3)), "151"},
		"the same key twice":                   {join(press(1, '1', 100, 3), press(20, '1', 60, 3)), "11"},
		"the same key twice, no ends":          {join(press(1, '1', 100, 0), press(20, '1', 150, 0)), "11"},
		"a late update after the end":          {join(press(10, '1', 100, 3), []packet{{40, 12, 777, '1', false, 480}}), "1"},
		"updates after the end, numbered anew": {join(press(10, '1', 100, 3), []packet{{20, 19, 777, '1', false, 480}, {30, 20, 777, '1', false, 160}, {30, 21, 777, '1', true, 800}}), "1"},
		"a recording that is played again":     {join(press(10, '1', 100, 3), press(10, '5', 700, 3), press(10, '1', 700, 3), press(10, '1', 700, 3)), "1511"},
		"a press that stalls for long":         {[]packet{{0, 1, 777, '1', false, 160}, {900, 2, 777, '1', false, 7360}, {20, 3, 777, '1', true, 7520}}, "1"},
		"an update sent twice":                 {join(press(10, '1', 100, 3), []packet{{400, 17, 777, '1', false, 480}}), "1"},
		"ends that go on for long":             {join(press(10, '1', 100, 3), []packet{{240, 18, 777, '1', true, 800}, {240, 19, 777, '1', true, 800}}), "1"},
		"ends alone, after another key":        {[]packet{{0, 1, 777, '1', true, 800}, {200, 2, 777, '5', true, 800}, {200, 3, 777, '1', true, 800}}, "151"},
		"held long, the duration wraps":        {[]packet{{0, 1, 777, '1', false, 0xFF00}, {120, 9, 777, '1', false, 160}}, "1"},
	} {
		if got := decodeSequence(c.stream); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestDown(t *testing.T) {
	t.Parallel()
	var d Decoder
	for i, c := range []struct {
		payload []byte
		down    bool
	}{
		{[]byte{16, 10, 0, 160}, false}, {[]byte{5, 10, 0, 160}, true}, {[]byte{5, 10, 1, 64}, true},
		{[]byte{5}, true}, {[]byte{5, 0x8a, 1, 64}, false}, {[]byte{16, 10, 0, 160}, false},
	} {
		d.Decode(Packet{Timestamp: 1, At: time.Duration(i) * 20 * ms, Payload: c.payload})
		if d.Down() != c.down {
			t.Errorf("packet %d: down is %v", i, !c.down)
		}
	}
}
