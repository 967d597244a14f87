package dtmf

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const ms = time.Millisecond

// failer is a test of either kind.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// sent is one event packet of a test stream.
type sent struct {
	at  time.Duration
	ts  uint32
	key byte
	end bool
	dur uint16
}

func (s sent) packet(t failer) Packet {
	t.Helper()
	code, ok := EventOf(s.key)
	if !ok {
		t.Fatalf("%q is no key", s.key)
	}
	var b [PayloadSize]byte
	Event{Code: code, End: s.end, Volume: 10, Duration: s.dur}.Put(&b)
	return Packet{SSRC: 7, Timestamp: s.ts, At: s.at, Payload: b[:]}
}

func decodeAll(t failer, stream []sent) string {
	t.Helper()
	var d Decoder
	var keys []byte
	for _, s := range stream {
		if key, ok := d.Decode(s.packet(t)); ok {
			keys = append(keys, key)
		}
	}
	return string(keys)
}

// life is a stream and the keys that were pressed.
type life struct {
	stream []sent
	want   string
}

func (l life) check(t *testing.T, name string) {
	t.Helper()
	if got := decodeAll(t, l.stream); got != l.want {
		t.Errorf("%s: %q, want %q", name, got, l.want)
	}
}

// Streams as phones, gateways and relays really send them.
func TestStreamsFromLife(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]life{
		"as in RFC 4733 5": {[]sent{
			{0, 1000, '5', false, 160}, {20 * ms, 1000, '5', false, 320}, {40 * ms, 1000, '5', false, 480},
			{60 * ms, 1000, '5', true, 640}, {80 * ms, 1000, '5', true, 640}, {100 * ms, 1000, '5', true, 640},
		}, "5"},
		"SIPp play_dtmf: begins with duration 0": {[]sent{
			{0, 160, '1', false, 0}, {20 * ms, 160, '1', false, 160}, {40 * ms, 160, '1', true, 320},
			{40 * ms, 160, '1', true, 320}, {40 * ms, 160, '1', true, 320},
		}, "1"},
		"sip-tester pcap: the duration jumps at the end": {[]sent{
			{0, 160, '1', false, 1760}, {20 * ms, 160, '1', false, 1920}, {60 * ms, 160, '1', true, 2240},
			{60 * ms, 160, '1', true, 2240}, {60 * ms, 160, '1', true, 2240},
		}, "1"},
		"all begins lost": {[]sent{{0, 160, '9', true, 800}, {20 * ms, 160, '9', true, 800}}, "9"},
		"all ends lost, then the same key": {[]sent{
			{0, 160, '4', false, 160}, {20 * ms, 160, '4', false, 320}, {200 * ms, 1760, '4', false, 160},
		}, "44"},
		"one packet is all that arrives": {[]sent{{0, 160, '0', false, 480}}, "0"},
		"the same key twice, fast": {[]sent{
			{0, 160, '1', false, 160}, {40 * ms, 160, '1', true, 320}, {41 * ms, 160, '1', true, 320},
			{80 * ms, 800, '1', false, 160}, {120 * ms, 800, '1', true, 320},
		}, "11"},
		"the same key twice without a pause": {[]sent{
			{0, 160, '1', false, 160}, {40 * ms, 160, '1', true, 320}, {41 * ms, 480, '1', false, 160},
		}, "11"},
		"a relay gives the repeated ends new timestamps": {[]sent{
			{0, 160, '3', false, 160}, {100 * ms, 160, '3', true, 800},
			{120 * ms, 1120, '3', true, 800}, {140 * ms, 1280, '3', true, 800},
		}, "3"},
		"restamped ends that keep on coming": {[]sent{
			{0, 160, '3', true, 800}, {50 * ms, 560, '3', true, 800}, {100 * ms, 960, '3', true, 800}, {150 * ms, 1360, '3', true, 800},
		}, "3"},
	} {
		l.check(t, name)
	}
}

