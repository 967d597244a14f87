package ivr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"mpg/ivr/flow"
	"mpg/ivr/media"
	"mpg/ivr/phone"
	"mpg/ivr/voice"
)

// Everything that a call will say, or is likely to say, is made before the phone rings.
func TestPromptsAreMadeBeforeThePhoneRings(t *testing.T) {
	t.Parallel()
	var prepared []string
	var b *bench
	b = newBench(t, func(cfg *Config) {
		cfg.Prepare = func(_ context.Context, _ string, texts []string) error {
			if b.exchange.Call(subscriber) != nil {
				t.Error("it rings before the prompts are made")
			}
			prepared = texts
			return nil
		}
	})
	b.exchange.Set(subscriber, phone.Behaviour{Does: phone.IsBusy})
	script := flow.Script{{Say: []string{"a"}, Again: []string{"b"}, Short: []string{"c"}, GoOn: []string{"d"}, Bye: []string{"e"}, Want: flow.PIN}}
	a := b.caller.Call(t.Context(), Call{To: subscriber, Ref: "R", Script: script, Judge: newJudge().judge, Soon: []string{"paid"}})
	b.expect(a, Busy, 486, false)
	if want := []string{"paid", "a", "b", "c", "d", "e"}; !slices.Equal(prepared, want) {
		t.Errorf("prepared %q, want %q", prepared, want)
	}
}

func TestNoCallWithoutAVoice(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(cfg *Config) {
		cfg.Prepare = func(ctx context.Context, _ string, _ []string) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return errors.New("no voice")
		}
	})
	b.expect(b.call(t.Context(), newJudge()), Failed, 0, false)
	if b.exchange.Call(subscriber) != nil {
		t.Error("a call was placed that could not speak")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.expect(b.call(ctx, newJudge()), Cancelled, 0, false)
}

// The first word waits until the phone is at the ear; keys do not.
func TestPauseBeforeTheFirstWord(t *testing.T) {
	t.Parallel()
	const pause = 400 * time.Millisecond
	inTime(t, func(b *bench) error {
		b.exchange.Set(subscriber, phone.Behaviour{Record: true, Acts: []phone.Act{{Wait: phone.Quiet, Keys: "1"}, {Wait: phone.Speech, Keys: pin}}})
		if a := b.call(t.Context(), newJudge()); a.End != Finished {
			return fmt.Errorf("%+v", a)
		}
		heard := b.exchange.Last(subscriber).Heard()
		law := media.Codec(heard.PayloadType)
		first := bytes.Index(heard.Octets, clip("press one", spoken("press one")).Payload(law))
		if least := int(pause/time.Millisecond) * 8; first < least || first > least+8*200 {
			return fmt.Errorf("the first word comes after %d ms of sound, want a pause of %v", first/8, pause)
		}
		second := clip("to florist", spoken("to florist")).Payload(law)[:160]
		if at := bytes.Index(heard.Octets, second); at < 0 {
			return errors.New("the second prompt was not heard")
		}
		b.exchange.Set(subscriber, phone.Behaviour{Acts: []phone.Act{{Keys: "1" + pin}}})
		if a := b.call(t.Context(), newJudge()); a.End != Finished {
			return fmt.Errorf("keys during the pause: %+v", a)
		}
		return nil
	}, func(cfg *Config) { cfg.Pause = pause })
}

// After the star the same is said again more slowly, and so is everything that follows.
func TestTheStarSlowsSpeechDown(t *testing.T) {
	t.Parallel()
	inTime(t, func(b *bench) error {
		var captions atomic.Int64
		b.exchange.Set(subscriber, phone.Behaviour{Record: true, Acts: []phone.Act{
			{Wait: phone.Quiet, Keys: "*"}, {Wait: phone.Quiet, Keys: "1"}, {Wait: phone.Quiet, Keys: pin}}})
		a := b.caller.Call(t.Context(), Call{To: subscriber, Lang: "en", Ref: "R", Script: payment(), Judge: newJudge().judge,
			OnSay: func(string) { captions.Add(1) }})
		if a.End != Finished {
			return fmt.Errorf("%+v", a)
		}
		heard := b.exchange.Last(subscriber).Heard()
		law, at := media.Codec(heard.PayloadType), 0
		for i, text := range []string{"press one", "press one", "to florist", "key pin", "paid"} {
			c := clip(text, spoken(text))
			if i > 0 {
				c = voice.Slower(c)
			}
			found := bytes.Index(heard.Octets[at:], c.Payload(law))
			if found < 0 {
				return fmt.Errorf("sentence %d, %q, was not heard as it should be", i, text)
			}
			at += found + len(c.ALaw)
		}
		if n := captions.Load(); n != 5 {
			return fmt.Errorf("%d captions", n)
		}
		return nil
	})
}
