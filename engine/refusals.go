package engine

import (
	"encoding/hex"
	"strings"
	"time"

	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/refusal"
	"mpg/engine/tx"
)

// refusalsKeptPerHour is how many refused orders of one sender are kept in an hour;
// further ones are only counted, so that a machine that texts garbage cannot fill the
// disk.
const refusalsKeptPerHour = 20

// tally counts by reason. It is made once, and its keys do not change.
// RefusedOrders returns how many orders were refused for a reason since the start.
func (e *Engine) RefusedOrders(reason refusal.Reason) int64 { return e.refused.Load(reason) }

// EndedPayments returns how many payments ended with a reason since the start.
func (e *Engine) EndedPayments(reason payment.Reason) int64 { return e.process.Ended.Load(reason) }

// refuse records, in this commit, that the order of in is refused by text. A text that
// refuses nothing is not recorded. detail says what was not understood.
func (w *work) refuse(in *inbound, o order.Order, text lang.Key, a lang.Args, detail string) {
	reason, refuses := refusal.Of(text)
	if !refuses {
		return
	}
	e := w.e
	w.AfterCommit(func() { e.refused.Add(reason, 1) })
	if !e.keepsRefusal(in, w.Now) {
		return
	}
	r := &refusal.Refused{No: in.refusalNo, At: w.Now.UTC(), Reason: reason, Detail: detail, Reply: text,
		Phone: in.phone, Via: in.by(), Code: in.To, Text: hex.EncodeToString(in.body[:]),
		Intent: o.Intent, To: w.payeeOfRefused(o), Amount: o.Amount, Source: o.Source, Ref: a.Ref, Short: a.Short, Limit: a.Limit}
	if o.Amount != 0 {
		r.Currency = o.Currency.Code
	}
	if in.sender != nil {
		r.User = in.sender.No
	}
	tx.Save(w.Tx, refusal.Table, payment.Key(r.No), r)
}

// payeeOfRefused returns what is kept about the payee of a refused order. A person's
// number is masked, since they took no part in it, and nothing is kept of a code that
// belongs to no shop and may be a PIN.
func (w *work) payeeOfRefused(o order.Order) string {
	switch {
	case o.To == "":
		return ""
	case o.Intent == order.Send:
		return lang.Mask(o.To)
	case len(o.To) != pinDigits:
		return o.To
	}
	if shop, err := w.Merchant(o.To); err == nil && shop != nil {
		return o.To
	}
	return strings.Repeat("*", pinDigits) // two digits of a PIN leave a hundredth of the others to try
}

// pinDigits is the length of a PIN.
const pinDigits = len(pin.PIN{})

// refuseUnheard is refuse for a text that gets no answer because its sender has used up
// the quota of answers.
func (w *work) refuseUnheard(in *inbound, o order.Order, text lang.Key, detail string) {
	w.refuse(in, o, text, lang.Args{}, detail)
	if r, _ := tx.Read[refusal.Refused](w.Tx, refusal.Table, payment.Key(in.refusalNo)); r != nil && in.refusalNo != 0 {
		r.Reply = ""
	}
}

// keepsRefusal reports whether the refusal of in is kept. It decides only once, even if
// the step is tried again.
func (e *Engine) keepsRefusal(in *inbound, now time.Time) bool {
	if !in.refusalAsked {
		in.refusalAsked = true
		if e.kept.allow(in.phone, now, refusalsKeptPerHour) {
			in.refusalNo = e.books.Refusals.Add(1)
		} else {
			e.stats.RefusalsDropped.Add(1)
		}
	}
	return in.refusalNo != 0
}
