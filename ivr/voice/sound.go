package voice

import (
	"errors"
	"math"
	"slices"
	"time"

	"mpg/ivr/media"
)

// How speech is fitted to the telephone.
const (
	passHz     = 3200                    // kept whole
	stopHz     = 3800                    // gone: at 8 kHz it would come back as noise below 4 kHz
	kernelSpan = 3100 * time.Microsecond // each way of the filter; 60 dB between pass and stop
	kaiserBeta = 5.65                    // 60 dB of stop-band attenuation

	quietRatio = 200                    // what is 46 dB below the peak is silence
	faintest   = 33                     // 60 dB below full scale: sound without a higher peak is silence, with noise
	attack     = 20 * time.Millisecond  // kept before the first sound: a consonant begins softly
	tail       = 120 * time.Millisecond // kept after the last sound: a word dies away softly
	breath     = 120 * time.Millisecond // of silence after that, so that two do not run together
)

// errSilent says that a voice returned no sound.
var errSilent = errors.New("the voice was silent")

// clip fits the sound of a sentence to the telephone, with so much silence before it.
func clip(pcm []int16, rate int, before time.Duration) (*media.Clip, error) {
	pcm = level(trim(resample(pcm, rate), media.SampleRate))
	if len(pcm) == 0 {
		return nil, errSilent
	}
	return media.NewClip(slices.Concat(silence(before), pcm, silence(breath))), nil
}

// silence is so much of it at media.SampleRate.
func silence(d time.Duration) []int16 { return make([]int16, samples(d, media.SampleRate)) }

func samples(d time.Duration, rate int) int {
	return int(d * time.Duration(rate) / time.Second)
}

// resample brings pcm to media.SampleRate with a windowed-sinc low-pass, one
// short filter for each of the phases that the two rates have.
func resample(pcm []int16, rate int) []int16 {
	if rate == media.SampleRate {
		return pcm
	}
	div := gcd(rate, media.SampleRate)
	up, down := media.SampleRate/div, rate/div
	half := max(samples(kernelSpan, rate), 1)
	bank := filterBank(up, half, rate)
	out := make([]int16, len(pcm)*up/down)
	for i := range out {
		at := i * down
		out[i] = convolve(pcm, at/up-half+1, bank[at%up])
	}
	return out
}

// filterBank makes one filter of 2*half taps for each phase, a fraction of 1/up
// of an input sample apart.
func filterBank(up, half, rate int) [][]float64 {
	cutoff := float64(passHz+stopHz) / float64(rate) // in units of half the input rate
	bank := make([][]float64, up)
	for phase := range bank {
		taps := make([]float64, 2*half)
		sum := 0.0
		for i := range taps {
			x := float64(i-half+1) - float64(phase)/float64(up)
			taps[i] = sinc(cutoff*x) * kaiser(x/float64(half))
			sum += taps[i]
		}
		for i := range taps {
			taps[i] /= sum
		}
		bank[phase] = taps
	}
	return bank
}

func convolve(pcm []int16, from int, taps []float64) int16 {
	lo, hi := max(0, -from), min(len(taps), len(pcm)-from)
	sum := 0.0
	for i := lo; i < hi; i++ {
		sum += taps[i] * float64(pcm[from+i])
	}
	return int16(math.Round(min(max(sum, math.MinInt16), math.MaxInt16)))
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser returns the Kaiser window at place, from -1 to 1.
func kaiser(place float64) float64 {
	if place <= -1 || place >= 1 {
		return 0
	}
	return bessel(kaiserBeta*math.Sqrt(1-place*place)) / bessel(kaiserBeta)
}

// bessel is the modified Bessel function of the first kind and order 0.
func bessel(value float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= value / 2 / k * value / 2 / k
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// trim cuts the silence off both ends.
func trim(pcm []int16, rate int) []int16 {
	limit := peak(pcm) / quietRatio
	if peak(pcm) < faintest {
		return nil
	}
	first, last := -1, -1
	for i, s := range pcm {
		if magnitude(s) > limit {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return nil
	}
	from, to := first-samples(attack, rate), last+1+samples(tail, rate)
	return pcm[max(from, 0):min(to, len(pcm))]
}

func peak(pcm []int16) int {
	p := 0
	for _, s := range pcm {
		p = max(p, magnitude(s))
	}
	return p
}

func magnitude(sample int16) int {
	if sample < 0 {
		return -int(sample)
	}
	return int(sample)
}
