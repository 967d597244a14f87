package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"mpg/engine"
	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/lang"
	"mpg/store/money"
)

// An operator who breaks a command off has not broken the store: the daemon
// stays, and the command was done once or not at all. (newWorld fails the test
// when the engine says that the store is broken.)
func TestACommandBrokenOffIsNoFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	for i := range 20 { // the store may still find room in its queue first
		key := fmt.Sprintf("till-%d", i)
		if _, err := w.e.Admin().TopUp(gone, admin.Command{Key: key}, wang, 100); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if _, err := w.e.Admin().TopUp(context.Background(), admin.Command{Key: key}, wang, 100); err != nil {
			t.Fatal(err)
		}
	}
	w.balance("purse:"+wang, "520.00", "520.00")
}

// What no bank's message, text or call could carry is refused when it is
// registered, and not when money is to move.
func TestWhatCannotBeRegistered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sound := admin.NewUser{Phone: "+8613800000007", Name: lang.Name{EN: "Han Mei"}, Bank: "icbc", BankAccount: "6222020200007"}
	for name, change := range map[string]func(*admin.NewUser){
		"account too long":     func(n *admin.NewUser) { n.BankAccount = strings.Repeat("6", bank.AccountMax+1) },
		"account not ASCII":    func(n *admin.NewUser) { n.BankAccount = "６２２２" },
		"account with control": func(n *admin.NewUser) { n.BankAccount = "6222\n" },
		"account blank behind": func(n *admin.NewUser) { n.BankAccount = "6222020200007 " },
		"account blank ahead":  func(n *admin.NewUser) { n.BankAccount = " 6222020200007" },
		"account without bank": func(n *admin.NewUser) { n.Bank = "" },
		"unknown bank":         func(n *admin.NewUser) { n.Bank = "abc" },
		"name too long":        func(n *admin.NewUser) { n.Name.EN = strings.Repeat("n", 31) },
		"name of two lines":    func(n *admin.NewUser) { n.Name.EN = "Han\nMei" },
		"name not UTF-8":       func(n *admin.NewUser) { n.Name.EN = "Han\xff" },
		"no name":              func(n *admin.NewUser) { n.Name.EN = "" },
		"no E.164":             func(n *admin.NewUser) { n.Phone = "13800000007" },
	} {
		bad := sound
		change(&bad)
		if _, err := w.e.Admin().AddUser(context.Background(), admin.Command{Key: name}, bad); err == nil {
			t.Errorf("%s: registered", name)
		}
	}
	if _, err := w.e.Admin().AddUser(context.Background(), admin.Command{Key: "u7"}, sound); err != nil {
		t.Error(err) // under the same key: what was refused has not used it up
	}
	for _, amount := range []money.Amount{0, -1, money.Max + 1} {
		if _, err := w.e.Admin().TopUp(context.Background(), admin.Command{Key: "t7"}, sound.Phone, amount); err == nil {
			t.Errorf("a top-up of %d", amount)
		}
	}
	shop := admin.NewMerchant{Code: "8002", Name: lang.Name{EN: "SHOP"}, Bank: "icbc", BankAccount: "６２２２"}
	if _, err := w.e.Admin().AddMerchant(context.Background(), admin.Command{Key: "m7"}, shop); err == nil {
		t.Error("a merchant's account that is not ASCII: registered")
	}
	w.balance("purse:"+sound.Phone, "0.00", "0.00")
}

// The books are kept in the currency of their first start: amounts of another
// would be taken for so many of the old one's minor units.
func TestAnotherCurrencyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cfg := w.config()
	cfg.Place.Currency, _ = money.Lookup("JPY")
	if _, err := engine.New(cfg); err == nil {
		t.Error("the books are in CNY and the engine counts in JPY")
	}
}
