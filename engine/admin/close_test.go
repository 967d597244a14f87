package admin_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/money"
)

// shopOpened registers a shop, and a subscriber with money.
func (o *office) shopOpened(t *testing.T) {
	t.Helper()
	must(o.AddMerchant(t.Context(), admin.Command{Key: "shop"}, admin.NewMerchant{Code: "8001", Name: lang.Name{EN: "BLUEBIRD FLORIST"}}))
	must(o.AddUser(t.Context(), admin.Command{Key: "user"}, admin.NewUser{Phone: mobile(1), Name: lang.Name{EN: "Wang Fang"}}))
	must(o.TopUp(t.Context(), admin.Command{Key: "topup"}, mobile(1), 500_00))
}

// moves applies one transfer from the subscriber to the shop.
func (o *office) moves(transfer store.Transfer) error {
	return o.run.Do(context.Background(), func(t *tx.Tx) error {
		if transfer.Op == store.Post || transfer.Op == store.Hold {
			transfer.Debit, transfer.Credit = books.Purse(1), books.Merchant("8001")
		}
		t.Transfer(transfer)
		return nil
	})
}

func (o *office) closes(key string, payOut bool) (admin.ClosedView, error) {
	return decoded[admin.ClosedView](o.CloseMerchant(context.Background(), admin.Command{Key: key, UID: 1000},
		admin.Closing{Code: "8001", Reason: "gave up business", PayOut: payOut}))
}

