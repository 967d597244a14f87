package admin_test

import (
	"errors"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
)

// TestAShopsBankAccountCoolsOff: another account is used after the cooling-off period and
// not before, whatever runs meanwhile. The phone that the shop had is told in both
// languages, and a shop without one is changed all the same.
func TestAShopsBankAccountCoolsOff(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	number := mobile(9) // whose change must not keep the shop from learning of the other
	must(o.ChangeMerchant(t.Context(), admin.Command{Key: "moved"}, "8001", admin.MerchantChange{Phone: &number}))
	must(o.AddMerchant(t.Context(), admin.Command{Key: "mute"}, admin.NewMerchant{Code: "8002", Name: lang.Name{EN: "MUTE"}}))
	for _, code := range []string{"8001", "8002"} {
		view := read[admin.MerchantView](t)(o.ChangeShopBank(t.Context(), admin.Command{Key: "to " + code}, admin.ShopBank{Code: code, Bank: "icbc", Account: account}))
		if view.Bank != "" || view.NextBank == nil || view.NextBank.Account != "****3445" || view.NextBank.From != "2026-11-27T10:00:00Z" {
			t.Errorf("changed: %+v, %+v", view, view.NextBank)
		}
	}
	told := make(map[lang.Lang]string)
	for row, err := range o.run.Books().Outbox(t.Context(), 0, 0) {
		n, err1 := notice.Read(row)
		if err := errors.Join(err, err1); err != nil {
			t.Fatal(err)
		}
		if n.Text == lang.ShopBank {
			told[n.Lang] += n.To + " " + n.Args.Code + " "
		}
	}
	if want := mobile(9) + " 8001 " + mobile(8) + " 8001 "; told[lang.EN] != want || told[lang.ZH] != want {
		t.Errorf("told: %v", told)
	}
	for _, at := range []struct {
		after time.Duration
		bank  string
	}{{47 * time.Hour, ""}, {48*time.Hour - time.Second, ""}, {48 * time.Hour, "icbc"}, {72 * time.Hour, "icbc"}} {
		o.now = time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC).Add(at.after)
		if err := o.due.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, code := range []string{"8001", "8002"} {
			if shop, err := o.Merchant(t.Context(), code); err != nil || shop.Bank != at.bank || (shop.NextBank == nil) != (at.bank != "") {
				t.Errorf("%s after %s: %+v, %v", code, at.after, shop, err)
			}
		}
	}
	o.sound(t)
	o.secret(t)
}

