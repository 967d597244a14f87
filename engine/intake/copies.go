package intake

import (
	"hash"
	"time"

	"mpg/engine/order"
	"mpg/engine/pan"
	"mpg/store"
)

// How a copy of a text is told from the same text sent again. A deliver_sm
// carries no id in SMPP 3.4, so the two look alike. What tells them apart is
// whether the SMSC is known to have received the acknowledgement of the first:
// if so, it does not deliver that one again, and the second is a new text.
//
// For an order to pay, that proof lives in memory: after a restart, an equal
// order within Redelivery is a copy. For words whose meaning depends on what is
// open, the proof is kept with the subscriber, as the number of times that the
// word was said and certainly acknowledged, which is part of the digest: mpg
// itself asks for "AGAIN", and a subscriber who says it before and after a
// restart means it twice.
//
// Without proof the text may be either. It then does nothing; but if something
// else is open now than the first one found, its sender is told what that is and
// what to reply.

// delivery is one text that was taken in and acknowledged.
type delivery struct {
	via    string
	at     time.Time
	until  time.Time   // when it is forgotten
	proved func() bool // whether the SMSC is known to have received the acknowledgement
	before *delivery   // the last one by another bind, if there was one
}

// over reports whether the SMSC certainly does not deliver d again by the bind
// via.
func (d *delivery) over(via string, now time.Time, acrossBinds time.Duration) bool {
	return d.proved() && (d.via == via || now.Sub(d.at) >= acrossBinds)
}

// other returns d and the deliveries before it, leaving out those by via.
func (d *delivery) other(via string) *delivery {
	if d == nil {
		return nil
	}
	before := d.before.other(via)
	if d.via == via {
		return before
	}
	kept := *d
	kept.before = before
	return &kept
}

// redated returns d as if it had come in at now, if the clock was set back
// since. What the SMSC is known to have received stays received; otherwise an
// order would be taken for a copy until the clock has caught up.
func (d *delivery) redated(now time.Time, window time.Duration) *delivery {
	if d == nil || !d.at.After(now) {
		return d
	}
	again := *d
	again.at, again.until, again.before = now, now.Add(window), d.before.redated(now, window)
	return &again
}

// Times that decide what counts as a copy.
const (
	// For this long, an acknowledgement on one bind says little about what the
	// SMSC delivers on another.
	orderAcrossBinds = 30 * time.Second
	wordAcrossBinds  = 5 * time.Second
	// A copy of a text that only asks costs one reply; it is recognised for
	// this long.
	questionWindow = 30 * time.Second
)

// redact removes what nobody may keep from a text, before anything else sees it.
func (in *Receiver) redact(text *arrival) {
	text.Body, text.card = pan.Redact(text.Body)
	if in.cfg.LooksLikePIN(text.Body) {
		text.pin, text.Body = true, order.Redact(text.Body)
	}
	text.req.Body = text.Body
}

// digest computes the digest of the text, which is redacted, under the intake key, so that a
// stolen store does not give texts away. The bind is not part of it: a copy may arrive by
// another one.
func (in *Receiver) digest(text *arrival) {
	text.req.Digest = in.cfg.Digests.Digest(func(hasher hash.Hash) {
		for _, part := range []string{text.req.Phone, text.To, text.Body} {
			hasher.Write([]byte(part))
			hasher.Write([]byte{0, byte(text.Kind)})
		}
	})
}

// dedupKey returns the dedup key of a text that means the same whatever order is open.
// It is a copy if it comes within Redelivery of the first one, by a clock that cannot
// be set.
func (w *worker) dedupKey(text *arrival, now time.Time) *store.DedupKey {
	window := min(w.in.copiesFor(text), store.WindowMax)
	return &store.DedupKey{Digest: text.req.Digest, Window: window, KnownAcked: w.acknowledged(text.req.Digest, text.by(), now)}
}

// copiesFor returns for how long a text may be a copy of an earlier one, by a clock
// that may have stepped forward since. The time before this start counts as a step only
// if an equal order is not asked about for as long: it is better to ask about a new
// order than to take it for a copy.
func (in *Receiver) copiesFor(text *arrival) time.Duration {
	in.cfg.Clock.Look()
	window := text.req.Rules.Redelivery
	return window + in.cfg.Clock.Forward(window, text.req.Rules.Repeat < window)
}

// acknowledged reports whether an order was delivered before and will not be
// delivered again by any bind, so that one arriving by via at now is a new one.
// A node of the SMSC that did not receive an acknowledgement knows nothing of
// those that other nodes received.
func (w *worker) acknowledged(order store.Digest, via string, now time.Time) bool {
	last, ok := w.seen[order]
	for d := &last; ok && d != nil; d = d.before {
		ok = d.over(via, now, orderAcrossBinds)
	}
	return ok
}

// wordAcknowledged is like acknowledged, for a word. Only the last delivery
// decides, so that a broken bind does not silence anybody for the whole window:
// at worst a word acts as often as it was said.
func (w *worker) wordAcknowledged(word store.Digest, via string, now time.Time) bool {
	last, ok := w.seen[word]
	return ok && last.over(via, now, wordAcrossBinds)
}

// remember keeps the delivery of text for the window, and arranges for the proof
// that a word was acknowledged to be kept with its sender.
func (w *worker) remember(text *arrival, proved func() bool) {
	if proved == nil {
		return
	}
	now, window := w.in.cfg.Now(), text.req.Rules.Redelivery
	was := delivery{via: text.by(), at: now, until: now.Add(window), proved: proved}
	if last, ok := w.seen[text.key.Digest]; ok {
		was.before = last.other(text.by())
	}
	w.seen[text.key.Digest] = was
	if text.word != nil && text.req.Sender != nil {
		w.in.proofs.add(wordProof{user: text.req.Sender.No, word: *text.word, until: was.until, window: window, proved: proved})
	}
	if age := now.Sub(w.swept); age >= 0 && age < window {
		return
	}
	w.swept = now
	old := now.Add(window - w.in.copiesFor(text)) // earlier than now if the clock has stepped forward
	for d, one := range w.seen {
		switch {
		case one.at.After(now):
			w.seen[d] = *one.redated(now, window)
		case old.After(one.until):
			delete(w.seen, d)
		}
	}
}
