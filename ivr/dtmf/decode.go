package dtmf

import "time"

const (
	// pressesKept is how many presses are remembered, so that their late and
	// repeated packets are known for what they are.
	pressesKept = 8
	// restampMax is how long after an end another end of the same key, with a
	// timestamp of its own and no start, is taken for a copy that a relay
	// restamped. No human finger and no phone is as fast: 40 ms of tone and
	// 40 ms of pause are the least that ITU-T Q.24 grants.
	restampMax = 60 * time.Millisecond
	// followMax is how long after a packet a restamped one may follow for the same
	// press. The sender's clock tells presses apart; this limit only bounds the
	// effect of a slow clock, and leaves room for a busy machine to be late.
	followMax = 400 * time.Millisecond
	// pressUnits is the shortest time, in timestamp units, from the start of a press
	// to the start of the next: 40 ms of tone and 40 ms of pause (ITU-T Q.24).
	pressUnits = ClockRate * 80 / 1000
	// pauseUnits is the shortest pause: 40 ms.
	pauseUnits = ClockRate * 40 / 1000
	// frozenMin is how long after an end a start with the same timestamp is
	// another press, from a sender whose clock stands still: the shortest pause
	// of ITU-T Q.24. frozenLong is the same for a start without the marker bit, and
	// frozenEnd for an end alone: ends are repeated (RFC 4733 2.5.1.4), and the
	// repeats must be over.
	frozenMin  = 40 * time.Millisecond
	frozenLong = 100 * time.Millisecond
	frozenEnd  = 250 * time.Millisecond
	// replayMin is how long after a press no copy of its packets can still arrive.
	replayMin = 500 * time.Millisecond
	// beginUnits is the longest duration in a first packet: 30 ms.
	beginUnits = ClockRate * 30 / 1000
	// segmentSlack is how far, in timestamp units, the start of a next segment
	// may be from the end of the last one: 100 ms.
	segmentSlack = ClockRate / 10
)

// Packet is an RTP packet of the payload type of telephone-event.
type Packet struct {
	SSRC      uint32
	Sequence  uint16        // of the header
	Marker    bool          // of the header
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
	timestamp uint32 // of its first packet
	latest    uint32 // of the packet furthest on; another one where a relay restamps
	sequence  uint16 // of the packet sent last
	duration  uint16 // of that packet
	code      uint8
	at        time.Duration // arrival of the last packet
	ended     bool          // an end was seen
	endAt     time.Duration // arrival of the last end seen
	// suspect says that this looks like the restamped end of the press before
	// it. Anything but an end proves otherwise.
	suspect bool
}

// Decode takes a packet and returns the key it reports; false when it reports
// none: it is malformed, no key, or of a press that was reported already.
func (d *Decoder) Decode(packet Packet) (key byte, ok bool) {
	ev, ok := ParseEvent(packet.Payload)
	if !ok {
		return 0, false
	}
	key, ok = KeyOf(ev.Code)
	if !ok {
		return 0, false
	}
	pr := d.find(packet, ev.Code)
	if pr != nil && d.frozen(pr, packet, ev) {
		*pr = press{} // the clock stands still: this is another press
		pr = nil
	}
	if pr == nil {
		pr = d.restampedPress(packet, ev)
	}
	report := false
	switch {
	case pr == nil:
		suspect := ev.End && d.restampedEnd(packet, ev.Code)
		report = !suspect && !d.segment(packet, ev.Code)
		pr = d.add(press{used: true, ssrc: packet.SSRC, timestamp: packet.Timestamp, latest: packet.Timestamp,
			sequence: packet.Sequence, duration: ev.Duration, code: ev.Code, suspect: suspect})
	case pr.suspect && !ev.End:
		pr.suspect = false
		report = true
	}
	pr.note(packet, ev)
	return key, report
}

// Down reports whether a key is being held, judging by the packets so far.
func (d *Decoder) Down() bool {
	pr := &d.presses[d.newest]
	return pr.used && !pr.ended
}

// note remembers what a packet said about its press. A late copy of an earlier packet
// does not take it back: the copy of the next one would look like another press.
func (pr *press) note(packet Packet, ev Event) {
	if ahead(packet.Timestamp, pr.latest) > 0 {
		pr.latest = packet.Timestamp
	}
	pr.at = packet.At
	if int16(packet.Sequence-pr.sequence) > 0 {
		pr.sequence, pr.duration = packet.Sequence, ev.Duration
	}
	if ev.End {
		pr.ended, pr.endAt = true, packet.At
	}
}

