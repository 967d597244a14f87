package voice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mpg/ivr/media"
)

// slowVoice takes its time for each sentence and hums at 440 Hz.
type slowVoice struct {
	takes atomic.Int64 // time.Duration
	fails atomic.Bool
	mute  atomic.Bool
	asked atomic.Int64
	at    atomic.Int64 // being made now
	most  atomic.Int64
}

func (v *slowVoice) Synthesize(ctx context.Context, _, _ string) ([]int16, int, error) {
	v.asked.Add(1)
	if n := v.at.Add(1); n > v.most.Load() {
		v.most.Store(n)
	}
	defer v.at.Add(-1)
	takes := time.NewTimer(time.Duration(v.takes.Load()))
	defer takes.Stop()
	select {
	case <-takes.C:
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
	if v.fails.Load() {
		return nil, 0, errors.New("no breath")
	}
	if v.mute.Load() {
		return make([]int16, 800), media.SampleRate, nil
	}
	return sine(440, media.SampleRate), media.SampleRate, nil
}

func (v *slowVoice) Has(lang string) bool { return lang != "fr" }
func (v *slowVoice) ID() string           { return "slow" }

// duo is a slow voice with a quick one behind it, in the fake time of a bubble.
type duo struct {
	*Cache
	slow *slowVoice
	log  bytes.Buffer
}

func newDuo(t *testing.T, takes time.Duration) *duo {
	t.Helper()
	d := &duo{slow: &slowVoice{}}
	d.slow.takes.Store(int64(takes))
	timed := NewTimed(TimedConfig{Voice: d.slow, Log: slog.New(slog.NewTextHandler(&d.log, nil))})
	d.Cache = NewCache(CacheConfig{Voice: timed, Fallback: Tones{}, Timed: timed, Parallel: 2})
	t.Cleanup(d.Close)
	return d
}

// says asks for a clip and returns how long that took and whether the slow voice made it.
func (d *duo) says(t *testing.T, text string) (took time.Duration, bySlow bool) {
	t.Helper()
	begun := time.Now()
	c, err := d.Clip(t.Context(), "en", text)
	if err != nil {
		t.Fatal(err)
	}
	hz := pitch(media.PCMA.Decode(nil, c.ALaw))
	return time.Since(begun), math.Abs(hz-440) < 30 && c.Duration() < time.Second
}

const longText = "A sentence of so many letters that tones take much longer than a second for it."

func text(n int) string { return fmt.Sprint(longText, n) }

// A voice that takes five seconds for a sentence is waited for only once; what it makes
// later is kept. The log reports it once, with the cause.
func TestOnlyTheFirstSentenceWaitsForASlowVoice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDuo(t, 5*time.Second)
		for n := range 6 {
			took, bySlow := d.says(t, text(n))
			if want := map[bool]time.Duration{true: DefaultWait}[n == 0]; took != want || bySlow {
				t.Errorf("sentence %d took %v, by the slow voice: %v", n, took, bySlow)
			}
		}
		time.Sleep(6 * time.Second)
		if took, bySlow := d.says(t, text(0)); took != 0 || !bySlow {
			t.Errorf("what the voice brought late was not kept: %v, %v", took, bySlow)
		}
		if n := d.slow.most.Load(); n > 2 {
			t.Errorf("%d sentences at once asked of a slow voice", n)
		}
		if s := d.log.String(); strings.Count(s, "level=WARN") != 1 || !strings.Contains(s, "longer than 2s") {
			t.Errorf("log: %s", s)
		}
		d.Close()
	})
}

func TestPreparingACallWaitsForASlowVoiceOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDuo(t, 5*time.Second)
		texts := make([]string, 12)
		for i := range texts {
			texts[i] = text(i)
		}
		begun := time.Now()
		if err := d.Prepare(t.Context(), "en", texts); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took != DefaultWait {
			t.Errorf("preparing took %v", took)
		}
		for i := range texts {
			if took, _ := d.says(t, text(i)); took != 0 {
				t.Errorf("sentence %d took %v in the call", i, took)
			}
		}
		d.Close()
	})
}

// A voice that is quick enough is waited for, however many sentences a call has.
func TestAQuickVoiceSaysAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDuo(t, 800*time.Millisecond)
		texts := make([]string, 12)
		for i := range texts {
			texts[i] = text(i)
		}
		if err := d.Prepare(t.Context(), "en", texts); err != nil {
			t.Fatal(err)
		}
		for i := range texts {
			if took, bySlow := d.says(t, text(i)); took != 0 || !bySlow {
				t.Errorf("sentence %d took %v, by the voice: %v", i, took, bySlow)
			}
		}
		d.Close()
	})
}

