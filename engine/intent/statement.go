package intent

import (
	"mpg/engine/lang"
	"mpg/engine/tx"
)

// balance tells what the purse holds; the store stamps the figure in the commit.
func (s words) balance(t *tx.Tx, req *Request) error {
	n := req.Notice(lang.BalanceNow, lang.Args{At: s.cfg.Place.Time(t.Now), Currency: s.cfg.Place.Currency})
	n.Purse = req.Sender.Purse
	return t.Notify(n)
}

// last tells the last payments, as many as one text holds.
func (s words) last(t *tx.Tx, req *Request) error {
	entries := req.Sender.Last
	if len(entries) == 0 {
		return s.Reply(t, req, lang.LastNone, lang.Args{})
	}
	if req.Order.Count > 0 {
		entries = entries[:min(len(entries), req.Order.Count)]
	}
	items := make([]lang.Item, 0, len(entries))
	for _, entry := range entries {
		items = append(items, lang.Item{Ref: entry.Ref, At: s.cfg.Place.Time(entry.At), Amount: entry.Amount, Party: entry.Party, Fee: entry.Fee})
	}
	return s.Reply(t, req, lang.LastItems, lang.Args{Items: items, Currency: s.cfg.Place.Currency})
}
