package dtmf

import "time"

const (
	// pressesKept is how many presses are remembered, so that their late and
	// repeated packets are known for what they are.
	pressesKept = 8
	// restampMax is how long after an end another end of the same key, with a
	// timestamp of its own and no begin, is taken for a copy that a relay
	// restamped. No human finger and no phone is as fast: 40 ms of tone and
	// 40 ms of pause are the least that ITU-T Q.24 grants.
	restampMax = 60 * time.Millisecond
	// segmentSlack is how far, in timestamp units, the start of a next segment
	// may be from the end of the last one: 100 ms.
	segmentSlack = ClockRate / 10
)

// Packet is an RTP packet of the payload type of telephone-event.
type Packet struct {
	SSRC      uint32
	Timestamp uint32        // of the header: when the key went down
	At        time.Duration // arrival, monotonic, from any origin
	Payload   []byte
}

// Decoder turns the event packets of one stream into keys. The zero value is
// ready. It is not safe for concurrent use and does not allocate.
type Decoder struct {
	presses [pressesKept]press // a ring
	newest  int
}

// press is what is known of one press of a key, or of one segment of it.
type press struct {
	used      bool
	ssrc      uint32
	timestamp uint32
	code      uint8
	ended     bool          // an end was seen
	endAt     time.Duration // arrival of the last end seen
	// suspect says that this looks like the restamped end of the press before
	// it. Anything but an end proves otherwise.
	suspect bool
}

// Decode takes a packet and returns the key it reports; false when it reports
// none: it is malformed, no key, or of a press that was reported already.
func (d *Decoder) Decode(p Packet) (key byte, ok bool) {
	ev, ok := ParseEvent(p.Payload)
	if !ok {
		return 0, false
	}
	key, ok = KeyOf(ev.Code)
	if !ok {
		return 0, false
	}
	pr := d.find(p, ev.Code)
	report := false
	switch {
	case pr == nil:
		suspect := ev.End && d.restamped(p, ev.Code)
		report = !suspect && !d.segment(p, ev.Code)
		pr = d.add(press{used: true, ssrc: p.SSRC, timestamp: p.Timestamp, code: ev.Code, suspect: suspect})
	case pr.suspect && !ev.End:
		pr.suspect = false
		report = true
	}
	if ev.End {
		pr.ended, pr.endAt = true, p.At
	}
	return key, report
}

// find returns the press that a packet belongs to. The code is compared too:
// no press changes its key, so a sender that reuses a timestamp presses twice.
func (d *Decoder) find(p Packet, code uint8) *press {
	for i := range d.presses {
		pr := &d.presses[i]
		if pr.used && pr.timestamp == p.Timestamp && pr.ssrc == p.SSRC && pr.code == code {
			return pr
		}
	}
	return nil
}

func (d *Decoder) add(pr press) *press {
	d.newest = (d.newest + 1) % pressesKept
	d.presses[d.newest] = pr
	return &d.presses[d.newest]
}

// last returns the press before p if it was of the same key and stream.
func (d *Decoder) last(p Packet, code uint8) *press {
	pr := &d.presses[d.newest]
	if !pr.used || pr.code != code || pr.ssrc != p.SSRC {
		return nil
	}
	return pr
}

// restamped reports whether an end that comes as the first packet of its
// timestamp is a copy of the end just before it.
func (d *Decoder) restamped(p Packet, code uint8) bool {
	pr := d.last(p, code)
	return pr != nil && pr.ended && p.At-pr.endAt <= restampMax
}

// segment reports whether a new timestamp goes on with a press that is longer
// than one duration field can say (RFC 4733 2.5.1.3).
func (d *Decoder) segment(p Packet, code uint8) bool {
	pr := d.last(p, code)
	if pr == nil || pr.ended {
		return false
	}
	apart := p.Timestamp - pr.timestamp
	return apart >= durationMax-segmentSlack && apart <= durationMax+segmentSlack
}