// ahead returns how far timestamp a is after b; it may be negative.
func ahead(a, b uint32) int32 { return int32(a - b) }

// find returns the press that a packet belongs to. The code is compared too:
// no press changes its key, so a sender that reuses a timestamp presses twice.
func (d *Decoder) find(packet Packet, code uint8) *press {
	for i := range d.presses {
		pr := &d.presses[i]
		if pr.used && (pr.timestamp == packet.Timestamp || pr.latest == packet.Timestamp) && pr.ssrc == packet.SSRC && pr.code == code {
			return pr
		}
	}
	return nil
}

// frozen reports whether a packet with the timestamp of a known press is another
// press, from a sender whose timestamps stand still. By its sequence number it must
// have been sent after all packets seen of the known press; and since relays that
// reorder packets also renumber them, it must look like the start of a press or come
// after another key.
func (d *Decoder) frozen(pr *press, packet Packet, ev Event) bool {
	quiet := packet.At - pr.at
	if quiet >= replayMin && !ev.End && (pr.ended || ev.Duration < pr.duration && pr.duration < durationMax/2) {
		return true // whatever its number: recordings are replayed unchanged
	}
	if int16(packet.Sequence-pr.sequence) <= 0 || pr.suspect {
		return false
	}
	if pr != &d.presses[d.newest] {
		// Ends of the newest press may be repeated for long; those of an older one are not.
		return pr.ended && (quiet >= frozenEnd || !ev.End && quiet >= frozenLong)
	}
	if ev.End || ev.Duration >= pr.duration || pr.duration > durationMax/2 {
		return false // a press too long for the duration field also starts from 0 again
	}
	if packet.Marker && pr.ended {
		return quiet >= frozenMin
	}
	return quiet >= frozenLong && (packet.Marker || ev.Duration <= beginUnits)
}

// restampedPress returns the known press to which a packet with a new timestamp
// belongs: some relays give each packet of a press a new timestamp, although RFC 4733
// 2.5.1.2 requires one for all. The packet belongs to the newest press if that was of
// the same key, no end of it was seen, and the timestamp leaves no room for a release
// and another press. After an end a new timestamp is a new press, unless the packet is
// an end that was restamped, too.
func (d *Decoder) restampedPress(packet Packet, ev Event) *press {
	pr := d.last(packet, ev.Code)
	if pr == nil || pr.suspect || packet.At-pr.at > followMax {
		return nil
	}
	var same bool
	switch step := ahead(packet.Timestamp, pr.latest); {
	case step < 0: // overtaken by the packets after it, perhaps by all that came
		same = ahead(packet.Timestamp, pr.timestamp) > -pressUnits
	case !pr.ended:
		same = step < pressUnits || pr.goesOn(step, ev)
	default:
		same = ev.End && step < pauseUnits
	}
	if !same {
		return nil
	}
	return pr
}

// goesOn reports whether a packet stamped anew goes on with a press whose packets are,
// although several before it were lost: its duration has grown by the same time. That
// of an end, which is sent three times (RFC 4733 2.5.1.4), has stopped growing.
func (pr *press) goesOn(step int32, ev Event) bool {
	grown, least := int32(ev.Duration)-int32(pr.duration), step-packetUnits
	if ev.End {
		least = step - (endsSent-1)*packetUnits
	}
	return pr.latest != pr.timestamp && grown >= least && grown <= step+packetUnits
}

func (d *Decoder) add(pr press) *press {
	d.newest = (d.newest + 1) % pressesKept
	d.presses[d.newest] = pr
	return &d.presses[d.newest]
}

// last returns the press before the packet if it was of the same key and stream.
func (d *Decoder) last(packet Packet, code uint8) *press {
	pr := &d.presses[d.newest]
	if !pr.used || pr.code != code || pr.ssrc != packet.SSRC {
		return nil
	}
	return pr
}

// restampedEnd reports whether an end that comes as the first packet of its
// timestamp is a copy of the end just before it.
func (d *Decoder) restampedEnd(packet Packet, code uint8) bool {
	pr := d.last(packet, code)
	return pr != nil && pr.ended && packet.At-pr.endAt <= restampMax
}

// segment reports whether a new timestamp continues a press that is longer
// than one duration field can say (RFC 4733 2.5.1.3).
func (d *Decoder) segment(packet Packet, code uint8) bool {
	pr := d.last(packet, code)
	if pr == nil || pr.ended {
		return false
	}
	apart := packet.Timestamp - pr.latest
	return apart >= durationMax-segmentSlack && apart <= durationMax+segmentSlack
}
