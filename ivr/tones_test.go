package ivr

import (
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mpg/ivr/dtmf"
	"mpg/ivr/media"
	"mpg/ivr/voice"
)

// overTheWire is sound after A-law or mu-law, as a trunk delivers it.
func overTheWire(codec media.Codec, pcm []int16) []byte { return codec.Encode(nil, pcm) }

// tone is a key of two tones of the given amplitudes.
func tone(key byte, low, high float64, d time.Duration) []int16 {
	const keypad = "123A456B789C*0#D"
	at := strings.IndexByte(keypad, key)
	fl := [...]float64{697, 770, 852, 941}[at/4]
	fh := [...]float64{1209, 1336, 1477, 1633}[at%4]
	pcm := make([]int16, int(d.Seconds()*media.SampleRate))
	for i := range pcm {
		t := float64(i) / media.SampleRate
		pcm[i] = int16(low*math.Sin(2*math.Pi*fl*t) + high*math.Sin(2*math.Pi*fh*t))
	}
	return pcm
}

// newEars are ears that have heard nothing yet.
func newEars() *ears {
	return &ears{keys: make(chan byte, keysMax), lost: func() {}}
}

// tonesEars are ears that listen for tones.
func tonesEars() *ears {
	e := newEars()
	e.listenForTones()
	return e
}

// play lets the ears hear sound, packet by packet, and returns the keys.
func play(e *ears, codec media.Codec, pcm []int16) (keys string) {
	payload := overTheWire(codec, pcm)
	ts := uint32(0)
	for len(payload) > 0 {
		n := min(len(payload), media.FrameSamples)
		e.listen(media.Frame{Codec: codec, Timestamp: ts, Payload: payload[:n]})
		payload, ts = payload[n:], ts+uint32(n)
	}
	for {
		select {
		case k := <-e.keys:
			keys += string(k)
		default:
			return keys
		}
	}
}

func TestTonesThroughBothLaws(t *testing.T) {
	t.Parallel()
	const all = "1234567890*#"
	for _, codec := range []media.Codec{media.PCMA, media.PCMU} {
		for _, dB := range []float64{-3, -9, -15, -21, -27} {
			for _, twist := range []float64{-6, 0, 6} {
				high := 32000 / 2 * math.Pow(10, dB/20)
				low := high * math.Pow(10, twist/20)
				if low+high > 32000 {
					continue
				}
				var pcm []int16
				for _, k := range []byte(all) {
					pcm = append(pcm, tone(k, low, high, 80*time.Millisecond)...)
					pcm = append(pcm, make([]int16, 640)...)
				}
				if got := play(tonesEars(), codec, pcm); got != all {
					t.Errorf("%v at %v dB, twist %v dB: %q", codec, dB, twist, got)
				}
			}
		}
	}
}

// What we say ourselves comes back as an echo, and people talk: neither is a key.
func TestSpeechIsNotAKey(t *testing.T) {
	t.Parallel()
	espeak, err := voice.NewEspeak(t.Context(), voice.EspeakConfig{Program: "espeak-ng"})
	if err != nil {
		if os.Getenv("MPG_PEERS") == "require" {
			t.Fatal("espeak-ng is missing: apt-get install espeak-ng")
		}
		t.Skip("espeak-ng IS MISSING, no speech is tried on the tone detector: apt-get install espeak-ng")
	}
	cache := voice.NewCache(voice.CacheConfig{Voice: espeak})
	defer cache.Close()
	var seconds float64
	for lang, sentences := range map[string][]string{
		"en": {
			"Hello. This is your payment call. Press 1 to hear the payment. If you know nothing of it, press 0.",
			"You are about to pay %d yuan and %d fen to BLUEBIRD FLORIST. Key in your six-digit PIN.",
			"That PIN was wrong. You have two tries left. Star to hear it again.",
			"Hey you, who are you, we owe you money, oh no, mama, ooh, aah, eee, error, really, murmur.",
		},
		"zh": {
			"您好，这里是支付电话。请按一听取付款内容。如果您不知道此事，请按零。",
			"您将向蓝鸟花店支付%d元%d分。请输入六位支付密码。",
			"密码错误，还可以再试两次。按星号键重听。",
		},
	} {
		for _, s := range sentences {
			for n := range 6 {
				text := s
				if strings.Contains(s, "%d") {
					text = fmt.Sprintf(s, 17+n*131, (n*29+3)%100)
				} else if n > 0 {
					break
				}
				clip, err := cache.Clip(t.Context(), lang, text)
				if err != nil {
					t.Fatal(err)
				}
				pcm := media.PCMA.Decode(nil, clip.ALaw)
				seconds += float64(len(pcm)) / media.SampleRate
				for _, quieter := range []int16{1, 4, 16} {
					echo := make([]int16, len(pcm))
					for i, v := range pcm {
						echo[i] = v / quieter
					}
					if got := play(tonesEars(), media.PCMA, echo); got != "" {
						t.Errorf("%d keys in %q", len(got), text)
					}
				}
			}
		}
	}
	if seconds < 30 {
		t.Errorf("only %.0f s of speech were tried", seconds)
	}
}

