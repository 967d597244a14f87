package intake

import (
	"sync"
	"time"

	"mpg/engine/quota"
)

// partsLast is how long after the first part of a long text others may come.
// References are one byte and are soon reused.
const partsLast = 10 * time.Minute

// partsMax bounds how many long texts a worker remembers. Beyond it all are
// forgotten, and a further part of one is answered again.
const partsMax = 10_000

// parts remembers which long texts were answered, so that a text in three parts
// is answered once and uses up one of the answers that its sender has in an
// hour. It does not survive a restart.
type parts struct{ seen map[part]time.Time }

// part names a long text. Of one that has a card number in a part, that part is answered by
// itself: whoever is told that the text is too long would send it again.
type part struct {
	phone, code, ref string
	card             bool
}

func partOf(text *arrival) part { return part{text.req.Phone, text.To, text.Part, text.card} }

// answered reports whether another part of the same text was already answered.
func (p *parts) answered(text *arrival, now time.Time) bool {
	at, ok := p.seen[partOf(text)]
	ago := now.Sub(at)
	return ok && text.Part != "" && ago >= 0 && ago < partsLast
}

// remember notes that text was answered.
func (p *parts) remember(text *arrival, now time.Time) {
	if text.Part == "" {
		return
	}
	if p.seen == nil || len(p.seen) >= partsMax {
		p.seen = make(map[part]time.Time)
	}
	p.seen[partOf(text)] = now
}

// partsWithin is the longest time between one part of a long text and the next.
const partsWithin = time.Minute

// longTexts remembers when the last part of a long text came from each sender, for parts
// that do not name their text.
type longTexts struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// begins reports whether a part is the first of its long text, so that the text is
// answered once.
func (l *longTexts) begins(sender string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil || len(l.last) >= quota.SendersMax {
		l.last = make(map[string]time.Time)
	}
	last, ok := l.last[sender]
	l.last[sender] = now
	ago := now.Sub(last)
	return !ok || ago < 0 || ago >= partsWithin
}
