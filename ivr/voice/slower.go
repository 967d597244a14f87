package voice

import (
	"math"

	"mpg/ivr/media"
)

// How speech is slowed down: overlapping windows of it are laid further apart
// than they were taken, each moved a little to where it fits the one before, so
// that the pitch stays (WSOLA, Verhelst and Roelands 1993).
const (
	slowFactor = 1.25 // times as long
	slowWindow = 240  // samples, 30 ms: two or more periods of a voice
	slowHop    = slowWindow / 2
	slowReach  = 80 // samples each way, 10 ms, in which a window may be moved
)

// Slower returns a clip that says the same more slowly at the same pitch.
func Slower(c *media.Clip) *media.Clip {
	return media.NewClip(stretch(media.PCMA.Decode(nil, c.ALaw)))
}

// stretch makes pcm slowFactor times as long.
func stretch(pcm []int16) []int16 {
	length := int(float64(len(pcm)) * slowFactor)
	sum := make([]float64, length+slowWindow)
	next := 0 // where the sound goes on after the window before
	for to := 0; to < length; to += slowHop {
		from := int(float64(to) / slowFactor)
		if to > 0 {
			from = fits(pcm, from, next)
		}
		for i := range slowWindow {
			// Two Hann windows half a window apart add up to 1.
			weight := 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/slowWindow)
			if to == 0 && i < slowHop {
				weight = 1
			}
			sum[to+i] += weight * at(pcm, from+i)
		}
		next = from + slowHop
	}
	out := make([]int16, length)
	for i := range out {
		out[i] = int16(math.Round(min(max(sum[i], math.MinInt16), math.MaxInt16)))
	}
	return out
}

// fits returns the place within slowReach of from whose window is most like the
// one at next.
func fits(pcm []int16, from, next int) int {
	best, most := from, 0.0
	for shift := -slowReach; shift <= slowReach; shift++ {
		dot, power := 0.0, 1.0
		for i := 0; i < slowWindow; i += 2 { // every other sample tells enough
			here := at(pcm, from+shift+i)
			dot += here * at(pcm, next+i)
			power += here * here
		}
		if like := dot / math.Sqrt(power); like > most {
			best, most = from+shift, like
		}
	}
	return best
}

// at is a sample, or silence beyond the ends.
func at(pcm []int16, i int) float64 {
	if i < 0 || i >= len(pcm) {
		return 0
	}
	return float64(pcm[i])
}
