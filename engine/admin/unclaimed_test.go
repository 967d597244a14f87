package admin_test

import (
	"context"
	"encoding/json"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/books"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// waits has the top-up of the office be what has brought unclaimed money, and sets how much.
func (o *office) waits(amount int64) error {
	return o.run.Do(context.Background(), func(t *tx.Tx) error {
		no, err := o.books.Refs.Number(o.toppedUp)
		if err != nil {
			return err
		}
		of, err := tx.Read[payment.Unclaimed](t, payment.UnclaimedTable, payment.Key(no))
		if err != nil || of != nil && amount == unclaimed {
			return err
		}
		float, err := o.books.Account(t, books.Float, store.Asset, "")
		if err != nil {
			return err
		}
		account, err := o.books.Account(t, books.Unclaimed, store.Liability, "")
		if err != nil {
			return err
		}
		if of == nil {
			t.Transfer(store.Transfer{Op: store.Post, Code: payment.CodeTopUp, Debit: float, Credit: account, Amount: 2 * unclaimed, Ref: no})
		}
		of = &payment.Unclaimed{Payment: no, User: 1, Amount: money.Amount(amount), Currency: "CNY", Since: t.Now.UTC()}
		tx.Save(t, payment.UnclaimedTable, payment.Key(no), of)
		return nil
	})
}

// unclaimed is how much waits.
const unclaimed = 7_300

// unclaimedSample pays out what waits for a subscriber.
func unclaimedSample() sample {
	ctx := context.Background()
	return sample{
		give: func(o *office, by admin.Command) (json.RawMessage, error) {
			if err := o.waits(unclaimed); err != nil {
				return nil, err
			}
			return admin.Unclaimed{Reader: o.Reader}.Pay(ctx, o.Service, by, o.toppedUp, "came to the counter")
		},
		underneath: func(t *testing.T, o *office) {
			if err := o.waits(unclaimed - 1); err != nil {
				t.Fatal(err)
			}
		},
		done: func(t *testing.T, o *office) int { return o.entries(t, admin.UnclaimedPaid, unclaimed) },
	}
}
