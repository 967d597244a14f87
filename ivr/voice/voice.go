package voice

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Errors that callers decide on.
var (
	// ErrCannot says that a voice does not have this sentence or language;
	// another one may.
	ErrCannot = errors.New("the voice cannot say this")
	// ErrText says that a text is empty or longer than TextMax.
	ErrText = errors.New("no text, or too much of it")
)

// TextMax is the longest sentence that is spoken, in octets of UTF-8: about
// a minute.
const TextMax = 1024

// Voice says sentences. It is safe for concurrent use.
type Voice interface {
	// Synthesize returns the sound of a sentence: samples of 16 bits, one
	// channel, rate of them a second. It fails with ErrCannot when the voice
	// does not have the sentence or the language.
	Synthesize(ctx context.Context, lang, text string) (pcm []int16, rate int, err error)
	// Has reports whether the voice can say every sentence of a language.
	Has(lang string) bool
	// ID names the voice and all that its sound depends on.
	ID() string
}

// First asks voices in order: a sentence is said by the first that can.
func First(voices ...Voice) Voice { return first(voices) }

type first []Voice

func (f first) Synthesize(ctx context.Context, lang, text string) ([]int16, int, error) {
	var errs []error
	for _, v := range f {
		pcm, rate, err := v.Synthesize(ctx, lang, text)
		if err == nil {
			return pcm, rate, nil
		}
		if !errors.Is(err, ErrCannot) {
			errs = append(errs, fmt.Errorf("%s: %w", v.ID(), err))
		}
	}
	if len(errs) == 0 {
		return nil, 0, ErrCannot
	}
	return nil, 0, errors.Join(errs...)
}

func (f first) Has(lang string) bool {
	for _, v := range f {
		if v.Has(lang) {
			return true
		}
	}
	return false
}

func (f first) ID() string {
	ids := make([]string, len(f))
	for i, v := range f {
		ids[i] = v.ID()
	}
	return strings.Join(ids, "+")
}

// check refuses what no voice should be asked to say.
func check(text string) error {
	if strings.TrimSpace(Words(text)) == "" || len(text) > TextMax {
		return ErrText
	}
	return nil
}
