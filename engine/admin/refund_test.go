package admin_test

import (
	"context"
	"encoding/json"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
)

// Numbers of payments: one that its bank has left in doubt, and one of 800.00 that the first
// subscriber has made to a second shop.
const (
	doubtful   = 4711
	paidToShop = 4712
)

// furnishRefund puts that payment into the books.
func (o *office) furnishRefund(t *testing.T) {
	t.Helper()
	must(o.AddMerchant(t.Context(), admin.Command{Key: "other shop"}, admin.NewMerchant{Code: "8007", Name: lang.Name{EN: "BAKER"}}))
	o.edit(t, func(t *tx.Tx, u *user.User) {
		leg := payment.Leg{From: u.Purse, To: books.Merchant("8007"), Amount: 80_000, Code: payment.CodePay, PostedAt: payment.AtConfirm}
		tx.Save(t, payment.Table, payment.Key(paidToShop), &payment.Payment{No: paidToShop, Ref: o.books.Refs.Ref(paidToShop), State: payment.Done,
			Amounts: payment.Amounts{Ordered: 80_000, Charged: 80_000, Received: 80_000, Currency: "CNY"},
			Plan:    payment.Plan{Product: payment.MPurse, Legs: []payment.Leg{leg}},
			Payer:   payment.Party{User: u.No, Phone: u.Phone}, Payee: payment.Party{Code: "8007"},
			Steps: []payment.Step{{At: t.Now, State: payment.Posted}, {At: t.Now, State: payment.Done}}})
		float, _ := o.books.Account(t, books.Float, store.Asset, "")
		t.Transfer(store.Transfer{Op: store.Post, Code: payment.CodePay, Debit: float, Credit: leg.To, Amount: leg.Amount})
	})
}

// refundSample is a refund that needs two people.
func refundSample() sample {
	return sample{
		give: func(o *office, by admin.Command) (json.RawMessage, error) {
			return o.Refund(context.Background(), by, admin.Refund{Ref: o.books.Refs.Ref(paidToShop), Reason: "sold out"})
		},
		underneath: func(t *testing.T, o *office) { // some of it is refunded meanwhile
			o.change(t, func(t *tx.Tx) error {
				tx.Save(t, payment.RefundsTable, payment.Key(paidToShop), &payment.Refunds{Of: paidToShop, Sum: 1})
				return nil
			})
		},
		done: func(t *testing.T, o *office) int { return o.entries(t, payment.PaidBack, 80_000) },
	}
}