// TestAChangeOfABankAccountIsReplacedOrStopped: only the last one takes effect, at its own
// time, and none at all that was stopped or whose shop was closed.
func TestAChangeOfABankAccountIsReplacedOrStopped(t *testing.T) {
	t.Parallel()
	type seen struct {
		hours int
		mask  string
	}
	for name, tt := range map[string]struct {
		hours int // after which something else comes
		then  func(t *testing.T, o *office)
		seen  []seen
	}{
		"replaced": {1, func(t *testing.T, o *office) {
			must(o.ChangeShopBank(t.Context(), admin.Command{Key: "b2"}, admin.ShopBank{Code: "8001", Bank: "icbc", Account: "6222020200999988887"}))
		}, []seen{{48, ""}, {49, "****8887"}, {200, "****8887"}}},
		"replaced at once": {0, func(t *testing.T, o *office) {
			must(o.ChangeShopBank(t.Context(), admin.Command{Key: "b2"}, admin.ShopBank{Code: "8001", Bank: "icbc", Account: "6222020200999988887"}))
		}, []seen{{47, ""}, {48, "****8887"}, {200, "****8887"}}},
		"kept": {1, func(t *testing.T, o *office) {
			must(o.KeepShopBank(t.Context(), admin.Command{Key: "k"}, "8001"))
			if _, err := o.KeepShopBank(t.Context(), admin.Command{Key: "k2"}, "8001"); !errors.Is(err, admin.ErrNoChanging) {
				t.Errorf("kept twice: %v", err)
			}
		}, []seen{{48, ""}, {200, ""}}},
		"removed later": {49, func(t *testing.T, o *office) {
			must(o.ChangeShopBank(t.Context(), admin.Command{Key: "b2"}, admin.ShopBank{Code: "8001"}))
		}, []seen{{50, "****3445"}, {96, "****3445"}, {97, ""}}},
		"closed": {1, func(t *testing.T, o *office) {
			must(o.CloseMerchant(t.Context(), admin.Command{Key: "c"}, admin.Closing{Code: "8001", Reason: "gone"}))
		}, []seen{{48, ""}, {200, ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.furnish(t)
			start := o.now
			must(o.ChangeShopBank(t.Context(), admin.Command{Key: "b1"}, admin.ShopBank{Code: "8001", Bank: "icbc", Account: account}))
			sweep := func(hours int) {
				o.now = start.Add(time.Duration(hours) * time.Hour)
				if err := o.due.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			sweep(tt.hours)
			tt.then(t, o)
			for _, at := range tt.seen {
				sweep(at.hours)
				if shop, err := o.Merchant(t.Context(), "8001"); err != nil || shop.Account != at.mask {
					t.Errorf("after %d hours: %q, want %q, %v", at.hours, shop.Account, at.mask, err)
				}
			}
			o.sound(t)
		})
	}
}

// TestPayoutsWaitForABankAccount: while it changes, what a shop's account holds is not paid
// out in cash.
func TestPayoutsWaitForABankAccount(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.furnish(t)
	o.change(t, func(t *tx.Tx) error {
		shop, err := t.Merchant("8001")
		if err != nil {
			return err
		}
		float, err := o.books.Account(t, "float", store.Asset, "")
		t.Transfer(store.Transfer{Op: store.Post, Code: payment.CodeTopUp, Debit: float, Credit: shop.Account, Amount: 500})
		return err
	})
	must(o.ChangeShopBank(t.Context(), admin.Command{Key: "b"}, admin.ShopBank{Code: "8001", Bank: "icbc", Account: account}))
	closing := admin.Closing{Code: "8001", Reason: "gives up", PayOut: true}
	if _, err := o.CloseMerchant(t.Context(), admin.Command{Key: "c"}, closing); !errors.Is(err, admin.ErrBankChanges) {
		t.Fatalf("paid out: %v", err)
	}
	must(o.KeepShopBank(t.Context(), admin.Command{Key: "k"}, "8001"))
	must(o.CloseMerchant(t.Context(), admin.Command{Key: "c"}, closing))
	for name, wanted := range map[string]admin.ShopBank{
		"an account without a bank": {Code: "8001", Account: account}, "a bank without an account": {Code: "8001", Bank: "icbc"},
		"no account": {Code: "8001", Bank: "icbc", Account: " "},
	} {
		if _, err := o.ChangeShopBank(t.Context(), admin.Command{Key: name}, wanted); !errors.Is(err, admin.ErrArgument) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for want, wanted := range map[error]admin.ShopBank{
		admin.ErrNoMerchant: {Code: "8009", Bank: "icbc", Account: account}, admin.ErrShopClosed: {Code: "8001", Bank: "icbc", Account: account},
	} {
		if _, err := o.ChangeShopBank(t.Context(), admin.Command{Key: want.Error()}, wanted); !errors.Is(err, want) {
			t.Errorf("%+v: %v, want %v", wanted.Code, err, want)
		}
	}
	must(o.AddMerchant(t.Context(), admin.Command{Key: "other"}, admin.NewMerchant{Code: "8003", Name: lang.Name{EN: "OTHER"}}))
	if _, err := o.ChangeShopBank(t.Context(), admin.Command{Key: "x"}, admin.ShopBank{Code: "8003", Bank: "nowhere", Account: account}); !errors.Is(err, admin.ErrNoBank) {
		t.Errorf("an unknown bank: %v", err)
	}
}
