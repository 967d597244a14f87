package demo

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSpeechAndSilence(t *testing.T) {
	t.Parallel()
	r := newRecording()
	quiet := make([]int16, sampleRate/2)
	for i := range quiet {
		quiet[i] = int16(i % 16) // the noise of a quiet line
	}
	r.add(quiet)
	r.add(tone(new([]byte), sampleRate))
	middle := r.size()
	r.add(quiet)
	for _, tt := range []struct {
		offset         int
		spoken, silent time.Duration
	}{
		{0, time.Second, 500 * time.Millisecond},
		{octets(500 * time.Millisecond), time.Second, 500 * time.Millisecond},
		{octets(time.Second), 500 * time.Millisecond, 500 * time.Millisecond},
		{middle, 0, 500 * time.Millisecond},
		{r.size(), 0, 0},
		{r.size() + 1000, 0, 0},
	} {
		if spoken, silent := r.speech(tt.offset); spoken != tt.spoken || silent != tt.silent {
			t.Errorf("from %d: spoke %v, silent for %v; want %v, %v", tt.offset, spoken, silent, tt.spoken, tt.silent)
		}
	}
}

func TestRecordingIsBounded(t *testing.T) {
	t.Parallel()
	r := newRecording()
	minute := make([]int16, 60*sampleRate)
	for range int(recordingMax/time.Minute) + 3 {
		r.add(minute)
	}
	if got := r.size(); got != octets(recordingMax) {
		t.Errorf("%d octets kept, want %d", got, octets(recordingMax))
	}
}

func TestWAV(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "call.wav")
	pcm := make([]byte, 4*sampleRate*bytesPerSample)
	if err := writeWAV(path, pcm); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	u16, u32 := binary.LittleEndian.Uint16, binary.LittleEndian.Uint32
	if string(b[:4]) != "RIFF" || int(u32(b[4:])) != len(b)-8 || string(b[8:16]) != "WAVEfmt " || string(b[36:40]) != "data" {
		t.Fatalf("no WAV header: %q", b[:44])
	}
	format := []int{int(u16(b[20:])), int(u16(b[22:])), int(u32(b[24:])), int(u32(b[28:])), int(u16(b[32:])), int(u16(b[34:])), int(u32(b[40:]))}
	want := []int{1, 1, 8000, 16000, 2, 16, len(pcm)}
	for i := range want {
		if format[i] != want[i] {
			t.Errorf("header fields %v, want %v", format, want)
			break
		}
	}
}
