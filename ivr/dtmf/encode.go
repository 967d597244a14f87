package dtmf

import (
	"errors"
	"time"
)

// Timing of the keys that an Encoder presses.
const (
	PressMin    = 40 * time.Millisecond // the least that ITU-T Q.24 wants recognised
	PressMax    = 60 * time.Second      // of one key
	PauseUnits  = 60 * ClockRate / 1000 // timestamp units of silence between keys: 60 ms
	QueueMax    = 64                    // keys that wait in an Encoder
	packetUnits = ClockRate / 50        // timestamp units between two packets: 20 ms
	endsSent    = 3                     // RFC 4733 2.5.1.4: the end is sent three times
	volumeSent  = 10                    // -10 dBm0, what telephones send
)

// Errors of Encoder.Press.
var (
	ErrNoKey = errors.New("not a key")
	ErrFull  = errors.New("too many keys wait")
)

// Encoder presses keys: it turns them into event packets to be sent in place
// of audio, one for each packet time (RFC 4733 2.5.1). The zero value is
// ready. It is not safe for concurrent use.
type Encoder struct {
	queue   []keyPress
	now     keyPress // being pressed; length 0: none
	start   uint32   // timestamp of the segment being sent
	sent    uint32   // units of now that lie in finished segments
	begun   bool     // the first packet of now was sent
	ends    int      // ends of now sent
	resting bool     // between two keys
	restEnd uint32   // timestamp at which the rest ends
}

type keyPress struct {
	code   uint8
	length uint32 // timestamp units
}

// Out is an event packet to be sent.
type Out struct {
	Timestamp uint32 // for the RTP header: that of the start, in every packet of a segment. RFC 4733 2.2.1
	Marker    bool   // for the RTP header: first packet of a key. RFC 4733 2.2.2
	Payload   [PayloadSize]byte
}

// Press queues a key; it is held for dur, at least PressMin and at most PressMax.
func (e *Encoder) Press(key byte, dur time.Duration) error {
	code, ok := EventOf(key)
	if !ok {
		return ErrNoKey
	}
	if len(e.queue) >= QueueMax {
		return ErrFull
	}
	dur = min(max(dur, PressMin), PressMax)
	e.queue = append(e.queue, keyPress{code: code, length: uint32(dur * ClockRate / time.Second)})
	return nil
}

// Busy reports whether a key is being pressed or waits.
func (e *Encoder) Busy() bool { return e.now.length > 0 || len(e.queue) > 0 }

// Waiting reports whether a key waits for those before it.
func (e *Encoder) Waiting() bool { return len(e.queue) > 0 }

// Next returns the packet to send at RTP time now; false: send audio. Call it
// once for each packet time, with timestamps that never go back.
func (e *Encoder) Next(now uint32) (Out, bool) {
	if e.now.length == 0 && !e.take(now) {
		return Out{}, false
	}
	// RFC 4733 2.3.5: a duration of zero would be a state, not a key, so the
	// packet time that begins now is counted in.
	elapsed := now - e.start + packetUnits
	left := e.now.length - e.sent
	switch {
	case left > durationMax && elapsed >= durationMax:
		return e.split(), true
	case elapsed >= left:
		return e.end(now, left), true
	}
	out := e.out(uint16(elapsed), false)
	out.Marker = !e.begun
	e.begun = true
	return out, true
}

// take begins the next key, if there is one and the pause is over.
func (e *Encoder) take(now uint32) bool {
	if e.resting && int32(now-e.restEnd) < 0 {
		return false
	}
	e.resting = false
	if len(e.queue) == 0 {
		return false
	}
	e.now = e.queue[0]
	e.queue = e.queue[1:]
	e.start, e.sent, e.begun, e.ends = now, 0, false, 0
	return true
}

// end is one of the ends; after the last one the pause begins.
func (e *Encoder) end(now, left uint32) Out {
	out := e.out(uint16(left), true)
	e.ends++
	if e.ends == endsSent {
		e.now = keyPress{}
		e.resting, e.restEnd = true, now+PauseUnits
	}
	return out
}

// split finishes a segment with the longest duration that can be said and
// begins the next one where it ended (RFC 4733 2.5.1.3).
func (e *Encoder) split() Out {
	out := e.out(durationMax, false)
	e.sent += durationMax
	e.start += durationMax
	return out
}

func (e *Encoder) out(duration uint16, end bool) Out {
	out := Out{Timestamp: e.start}
	Event{Code: e.now.code, End: end, Volume: volumeSent, Duration: duration}.Put(&out.Payload)
	return out
}
