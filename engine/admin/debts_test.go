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
	"mpg/engine/lang"
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

// TestADebtIsTakenFromTheAccount: what is taken from a shop's account is never more than that
// holds, whatever else takes from it meanwhile, and the shop hears of it once.
func TestADebtIsTakenFromTheAccount(t *testing.T) {
	t.Parallel()
	var between *betweenReads
	o, closeIt := openOfficeIn(t, private(t, t.TempDir()), bolt.Options{}, func(s store.Store) store.Store {
		between = &betweenReads{Store: s}
		return between
	})
	defer closeIt()
	o.furnish(t)
	number := mobile(7)
	must(o.ChangeMerchant(t.Context(), admin.Command{Key: "number"}, debtor, admin.MerchantChange{Phone: &number}))
	before := must(o.Account(t.Context(), "merchant:"+debtor))
	if err := o.owes(1000_00); err != nil || before.Posted != "890.00" {
		t.Fatalf("%+v, %v", before, err)
	}
	spends := func(amount money.Amount) func() {
		return func() {
			o.change(t, func(t *tx.Tx) error {
				t.Transfer(store.Transfer{Op: store.Post, Debit: books.Merchant(debtor), Credit: books.Purse(1), Amount: amount, Code: payment.CodeRefund})
				return nil
			})
		}
	}
	debts := admin.Debts{Service: o.Service}
	for _, tt := range []struct {
		key       string
		do        func(context.Context, admin.Command, admin.Clearing) (json.RawMessage, error)
		in        admin.Clearing
		meanwhile func() // after the look at the account
		want      error
		told      []lang.Key
		owes, has string
	}{
		{"taken", debts.Paid, admin.Clearing{Amount: 300_00, FromAccount: true}, nil, nil, []lang.Key{lang.DebtTaken}, "700.00", "590.00"},
		{"taken", debts.Paid, admin.Clearing{Amount: 300_00, FromAccount: true}, nil, nil, nil, "700.00", "590.00"},
		{"taken", debts.Paid, admin.Clearing{Amount: 300_00}, nil, admin.ErrKeyBody, nil, "700.00", "590.00"},
		{"too much", debts.Paid, admin.Clearing{Amount: 590_01, FromAccount: true}, nil, admin.ErrOverAccount, nil, "700.00", "590.00"},
		{"spent meanwhile", debts.Paid, admin.Clearing{Amount: 590_00, FromAccount: true}, spends(90_00), admin.ErrOverAccount, nil, "700.00", "500.00"},
		{"a little spent meanwhile", debts.Paid, admin.Clearing{Amount: 450_00, FromAccount: true}, spends(50_00), nil, []lang.Key{lang.DebtTaken}, "250.00", "0.00"},
		{"in cash", debts.Paid, admin.Clearing{Amount: 50_00}, nil, nil, []lang.Key{lang.DebtPaid}, "200.00", "0.00"},
		{"written off", debts.WriteOff, admin.Clearing{Amount: 200_00}, nil, nil, nil, "0.00", "0.00"},
		{"taken by nobody", debts.WriteOff, admin.Clearing{Amount: 1, FromAccount: true}, nil, admin.ErrArgument, nil, "0.00", "0.00"},
	} {
		const looks = 3 // at what is owed, to say what will change and to do it, and at the account
		between.count, between.meanwhile = looks, tt.meanwhile
		told := map[lang.Key]int{lang.DebtPaid: o.told(t, lang.DebtPaid), lang.DebtTaken: o.told(t, lang.DebtTaken)}
		tt.in.Code, tt.in.Reason = debtor, "slip 7"
		if _, err := tt.do(t.Context(), admin.Command{Key: tt.key}, tt.in); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.key, err, tt.want)
		}
		for text, count := range told {
			if slices.Contains(tt.told, text) {
				count++
			}
			if now := o.told(t, text); now != count {
				t.Errorf("%s: %s was said %d times, want %d", tt.key, text, now, count)
			}
		}
		for name, want := range map[string]string{"receivable:" + debtor: tt.owes, "merchant:" + debtor: tt.has} {
			if account := must(o.Account(t.Context(), name)); account.Posted != want {
				t.Errorf("%s: %s has %s, want %s", tt.key, name, account.Posted, want)
			}
		}
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
