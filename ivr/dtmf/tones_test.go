package dtmf

import (
	"math"
	"math/rand/v2"
	"testing"
)

// sound is a tone test signal under construction.
type sound struct {
	samples []int16
	noise   float64 // amplitude
	rnd     *rand.Rand
}

func (s *sound) add(ms int, at func(second float64) float64) *sound {
	for i := range ms * ClockRate / 1000 {
		v := at(float64(i) / ClockRate)
		if s.noise > 0 {
			v += s.noise * (2*s.rnd.Float64() - 1)
		}
		s.samples = append(s.samples, int16(max(-32767, min(32767, v))))
	}
	return s
}

func (s *sound) pause(ms int) *sound { return s.add(ms, func(float64) float64 { return 0 }) }

// press adds a key of the given amplitudes, its tones off by a share.
func (s *sound) press(key byte, ms int, low, high, off float64) *sound {
	fl := [...]float64{697, 770, 852, 941}
	fh := [...]float64{1209, 1336, 1477, 1633}
	for i := range len(keypad) {
		if keypad[i] == key {
			l, h := fl[i/4]*(1+off), fh[i%4]*(1+off)
			s.add(ms, func(t float64) float64 {
				return low*math.Sin(2*math.Pi*l*t+0.3) + high*math.Sin(2*math.Pi*h*t+1.1)
			})
		}
	}
	return s
}

// hear feeds the sound in packets.
func (s *sound) hear(packet int) (keys string) {
	var t Tones
	ts := uint32(0xFFFFFF00)
	for at := 0; at < len(s.samples); at += packet {
		part := s.samples[at:min(at+packet, len(s.samples))]
		if key, ok := t.Hear(ts, part); ok {
			keys += string(key)
		}
		ts += uint32(len(part))
	}
	return keys
}

func newSound(noise float64) *sound {
	return &sound{noise: noise, rnd: rand.New(rand.NewPCG(5, 6))}
}

// ITU-T Q.24: levels, twists, deviations and times that must be understood.
func TestTonesAreHeard(t *testing.T) {
	t.Parallel()
	const all = "1234567890*#ABCD"
	for name, c := range map[string]struct {
		on, off   int
		low, high float64
		deviation float64
		noise     float64
		packet    int
	}{
		"as phones press":      {100, 100, 8000, 8000, 0, 0, 160},
		"loud":                 {100, 100, 15000, 15000, 0, 0, 160},
		"clipped":              {100, 100, 18000, 18000, 0, 0, 160},
		"-25 dBm0":             {100, 100, 1260, 1260, 0, 0, 160},
		"-31 dBm0":             {100, 100, 640, 640, 0, 0, 160},
		"the high tone +6 dB":  {100, 100, 4000, 8000, 0, 0, 160},
		"the low tone +8 dB":   {100, 100, 8000, 3200, 0, 0, 160},
		"1.5 % high":           {100, 100, 8000, 8000, 0.015, 0, 160},
		"1.5 % low":            {100, 100, 8000, 8000, -0.015, 0, 160},
		"short, as dialled":    {50, 60, 8000, 8000, 0, 0, 160},
		"noise, 20 dB below":   {100, 100, 8000, 8000, 0, 1400, 160},
		"packets of 10 ms":     {100, 100, 8000, 8000, 0, 0, 80},
		"packets of 30 ms":     {100, 100, 8000, 8000, 0, 0, 240},
		"held for two seconds": {2000, 100, 8000, 8000, 0, 0, 160},
	} {
		s := newSound(c.noise).pause(50)
		for _, key := range []byte(all) {
			s.press(key, c.on, c.low, c.high, c.deviation).pause(c.off)
		}
		if got := s.hear(c.packet); got != all {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestTonesThatAreNotKeys(t *testing.T) {
	t.Parallel()
	sine := func(hertz ...float64) func(float64) float64 {
		return func(t float64) (v float64) {
			for _, f := range hertz {
				v += 6000 * math.Sin(2*math.Pi*f*t)
			}
			return v
		}
	}
	for name, s := range map[string]*sound{
		"silence":                   newSound(0).pause(2000),
		"noise":                     newSound(9000).pause(5000),
		"one tone":                  newSound(0).add(1000, sine(697)),
		"the other":                 newSound(0).add(1000, sine(1336)),
		"two of one group":          newSound(0).add(1000, sine(697, 852)),
		"ringing (350 and 440 Hz)":  newSound(0).add(1000, sine(350, 440)),
		"fax calling (1100 Hz)":     newSound(0).add(1000, sine(1100)),
		"a key and a voice as loud": newSound(0).add(1000, sine(697, 1209, 400)),
		"4 % off":                   newSound(0).press('5', 500, 8000, 8000, 0.04),
		"a twist of 14 dB":          newSound(0).press('5', 500, 1600, 8000, 0),
		"too short":                 newSound(0).pause(7).press('5', 15, 8000, 8000, 0).pause(200),
		"too quiet":                 newSound(0).press('5', 500, 250, 250, 0),
		"a chirp":                   newSound(0).add(2000, func(t float64) float64 { return 8000 * math.Sin(2*math.Pi*(300+900*t)*t) }),
		"a buzz":                    newSound(0).add(2000, sine(120, 240, 360, 480, 600, 720, 840, 960, 1080, 1200, 1320)),
	} {
		if got := s.hear(160); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// One press is one key, whatever the network does to its sound.
func TestOnePressOfTonesIsOneKey(t *testing.T) {
	t.Parallel()
	s := newSound(0).pause(40).press('5', 300, 8000, 8000, 0).pause(100).press('5', 300, 8000, 8000, 0).pause(100)
	for name, c := range map[string]struct {
		drop func(packet int) bool
		want string
	}{
		"nothing lost":                 {func(int) bool { return false }, "55"},
		"a packet of each lost":        {func(p int) bool { return p == 9 || p == 30 }, "55"},
		"two in a row lost":            {func(p int) bool { return p == 9 || p == 10 }, "55"},
		"nothing is sent while silent": {func(p int) bool { return p >= 17 && p < 22 }, "55"},
	} {
		var d Tones
		got := ""
		for p := 0; (p+1)*160 <= len(s.samples); p++ {
			if c.drop(p) {
				continue
			}
			part := s.samples[p*160 : (p+1)*160]
			for range 2 { // each packet comes twice
				if key, ok := d.Hear(uint32(p*160), part); ok {
					got += string(key)
				}
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestHearDoesNotAllocate(t *testing.T) {
	samples := newSound(0).press('5', 20, 8000, 8000, 0).samples
	var d Tones
	ts := uint32(0)
	if n := testing.AllocsPerRun(100, func() { d.Hear(ts, samples); ts += 160 }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkTones(b *testing.B) {
	samples := newSound(0).press('5', 20, 8000, 8000, 0).samples
	var d Tones
	ts := uint32(0)
	b.ReportAllocs()
	for b.Loop() {
		d.Hear(ts, samples)
		ts += 160
	}
}
