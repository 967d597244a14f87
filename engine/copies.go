package engine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"
	"sync"
	"time"

	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/user"
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
	// keepProofsEvery is the interval at which proofs are stored.
	keepProofsEvery = 100 * time.Millisecond
)

// digest computes the digest of the text under the PIN key, redacted first if
// it looks like a PIN, so that a stolen store does not give texts away. The
// bind is not part of it: a copy may arrive by another one.
func (e *Engine) digest(in *inbound) {
	if order.LooksLikePIN(in.Body) {
		in.pin, in.Body = true, order.Redact(in.Body)
	}
	in.body = e.intakeKey.Digest(func(h hash.Hash) {
		for _, part := range []string{in.phone, in.To, in.Body} {
			h.Write([]byte(part))
			h.Write([]byte{0, byte(in.Kind)})
		}
	})
}

// intake returns the dedup key of a text that means the same whatever order is open.
// It is a copy if it comes within Redelivery of the first one, by a clock that cannot
// be set.
func (e *Engine) intake(l *lane, in *inbound, now time.Time) *store.Intake {
	window := min(e.copiesFor(&in.rules), store.WindowMax)
	return &store.Intake{Digest: in.body, Window: window, Again: l.acknowledged(in.body, in.by(), now)}
}

// acknowledged reports whether an order was delivered before and will not be
// delivered again by any bind, so that one arriving by via at now is a new one.
// A node of the SMSC that did not receive an acknowledgement knows nothing of
// those that other nodes received.
func (l *lane) acknowledged(order store.Digest, via string, now time.Time) bool {
	last, ok := l.seen[order]
	for d := &last; ok && d != nil; d = d.before {
		ok = d.over(via, now, orderAcrossBinds)
	}
	return ok
}

// wordAcknowledged is like acknowledged, for a word. Only the last delivery
// decides, so that a broken bind does not silence anybody for the whole window:
// at worst a word acts as often as it was said.
func (l *lane) wordAcknowledged(word store.Digest, via string, now time.Time) bool {
	last, ok := l.seen[word]
	return ok && last.over(via, now, wordAcrossBinds)
}

// remember keeps the delivery of in for the window, and arranges for the proof
// that a word was acknowledged to be kept with its sender.
func (e *Engine) remember(in *inbound, proved func() bool) {
	if proved == nil {
		return
	}
	l, now := in.lane, e.cfg.Now()
	was := delivery{via: in.by(), at: now, until: now.Add(in.rules.Redelivery), proved: proved}
	if last, ok := l.seen[in.intake.Digest]; ok {
		was.before = last.other(in.by())
	}
	l.seen[in.intake.Digest] = was
	if in.word != nil && in.sender != nil {
		e.proofs.add(wordProof{user: in.sender.No, word: *in.word, until: was.until, window: in.rules.Redelivery, proved: proved})
	}
	if age := now.Sub(l.swept); age >= 0 && age < in.rules.Redelivery {
		return
	}
	l.swept = now
	old := now.Add(in.rules.Redelivery - e.copiesFor(&in.rules)) // earlier than now if the clock has stepped forward
	for d, one := range l.seen {
		switch {
		case one.at.After(now):
			l.seen[d] = *one.redated(now, in.rules.Redelivery)
		case old.After(one.until):
			delete(l.seen, d)
		}
	}
}

// heardWord is a word as it was said; times counts the earlier ones.
type heardWord struct {
	key   string
	times int
}

// acts reports whether a word changes what is open, or starts a call, so that a
// copy of it must not.
func acts(i order.Intent) bool {
	switch i {
	case order.Yes, order.No, order.Again, order.Stop, order.Start, order.PIN:
		return true
	case order.Pay, order.Send, order.Help, order.Balance, order.Last, order.Lang:
	}
	return false
}

// isWord reports whether the meaning of the text depends on what is open or on
// the time: true for all but orders to pay.
func isWord(i order.Intent) bool { return i != order.Pay && i != order.Send }

// hear marks the step as that of a word: its digest includes how often the
// sender has said it and had it acknowledged. It runs in every attempt, because
// that count is part of the subscriber's record.
func (w *work) hear(in *inbound, o order.Order) {
	if !isWord(o.Intent) {
		return
	}
	word := &heardWord{key: hex.EncodeToString(in.body[:user.HeardKeyBytes])}
	window := in.rules.Redelivery
	if in.sender != nil {
		word.times = in.sender.TimesHeard(word.key, w.Now.Add(-window))
	}
	take := &store.Intake{Digest: said(in.body, word.times), Window: window}
	if !acts(o.Intent) {
		take.Window = min(window, questionWindow)
	}
	again := in.lane.wordAcknowledged(take.Digest, in.by(), w.Now)
	if again && in.sender != nil {
		word.times++
		take.Digest = said(in.body, word.times)
	}
	if word.times > 0 { // remembered for the window from now on
		in.sender.Hear(user.Heard{Key: word.key, Times: word.times, At: w.Now.Unix()}, w.Now.Add(-window))
		w.SaveUser(in.sender)
	}
	take.Again = again && in.sender == nil
	in.word, in.intake = word, take
	w.TakeIn(take)
}

