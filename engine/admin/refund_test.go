package admin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/money"
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
	o.furnishCard(t)
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

// refunds has lin refund an amount of the sample payment; 0: all that is left.
func (o *office) refunds(key string, amount money.Amount) (map[string]any, error) {
	return decoded[map[string]any](o.Refund(context.Background(), person("lin", key), admin.Refund{Ref: o.books.Refs.Ref(paidToShop), Amount: amount, Reason: "sold out"}))
}

// TestRefundsInPartsTakeTwo as soon as they come to more than one person may refund: who may
// refund 500.00 alone does not refund 800.00 in two commands.
func TestRefundsInPartsTakeTwo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.employ(t, "lin", "hu")
	for i, want := range []struct {
		amount money.Amount
		waits  bool
	}{{300_00, false}, {200_00, false}, {1, true}, {0, true}} {
		result, err := o.refunds(fmt.Sprint("part ", i), want.amount)
		if err != nil || (result["approval"] != nil) != want.waits {
			t.Errorf("part %d of %d: %v %v", i, want.amount, result, err)
		}
	}
	if o.entries(t, payment.PaidBack, 300_00) != 1 || o.entries(t, payment.PaidBack, 200_00) != 1 || o.entries(t, payment.PaidBack, 1) != 0 {
		t.Error("one person has refunded something else than 300.00 and 200.00")
	}
}

// hides is a store that does not find a payment when it is looked for the first time.
type hides struct {
	store.Store
	looked *atomic.Int64
}

// Doc implements store.Store.
func (h hides) Doc(ctx context.Context, table store.Table, key string) (store.Doc, bool, error) {
	if table == payment.Table && key == payment.Key(paidToShop) && h.looked.Add(1) == 1 {
		return store.Doc{}, false, nil
	}
	return h.Store.Doc(ctx, table, key)
}

// TestRefundOfWhatIsPaidMeanwhile takes two people if the payment, which could not be
// refunded when the command came in, can be when it is carried out.
func TestRefundOfWhatIsPaidMeanwhile(t *testing.T) {
	t.Parallel()
	looked := new(atomic.Int64)
	o, closeIt := openOfficeIn(t, private(t, t.TempDir()), bolt.Options{}, func(s store.Store) store.Store { return hides{s, looked} })
	defer closeIt()
	looked.Store(1)
	o.furnish(t)
	o.employ(t, "lin", "hu")
	looked.Store(0)
	result, err := o.refunds("all", 0)
	if err != nil || result["approval"] == nil || o.entries(t, payment.PaidBack, 800_00) != 0 {
		t.Fatalf("%v %v", result, err)
	}
	if view := must(o.Approvals.Show(t.Context(), result["approval"].(string))); !strings.Contains(string(view.After), "800.00") {
		t.Errorf("the second person is shown %s", view.After)
	}
}

// meanwhile is a store in which something else is committed before the next step.
type meanwhile struct {
	store.Store
	next *atomic.Pointer[func()]
}

// Apply implements store.Store.
func (m meanwhile) Apply(ctx context.Context, epoch uint64, cmds []store.Cmd) ([]store.Result, error) {
	if first := m.next.Swap(nil); first != nil {
		(*first)()
	}
	return m.Store.Apply(ctx, epoch, cmds)
}

// TestAShopThatIsClosedMeanwhile owes all of a refund that two people have agreed to: its
// customer would otherwise have no way to the money.
func TestAShopThatIsClosedMeanwhile(t *testing.T) {
	t.Parallel()
	next := new(atomic.Pointer[func()])
	o, closeIt := openOfficeIn(t, private(t, t.TempDir()), bolt.Options{}, func(s store.Store) store.Store { return meanwhile{s, next} })
	defer closeIt()
	o.furnish(t)
	o.employ(t, "lin", "hu")
	o.change(t, func(t *tx.Tx) error {
		float, err := o.books.Account(t, books.Float, store.Asset, "")
		t.Transfer(store.Transfer{Op: store.Post, Debit: books.Merchant("8007"), Credit: float, Amount: 890_00}) // all that it has
		return err
	})
	result, err := decoded[admin.Waiting](o.Refund(t.Context(), person("lin", "owing"),
		admin.Refund{Ref: o.books.Refs.Ref(paidToShop), Reason: "sold out", Receivable: true}))
	if err != nil || result.Approval == "" {
		t.Fatalf("%+v %v", result, err)
	}
	closing := func() {
		must(o.CloseMerchant(context.Background(), admin.Command{Key: "closing"}, admin.Closing{Code: "8007", Reason: "gave up"}))
	}
	next.Store(&closing)
	if _, err := o.Approvals.Approve(t.Context(), person("hu", "ok"), result.Approval, ""); err != nil {
		t.Errorf("not refunded: %v", err)
	}
	if o.entries(t, payment.PaidBack, 800_00) != 1 {
		t.Error("the refund was not made")
	}
	if account, err := o.Account(t.Context(), "receivable:8007"); err != nil || account.Posted != "800.00" {
		t.Errorf("the closed shop owes %+v, %v", account, err)
	}
}
