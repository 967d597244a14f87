package engine_test

import (
	"time"

	"mpg/engine/notice"
	"mpg/engine/refusal"
	"mpg/engine/tx"
)

// refusedOrder is a refused order as the tests compare it.
type refusedOrder struct {
	At       string
	Reason   string
	Detail   string
	Reply    string // name of the text that answered it
	Sender   string
	Known    bool
	Via      string
	Code     string
	Intent   string
	To       string
	Amount   string
	Currency string
	Source   string
	Ref      string // of the payment that stood in the way
}

// refusals returns the refused orders that are kept.
func (w *world) refusals() []refusedOrder {
	w.t.Helper()
	var all []refusedOrder
	for doc, err := range w.store.Docs(w.t.Context(), refusal.Table, "", 0) {
		refused, err := tx.Decoded[refusal.Refused](doc, err)
		if err != nil {
			w.t.Fatal(err)
		}
		order := refusedOrder{At: refused.At.UTC().Format(time.RFC3339Nano), Reason: string(refused.Reason), Detail: refused.Detail, Reply: string(refused.Reply),
			Sender: refused.Phone, Known: refused.User != 0, Via: refused.Via, Code: refused.Code, Intent: string(refused.Intent), To: refused.To,
			Currency: refused.Currency, Source: string(refused.Source), Ref: refused.Ref}
		if refused.Amount != 0 {
			order.Amount = notice.Currency(refused.Currency).Format(refused.Amount)
		}
		all = append(all, order)
	}
	return all
}
