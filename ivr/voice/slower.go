package voice

import (
	"math"

	"mpg/ivr/media"
)

// Speech is slowed down by placing overlapping windows of it further apart than they
// were taken, each moved a little to where it fits the one before, so that the pitch
// stays the same (WSOLA, Verhelst and Roelands 1993).
const (
	slowFactor = 1.25 // times as long
	slowWindow = 240  // samples, 30 ms: two or more periods of a voice
	slowHop    = slowWindow / 2
	slowReach  = 80 // samples each way, 10 ms, in which a window may be moved
)

// Slower returns a clip that says the same more slowly at the same pitch.
func Slower(clip *media.Clip) *media.Clip {
	return media.NewClip(stretch(media.PCMA.Decode(nil, clip.ALaw)))
}

// stretch makes pcm slowFactor times as long.
func stretch(pcm []int16) []int16 {
	length := int(float64(len(pcm)) * slowFactor)
	sound := padded(pcm)
	sum := make([]float64, length+slowWindow)
	next := 0 // where the sound continues after the window before
	for to := 0; to < length; to += slowHop {
		from := int(float64(to) / slowFactor)
		if to > 0 {
			from = sound.fits(from, next)
		}
		for i, s := range sound.window(from) {
			// Two Hann windows half a window apart add up to 1.
			weight := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/slowWindow)
			if to == 0 && i < slowHop {
				weight = 1
			}
			sum[to+i] += weight * s
		}
		next = from + slowHop
	}
	out := make([]int16, length)
	for i := range out {
		out[i] = int16(math.Round(min(max(sum[i], math.MinInt16), math.MaxInt16)))
	}
	return out
}

// padding is enough silence before and after a sound to keep every window inside it.
const padding = 2*slowWindow + 2*slowReach

// paddedSound is a sound with padding around it.
type paddedSound []float64

func padded(pcm []int16) paddedSound {
	p := make(paddedSound, len(pcm)+2*padding)
	for i, s := range pcm {
		p[padding+i] = float64(s)
	}
	return p
}

// window is the window that begins at a sample of the sound.
func (p paddedSound) window(from int) []float64 {
	return p[padding+from : padding+from+slowWindow]
}

// fits returns the place within slowReach of from whose window is most like the
// one at next: first among every fourth place, then around the best.
func (p paddedSound) fits(from, next int) int {
	const coarse = 4
	best := p.best(from, next, -slowReach, slowReach, coarse)
	return p.best(best, next, 1-coarse, coarse-1, 1)
}

// best returns the place from+lowest to from+highest, by steps, whose window is
// most like the one at next; from itself where nothing is like it.
func (p paddedSound) best(from, next, lowest, highest, step int) int {
	best, most := from, 0.0
	there := p.window(next)
	for shift := lowest; shift <= highest; shift += step {
		dot, power := 0.0, 1.0
		here := p.window(from + shift)
		for i := 0; i < slowWindow; i += 2 { // every other sample is enough
			dot += here[i] * there[i]
			power += here[i] * here[i]
		}
		if like := dot / math.Sqrt(power); like > most {
			best, most = from+shift, like
		}
	}
	return best
}
