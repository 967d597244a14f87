package admin

import (
	"context"
	"iter"

	"mpg/engine/notice"
	"mpg/engine/refusal"
)

// RefusalView shows a refused order.
type RefusalView struct {
	At       string `json:"at"`
	Reason   string `json:"reason"`
	Detail   string `json:"detail,omitempty"`
	Reply    string `json:"reply,omitempty"` // name of the text that answered it
	Sender   string `json:"sender"`
	Known    bool   `json:"registered"`
	Via      string `json:"via"`
	Code     string `json:"short_code"`
	Intent   string `json:"intent,omitempty"`
	To       string `json:"to,omitempty"`
	Amount   string `json:"amount,omitempty"`
	Currency string `json:"currency,omitempty"`
	Source   string `json:"source,omitempty"`
	Ref      string `json:"ref,omitempty"` // of the payment that stood in the way
}

func viewRefusal(_ context.Context, refused *refusal.Refused) (RefusalView, error) {
	v := RefusalView{At: rfc3339(refused.At), Reason: string(refused.Reason), Detail: refused.Detail, Reply: string(refused.Reply), Sender: refused.Phone, Known: refused.User != 0,
		Via: refused.Via, Code: refused.Code, Intent: string(refused.Intent), To: refused.To, Currency: refused.Currency, Source: string(refused.Source), Ref: refused.Ref}
	if refused.Amount != 0 {
		v.Amount = notice.Currency(refused.Currency).Format(refused.Amount)
	}
	return v, nil
}

// Refusals walks the refused orders that were kept, by number.
func (r *Reader) Refusals(ctx context.Context) iter.Seq2[RefusalView, error] {
	return walk(ctx, r.cfg.Store, refusal.Table, viewRefusal)
}
