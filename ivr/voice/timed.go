package voice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// DefaultWait is TimedConfig.Wait and CacheConfig.Wait if they are zero.
const DefaultWait = 2 * time.Second

// quickAgain is how many sentences in a row must be quick before callers wait again for
// a voice that was passed over.
const quickAgain = 3

// TimedConfig is what a Timed is made of.
type TimedConfig struct {
	Voice Voice
	Wait  time.Duration // that a sentence may take; 0: DefaultWait
	Log   *slog.Logger  // nil: none
}

// Timed is a Voice that may be slow or fail, such as a program of the
// operator's. Its sentences are timed: after one that fails or takes too long
// the voice is passed over, which a Cache obeys, until it is quick again.
type Timed struct {
	voice Voice
	wait  time.Duration
	log   *slog.Logger

	mu      sync.Mutex
	passed  bool
	tripped chan struct{} // closed while passed
	quick   int           // sentences in a row that were quick
	stats   TimedStats
}

// TimedStats holds the counts of a Timed.
type TimedStats struct {
	Said, Late, Failed uint64
	Passed             bool // the voice is passed over now
}

// NewTimed times a voice.
func NewTimed(cfg TimedConfig) *Timed {
	if cfg.Wait <= 0 {
		cfg.Wait = DefaultWait
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Timed{voice: cfg.Voice, wait: cfg.Wait, log: cfg.Log, tripped: make(chan struct{})}
}

// Synthesize implements Voice.
func (t *Timed) Synthesize(ctx context.Context, lang, text string) ([]int16, int, error) {
	if err := check(text); err != nil {
		return nil, 0, err
	}
	if !t.voice.Has(lang) {
		return nil, 0, ErrCannot
	}
	late := time.AfterFunc(t.wait, t.late)
	pcm, rate, err := t.voice.Synthesize(ctx, lang, text)
	inTime := late.Stop()
	if err == nil && peak(pcm) < faintest {
		err = errSilent
	}
	switch {
	case ctx.Err() != nil || errors.Is(err, ErrCannot):
	case err != nil:
		t.failed(err)
	default:
		t.said(inTime)
	}
	return pcm, rate, err
}

// late is called while a sentence takes too long.
func (t *Timed) late() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Late++
	t.passOver(fmt.Errorf("a sentence took longer than %v", t.wait))
}

// overdue is called by a caller who has waited as long as a sentence may take; begun is
// when the voice was asked for it, nil if it was not yet. The caller's time began a
// moment earlier than the sentence's. Whoever asks next must find the voice passed over.
func (t *Timed) overdue(begun *time.Time) {
	if t == nil || begun == nil || time.Since(*begun) < t.wait-t.wait/overdueShare {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.passOver(fmt.Errorf("a sentence took longer than %v", t.wait))
}

// overdueShare is the part of the time of a sentence, one in so many, by which its caller
// may have begun to wait earlier.
const overdueShare = 40

func (t *Timed) failed(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Failed++
	t.passOver(err)
}

// passOver logs the cause once; t.mu is held.
func (t *Timed) passOver(cause error) {
	t.quick = 0
	if t.passed {
		return
	}
	t.passed = true
	close(t.tripped)
	t.log.Warn("the voice command is passed over until it is quick again", "cause", cause, "voice", t.voice.ID())
}

func (t *Timed) said(inTime bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Said++
	if !inTime {
		return
	}
	t.quick++
	if t.passed && t.quick >= quickAgain {
		t.passed = false
		t.tripped = make(chan struct{})
		t.log.Info("the voice command is quick again")
	}
}

// PassedOver reports whether nobody should wait for the voice now, and returns
// a channel that is closed once that is so.
func (t *Timed) PassedOver() (bool, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.passed, t.tripped
}

// Stats returns the counts so far.
func (t *Timed) Stats() TimedStats {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.stats
	s.Passed = t.passed
	return s
}

// Has implements Voice.
func (t *Timed) Has(lang string) bool { return t.voice.Has(lang) }

// ID implements Voice.
func (t *Timed) ID() string { return t.voice.ID() }
