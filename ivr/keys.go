package ivr

import (
	"errors"
	"sync/atomic"
	"time"

	"mpg/ivr/dtmf"
	"mpg/ivr/media"
)

// Sources of keys. A peer that sends each key both ways must not be heard twice.
const (
	sourceNone  uint32 = iota
	sourceRTP          // RFC 4733 events
	sourceInfo         // SIP INFO
	sourceTones        // tones in the sound
)

// toneEcho is how long after the end of a tone an event or an INFO with the same key
// counts as the same press: gateways let the tone through until they have recognised it.
const toneEcho = time.Second

// ears receives the keys of a call from all sources.
type ears struct {
	keys   chan byte
	source atomic.Uint32 // where keys come from; the first source is kept, except tones
	lost   func()        // a key was dropped

	tones    atomic.Pointer[toneEar] // nil while keys need not be heard in the sound
	lastTone atomic.Int64            // when a tone that was taken for a key was last heard, and for which
}

// toneEar detects keys in the sound. It is used on the media thread only.
type toneEar struct {
	detector dtmf.Tones
	pcm      [media.FrameSamples]int16
}

// key takes a key press. It is called on the media thread and never blocks.
func (e *ears) key(source uint32, digit byte) {
	if !e.takes(source, digit) {
		return
	}
	if source != sourceTones {
		e.tones.Store(nil)
	}
	select {
	case e.keys <- digit:
	default:
		e.lost()
	}
}

// takes reports whether a key from a source counts. Tones are a last resort: once
// the peer sends keys properly, tones are ignored, and a key that was just taken as a
// tone is not taken again.
func (e *ears) takes(source uint32, digit byte) bool {
	switch now := e.source.Load(); {
	case now == source:
		return true
	case now == sourceNone:
		return e.source.CompareAndSwap(sourceNone, source) || e.source.Load() == source
	case now == sourceTones && e.source.CompareAndSwap(sourceTones, source):
		at, key := e.lastTone.Load()>>8, byte(e.lastTone.Load())
		return key != digit || time.Since(time.UnixMilli(at)) > toneEcho
	}
	return false
}

// info reads the body of a SIP INFO and reports whether its type is one for keys: any other
// type is answered 415 (RFC 3261 21.4.13).
func (e *ears) info(contentType string, body []byte) bool {
	d, err := dtmf.ParseInfo(contentType, body)
	if err == nil {
		e.key(sourceInfo, d)
	}
	return !errors.Is(err, dtmf.ErrInfoType)
}

// listenForTones makes keys in the sound count until one comes in another way. It
// reports false if one has come already, or if it was called before.
func (e *ears) listenForTones() bool {
	if s := e.source.Load(); s != sourceNone && s != sourceTones {
		return false
	}
	return e.tones.CompareAndSwap(nil, new(toneEar))
}

// listen looks for tones in sound, if they count, and reports whether a key is being
// held. It is called on the media thread.
func (e *ears) listen(frame media.Frame) (down bool) {
	t := e.tones.Load()
	if t == nil {
		return false
	}
	at := frame.Timestamp
	for payload := frame.Payload; len(payload) > 0; {
		n := min(len(payload), media.FrameSamples)
		samples := frame.Codec.Decode(t.pcm[:0], payload[:n])
		if d, ok := t.detector.Hear(at, samples); ok {
			e.heardTone(d)
		}
		clear(samples)
		payload, at = payload[n:], at+uint32(n)
	}
	down = t.detector.Down()
	if last := e.lastTone.Load(); down && last != 0 {
		e.lastTone.Store(stamped(byte(last))) // an INFO may not come before the key is released
	}
	return down
}

// heardTone takes a key that was detected as tones.
func (e *ears) heardTone(digit byte) {
	e.lastTone.Store(stamped(digit))
	e.key(sourceTones, digit)
}

// stamped combines a key with the current time.
func stamped(digit byte) int64 { return time.Now().UnixMilli()<<8 | int64(digit) }

// forget drops the waiting keys and the last tone.
func (e *ears) forget() {
	e.lastTone.Store(0)
	for {
		select {
		case <-e.keys:
		default:
			return
		}
	}
}
