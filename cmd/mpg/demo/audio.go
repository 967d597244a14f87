package demo

import (
	"encoding/binary"
	"sync"
	"time"
)

// Limits of what is kept of a call's sound.
const (
	sampleRate      = 8000 // Hz, one channel, 16 bits: telephony
	bytesPerSample  = 2
	recordingMax    = 10 * time.Minute
	frameSamples    = sampleRate / 50 // 20 ms, the unit in which speech is told from silence
	speechThreshold = 256             // a sample beyond it, of 32768, is speech (-42 dB)
)

// recording is what a handset hears during one call. It grows while the call
// lasts; any number of listeners follow it.
type recording struct {
	mu   sync.Mutex
	pcm  []byte // 16-bit little endian
	over bool
	more chan struct{} // closed and replaced when it grows or ends
}

func newRecording() *recording {
	return &recording{more: make(chan struct{})}
}

// add appends samples. It only takes a short lock, so the thread that receives
// may call it.
func (r *recording) add(samples []int16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over || len(r.pcm) >= octets(recordingMax) {
		return
	}
	for _, s := range samples {
		r.pcm = binary.LittleEndian.AppendUint16(r.pcm, uint16(s))
	}
	r.wake()
}

// end says that the call is over.
func (r *recording) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.over = true
		r.wake()
	}
}

func (r *recording) wake() {
	close(r.more)
	r.more = make(chan struct{})
}

// from returns what was heard from an offset in octets on, whether the call is
// over, and a channel closed when there is more to know. The slice is not
// written again.
func (r *recording) from(offset int) (pcm []byte, over bool, more <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	end := len(r.pcm)
	return r.pcm[min(offset, end):end:end], r.over, r.more
}

// size returns how much was heard, in bytes.
func (r *recording) size() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.pcm)
}

// speech measures what was heard from an offset on: how long somebody spoke in
// all, and how long nobody has spoken since.
func (r *recording) speech(offset int) (spoken, silent time.Duration) {
	pcm, _, _ := r.from(offset)
	for len(pcm) >= frameSamples*bytesPerSample {
		frame := pcm[:frameSamples*bytesPerSample]
		pcm = pcm[len(frame):]
		silent += 20 * time.Millisecond
		if loud(frame) {
			spoken += 20 * time.Millisecond
			silent = 0
		}
	}
	return spoken, silent
}

func loud(frame []byte) bool {
	for i := 0; i < len(frame); i += bytesPerSample {
		if s := int16(binary.LittleEndian.Uint16(frame[i:])); s > speechThreshold || s < -speechThreshold {
			return true
		}
	}
	return false
}

func octets(lasting time.Duration) int {
	return int(lasting*sampleRate/time.Second) * bytesPerSample
}
