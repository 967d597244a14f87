package engine

import (
	"cmp"
	"context"
	"hash/maphash"
	"sync/atomic"
	"time"

	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
)

// Text is a short message as it came in.
type Text struct {
	Via, From, To string      // bind that answers, sender as the SMSC wrote it, short code
	By            string      // bind it came in by; empty: Via
	FromType      AddressType // of From
	Body          string
	Kind          TextKind
	Part          string // of a Long text: the same for all its parts; empty if not known
	// Ack answers the SMSC, once: took says that the text is durably taken in
	// or never will be. The func it returns tells later whether the SMSC is
	// known to have had the answer.
	Ack func(took bool) (proved func() bool)
}

// by returns the bind that the text came in by.
func (t *Text) by() string { return cmp.Or(t.By, t.Via) }

// TextKind says what the text is.
type TextKind uint8

// The kinds of text.
const (
	Plain      TextKind = iota + 1 // to be read as an order
	Long                           // part of a long message: answered "too long", once for all parts
	Unusable                       // a receipt: acknowledged and counted
	Unreadable                     // an unknown alphabet or binary: answered "cannot be read"
)

// AddressType says how the SMSC writes a sender. SMPP 3.4 5.2.5
type AddressType uint8

// The types of address.
const (
	AddressUnknown       AddressType = iota // as people in the country write it
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
	// seen holds the last delivery of each digest within the window. Only the
	// lane's goroutine touches it.
	seen  map[store.Digest]delivery
	swept time.Time
	parts parts // long texts that were answered recently
}

// Receive takes a text in if there is room; it never blocks. After false the
// SMSC is to be told that the queue is full.
func (e *Engine) Receive(t Text) bool {
	if e.draining.Load() {
		return false
	}
	l := e.lanes[maphash.String(e.seed, lastDigits(t.From))%uint64(len(e.lanes))]
	select {
	case l.in <- t:
		return true
	default:
		e.stats.Full.Add(1)
		return false
	}
}

// laneDigits is how many of a sender's last digits choose the lane: they are the
// same however a bind writes the number.
const laneDigits = 7

func lastDigits(from string) string {
	if len(from) > laneDigits && allDigits(from[len(from)-laneDigits:]) {
		return from[len(from)-laneDigits:]
	}
	from = withoutGaps(from)
	return from[max(0, len(from)-laneDigits):]
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
	in := &inbound{Text: t, rules: e.Rules(), lane: l}
	if !e.readable(in) {
		t.Ack(true)
		return
	}
	if in.Kind == Long && l.parts.answered(in, e.cfg.Now()) {
		e.stats.PartsPassed.Add(1)
		t.Ack(true)
		return
	}
	e.digest(in)
	in.intake = e.intake(l, in, e.cfg.Now())
	err := e.answer(ctx, in)
	if tx.RefusalOf(err) == store.RefusedRedelivery {
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
	e.remember(in, t.Ack(true))
}

// readable drops what is never an order and has nobody to answer: it is
// acknowledged and counted. A reply to a name or a short code could start a
// loop.
func (e *Engine) readable(in *inbound) bool {
	e.stats.Texts.Add(1)
	switch {
	case in.Kind == Unusable:
		e.stats.Unusable.Add(1)
		e.stats.Receipts.Add(1)
		return false
	case !e.cfg.Code(in.by(), in.To):
		e.stats.Unusable.Add(1)
		e.stats.ForeignCodes.Add(1)
		return false
	}
	var why SenderRefusal
	if in.phone, why = e.numbers.sender(in.From, in.FromType, e.ambiguous(in.by())); why != SenderTaken {
		e.stats.Unusable.Add(1)
		e.stats.Senders.Add(why)
		if _, told := e.sendersTold.LoadOrStore(in.by()+" "+why.String(), true); !told {
			e.cfg.Log.Warn("sender is not a subscriber; further ones are only counted", "via", in.by(), "reason", why, "type", in.FromType)
		}
		return false
	}
	return true
}

// ambiguous returns the rule of a bind for senders that read as two people's
// numbers.
func (e *Engine) ambiguous(via string) AmbiguousSender {
	if e.cfg.Ambiguous == nil {
		return AmbiguousRefused
	}
	return e.cfg.Ambiguous(via)
}

// inbound is a text being answered.
type inbound struct {
	Text
	rules  Rules
	lane   *lane
	phone  string       // the sender, E.164
	pin    bool         // it looked like a PIN and is redacted
	body   store.Digest // of sender, short code and text, whichever bind it came in by
	intake *store.Intake
	word   *heardWord // not nil: the text's meaning depends on what is open
	sure   bool       // YES was said: an equal order is wanted
	sender *user.User // nil: not registered
	no     uint64     // payment number, drawn once

	refusalAsked bool   // whether it has been decided if a refusal of it is kept
	refusalNo    uint64 // number of the refusal; 0: not kept
}
