package intake

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"mpg/engine/intent"
	"mpg/engine/phone"
	"mpg/engine/tx"
	"mpg/store"
)

// worker takes in the texts of its share of the senders, one after the other, so
// that a PAY and the NO after it keep their order.
type worker struct {
	in    *Receiver
	queue chan Text
	busy  atomic.Bool // a text is being taken in
	// seen holds the last delivery of each digest within the window. Only the
	// worker's goroutine touches it.
	seen  map[store.Digest]delivery
	swept time.Time
	parts parts // long texts that were answered recently
}

// arrival is a text that is being taken in.
type arrival struct {
	Text
	pin  bool // it looked like a PIN and is redacted
	card bool // it held a card number, which is redacted
	req  intent.Request
	key  *store.DedupKey // dedup key
	word *heardWord      // not nil: the text's meaning depends on what is open
}

// run takes texts in until ctx ends.
func (w *worker) run(ctx context.Context) {
	for {
		select {
		case t := <-w.queue:
			w.busy.Store(true)
			w.take(ctx, t)
			w.busy.Store(false)
		case <-ctx.Done():
			return
		}
	}
}

// take answers one text. It is acknowledged only after the commit; after an
// error it is not, and the SMSC delivers it again.
func (w *worker) take(ctx context.Context, arrived Text) {
	in := w.in
	in.direct(&arrived)
	text := &arrival{Text: arrived, req: intent.Request{Via: arrived.Via, By: arrived.by(), Code: arrived.To, Rules: in.cfg.Rules()}}
	if !in.readable(text) {
		arrived.Ack(true)
		return
	}
	in.redact(text)
	if text.Kind == Long && w.parts.answered(text, in.cfg.Now()) {
		in.cfg.Counts.PartsPassed.Add(1)
		arrived.Ack(true)
		return
	}
	in.digest(text)
	text.key = w.dedupKey(text, in.cfg.Now())
	err := w.answer(ctx, text)
	if tx.RefusalOf(err) == store.RefusedRedelivery {
		in.cfg.Counts.Redelivered.Add(1)
		err = nil
	}
	if err != nil {
		in.cfg.Log.Error("text not taken in", "via", arrived.Via, "err", err)
		arrived.Ack(false)
		return
	}
	if text.Kind == Long {
		w.parts.remember(text, in.cfg.Now())
	}
	w.remember(text, arrived.Ack(true))
}

// direct makes a text that was sent to the address of a payee one to the short code, with the
// whole order.
func (in *Receiver) direct(arrived *Text) {
	if in.cfg.Payee == nil || in.cfg.Code(arrived.by(), arrived.To) {
		return
	}
	code, order, ok := in.cfg.Payee(arrived.by(), arrived.To, arrived.Body)
	if !ok {
		return
	}
	if arrived.To = code; arrived.Kind == Plain {
		arrived.Body = order
	}
}

// readable drops what is never an order and has nobody to answer: it is
// acknowledged and counted. A reply to a name or a short code could start a
// loop.
func (in *Receiver) readable(text *arrival) bool {
	counts := in.cfg.Counts
	counts.Texts.Add(1)
	switch {
	case text.Kind == Unusable:
		counts.Unusable.Add(1)
		counts.Receipts.Add(1)
		return false
	case !in.cfg.Code(text.by(), text.To):
		counts.Unusable.Add(1)
		counts.ForeignCodes.Add(1)
		return false
	}
	var why phone.SenderRefusal
	if text.req.Phone, why = in.cfg.Numbers.Sender(text.From, text.FromType, in.ambiguous(text.by())); why != phone.SenderTaken {
		counts.Unusable.Add(1)
		counts.Senders.Add(why, 1)
		if _, told := in.refused.LoadOrStore(text.by()+" "+why.String(), true); !told {
			in.cfg.Log.Warn("sender is not a subscriber; further ones are only counted", "via", text.by(), "reason", why, "type", text.FromType)
		}
		return false
	}
	return true
}

// ambiguous returns the rule of a bind for senders that read as two people's
// numbers.
func (in *Receiver) ambiguous(via string) phone.AmbiguousSender {
	if in.cfg.Ambiguous == nil {
		return phone.AmbiguousRefused
	}
	return in.cfg.Ambiguous(via)
}

// answer hands the text to the handler; every way out but an error is a commit that holds
// the dedup key, so that a copy of the text is known. What the store refuses is answered
// in a commit of its own, since nothing of the first is kept.
func (w *worker) answer(ctx context.Context, text *arrival) error {
	handler := w.in.cfg.Handler
	text.req.Flaw = w.in.flaw(text)
	handler.Read(&text.req)
	err := w.try(ctx, text, handler.Handle)
	var refused tx.Refused
	if !errors.As(err, &refused) {
		return err
	}
	if instead := handler.Instead(&text.req, refused); instead != nil {
		if refused.Refusal != store.RefusedFunds { // which the operator need not know about
			w.in.cfg.Log.Warn("order refused by the books", "refusal", refused.Refusal, "intent", text.req.Order.Intent, "account", refused.Account)
		}
		return w.try(ctx, text, instead)
	}
	if refused.Refusal == store.RefusedRedelivery && text.req.Class == intent.Acts {
		return w.remindOrCopy(ctx, text, err)
	}
	return err
}

// try answers the text in one commit with its dedup key.
func (w *worker) try(ctx context.Context, text *arrival, do intent.Handler) error {
	return w.in.cfg.Run.Do(ctx, func(t *tx.Tx) error {
		t.TakeIn(text.key)
		var err error
		if text.req.Sender, err = t.UserOf(text.req.Phone); err != nil {
			return err
		}
		if text.req.Class.IsWord() {
			w.hear(t, text)
		}
		return do(t, &text.req)
	})
}

// flaw returns why the text can be no order, or 0.
func (in *Receiver) flaw(text *arrival) intent.Flaw {
	switch {
	case text.card:
		return intent.HoldsCard
	case text.Kind == Long && text.Part == "" && !in.long.begins(text.req.Phone, in.cfg.Now()):
		return intent.FurtherPart
	case text.Kind == Long:
		return intent.TooLong
	case text.Kind == Unreadable:
		return intent.Unreadable
	case text.pin:
		return intent.HoldsPIN
	}
	return 0
}
