package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/store"
)

// closesPurse closes wang's purse, or opens it with a ceiling.
func (w *world) closesPurse(id byte, limit store.Limit) {
	w.t.Helper()
	limit.Account = books.Purse(1)
	res, err := w.store.Apply(context.Background(), w.store.Epoch(), []store.Cmd{{ID: store.ID{id}, At: w.clock(), Limits: []store.Limit{limit}}})
	if err != nil || res[0].Refusal != store.None {
		w.t.Errorf("%v %v", res, err)
	}
}

// TestUnclaimedMoneyIsPaidOut: two people pay it out, once: in cash, or into a purse that is
// open again, whatever that may hold.
func TestUnclaimedMoneyIsPaidOut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		reopen bool
		purse  string
		float  string
	}{{"in cash", false, "500.00", "450.00"}, {"into the purse", true, "550.00", "500.00"}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, _, icbc, boc := relayWorld(t)
			boc.set(func() {
				boc.request = func(message) (bank.Reply, error) {
					w.closesPurse(9, store.Limit{Closed: true})
					return bank.Reply{Code: "14", Reason: bank.ReasonOf("14")}, nil
				}
			})
			ref := w.relay()
			w.until("the end", func() bool { return w.shown(ref).Outcome == "returned" })
			w.balance(books.Unclaimed, "50.00", "50.00")
			if tt.reopen {
				w.closesPurse(10, store.Limit{Ceiling: 1})
			}
			w.twoPeople()
			list := admin.Unclaimed{Reader: w.e.Admin().Reader}
			pay := func(ref string) func(by admin.Command) (json.RawMessage, error) {
				return func(by admin.Command) (json.RawMessage, error) {
					return list.Pay(t.Context(), w.e.Admin(), by, ref, "came to the counter")
				}
			}
			if _, err := pay(ref)(admin.Command{Key: "root"}); err == nil {
				t.Error("paid out by nobody")
			}
			w.approved("pay", pay(ref))
			w.balance(books.Unclaimed, "0.00", "0.00")
			w.balance("float", tt.float, tt.float)
			w.wantBooks(tt.purse, "50.00", "0.00", "0.00", "0.00", icbc, boc)
			all, err := list.List(t.Context(), admin.Page{Limit: 10})
			if err != nil || len(all.Items) != 1 || all.Items[0].Ref != ref || all.Items[0].By != w.last().Ref || all.Items[0].Ended == "" {
				t.Errorf("%+v %v", all, err)
			}
			if _, err := pay(ref)(member("lin", "again")); !errors.Is(err, admin.ErrPaidOut) {
				t.Errorf("paid out twice: %v", err)
			}
			if _, err := pay(w.last().Ref)(member("lin", "other")); !errors.Is(err, admin.ErrNotUnclaimed) {
				t.Errorf("nothing to pay out: %v", err)
			}
		})
	}
}