// TestAShopIsClosedEmpty: neither money nor a hold is left behind, and a refused closing
// has changed nothing.
func TestAShopIsClosedEmpty(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.shopOpened(t)
	if err := errors.Join(o.moves(store.Transfer{Op: store.Post, Amount: 30_00}), o.moves(store.Transfer{Op: store.Hold, Hold: 7, Amount: 12_00})); err != nil {
		t.Fatal(err)
	}
	for i, payOut := range []bool{false, true} {
		if _, err := o.closes(fmt.Sprint("early ", i), payOut); !errors.Is(err, admin.ErrPaymentOpen) {
			t.Errorf("closed while a payment is open: %v", err)
		}
	}
	if err := o.moves(store.Transfer{Op: store.PostHold, Hold: 7}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.closes("full", false); !errors.Is(err, admin.ErrBalanceLeft) || !strings.Contains(err.Error(), "42.00") {
		t.Errorf("closed with money left: %v", err)
	}
	if shop := must(o.Merchant(t.Context(), "8001")); shop.Closed != "" || shop.Why != "" {
		t.Errorf("a refused command has closed %+v", shop)
	}
	closed, err := o.closes("now", true)
	if err != nil || closed.Closed != "2026-11-25T10:00:00Z" || closed.Why != "gave up business" {
		t.Fatalf("%+v %v", closed, err)
	}
	if a := must(o.Account(t.Context(), "merchant:8001")); a.Posted != "0.00" || !a.Closed {
		t.Errorf("%+v", a)
	}
	if a := must(o.Account(t.Context(), "float")); a.Posted != "458.00" { // 500 came in, 42 went out
		t.Errorf("%+v", a)
	}
	var out admin.PaymentView
	for p, err := range o.Payments(t.Context()) {
		if out = p; err != nil {
			t.Fatal(err)
		}
	}
	if out.Product != string(admin.PayOut) || out.Payer != "8001" || out.Payee != "float" || out.Amount != "42.00" || out.Outcome != "paid" || out.Why != "gave up business" || out.By.UID != 1000 {
		t.Errorf("paid out as %+v", out)
	}
	for _, op := range []store.Op{store.Post, store.Hold} {
		if err := o.moves(store.Transfer{Op: op, Hold: map[store.Op]store.HoldID{store.Hold: 9}[op], Amount: 1}); tx.RefusalOf(err) != store.RefusedClosed {
			t.Errorf("money came in after it: %v", err)
		}
	}
	if paid := closed.PaidOut; paid == nil || paid.Ref != out.Ref || paid.Amount != "42.00" || paid.Currency != "CNY" {
		t.Errorf("told as paid out: %+v", paid)
	}
	if again, err := o.closes("now", true); err != nil || !again.Repeat {
		t.Errorf("%+v %v", again, err)
	}
	if _, err := o.closes("another", false); !errors.Is(err, admin.ErrShopClosed) {
		t.Errorf("closed twice: %v", err)
	}
	name := "NEW NAME"
	if _, err := o.ChangeMerchant(t.Context(), admin.Command{Key: "set"}, "8001", admin.MerchantChange{Name: &name}); !errors.Is(err, admin.ErrShopClosed) {
		t.Errorf("changed after it: %v", err)
	}
	if log := o.log.String(); !strings.Contains(log, `command="merchant close" object=8001 uid=1000 repeat=false amount=42.00 currency=CNY`) {
		t.Errorf("%s", log)
	}
}

// TestClosingNeedsAReason, and a shop that exists.
func TestClosingNeedsAReason(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.shopOpened(t)
	for want, closing := range map[error]admin.Closing{
		admin.ErrReason:     {Code: "8001", Reason: " "},
		admin.ErrNoMerchant: {Code: "8002", Reason: "gone"},
	} {
		if _, err := o.CloseMerchant(t.Context(), admin.Command{Key: fmt.Sprint(want)}, closing); !errors.Is(err, want) {
			t.Errorf("%+v: %v, want %v", closing, err, want)
		}
	}
}

// TestNothingSlipsIntoAShopThatCloses: while payments come in as fast as they can, the
// closing is refused or leaves nothing behind; what was posted was paid out.
func TestNothingSlipsIntoAShopThatCloses(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.shopOpened(t)
	var all sync.WaitGroup
	paid := make(chan money.Amount, 400)
	for range 4 {
		all.Go(func() {
			for range 100 {
				switch err := o.moves(store.Transfer{Op: store.Post, Amount: 7}); tx.RefusalOf(err) {
				case store.None:
					paid <- 7
				case store.RefusedClosed:
					return
				default:
					t.Error(err)
				}
			}
		})
	}
	for i := 0; ; i++ {
		_, err := o.closes(fmt.Sprint("k", i), true)
		if err == nil {
			break
		}
		if !errors.Is(err, admin.ErrPaymentOpen) {
			t.Fatal(err)
		}
	}
	all.Wait()
	close(paid)
	sum := money.Amount(0)
	for amount := range paid {
		sum += amount
	}
	cny, _ := money.Lookup("CNY")
	if shop, float := must(o.Account(t.Context(), "merchant:8001")), must(o.Account(t.Context(), "float")); shop.Posted != "0.00" || shop.Available != "0.00" || float.Posted != cny.Format(500_00-sum) {
		t.Errorf("%+v %+v after %d", shop, float, sum)
	}
}

// TestABlockHasAReason: it is shown with the subscriber until the block is lifted.
func TestABlockHasAReason(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.shopOpened(t)
	for i, tt := range []struct {
		blocked       bool
		reason, shown string
		want          error
	}{
		{true, "", "by the operator", nil},
		{false, "it was a mistake", "", nil},
		{true, "  phone stolen, 25 Nov ", "phone stolen, 25 Nov", nil},
		{true, "line\nbreak", "phone stolen, 25 Nov", admin.ErrReason},
		{true, strings.Repeat("x", 201), "phone stolen, 25 Nov", admin.ErrReason},
		{false, "", "", nil},
	} {
		_, err := o.SetBlocked(t.Context(), admin.Command{Key: fmt.Sprint("b", i)}, mobile(1), tt.blocked, tt.reason)
		if u := must(o.User(t.Context(), mobile(1))); u.Why != tt.shown || (u.State == "blocked") != (tt.shown != "") || !errors.Is(err, tt.want) {
			t.Errorf("%+v: %+v %v", tt, u, err)
		}
	}
	if _, err := o.SetBlocked(t.Context(), admin.Command{Key: "b2"}, mobile(1), true, "another"); !errors.Is(err, admin.ErrKeyBody) {
		t.Errorf("one key for two reasons: %v", err)
	}
}

// TestAShopThatOwesIsNotClosed: it would be paid out in cash what it owes the operator for
// refunds, and what is held back of its money would belong to nobody.
func TestAShopThatOwesIsNotClosed(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]error{books.ReceivablePrefix: admin.ErrShopOwes, books.HeldPrefix: admin.ErrHeldBack} {
		t.Run(prefix, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.shopOpened(t)
			if err := o.moves(store.Transfer{Op: store.Post, Amount: 30_00}); err != nil {
				t.Fatal(err)
			}
			settle := store.Transfer{Op: store.Post, Amount: 12_00}
			o.change(t, func(t *tx.Tx) error {
				kind := map[string]store.Kind{books.ReceivablePrefix: store.Asset, books.HeldPrefix: store.Liability}[prefix]
				other, err := o.books.Account(t, prefix+"8001", kind, "")
				owing := store.Transfer{Op: store.Post, Debit: other, Credit: books.Purse(1), Amount: 12_00}
				settle.Debit, settle.Credit = books.Merchant("8001"), other
				if kind == store.Liability {
					owing.Debit, owing.Credit = books.Purse(1), other
					settle.Debit, settle.Credit = other, books.Merchant("8001")
				}
				t.Transfer(owing)
				return err
			})
			for i, payOut := range []bool{false, true} {
				if _, err := o.closes(fmt.Sprint("early ", i), payOut); !errors.Is(err, want) || !strings.Contains(err.Error(), "12.00") {
					t.Errorf("pay out %v: %v, want %v", payOut, err, want)
				}
			}
			o.change(t, func(t *tx.Tx) error { t.Transfer(settle); return nil })
			if _, err := o.closes("now", true); err != nil {
				t.Error(err)
			}
		})
	}
}