func TestStreamsAtTheEdges(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]life{
		"an end of another key is a key": {[]sent{
			{0, 160, '3', true, 800}, {20 * ms, 1120, '4', true, 800},
		}, "34"},
		"an end of the same key after a pause is a key": {[]sent{
			{0, 160, '3', true, 800}, {180 * ms, 1600, '3', true, 800},
		}, "33"},
		"an end before its begin, right after the same key": {[]sent{
			{0, 160, '3', true, 800}, {55 * ms, 1120, '3', true, 320}, {56 * ms, 1120, '3', false, 160}, {57 * ms, 1120, '3', true, 320},
		}, "33"},
		"held for ten seconds, in two segments": {[]sent{
			{0, 160, '7', false, 160}, {8191 * ms, 160, '7', false, 0xFFFF}, {8200 * ms, 160 + 0xFFFF, '7', false, 160},
			{10 * time.Second, 160 + 0xFFFF, '7', true, 14465},
		}, "7"},
		"held for ten seconds, the first segment without its end": {[]sent{
			{0, 160, '7', false, 160}, {8300 * ms, 160 + 0xFFFF, '7', false, 960},
		}, "7"},
		"pressed twice, eight seconds apart": {[]sent{
			{0, 160, '7', false, 160}, {100 * ms, 160, '7', true, 800}, {8200 * ms, 160 + 0xFFFF, '7', false, 160},
		}, "77"},
		"a late packet of an earlier key": {[]sent{
			{0, 160, '1', false, 160}, {100 * ms, 1600, '2', false, 160}, {110 * ms, 160, '1', true, 800}, {120 * ms, 1600, '2', true, 320},
		}, "12"},
		"a timestamp used for two keys": {[]sent{{0, 160, '1', true, 800}, {200 * ms, 160, '2', true, 800}}, "12"},
		"durations that fall": {[]sent{
			{0, 160, '8', false, 800}, {20 * ms, 160, '8', false, 400}, {40 * ms, 160, '8', true, 0},
		}, "8"},
		"timestamps that wrap": {[]sent{
			{0, 0xFFFFFFF0, '1', false, 160}, {100 * ms, 0xFFFFFFF0, '1', true, 800}, {200 * ms, 0x600, '1', false, 160},
		}, "11"},
		"all sixteen": {func() (all []sent) {
			for i, k := range []byte(keysInOrder) {
				all = append(all, sent{time.Duration(i) * 200 * ms, uint32(i) * 1600, k, false, 160})
			}
			return all
		}(), keysInOrder},
	} {
		l.check(t, name)
	}
}

func TestWhatIsNoKey(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string][]byte{
		"empty":       nil,
		"cut short":   {5, 10, 0},
		"flash":       {16, 10, 0, 160},
		"a fax tone":  {36, 10, 0, 160},
		"a modem bit": {255, 10, 0, 160},
	} {
		var d Decoder
		if _, ok := d.Decode(Packet{Timestamp: 1, Payload: payload}); ok {
			t.Errorf("%s was taken for a key", name)
		}
	}
	var d Decoder
	if key, ok := d.Decode(Packet{Timestamp: 1, Payload: []byte{5, 0xFF, 0, 0, 1, 2, 3}}); !ok || key != '5' {
		t.Error("a padded payload with the reserved bit set was not read")
	}
}

func TestAnotherStreamIsAnotherPress(t *testing.T) {
	t.Parallel()
	var d Decoder
	p := sent{0, 160, '1', false, 160}.packet(t)
	if _, ok := d.Decode(p); !ok {
		t.Fatal("not read")
	}
	p.SSRC++
	if _, ok := d.Decode(p); !ok {
		t.Error("the same timestamp of another SSRC was taken for a repetition")
	}
}

// encode is what an Encoder sends for keys held 60 ms and longer.
func encode(t failer, keys []byte, pick func(n int) int) []sent {
	t.Helper()
	var enc Encoder
	var out []sent
	now := uint32(1000)
	for tick := 0; len(keys) > 0 || enc.Busy(); tick++ {
		if len(keys) > 0 && !enc.Busy() {
			if err := enc.Press(keys[0], time.Duration(60+pick(200))*ms); err != nil {
				t.Fatal(err)
			}
			keys = keys[1:]
		}
		if o, ok := enc.Next(now); ok {
			ev, _ := ParseEvent(o.Payload[:])
			key, _ := KeyOf(ev.Code)
			out = append(out, sent{time.Duration(tick) * 20 * ms, o.Timestamp, key, ev.End, ev.Duration})
		}
		now += packetUnits
	}
	return out
}

