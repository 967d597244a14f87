package phone

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	mpgsip "mpg/ivr/sip"
)

func loud(octet byte) []byte { return bytes.Repeat([]byte{octet}, 160) }

func TestSpeaks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind    uint8
		payload []byte
		want    bool
	}{
		"A-law silence":      {mpgsip.PCMA, loud(0xd5), false},
		"A-law zero below":   {mpgsip.PCMA, loud(0x55), false},
		"A-law speech":       {mpgsip.PCMA, loud(0x2a), true},
		"mu-law silence":     {mpgsip.PCMU, loud(0xff), false},
		"mu-law zero below":  {mpgsip.PCMU, loud(0x7f), false},
		"mu-law speech":      {mpgsip.PCMU, loud(0x00), true},
		"line noise":         {mpgsip.PCMA, bytes.Repeat([]byte{0xd5, 0xd4, 0x5f, 0x51}, 40), false},
		"one click":          {mpgsip.PCMA, append(loud(0xd5)[:157], 0x2a, 0x2a, 0x2a), false},
		"nothing":            {mpgsip.PCMA, nil, false},
		"A-law read as such": {mpgsip.PCMU, loud(0xd5), true},
	} {
		if got := speaks(c.kind, c.payload); got != c.want {
			t.Errorf("%s: speech %v", name, got)
		}
	}
}

// TestEarFollowsPrompts feeds frames and looks when a prompt begins and ends.
func TestEarFollowsPrompts(t *testing.T) {
	t.Parallel()
	var turns []bool
	e := newEar(false, DefaultQuiet, func(speech bool) { turns = append(turns, speech) })
	at, busy := uint32(0), false
	feed := func(octet byte, d time.Duration) {
		for range d / (20 * time.Millisecond) {
			e.take(mpgsip.PCMA, at, loud(octet), busy)
			at += 160
		}
	}
	reached := func(f func() (bool, <-chan struct{})) bool { ok, _ := f(); return ok }
	feed(0xd5, time.Second)
	if reached(e.speech) || reached(e.ended) {
		t.Error("silence at first is no prompt")
	}
	feed(0x2a, time.Second)
	feed(0xd5, DefaultQuiet-100*time.Millisecond) // a pause between words
	if !reached(e.speech) || reached(e.ended) {
		t.Error("a pause between words ends no prompt")
	}
	feed(0x2a, 100*time.Millisecond)
	feed(0xd5, DefaultQuiet)
	if !reached(e.speech) || !reached(e.ended) {
		t.Error("the prompt has ended, and whoever looks late must know of it")
	}
	e.forget()
	if reached(e.speech) || reached(e.ended) {
		t.Error("the prompt was forgotten")
	}
	feed(0xd5, time.Second)
	if reached(e.ended) {
		t.Error("the end of the prompt was forgotten")
	}
	feed(0x2a, 100*time.Millisecond)
	feed(0xd5, DefaultQuiet)
	if !reached(e.ended) {
		t.Error("the second prompt has ended")
	}
	e.forget()
	busy = true // keys are still to be pressed
	feed(0x2a, 100*time.Millisecond)
	feed(0xd5, DefaultQuiet)
	if reached(e.speech) || reached(e.ended) {
		t.Error("what is said before the keys are pressed is no answer to them")
	}
	if !slices.Equal(turns, []bool{true, false, true, false, true, false}) {
		t.Errorf("turns %v", turns)
	}
}