// said returns the digest of a word that was said times times before.
func said(word store.Digest, times int) store.Digest {
	if times == 0 {
		return word
	}
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(word[:], uint64(times)))
	return store.Digest(sum[:len(word)])
}

// orCopy answers a word that is either a copy or was said once more; nobody can
// tell which. It only tells the sender what the word would act on, if that has
// come up since the first one. It returns copied where there is nothing to
// tell.
func (e *Engine) orCopy(ctx context.Context, in *inbound, o order.Order, copied error) error {
	return e.step(ctx, func(w *work) error {
		var err error
		if in.sender, err = w.UserOf(in.phone); err != nil {
			return err
		}
		if in.sender == nil {
			return copied
		}
		state, err := w.tellOpen(in, o)
		if err != nil {
			return err
		}
		if state == "" {
			return copied
		}
		seen := sha256.Sum256(append(in.intake.Digest[:], state...))
		w.TakeIn(&store.Intake{Digest: store.Digest(seen[:len(in.intake.Digest)]), Window: in.rules.Redelivery})
		return nil
	})
}

// tellOpen tells the sender what the word would act on and returns a name for
// that state, or "" where there is nothing to tell.
func (w *work) tellOpen(in *inbound, o order.Order) (string, error) {
	u := in.sender
	if o.Intent == order.Yes {
		return w.askOnceMore(in, o)
	}
	if u.Open == 0 || o.Intent == order.PIN || o.Intent == order.Start {
		return "", nil
	}
	p, err := w.Payment(u.Open)
	if err != nil {
		return "", err
	}
	state := payment.Key(p.No) + " " + strconv.Itoa(len(p.Steps))
	switch {
	case o.Intent == order.Again && p.State == payment.Waiting:
		return state, w.e.process.TellOutcome(w.Tx, p) // it ends with "reply AGAIN"
	case o.Intent != order.Again && (p.State == payment.Waiting || p.State == payment.Calling):
		told, err := w.openOrder(u)
		if err != nil {
			return "", err
		}
		return state, w.Notify(w.e.toSender(in, o.Written, told.text, told.args))
	}
	return "", nil
}

// askOnceMore repeats the question that waits for YES.
func (w *work) askOnceMore(in *inbound, o order.Order) (string, error) {
	q := in.sender.Question
	if !q.Waits(w.Now) {
		return "", nil
	}
	meant, refusal := w.e.cfg.Grammar.Parse(q.Text)
	if refusal != nil {
		return "", nil
	}
	sides, told, err := w.sides(in, meant)
	if err != nil || told != nil {
		return "", err
	}
	was, ok := in.sender.Equal(orderKey(meant), w.e.ordersSince(w.Now, in.rules.Repeat))
	if !ok {
		return "", nil
	}
	return "question " + q.Until.Format(time.RFC3339Nano), w.Notify(w.e.toSender(in, o.Written, questionText(was), w.askArgs(meant, was, sides)))
}

// wordProof is a word whose acknowledgement is not yet known to have arrived.
type wordProof struct {
	user   uint64
	word   heardWord
	until  time.Time
	window time.Duration
	proved func() bool
}

// proofs holds the words that wait for their proof.
type proofs struct {
	mu      sync.Mutex
	waiting []wordProof
}

// proofsMax bounds how many words wait for their proof.
const proofsMax = 100_000

func (p *proofs) add(w wordProof) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) < proofsMax {
		p.waiting = append(p.waiting, w)
	}
}

// take returns the words that are proved now. It forgets them, and those that
// have waited too long.
func (p *proofs) take(now time.Time) []wordProof {
	p.mu.Lock()
	defer p.mu.Unlock()
	var proved []wordProof
	kept := p.waiting[:0]
	for _, w := range p.waiting {
		switch {
		case w.proved():
			proved = append(proved, w)
		case !now.After(w.until):
			kept = append(kept, w)
		}
	}
	clear(p.waiting[len(kept):])
	p.waiting = kept
	return proved
}

// runProofs stores proofs until ctx ends.
func (e *Engine) runProofs(ctx context.Context) {
	tick := time.NewTicker(keepProofsEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			e.keepProofs(context.WithoutCancel(ctx)) // what was taken out is kept, also where ctx ends now
		case <-ctx.Done():
			return
		}
	}
}

// keepProofs counts the words whose acknowledgement is known to have arrived,
// so that the same word counts as a new text even after a restart.
func (e *Engine) keepProofs(ctx context.Context) {
	for _, p := range e.proofs.take(e.cfg.Now()) {
		err := e.step(ctx, func(w *work) error {
			u, err := w.User(p.user)
			since := w.Now.Add(-p.window)
			if err != nil || u.TimesHeard(p.word.key, since) != p.word.times {
				return err // it was said again since, and that was counted
			}
			u.Hear(user.Heard{Key: p.word.key, Times: p.word.times + 1, At: w.Now.Unix()}, since)
			w.SaveUser(u)
			return nil
		})
		if err == nil {
			e.stats.Proved.Add(1)
		}
		e.logErr("proof of an acknowledgement", "", err)
	}
}
