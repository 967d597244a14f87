package voice

import (
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/ivr/media"
)

// folder writes files below a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRecordingsComeFirst(t *testing.T) {
	t.Parallel()
	wav := string(wavOf(t, sine(500, 16000), 16000))
	clips, err := NewClips(folder(t, map[string]string{
		"zh/index.txt":  "\ufeff# ours\n\npress1.wav\t 请按一。 \n",
		"zh/press1.wav": wav,
		"en/index.txt":  "p1.wav … Press   one, please.",
		"en/p1.wav":     wav,
		"readme.txt":    "not a language",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if clips.Len() != 2 || clips.Has("zh") {
		t.Errorf("%d sentences, has zh: %v", clips.Len(), clips.Has("zh"))
	}
	other := &counted{}
	v := First(clips, other)
	if _, rate, err := v.Synthesize(t.Context(), "en", "Press one, please."); err != nil || rate != 16000 {
		t.Errorf("the recording: rate %d, %v", rate, err)
	}
	if other.asked.Load() != 0 {
		t.Error("the second voice was asked for what is recorded")
	}
	if _, rate, err := v.Synthesize(t.Context(), "zh", "请按二。"); err != nil || rate != 8000 {
		t.Errorf("what is not recorded: rate %d, %v", rate, err)
	}
	if !v.Has("zh") {
		t.Error("First has no zh although its second voice has")
	}
	if _, _, err := clips.Synthesize(t.Context(), "en", "请按一。"); !errors.Is(err, ErrCannot) {
		t.Errorf("another language: error %v", err)
	}
}

// Recordings, programs and espeak-ng are equally loud, however loud they come.
func TestVoicesAreEquallyLoud(t *testing.T) {
	t.Parallel()
	e := espeak(t)
	loud, rate, err := e.Synthesize(t.Context(), "en", "Please press one.")
	if err != nil {
		t.Fatal(err)
	}
	faint := slices.Clone(loud)
	for i := range faint {
		faint[i] /= 40
	}
	clips, err := NewClips(folder(t, map[string]string{"en/index.txt": "a.wav Recorded.", "en/a.wav": string(wavOf(t, faint, rate))}))
	if err != nil {
		t.Fatal(err)
	}
	c := newCache(t, CacheConfig{Voice: First(clips, e)})
	for lang, texts := range map[string][]string{"en": {"Recorded.", "Please press one.", "Goodbye."}, "zh": {"再见。", "您要付款给蓝鸟花店。"}} {
		for _, text := range texts {
			if got, ok := activeLevel(floats(media.PCMA.Decode(nil, mustClip(t, c, lang, text).ALaw))); !ok || math.Abs(got-speechLevel) > 1 {
				t.Errorf("%s: %.1f dB, want %v", text, got, speechLevel)
			}
		}
	}
}

func TestNewRecordingsAreANewVoice(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, hz := range []float64{500, 600} {
		clips, err := NewClips(folder(t, map[string]string{
			"en/index.txt": "a.wav Yes.", "en/a.wav": string(wavOf(t, sine(hz, 8000), 8000)),
		}))
		if err != nil {
			t.Fatal(err)
		}
		ids[clips.ID()] = true
	}
	if len(ids) != 2 {
		t.Errorf("ids %v", ids)
	}
}

func TestBadRecordingsAreNamed(t *testing.T) {
	t.Parallel()
	wav := string(wavOf(t, sine(500, 8000), 8000))
	for want, files := range map[string]map[string]string{
		"zh/index.txt line 2: no sentence":     {"zh/index.txt": "# x\na.wav\n"},
		"line 1: zh/a.wav: not a WAV":          {"zh/index.txt": "a.wav 好", "zh/a.wav": "MP3"},
		"line 1: zh/a.wav: the voice was sil":  {"zh/index.txt": "a.wav 好", "zh/a.wav": string(wavOf(t, make([]int16, 99), 8000))},
		"line 2: this sentence has a recordin": {"zh/index.txt": "a.wav 好\na.wav  好 ", "zh/a.wav": wav},
		"no such file":                         {"zh/a.wav": wav},
		"escapes":                              {"zh/index.txt": "../../../etc/passwd 好"},
	} {
		_, err := NewClips(folder(t, files))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
}

// script is a voice program written in sh.
func script(t *testing.T, body string) []string {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("SKIPPED: there is no sh")
	}
	return []string{sh, folder(t, map[string]string{"say.sh": body}) + "/say.sh", "{lang}"}
}

func TestCommandGetsLanguageAndText(t *testing.T) {
	t.Parallel()
	wav := folder(t, map[string]string{"a.wav": string(wavOf(t, sine(500, 8000), 8000))}) + "/a.wav"
	argv := script(t, `read text; [ "$1/$text" = "en/pay \$(rm x); 'now'" ] && cat `+wav)
	c, err := NewCommand(CommandConfig{Argv: argv, Langs: []string{"en"}})
	if err != nil {
		t.Fatal(err)
	}
	pcm, rate, err := c.Synthesize(t.Context(), "en", "pay $(rm x); 'now'")
	if err != nil || rate != 8000 || len(pcm) != 4000 {
		t.Errorf("%d samples at %d, %v", len(pcm), rate, err)
	}
	if _, _, err := c.Synthesize(t.Context(), "zh", "好"); !errors.Is(err, ErrCannot) || c.Has("zh") {
		t.Errorf("a language it has not: %v", err)
	}
}

func TestChildThatFailsSaysWhyButNotWhat(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"echo no voice >&2; exit 3":            "no voice",
		"read t; echo \"bad: $t\" >&2; exit 1": "exit status 1",
		"echo hello":                           ErrWAV.Error(),
	} {
		c, err := NewCommand(CommandConfig{Argv: script(t, body), Langs: []string{"en"}})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = c.Synthesize(t.Context(), "en", "128.50 to BLUEBIRD")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "BLUEBIRD") {
			t.Errorf("%s: error %v, want %q and no sentence", body, err, want)
		}
	}
}

