package engine

import "time"

// partsLast is how long the parts of a long text may come after the first one.
// References are one byte and soon used again.
const partsLast = 10 * time.Minute

// partsMax bounds the memory of one lane's long texts; beyond it all are
// forgotten, and a further part of one is answered once more.
const partsMax = 10_000

// parts remembers which long texts were answered, so that a text in three parts
// is answered once and spends one answer of the sender's hour. It is not kept
// over a restart.
type parts struct{ seen map[part]time.Time }

type part struct{ phone, code, ref string }

// answered reports whether another part of the same text was answered already.
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
