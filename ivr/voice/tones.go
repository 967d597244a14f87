package voice

import (
	"context"
	"math"
	"time"

	"mpg/ivr/media"
)

// How Tones sound. None of the pitches is one of a telephone key.
const (
	toneRune   = 70 * time.Millisecond // of tone for each character of the text
	toneGap    = 20 * time.Millisecond
	toneLowHz  = 300
	toneStepHz = 35
	toneSteps  = 8
	toneLevel  = 12000
)

// Tones is a Voice that hums in place of speech, a tone for each character, so that a demo on
// a machine without a voice can be followed with the captions. It is not for subscribers.
type Tones struct{}

// Synthesize implements Voice.
func (Tones) Synthesize(_ context.Context, _, text string) ([]int16, int, error) {
	if err := check(text); err != nil {
		return nil, 0, err
	}
	var pcm []int16
	for _, r := range text {
		hz := float64(toneLowHz + toneStepHz*(r%toneSteps))
		for i := range samples(toneRune, media.SampleRate) {
			pcm = append(pcm, int16(toneLevel*math.Sin(2*math.Pi*hz*float64(i)/media.SampleRate)))
		}
		pcm = append(pcm, make([]int16, samples(toneGap, media.SampleRate))...)
	}
	return pcm, media.SampleRate, nil
}

// Has implements Voice: tones are the same in every language.
func (Tones) Has(string) bool { return true }

// ID implements Voice.
func (Tones) ID() string { return "tones" }