func TestChildThatHangsOrFloodsIsKilled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := runChild(ctx, childTime, script(t, "exec sleep 60"), "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a child that hangs: error %v", err)
	}
	if _, err := runChild(t.Context(), childTime, script(t, "exec cat /dev/zero"), "x"); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a child that floods: error %v, want it stopped at once", err)
	}
}

func TestEspeakSpeaks(t *testing.T) {
	t.Parallel()
	e := espeak(t)
	c := newCache(t, CacheConfig{Voice: e})
	long := mustClip(t, c, "zh", "向蓝鸟花店付款一百二十八元五角。").Duration()
	short := mustClip(t, c, "en", "One.").Duration()
	if long < 2*time.Second || long > 8*time.Second || short > 1500*time.Millisecond {
		t.Errorf("the sentences last %v and %v", long, short)
	}
	if e.Has("fr") {
		t.Error("has French")
	}
	if _, err := c.Clip(t.Context(), "fr", "Bonjour"); !errors.Is(err, ErrCannot) {
		t.Errorf("French: error %v", err)
	}
}

func TestEspeakReadsNoMarkup(t *testing.T) {
	t.Parallel()
	e := espeak(t)
	read, err := e.Phonemes(t.Context(), "en", "[[hə]] shop")
	if err != nil || !strings.Contains(read, "S'0p") {
		t.Errorf("read %s, %v", read, err)
	}
	if pcm, _, err := e.Synthesize(t.Context(), "en", "-v fr --help"); err != nil || len(pcm) == 0 {
		t.Errorf("a text like an option: %d samples, %v", len(pcm), err)
	}
}

func TestNoEspeak(t *testing.T) {
	t.Parallel()
	if _, err := NewEspeak(t.Context(), EspeakConfig{Program: "no-such-program"}); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("error %v", err)
	}
}

// The pitches of Tones must not be taken for keys by anything on the way.
func TestTonesAreNoKeys(t *testing.T) {
	t.Parallel()
	for step := range toneSteps {
		hz := float64(toneLowHz + step*toneStepHz)
		for _, key := range []float64{697, 770, 852, 941, 1209, 1336, 1477, 1633} {
			if math.Abs(hz/key-1) < 0.035 {
				t.Errorf("%.0f Hz is too near to %.0f Hz", hz, key)
			}
		}
	}
}

func BenchmarkEspeak(b *testing.B) {
	e := espeak(b)
	for b.Loop() {
		if _, _, err := e.Synthesize(b.Context(), "zh", "向蓝鸟花店付款一百二十八元五角，请输入六位支付密码。"); err != nil {
			b.Fatal(err)
		}
	}
}
