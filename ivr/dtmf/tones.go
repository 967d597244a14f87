package dtmf

import "math"

// Limits of the tone detector. ITU-T Q.24 gives the levels, twists and times that
// exchanges accept; the others keep speech from being taken for keys.
const (
	blockSamples = 102  // samples looked at together: 12.75 ms
	blocksOn     = 2    // blocks with the same key until it counts: 40 ms of tone hold two
	blocksOff    = 3    // blocks without it until it is released
	gapUnits     = 480  // samples missing from the stream after which a key counts as released: 60 ms
	amplitudeMin = 300  // of each tone, of 32767: some -37 dBm0
	twistHigh    = 6.3  // how much stronger, in power, the high tone may be: 8 dB
	twistLow     = 10.0 // how much stronger the low tone may be: 10 dB, since mobile networks distort it
	neighbour    = 6.3  // how much stronger a tone is than the others of its group: 8 dB
	purity       = 0.75 // share of all power that is in the two tones
	steady       = 4.0  // how far the power of one block may be from the one before: 6 dB
	tonesLow     = 4    // tones of each group
)

// Tones detects keys as tones in sound of 8,000 samples a second (ITU-T Q.23),
// for trunks that pass no telephone events. Each key is reported once, when it
// has been heard for two blocks. The zero value is ready. It is not safe for
// concurrent use and does not allocate.
type Tones struct {
	state  [2 * tonesLow][2]float32 // of the Goertzel filters
	energy float32                  // of the block so far
	n      int                      // samples in it

	next    uint32  // timestamp expected next
	started bool    // it is known
	heard   byte    // key of the last blocks; 0: none
	power   float32 // of the last block with a key
	on      int     // blocks in a row that had heard
	down    byte    // key that has been reported and is still held; 0: none
	off     int     // blocks in a row without down
}

// coefficients are 2*cos(2*pi*f/8000) of the eight tones, the low group first.
func coefficients() (c [2 * tonesLow]float32) {
	for i, hertz := range [...]float64{697, 770, 852, 941, 1209, 1336, 1477, 1633} {
		c[i] = float32(2 * math.Cos(2*math.Pi*hertz/ClockRate))
	}
	return c
}

var tones = coefficients()

// keypad holds the key for each low tone (row) and high tone (column).
const keypad = "123A456B789C*0#D"

// Down reports whether a key is being held.
func (t *Tones) Down() bool { return t.down != 0 }

// Hear takes the next samples, with the timestamp of the first, and returns the key
// that they complete; false: none. Give it at most 20 ms at once: a second key in the
// same samples is not reported.
func (t *Tones) Hear(timestamp uint32, samples []int16) (key byte, ok bool) {
	if t.started {
		gap := ahead(timestamp, t.next)
		if gap < 0 && gap > -ClockRate {
			return 0, false // late, or a copy
		}
		if gap != 0 {
			t.skip(gap)
		}
	}
	t.started, t.next = true, timestamp+uint32(len(samples))
	for len(samples) > 0 {
		now := samples[:min(len(samples), blockSamples-t.n)]
		samples = samples[len(now):]
		t.filter(now)
		if t.n == blockSamples {
			if k, pressed := t.judge(); pressed {
				key, ok = k, true
			}
		}
	}
	return key, ok
}

// skip drops the block that a gap interrupts. A short gap is a lost packet and leaves
// the key as it is; after a long one, or a jump, the key has been released.
func (t *Tones) skip(gap int32) {
	t.clear()
	if gap < 0 || gap >= gapUnits {
		t.heard, t.on, t.down, t.off = 0, 0, 0, 0
	}
}

func (t *Tones) clear() {
	t.state = [2 * tonesLow][2]float32{}
	t.energy, t.n = 0, 0
}

// filter runs the Goertzel filters over samples of one block.
func (t *Tones) filter(samples []int16) {
	for i := range t.state {
		s1, s2, c := t.state[i][0], t.state[i][1], tones[i]
		for _, v := range samples {
			s1, s2 = float32(v)+c*s1-s2, s1
		}
		t.state[i] = [2]float32{s1, s2}
	}
	for _, v := range samples {
		t.energy += float32(v) * float32(v)
	}
	t.n += len(samples)
}

// judge ends a block and returns the key that it completes.
func (t *Tones) judge() (key byte, pressed bool) {
	k, power := t.blockKey()
	t.clear()
	if t.down != 0 && k != t.down {
		if t.off++; t.off < blocksOff && k == 0 {
			return 0, false
		}
		if t.off >= blocksOff {
			t.down = 0
		}
	} else {
		t.off = 0
	}
	switch {
	case k == 0:
		t.heard, t.on = 0, 0
	case k == t.heard && power < steady*t.power && t.power < steady*power:
		t.on++
	default:
		t.heard, t.on = k, 1
	}
	t.power = power
	if t.on < blocksOn || t.down == t.heard || t.heard == 0 {
		return 0, false
	}
	t.down, t.off = t.heard, 0
	return t.heard, true
}

// blockKey returns the key whose two tones make up the block, and their power; 0: none.
func (t *Tones) blockKey() (key byte, power float32) {
	const least = amplitudeMin * amplitudeMin * blockSamples * blockSamples / 4
	if t.energy < amplitudeMin*amplitudeMin*blockSamples {
		return 0, 0
	}
	var p [2 * tonesLow]float32
	for i, s := range t.state {
		p[i] = s[0]*s[0] + s[1]*s[1] - tones[i]*s[0]*s[1]
	}
	low, lone := strongest(p[:tonesLow])
	high, hone := strongest(p[tonesLow:])
	pl, ph := p[low], p[tonesLow+high]
	switch {
	case !lone || !hone, pl < least, ph < least, ph > twistHigh*pl, pl > twistLow*ph:
		return 0, 0
	case (pl+ph)*2/blockSamples < purity*t.energy:
		return 0, 0
	}
	return keypad[low*tonesLow+high], pl + ph
}

// strongest returns the strongest tone of a group, and whether the others are much weaker.
func strongest(powers []float32) (at int, alone bool) {
	for i := range powers {
		if powers[i] > powers[at] {
			at = i
		}
	}
	for i := range powers {
		if i != at && powers[i]*neighbour > powers[at] {
			return at, false
		}
	}
	return at, true
}
