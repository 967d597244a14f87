package engine

import "time"

// partsLast is how long after the first part of a long text others may come.
// References are one byte and are soon reused.
const partsLast = 10 * time.Minute

// partsMax bounds how many long texts a lane remembers. Beyond it all are
// forgotten, and a further part of one is answered again.
const partsMax = 10_000

// parts remembers which long texts were answered, so that a text in three parts
// is answered once and uses up one of the answers that its sender has in an
// hour. It does not survive a restart.
type parts struct{ seen map[part]time.Time }

type part struct{ phone, code, ref string }

// answered reports whether another part of the same text was already answered.
func (p *parts) answered(in *inbound, now time.Time) bool {
	at, ok := p.seen[part{in.phone, in.To, in.Part}]
	ago := now.Sub(at)
	return ok && in.Part != "" && ago >= 0 && ago < partsLast
}

// remember notes that in was answered.
func (p *parts) remember(in *inbound, now time.Time) {
	if in.Part == "" {
		return
	}
	if p.seen == nil || len(p.seen) >= partsMax {
		p.seen = make(map[part]time.Time)
	}
	p.seen[part{in.phone, in.To, in.Part}] = now
}
