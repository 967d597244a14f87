package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/books"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/money"
)

// debtor is a shop of the office that owes something.
const debtor = "8007"

// owes has the debtor owe an amount more.
func (o *office) owes(amount money.Amount) error {
	return o.run.Do(context.Background(), func(t *tx.Tx) error {
		owed, err := o.books.Account(t, books.ReceivablePrefix+debtor, store.Asset, "")
		t.Transfer(store.Transfer{Op: store.Post, Debit: owed, Credit: books.Purse(1), Amount: amount, Code: payment.CodeRefund})
		return err
	})
}

// debtSample clears 45.00 of what the debtor owes.
func debtSample(clear func(admin.Debts, context.Context, admin.Command, admin.Clearing) (json.RawMessage, error), product payment.Product) sample {
	const amount = 45_00
	return sample{
		give: func(o *office, by admin.Command) (json.RawMessage, error) {
			if _, known, err := o.books.Named(context.Background(), books.ReceivablePrefix+debtor); err != nil || !known {
				if err := errors.Join(err, o.owes(3*amount)); err != nil {
					return nil, err
				}
			}
			return clear(admin.Debts{Service: o.Service}, context.Background(), by, admin.Clearing{Code: debtor, Amount: amount, Reason: "slip 7"})
		},
		underneath: func(t *testing.T, o *office) { // it is paid meanwhile
			o.change(t, func(t *tx.Tx) error {
				tx.Save(t, payment.OwedTable, debtor, &payment.Owed{Code: debtor, Paid: 1})
				return nil
			})
		},
		done: func(t *testing.T, o *office) int { return o.entries(t, product, amount) },
	}
}

// TestADebtIsClearedOnce: what a shop has paid and what was written off lessen what it owes,
// never by more than that, and it can then be closed. The losses are the operator's.
func TestADebtIsClearedOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	debts := admin.Debts{Service: o.Service}
	clears := func(key string, do func(context.Context, admin.Command, admin.Clearing) (json.RawMessage, error), amount money.Amount, want error) {
		t.Helper()
		if _, err := do(t.Context(), admin.Command{Key: key}, admin.Clearing{Code: debtor, Amount: amount, Reason: "slip 7"}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", key, err, want)
		}
	}
	clears("before", debts.Paid, 1, admin.ErrOwesNothing)
	if err := o.owes(100_00); err != nil {
		t.Fatal(err)
	}
	clears("too much", debts.WriteOff, 100_01, admin.ErrOverOwed)
	clears("paid", debts.Paid, 70_00, nil)
	clears("paid", debts.Paid, 70_00, nil) // under one key
	clears("more than is left", debts.Paid, 30_01, admin.ErrOverOwed)
	if _, err := o.CloseMerchant(t.Context(), admin.Command{Key: "early"}, admin.Closing{Code: debtor, Reason: "gave up", PayOut: true}); !errors.Is(err, admin.ErrShopOwes) {
		t.Error(err)
	}
	clears("written off", debts.WriteOff, 30_00, nil)
	clears("after", debts.WriteOff, 1, admin.ErrOwesNothing)
	if _, err := debts.Paid(t.Context(), admin.Command{Key: "nobody"}, admin.Clearing{Code: "9999", Amount: 1, Reason: "slip 7"}); !errors.Is(err, admin.ErrNoMerchant) {
		t.Error(err)
	}
	if _, err := debts.Paid(t.Context(), admin.Command{Key: "why"}, admin.Clearing{Code: debtor, Amount: 1}); !errors.Is(err, admin.ErrReason) {
		t.Error(err)
	}
	for name, want := range map[string]string{"receivable:" + debtor: "0.00", "losses": "30.00"} {
		if account, err := o.Account(t.Context(), name); err != nil || account.Posted != want {
			t.Errorf("%s has %+v, %v; want %s", name, account, err, want)
		}
	}
	list, err := debts.List(t.Context())
	if want := []admin.DebtView{{Code: debtor, Name: "BAKER", Owes: "0.00", Paid: "70.00", WrittenOff: "30.00", Currency: "CNY"}}; err != nil || !slices.Equal(list, want) {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := o.CloseMerchant(t.Context(), admin.Command{Key: "now"}, admin.Closing{Code: debtor, Reason: "gave up", PayOut: true}); err != nil {
		t.Error(err)
	}
}

// TestDebtsRace: of commands that would each clear all of it, one does.
func TestDebtsRace(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	if err := o.owes(100_00); err != nil {
		t.Fatal(err)
	}
	debts := admin.Debts{Service: o.Service}
	var racing sync.WaitGroup
	var cleared atomic.Int64
	for i := range 8 {
		racing.Go(func() {
			do := debts.Paid
			if i%2 == 0 {
				do = debts.WriteOff
			}
			switch _, err := do(context.Background(), admin.Command{Key: fmt.Sprint("race ", i)}, admin.Clearing{Code: debtor, Amount: 100_00, Reason: "slip 7"}); {
			case err == nil:
				cleared.Add(1)
			case !errors.Is(err, admin.ErrOwesNothing):
				t.Error(err)
			}
		})
	}
	racing.Wait()
	if account, err := o.Account(t.Context(), "receivable:"+debtor); err != nil || account.Posted != "0.00" || cleared.Load() != 1 {
		t.Errorf("%d cleared it; it is %+v, %v", cleared.Load(), account, err)
	}
}

// betweenReads calls meanwhile once, after the look number count at an account has read it.
type betweenReads struct {
	store.Store
	count     int
	meanwhile func()
}

// Account implements store.Reader.
func (s *betweenReads) Account(ctx context.Context, id store.AccountID) (store.Account, bool, error) {
	account, ok, err := s.Store.Account(ctx, id)
	if s.meanwhile != nil {
		if s.count--; s.count == 0 {
			do := s.meanwhile
			s.meanwhile = nil
			do()
		}
	}
	return account, ok, err
}

// TestADebtIsClearedMeanwhile: a command that has seen the debt is too late if another one is
// committed before it has seen what was cleared.
func TestADebtIsClearedMeanwhile(t *testing.T) {
	t.Parallel()
	for look := range 2 {
		var between *betweenReads
		o, closeIt := openOfficeIn(t, private(t, t.TempDir()), bolt.Options{}, func(s store.Store) store.Store {
			between = &betweenReads{Store: s}
			return between
		})
		o.furnish(t)
		if err := o.owes(100_00); err != nil {
			t.Fatal(err)
		}
		debts, clearing := admin.Debts{Service: o.Service}, admin.Clearing{Code: debtor, Amount: 100_00, Reason: "slip 7"}
		between.count, between.meanwhile = look+1, func() {
			if _, err := debts.Paid(t.Context(), admin.Command{Key: "paid meanwhile"}, clearing); err != nil {
				t.Error(err)
			}
		}
		if _, err := debts.WriteOff(t.Context(), admin.Command{Key: "written off"}, clearing); !errors.Is(err, admin.ErrOwesNothing) {
			t.Errorf("look %d: %v", look+1, err)
		}
		if account, err := o.Account(t.Context(), "receivable:"+debtor); err != nil || account.Posted != "0.00" {
			t.Errorf("look %d: it is %+v, %v", look+1, account, err)
		}
		closeIt()
	}
}
