package engine

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"hash/maphash"
	"sync/atomic"
	"time"

	"mpg/engine/order"
	"mpg/engine/user"
	"mpg/store"
)

// Text is a short message as it came in.
type Text struct {
	Via, From, To string      // bind, sender as the SMSC wrote it, short code
	FromType      AddressType // of From
	Body          string
	Kind          TextKind
	Part          string // of a Long text: the same for all parts of one; empty where not known
	// Ack answers the SMSC, once: took says that the text is durably taken in
	// or never will be. The func it returns tells later whether the SMSC is
	// known to have had the answer.
	Ack func(took bool) (proved func() bool)
}

// TextKind says what the text is.
type TextKind uint8

// The kinds of text.
const (
	Plain      TextKind = iota + 1 // to be read as an order
	Long                           // a part of a long message: answered "too long", once for all parts
	Unusable                       // a receipt: acknowledged and counted
	Unreadable                     // an unknown alphabet or binary: answered "cannot be read"
)

// AddressType says how the SMSC wrote a sender. SMPP 3.4 5.2.5
type AddressType uint8

// The types of address.
const (
	AddressUnknown       AddressType = iota // as people write it in the country
	AddressInternational                    // with the country code
	AddressNational                         // without the country code
	AddressName                             // alphanumeric: never a subscriber
	AddressOther                            // a short code, or a number of the network's own: never a subscriber
)

// lane takes in the texts of its share of the senders, one after the other, so
// that a PAY and the NO after it keep their order.
type lane struct {
	in   chan Text
	busy atomic.Bool // a text is being taken in
	// acked holds, for each digest of the last window, the proof that its
	// delivery was acknowledged. Only the lane's goroutine touches it.
	acked map[store.Digest]ackProof
	swept time.Time
	parts parts // long texts answered lately
}

type ackProof struct {
	proved func() bool
	until  time.Time
}

// Receive takes a text in if there is room; it never blocks. After false the
// SMSC is to be told that the queue is full.
func (e *Engine) Receive(t Text) bool {
	if e.draining.Load() {
		return false
	}
	l := e.lanes[maphash.String(e.seed, t.From)%uint64(len(e.lanes))]
	select {
	case l.in <- t:
		return true
	default:
		e.stats.Full.Add(1)
		return false
	}
}

// run takes texts in until ctx ends. Those still queued then are not
// acknowledged, and come again.
func (l *lane) run(ctx context.Context, e *Engine) {
	for {
		select {
		case t := <-l.in:
			l.busy.Store(true)
			l.take(ctx, e, t)
			l.busy.Store(false)
		case <-ctx.Done():
			return
		}
	}
}

// take answers one text. It is acknowledged only after the commit; after an
// error it is not, and the SMSC delivers it again.
func (l *lane) take(ctx context.Context, e *Engine, t Text) {
	in := &inbound{Text: t, rules: e.Rules()}
	if !e.readable(in) {
		t.Ack(true)
		return
	}
	if in.Kind == Long && l.parts.answered(in, e.cfg.Now()) {
		e.stats.PartsPassed.Add(1)
		t.Ack(true)
		return
	}
	in.intake = l.intake(e, in)
	err := e.answer(ctx, in)
	var r refused
	if errors.As(err, &r) && r.Refusal == store.RefusedRedelivery {
		e.stats.Redelivered.Add(1)
		err = nil
	}
	if err != nil {
		e.cfg.Log.Error("text not taken in", "via", t.Via, "err", err)
		t.Ack(false)
		return
	}
	if in.Kind == Long {
		l.parts.remember(in, e.cfg.Now())
	}
	l.remember(e, in, t.Ack(true))
}

// readable drops what is never an order and has nobody to answer: it is
// acknowledged and counted.
func (e *Engine) readable(in *inbound) bool {
	e.stats.Texts.Add(1)
	switch {
	case in.Kind == Unusable:
		e.stats.Unusable.Add(1)
		e.stats.Receipts.Add(1)
		return false
	case !e.cfg.Code(in.Via, in.To):
		e.stats.Unusable.Add(1)
		e.stats.ForeignCodes.Add(1)
		return false
	}
	from := in.From
	if in.FromType == AddressInternational && digits(from) {
		from = "+" + from // E.164
	}
	phone, ok := e.number(from)
	if !ok || in.FromType == AddressName || in.FromType == AddressOther { // an alphanumeric sender or a short code: an answer could start a loop
		e.stats.Unusable.Add(1)
		return false
	}
	in.phone = phone
	return true
}

// intake digests the text under the PIN key, redacted first where it looks
// like a PIN, so that a stolen store does not give texts away.
func (l *lane) intake(e *Engine, in *inbound) *store.Intake {
	if order.LooksLikePIN(in.Body) {
		in.pin, in.Body = true, order.Redact(in.Body)
	}
	mac := hmac.New(sha256.New, e.intakeKey)
	for _, part := range []string{in.Via, in.From, in.To, in.Body} {
		mac.Write([]byte(part))
		mac.Write([]byte{0, byte(in.Kind)})
	}
	d := store.Intake{Window: in.rules.Redelivery}
	copy(d.Digest[:], mac.Sum(nil))
	if proof, ok := l.acked[d.Digest]; ok {
		d.Again = proof.proved()
	}
	return &d
}

// remember keeps the proof of an acknowledgement for the window.
func (l *lane) remember(e *Engine, in *inbound, proved func() bool) {
	if proved == nil {
		return
	}
	now := e.cfg.Now()
	l.acked[in.intake.Digest] = ackProof{proved, now.Add(in.intake.Window)}
	if now.Sub(l.swept) < in.intake.Window {
		return
	}
	l.swept = now
	for d, proof := range l.acked {
		if now.After(proof.until) {
			delete(l.acked, d)
		}
	}
}

// inbound is a text being answered.
type inbound struct {
	Text
	rules  Rules
	phone  string // the sender, E.164
	pin    bool   // it looked like a PIN and is redacted
	intake *store.Intake
	sure   bool       // YES was said: an equal order is wanted
	sender *user.User // nil: not registered
	no     uint64     // payment number, drawn once
}