func TestListeningDoesNotAllocate(t *testing.T) {
	e := tonesEars()
	f := media.Frame{Codec: media.PCMA, Payload: media.PCMA.Encode(nil, tone('5', 900, 900, media.FrameDuration))}
	if n := testing.AllocsPerRun(100, func() { e.listen(f); f.Timestamp += media.FrameSamples }); n != 0 {
		t.Errorf("%v allocations for a packet", n)
	}
}

func BenchmarkListen(b *testing.B) {
	for name, e := range map[string]*ears{"events agreed": newEars(), "tones": tonesEars()} {
		b.Run(name, func(b *testing.B) {
			f := media.Frame{Codec: media.PCMA, Payload: media.PCMA.Encode(nil, tone('5', 300, 3000, media.FrameDuration))}
			b.ReportAllocs()
			for b.Loop() {
				e.listen(f)
				f.Timestamp += media.FrameSamples
			}
		})
	}
}

// If telephone-event was agreed, nothing listens to the sound unless a question has
// gone unanswered.
func TestWhenTonesAreListenedFor(t *testing.T) {
	t.Parallel()
	pressed := tone('5', 8000, 8000, 200*time.Millisecond)
	if e := newEars(); play(e, media.PCMA, pressed) != "" || e.tones.Load() != nil {
		t.Error("tones are heard although events are agreed")
	}
	e := tonesEars()
	if got := play(e, media.PCMA, pressed); got != "5" {
		t.Errorf("%d keys heard, want 1", len(got))
	}
	e.key(sourceRTP, '1')
	if e.tones.Load() != nil || e.listenForTones() {
		t.Error("tones are listened for although events have come")
	}
	asked := &line{c: &Caller{log: slog.New(slog.DiscardHandler)}, ears: ears{keys: make(chan byte, keysMax)}}
	asked.agreeKeys(96)
	asked.doubtKeys() // at the first question
	if asked.tones.Load() != nil {
		t.Error("tones are listened for although no question has gone unanswered")
	}
	asked.doubtKeys() // at the second
	if asked.tones.Load() == nil {
		t.Error("a question went unanswered, and tones are not listened for")
	}
	asked.key(sourceInfo, '1')
	asked.doubtKeys()
	if asked.tones.Load() != nil {
		t.Error("tones are listened for although keys come by INFO")
	}
}

// A gateway that lets the tone through may say the key by INFO when it is released,
// with its duration: however long it was held, it was pressed once.
func TestALongToneAndItsINFO(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := tonesEars()
		payload, ts := overTheWire(media.PCMA, tone('5', 8000, 8000, 3*time.Second)), uint32(0)
		for packet := range slices.Chunk(payload, media.FrameSamples) {
			e.listen(media.Frame{Codec: media.PCMA, Timestamp: ts, Payload: packet})
			ts += uint32(len(packet))
			time.Sleep(media.FrameDuration)
		}
		e.info(dtmf.TypeRelay, []byte("Signal=5\r\nDuration=3000\r\n"))
		if got := len(e.keys); got != 1 {
			t.Errorf("one press counts as %d keys", got)
		}
		e.info(dtmf.TypeRelay, []byte("Signal=5\r\nDuration=100\r\n"))
		if got := len(e.keys); got != 2 {
			t.Errorf("%d keys after a second press", got)
		}
	})
}

// One source is kept, but tones give way to events, and the event of a tone
// that was heard is not another key.
func TestSourcesOfKeys(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		press func(e *ears)
		want  string
	}{
		"events, then INFO":            {func(e *ears) { e.key(sourceRTP, '1'); e.key(sourceInfo, '1'); e.key(sourceRTP, '2') }, "12"},
		"INFO, then events":            {func(e *ears) { e.key(sourceInfo, '1'); e.key(sourceRTP, '1'); e.key(sourceInfo, '2') }, "12"},
		"events, then tones":           {func(e *ears) { e.key(sourceRTP, '1'); e.key(sourceTones, '1') }, "1"},
		"tones, then their own events": {func(e *ears) { e.heardTone('1'); e.key(sourceRTP, '1'); e.key(sourceRTP, '2'); e.heardTone('2') }, "12"},
		"tones, then other events":     {func(e *ears) { e.heardTone('1'); e.key(sourceRTP, '2') }, "12"},
	} {
		e := newEars()
		c.press(e)
		got := ""
		for len(e.keys) > 0 {
			got += string(<-e.keys)
		}
		if got != c.want {
			t.Errorf("%s: %d keys, want %d", name, len(got), len(c.want))
		}
	}
	e := newEars()
	if !e.info(dtmf.TypeEvent, []byte("5")) || e.info("text/plain", []byte("5")) || len(e.keys) != 1 {
		t.Error("INFO")
	}
}
