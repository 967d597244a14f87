package daemon_test

import (
	"math"
	"os/exec"
	"slices"
	"testing"
	"time"

	"mpg/conf"
	"mpg/engine/lang"
	"mpg/ivr/media"
	"mpg/ivr/voice"
	"mpg/store/money"
)

// promptClips are the clips of sentences, by espeak-ng.
func promptClips(t *testing.T, l lang.Lang, texts []string) []*media.Clip {
	t.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("SKIPPED: espeak-ng is missing")
	}
	espeak, err := voice.NewEspeak(t.Context(), voice.EspeakConfig{})
	if err != nil {
		t.Fatal(err)
	}
	c := voice.NewCache(voice.CacheConfig{Voice: espeak})
	t.Cleanup(c.Close)
	clips := make([]*media.Clip, len(texts))
	for i, text := range texts {
		if clips[i], err = c.Clip(t.Context(), string(l), text); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
	}
	return clips
}

func bluebird() lang.Args {
	cny, _ := money.Lookup("CNY")
	return lang.Args{Amount: 128_50, Currency: cny, Party: lang.Party{Code: "8001", Name: lang.Name{ZH: "蓝鸟花店", EN: "Bluebird Florist"}}}
}

// loudness is the power of the parts in which somebody speaks: of the blocks of
// 20 ms that are at most 16 dB below it, and of pauses of up to 200 ms between them.
func loudness(pcm []int16) float64 {
	const hangover = 10
	var power []float64
	for ; len(pcm) >= media.FrameSamples; pcm = pcm[media.FrameSamples:] {
		sum := 0.0
		for _, s := range pcm[:media.FrameSamples] {
			sum += float64(s) * float64(s)
		}
		power = append(power, sum/media.FrameSamples/32768/32768)
	}
	gate, mean := 1e-9, 0.0
	for range 20 {
		sum, n, since := 0.0, 0, hangover+1
		for _, p := range power {
			if since++; p > gate {
				since = 0
			}
			if since <= hangover {
				sum += p
				n++
			}
		}
		mean = sum / float64(max(n, 1))
		gate = mean / math.Pow(10, 1.6)
	}
	return 10 * math.Log10(mean)
}

// allPrompts are the sentences of calls, with amounts of many sizes.
func allPrompts(l lang.Lang) []string {
	texts := lang.Builtin().Fixed(l)
	for _, a := range []money.Amount{1, 22, 200, 1005, 10101, 12850, 999999999} {
		args := bluebird()
		args.Amount = a
		for _, p := range []lang.Prompt{lang.Details, lang.AskPINAgain, lang.Paid} {
			texts = append(texts, lang.Voice(l, p, args)...)
		}
	}
	return texts
}

// TestPromptsAreEquallyLoud measures each sentence of each language as it goes to
// the telephone: within 1 dB of the same loudness, and no sample at the limit of
// G.711, whose largest is 32256.
func TestPromptsAreEquallyLoud(t *testing.T) {
	t.Parallel()
	const level, clipped = -20.4, 31_000
	for _, l := range []lang.Lang{lang.ZH, lang.EN} {
		texts := allPrompts(l)
		for i, c := range promptClips(t, l, texts) {
			pcm := media.PCMA.Decode(nil, c.ALaw)
			if db := loudness(pcm); math.Abs(db-level) > 1 {
				t.Errorf("%.1f dB, want %v: %s", db, level, texts[i])
			}
			if most := max(slices.Max(pcm), -slices.Min(pcm)); most > clipped {
				t.Errorf("a sample of %d: %s", most, texts[i])
			}
		}
	}
}

// TestACallStaysShort adds up the prompts that a paying caller hears: they must not
// grow.
func TestACallStaysShort(t *testing.T) {
	t.Parallel()
	for l, most := range map[lang.Lang]time.Duration{lang.ZH: 42 * time.Second, lang.EN: 40 * time.Second} {
		var texts []string
		for _, p := range []lang.Prompt{lang.Guard, lang.Details, lang.FromPurse, lang.AskPIN, lang.Paid} {
			texts = append(texts, lang.Voice(l, p, bluebird())...)
		}
		took := conf.Default().Voice.Pause
		for _, c := range promptClips(t, l, texts) {
			took += c.Duration()
		}
		if took > most {
			t.Errorf("%s: a whole call lasts %v, want at most %v", l, took, most)
		}
	}
}