// Many calls at once make a queue; no sentence waits in it for longer than allowed.
func TestAQueueIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDuo(t, 1500*time.Millisecond)
		crowd, gone := context.WithCancel(t.Context())
		for i := range 40 {
			go func() { _, _ = d.Clip(crowd, "en", text(1000+i)) }()
		}
		synctest.Wait()
		if took, _ := d.says(t, text(1)); took > DefaultWait {
			t.Errorf("waited %v", took)
		}
		gone()
		d.Close()
	})
}

func TestAVoiceThatIsQuickAgainIsTrusted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDuo(t, 5*time.Second)
		d.says(t, text(0))
		time.Sleep(10 * time.Second)
		d.slow.takes.Store(int64(100 * time.Millisecond))
		for n := range quickAgain {
			if took, bySlow := d.says(t, text(10+n)); took != 0 || bySlow {
				t.Errorf("sentence %d took %v, by the slow voice: %v", n, took, bySlow)
			}
			time.Sleep(time.Second)
		}
		if took, bySlow := d.says(t, text(20)); took != 100*time.Millisecond || !bySlow {
			t.Errorf("took %v, by the voice: %v", took, bySlow)
		}
		if d.timed.Stats().Passed || !strings.Contains(d.log.String(), "quick again") {
			t.Errorf("log: %s", d.log.String())
		}
		d.Close()
	})
}

func TestAVoiceThatFailsOrIsSilentIsPassedOverAtOnce(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(v *slowVoice){
		"no breath":            func(v *slowVoice) { v.fails.Store(true) },
		"the voice was silent": func(v *slowVoice) { v.mute.Store(true) },
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDuo(t, 50*time.Millisecond)
			spoil(d.slow)
			for n := range 3 {
				if took, bySlow := d.says(t, text(n)); took > 50*time.Millisecond || bySlow {
					t.Errorf("%s: took %v, by the voice: %v", name, took, bySlow)
				}
			}
			if !d.timed.Stats().Passed || !strings.Contains(d.log.String(), name) {
				t.Errorf("%s: log: %s", name, d.log.String())
			}
			d.Close()
		})
	}
}

// Sentences of every call get made even by a voice that is always too slow, and are
// kept however many others are made.
func TestFixedSentencesAreMadeAndStay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDuo(t, 5*time.Second)
		d.max = 1
		texts := []string{text(1), text(2), text(3)}
		d.Fix("en", texts)
		d.Fix("fr", texts)
		if took, bySlow := d.says(t, text(3)); took > DefaultWait || bySlow {
			t.Errorf("a call meanwhile waits for %v, by the slow voice: %v", took, bySlow)
		}
		time.Sleep(time.Minute)
		asked := d.slow.asked.Load()
		for _, s := range texts {
			if took, bySlow := d.says(t, s); took != 0 || !bySlow {
				t.Errorf("%s took %v, by the slow voice: %v", s, took, bySlow)
			}
		}
		if d.slow.asked.Load() != asked {
			t.Error("a fixed sentence was made again")
		}
		d.Close()
	})
}

func TestAQuickVoiceNeedsNoFixedSentences(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDuo(t, 20*time.Millisecond)
		var texts []string
		for n := range 30 {
			texts = append(texts, text(n))
		}
		d.Fix("en", texts)
		time.Sleep(time.Minute)
		if n := d.slow.asked.Load(); n != fixTrial {
			t.Errorf("%d sentences were made ahead", n)
		}
		d.Close()
	})
}

// If no other voice speaks the language, calls wait for the slow one: a call is placed
// once its sentences are made.
func TestWithoutAnotherVoiceASlowOneIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := &slowVoice{}
		slow.takes.Store(int64(5 * time.Second))
		timed := NewTimed(TimedConfig{Voice: slow})
		c := NewCache(CacheConfig{Voice: timed, Timed: timed, Parallel: 2})
		begun := time.Now()
		if err := c.Prepare(t.Context(), "en", []string{"one", "two", "three", "four"}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took != 10*time.Second {
			t.Errorf("took %v", took)
		}
		c.Close()
	})
}

func TestAPauseBeforeASentence(t *testing.T) {
	t.Parallel()
	c := newCache(t, CacheConfig{Voice: Tones{}})
	plain, paused := mustClip(t, c, "en", "The amount."), mustClip(t, c, "en", "… The amount.")
	if d := paused.Duration() - plain.Duration(); d != pause {
		t.Errorf("the pause lasts %v, want %v", d, pause)
	}
	if _, err := c.Clip(t.Context(), "en", "… "); !errors.Is(err, ErrText) {
		t.Errorf("a pause without words: %v", err)
	}
}