// TestEarKnowsAPromptThatWasCutShort: the other side may hear the keys late, and what it
// says until then is no answer to them.
func TestEarKnowsAPromptThatWasCutShort(t *testing.T) {
	t.Parallel()
	const loudly, softly = 0x2a, 0xd5
	for name, tt := range map[string]struct {
		heard []time.Duration // after the last key: speech, silence, speech, …
		began bool
	}{
		"it goes on":                   {[]time.Duration{time.Second}, false},
		"it goes on after a breath":    {[]time.Duration{time.Second, 200 * time.Millisecond, time.Second}, false},
		"it ends":                      {[]time.Duration{time.Second, 2 * time.Second}, false},
		"the answer":                   {[]time.Duration{0, 500 * time.Millisecond, 100 * time.Millisecond}, true},
		"the answer behind the end":    {[]time.Duration{time.Second, 500 * time.Millisecond, 100 * time.Millisecond}, true},
		"the answer without a pause":   {[]time.Duration{3*DefaultQuiet + 40*time.Millisecond}, true},
		"the answer after a long wait": {[]time.Duration{time.Second, time.Minute, 100 * time.Millisecond}, true},
	} {
		e := newEar(false, DefaultQuiet, func(bool) {})
		feed := func(octet byte, lasts time.Duration, busy bool) {
			for range lasts / (20 * time.Millisecond) {
				e.take(mpgsip.PCMA, 0, loud(octet), busy)
			}
		}
		feed(loudly, time.Second, false)
		e.forget()
		feed(loudly, time.Second, true)
		for i, lasts := range tt.heard {
			feed([]byte{loudly, softly}[i%2], lasts, false)
		}
		if began, _ := e.speech(); began != tt.began {
			t.Errorf("%s: taken for an answer: %v", name, began)
		}
	}
}

func TestHeardInOrderOfTimestamps(t *testing.T) {
	t.Parallel()
	const start = 0xffffff00 // wraps around within the second packet
	for name, c := range map[string]struct {
		order []uint32 // packets by number
		want  string
		lost  int
	}{
		"in order":   {[]uint32{0, 1, 2, 3}, "abcd", 0},
		"reordered":  {[]uint32{0, 2, 1, 3}, "abcd", 0},
		"duplicated": {[]uint32{0, 1, 1, 2, 3, 0}, "abcd", 0},
		"lost":       {[]uint32{0, 3}, "a..d", 2},
	} {
		e := newEar(true, DefaultQuiet, func(bool) {})
		for _, n := range c.order {
			e.take(mpgsip.PCMA, start+n*160, loud('a'+byte(n)), false)
		}
		h := e.heard()
		var got []byte
		for frame := range slices.Chunk(h.Octets, 160) {
			b := frame[0]
			if b == 0xd5 {
				b = '.'
			}
			got = append(got, b)
		}
		if string(got) != c.want || h.Lost != c.lost || h.Packets != len(c.order) {
			t.Errorf("%s: heard %q, %d lost of %d", name, got, h.Lost, h.Packets)
		}
	}
	if h := newEar(true, DefaultQuiet, nil).heard(); len(h.Octets) != 0 || h.Duration() != 0 {
		t.Error("something was heard in nothing")
	}
}

func TestHeardIsBounded(t *testing.T) {
	t.Parallel()
	e := newEar(true, DefaultQuiet, func(bool) {})
	e.take(mpgsip.PCMA, 0, loud(1), false)
	e.take(mpgsip.PCMA, 0x7fff0000, loud(1), false) // a jump of three days
	if n := len(e.heard().Octets); n != 160 {
		t.Errorf("%d octets", n)
	}
}

func TestWAV(t *testing.T) {
	t.Parallel()
	for kind, format := range map[uint8]uint16{mpgsip.PCMA: 6, mpgsip.PCMU: 7} {
		h := Heard{PayloadType: kind, Octets: []byte{1, 2, 3}}
		var b bytes.Buffer
		if err := h.WriteWAV(&b); err != nil {
			t.Fatal(err)
		}
		w := b.Bytes()
		if string(w[:4]) != "RIFF" || int(binary.LittleEndian.Uint32(w[4:]))+8 != len(w) {
			t.Errorf("RIFF size %d of %d octets", binary.LittleEndian.Uint32(w[4:]), len(w))
		}
		if got := binary.LittleEndian.Uint16(w[20:]); got != format {
			t.Errorf("format %d, want %d", got, format)
		}
		if !bytes.HasSuffix(w, []byte{'d', 'a', 't', 'a', 3, 0, 0, 0, 1, 2, 3, 0}) {
			t.Errorf("data % x", w[len(w)-12:])
		}
	}
}

func BenchmarkEar(b *testing.B) {
	e := newEar(false, DefaultQuiet, func(bool) {})
	payload := loud(0x2a)
	b.ReportAllocs()
	for b.Loop() {
		e.take(mpgsip.PCMA, 0, payload, false)
	}
}