// spoil loses a tenth of the packets, repeats some and lets some overtake
// others, but leaves at least one of each press: what is lost whole nobody
// recovers.
func spoil(stream []sent, pick func(n int) int) []sent {
	left := map[uint32]int{}
	for _, s := range stream {
		left[s.ts]++
	}
	var out []sent
	for _, s := range stream {
		if pick(10) == 0 && left[s.ts] > 1 {
			left[s.ts]--
			continue
		}
		out = append(out, s)
		if pick(10) == 0 {
			out = append(out, s)
		}
		if n := len(out); pick(10) == 0 && n > 1 && out[n-2].ts == s.ts {
			out[n-1], out[n-2] = out[n-2], out[n-1]
			out[n-1].at, out[n-2].at = out[n-2].at, out[n-1].at
		}
	}
	return out
}

func TestTenThousandKeysOverABadNetwork(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	keys := make([]byte, 20_000)
	for i := range keys {
		keys[i] = keysInOrder[rnd.IntN(12)]
	}
	stream := spoil(encode(t, keys, rnd.IntN), rnd.IntN)
	if got := decodeAll(t, stream); got != string(keys) {
		t.Errorf("%d keys of %d, or not the same ones", len(got), len(keys))
	}
}

func TestAnyKeysOverABadNetwork(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.SampledFrom([]byte(keysInOrder)), 1, 12).Draw(t, "keys")
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
		stream := spoil(encode(t, keys, pick), pick)
		if got := decodeAll(t, stream); got != string(keys) {
			t.Errorf("%q, want %q", got, keys)
		}
	})
}

// A relay that restamps: each end but the first gets a timestamp of its own.
func TestRestampedEndsOverTenThousandKeys(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	keys := make([]byte, 10_000)
	for i := range keys {
		keys[i] = keysInOrder[rnd.IntN(12)]
	}
	stream := encode(t, keys, rnd.IntN)
	seen := map[uint32]bool{}
	for i := range stream {
		s := &stream[i]
		if !s.end {
			continue
		}
		if seen[s.ts] {
			s.ts = uint32(s.at/ms)*8 + 5
		}
		seen[s.ts] = true
	}
	if got := decodeAll(t, stream); got != string(keys) {
		t.Errorf("%d keys of %d, or not the same ones", len(got), len(keys))
	}
}

// The judge must be able to say no: one press that is lost whole is missed.
func TestALostPressIsMissed(t *testing.T) {
	t.Parallel()
	stream := encode(t, []byte("123"), func(int) int { return 0 })
	middle := stream[len(stream)/2].ts
	stream = slices.DeleteFunc(stream, func(s sent) bool { return s.ts == middle })
	if got := decodeAll(t, stream); got != "13" {
		t.Errorf("%q, want 13", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{5, 10, 0, 160, 5, 0x8a, 1, 0x40}, uint8(4))
	f.Add([]byte("\x10\x0a\x00\xa0"), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		var d Decoder
		size := int(step%8) + 1
		for i, at := uint32(0), time.Duration(0); len(b) >= size; i, at = i+uint32(step), at+ms {
			key, ok := d.Decode(Packet{SSRC: i & 1, Timestamp: i, At: at, Payload: b[:size]})
			if _, isKey := EventOf(key); ok && !isKey {
				t.Errorf("reported %q", key)
			}
			if _, again := d.Decode(Packet{SSRC: i & 1, Timestamp: i, At: at, Payload: b[:size]}); ok && again {
				t.Error("a repeated packet was reported again")
			}
			b = b[size:]
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	p := sent{0, 160, '5', false, 160}.packet(b)
	var d Decoder
	b.ReportAllocs()
	for b.Loop() {
		p.Timestamp += 20
		d.Decode(p)
	}
}
