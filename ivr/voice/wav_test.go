package voice

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
)

func wavOf(t testing.TB, pcm []int16, rate int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteWAV(&b, pcm, rate); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWAVComesBack(t *testing.T) {
	t.Parallel()
	want := []int16{0, 1, -1, 32767, -32768, 1234}
	pcm, rate, err := ReadWAV(bytes.NewReader(wavOf(t, want, 8000)))
	if err != nil || rate != 8000 || !slices.Equal(pcm, want) {
		t.Errorf("got %v at %d, %v", pcm, rate, err)
	}
}

func TestWAVAsProgramsWriteIt(t *testing.T) {
	t.Parallel()
	plain := wavOf(t, []int16{100, 200, 300, 400}, 22050)
	edit := func(f func(b []byte) []byte) []byte { return f(bytes.Clone(plain)) }
	for name, c := range map[string]struct {
		wav  []byte
		want []int16
	}{
		"to a pipe, with a length that is not true": {edit(func(b []byte) []byte {
			binary.LittleEndian.PutUint32(b[40:], 0x7FFFF000)
			return b
		}), []int16{100, 200, 300, 400}},
		"with another chunk of odd size before the samples": {edit(func(b []byte) []byte {
			return slices.Insert(b, 36, []byte("LIST\x03\x00\x00\x00abc\x00")...)
		}), []int16{100, 200, 300, 400}},
		"in stereo": {edit(func(b []byte) []byte {
			b[22] = 2
			return b
		}), []int16{150, 350}},
		"cut within a sample": {plain[:len(plain)-1], []int16{100, 200, 300}},
	} {
		pcm, rate, err := ReadWAV(bytes.NewReader(c.wav))
		if err != nil || rate != 22050 || !slices.Equal(pcm, c.want) {
			t.Errorf("%s: got %v at %d, %v", name, pcm, rate, err)
		}
	}
}

func TestNoWAV(t *testing.T) {
	t.Parallel()
	plain := wavOf(t, []int16{1, 2}, 8000)
	set := func(at int, v byte) []byte {
		b := bytes.Clone(plain)
		b[at] = v
		return b
	}
	for name, b := range map[string][]byte{
		"nothing":                  nil,
		"no RIFF":                  set(0, 'X'),
		"A-law":                    set(20, 6),
		"8 bits":                   set(34, 8),
		"no channels":              set(22, 0),
		"a rate of 0":              append(append(bytes.Clone(plain[:24]), 0, 0, 0, 0), plain[28:]...),
		"samples without a format": slices.Concat(plain[:12], plain[36:]),
		"a header only":            plain[:20],
		"a huge chunk":             slices.Concat(plain[:12], []byte("LIST\xff\xff\xff\xff")),
	} {
		if _, _, err := ReadWAV(bytes.NewReader(b)); !errors.Is(err, ErrWAV) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add(wavOf(f, []int16{1, 2, 3}, 8000))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd"))
	f.Fuzz(func(t *testing.T, b []byte) {
		pcm, rate, err := ReadWAV(bytes.NewReader(b))
		if err != nil {
			return
		}
		again, rate2, err := ReadWAV(bytes.NewReader(wavOf(t, pcm, rate)))
		if err != nil || rate2 != rate || !slices.Equal(again, pcm) {
			t.Errorf("%d samples at %d came back as %d at %d, %v", len(pcm), rate, len(again), rate2, err)
		}
	})
}
