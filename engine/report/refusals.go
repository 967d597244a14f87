package report

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"strconv"
)

// RefusalFilter says which refused orders are wanted, as people type it.
type RefusalFilter struct {
	Phone         string // the sender, in any spelling
	Reason        string
	Since, Until  string
	Limit, Cursor string
}

// Refusal is one line of a list of refused orders. Its fields are those of
// admin.RefusalView.
type Refusal struct {
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
	Ref      string `json:"ref,omitempty"`   // of the payment that stood in the way
	Short    string `json:"short,omitempty"` // what the purse lacked
	Over     string `json:"limit,omitempty"` // the limit that was exceeded

	no uint64
	at int64
}

// listOfRefusals is the name of the list in cursors.
const listOfRefusals = "refusal"

// Refusals returns a page of the refused orders that are wanted, newest first.
func (r *Reader) Refusals(ctx context.Context, filter RefusalFilter) (page Page[Refusal], err error) {
	asOf, err := r.ask(ctx, func(ctx context.Context, in *reading) (err error) {
		page, err = in.refusals(ctx, filter)
		return err
	})
	page.AsOf = asOf
	return page, err
}

// refusals answers Refusals from one reading of view.db.
func (r *reading) refusals(ctx context.Context, filter RefusalFilter) (Page[Refusal], error) {
	limit, err := limitOf(filter.Limit)
	if err != nil {
		return Page[Refusal]{}, err
	}
	wanted := new(where)
	err = wanted.equal("phone", filter.Phone, func(typed string) (string, error) { return r.parser.number("payer", typed) })
	if err == nil {
		err = wanted.equal("reason", filter.Reason, reasonOfRefusal)
	}
	if err != nil {
		return Page[Refusal]{}, err
	}
	before, err := numberAt(listOfRefusals, filter.Cursor)
	if err != nil {
		return Page[Refusal]{}, err
	}
	if before != 0 {
		wanted.and("no < ?", before)
	}
	period, err := r.ParsePeriod(filter.Since, filter.Until)
	if err != nil {
		return Page[Refusal]{}, err
	}
	wanted.within("at", period)
	if err := r.numbersWithin(ctx, wanted, "refusal", "reason", period); err != nil {
		return Page[Refusal]{}, err
	}
	page, err := paged(r.refusalRows(ctx, wanted, limit+1), listOfRefusals, limit, r.cfg.Zone)
	if err == nil && len(page.Items) == 0 && filter.Cursor == "" {
		err = r.senderKnown(ctx, filter.Phone)
	}
	return page, err
}

// senderKnown returns an error if a sender is not known, and no order from it was refused.
func (r *reading) senderKnown(ctx context.Context, typed string) error {
	err := r.partiesKnown(ctx, typed)
	if !errors.Is(err, ErrNoSubscriber) {
		return err
	}
	number, _ := r.cfg.Numbers.Number(typed) // it was read before
	if _, ever, err := oneOf(ctx, r, "SELECT 1 FROM refusal WHERE phone = ? LIMIT 1", []any{number}, numberOf); err != nil || ever {
		return err
	}
	return ErrNoSender
}

// refusalRows yields at most limit refused orders, newest first.
func (r *reading) refusalRows(ctx context.Context, wanted *where, limit int) iter.Seq2[keyed[Refusal], error] {
	query := `SELECT no, at, reason, detail, reply, phone, user, via, code, intent, to_party, amount, currency, source, ref, short, most
		FROM refusal` + wanted.clause() + " ORDER BY no DESC LIMIT ?"
	return rowsOf(ctx, r, query, append(wanted.values, limit), func(row *sql.Rows) (keyed[Refusal], error) {
		var v Refusal
		var user uint64
		var amount, short, over int64
		err := row.Scan(&v.no, &v.at, &v.Reason, &v.Detail, &v.Reply, &v.Sender, &user, &v.Via, &v.Code, &v.Intent, &v.To, &amount, &v.Currency, &v.Source, &v.Ref, &short, &over)
		v.At, v.Sender, v.Known = rfc3339(v.at), r.mask.party(v.Sender), user != 0
		for to, value := range map[*string]int64{&v.Amount: amount, &v.Short: short, &v.Over: over} {
			if value != 0 {
				*to = r.amountIn(value, v.Currency)
			}
		}
		return keyed[Refusal]{v, strconv.FormatUint(v.no, 10)}, err
	})
}

// amountIn does what amountOf does, for a row that may not name its currency,
// which is then the operator's.
func (r *reading) amountIn(amount int64, currency string) string {
	if currency == "" {
		currency = r.cfg.Currency.Code
	}
	return amountOf(amount, currency)
}
