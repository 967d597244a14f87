package voice

import (
	"math"

	"mpg/ivr/media"
)

// How loud speech is made. Levels are in dB of overload, the power of a square
// wave at full scale; a sine that fills G.711 has -3.01 of them and 3.14 dBm0.
const (
	speechLevel  = -20.0 // active level of every sentence: -14 dBm0
	levelAimed   = 0.1   // dB from speechLevel that is close enough
	levelRounds  = 8     // of limiting and measuring again
	ceiling      = 30000 // greatest sample: -0.8 dB of full scale
	limiterReach = 40    // samples each way, 5 ms, in which the gain around a peak falls and rises
)

// Constants of ITU-T P.56, method B.
const (
	p56Smooth     = 0.03 // seconds, time constant of the envelope
	p56Hangover   = 0.2  // seconds for which a pause counts as speech
	p56Margin     = 15.9 // dB between the active level and the threshold of activity
	p56Thresholds = 15   // from 1 of 32768 on, each twice the one before
	fullScale     = 32768.0
)

// level returns pcm with its active speech level at speechLevel. Peaks that would
// not fit are limited. It returns nil for silence.
func level(pcm []int16) []int16 {
	sound := make([]float64, len(pcm))
	for i, s := range pcm {
		sound[i] = float64(s)
	}
	now, ok := activeLevel(sound)
	if !ok {
		return nil
	}
	gain := 1.0
	out := sound
	for range levelRounds {
		gain *= math.Pow(10, (speechLevel-now)/20)
		out = limited16(sound, gain)
		if now, ok = activeLevel(out); !ok || math.Abs(now-speechLevel) < levelAimed {
			break
		}
	}
	levelled := make([]int16, len(out))
	for i, s := range out {
		levelled[i] = int16(math.Round(s))
	}
	return levelled
}

// activeLevel measures the level of speech while somebody is speaking, by method B of
// ITU-T P.56: the power over the time in which the envelope, with a hangover, is above
// a threshold 15.9 dB below the level itself. The result is false for silence.
func activeLevel(sound []float64) (db float64, ok bool) {
	var active, hang [p56Thresholds]int
	smooth := math.Exp(-1 / (p56Smooth * media.SampleRate))
	const hangover = int(p56Hangover * media.SampleRate)
	for i := range hang {
		hang[i] = hangover
	}
	power, first, second := 0.0, 0.0, 0.0
	for _, s := range sound {
		power += s * s
		first = smooth*first + (1-smooth)*math.Abs(s)
		second = smooth*second + (1-smooth)*first
		for i := range active {
			switch {
			case second >= float64(int(1)<<i):
				active[i]++
				hang[i] = 0
			case hang[i] < hangover:
				active[i]++
				hang[i]++
			}
		}
	}
	return crossing(power, active)
}

// crossing finds the level, over the time above a threshold, that lies p56Margin above
// that threshold, by interpolation between two thresholds.
func crossing(power float64, active [p56Thresholds]int) (db float64, ok bool) {
	var levelBefore, gapBefore float64
	for i, n := range active {
		if n == 0 || power == 0 {
			break
		}
		levelHere := 10 * math.Log10(power/float64(n)/fullScale/fullScale)
		gap := levelHere - 20*math.Log10(float64(int(1)<<i)/fullScale)
		if gap <= p56Margin {
			if i > 0 {
				levelHere += (levelBefore - levelHere) * (p56Margin - gap) / (gapBefore - gap)
			}
			return levelHere, true
		}
		levelBefore, gapBefore, ok = levelHere, gap, true
	}
	return levelBefore, ok
}

// limited16 returns sound times gain with no sample beyond ceiling. Around each peak
// the gain falls smoothly: the smallest gain nearby, averaged over as wide a span, is
// never more than the peak allows.
func limited16(sound []float64, gain float64) []float64 {
	out := make([]float64, len(sound))
	allowed := make([]float64, len(sound))
	clips := false
	for i, s := range sound {
		out[i] = s * gain
		allowed[i] = 1
		if a := math.Abs(out[i]); a > ceiling {
			allowed[i], clips = ceiling/a, true
		}
	}
	if !clips {
		return out
	}
	smallest := make([]float64, len(sound))
	for i := range smallest {
		smallest[i] = 1
		for _, a := range allowed[max(i-limiterReach, 0):min(i+limiterReach+1, len(allowed))] {
			smallest[i] = min(smallest[i], a)
		}
	}
	for i := range out {
		around := smallest[max(i-limiterReach, 0):min(i+limiterReach+1, len(smallest))]
		sum := 0.0
		for _, a := range around {
			sum += a
		}
		out[i] *= sum / float64(len(around))
	}
	return out
}
