package intent

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

// refuse records, in this commit, that the order of req is refused by text. A text that
// refuses nothing is not recorded. detail says what was not understood.
func (s *Service) refuse(t *tx.Tx, req *Request, text lang.Key, args lang.Args, detail string) {
	reason, refuses := refusal.Of(text)
	if !refuses {
		return
	}
	t.AfterCommit(func() { s.Refused.Add(reason, 1) })
	if !s.keepsRefusal(req, t.Now) {
		return
	}
	o := req.Order
	kept := &refusal.Refused{No: req.refusalNo, At: t.Now.UTC(), Reason: reason, Detail: detail, Reply: text,
		Phone: req.Phone, Via: req.By, Code: req.Code, Text: hex.EncodeToString(req.Digest[:]),
		Intent: o.Intent, To: payeeOfRefused(t, o), Amount: o.Amount, Source: o.Source, Ref: args.Ref, Short: args.Short, Limit: args.Limit}
	if o.Amount != 0 {
		kept.Currency = o.Currency.Code
	}
	if req.Sender != nil {
		kept.User = req.Sender.No
	}
	tx.Save(t, refusal.Table, payment.Key(kept.No), kept)
}

// payeeOfRefused returns what is kept about the payee of a refused order. A person's
// number is masked, since they took no part in it, and nothing is kept of a code that
// belongs to no shop and may be a PIN.
func payeeOfRefused(t *tx.Tx, ordered order.Order) string {
	switch {
	case ordered.To == "":
		return ""
	case strings.HasPrefix(ordered.To, "+"):
		return lang.Mask(ordered.To)
	case len(ordered.To) != pinDigits:
		return ordered.To
	}
	if shop, err := t.Merchant(ordered.To); err == nil && shop != nil {
		return ordered.To
	}
	return strings.Repeat("*", pinDigits) // two digits of a PIN leave a hundredth of the others to try
}

// pinDigits is the length of a PIN.
const pinDigits = len(pin.PIN{})

// refuseUnheard is refuse for a text that gets no answer because its sender has used up
// the quota of answers.
func (s *Service) refuseUnheard(t *tx.Tx, req *Request, text lang.Key, detail string) {
	s.refuse(t, req, text, lang.Args{}, detail)
	if kept, _ := tx.Read[refusal.Refused](t, refusal.Table, payment.Key(req.refusalNo)); kept != nil && req.refusalNo != 0 {
		kept.Reply = ""
	}
}

// keepsRefusal reports whether the refusal of req is kept. It decides only once, even if
// the step is tried again.
func (s *Service) keepsRefusal(req *Request, now time.Time) bool {
	if !req.refusalAsked {
		req.refusalAsked = true
		if s.kept.Allow(req.Phone, now, refusalsKeptPerHour) {
			req.refusalNo = s.cfg.Books.Refusals.Add(1)
		} else {
			s.cfg.Counts.RefusalsDropped.Add(1)
		}
	}
	return req.refusalNo != 0
}
