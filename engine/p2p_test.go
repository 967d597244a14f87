package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/order"
	"mpg/store/money"
)

// receives sets where what others send to number goes.
func (w *world) receives(number string, at order.Source) {
	w.t.Helper()
	if _, err := w.e.Admin().Limits.Set(context.Background(), admin.Command{Key: "receive " + number + string(at)}, number, admin.UserSetting{Receive: at}); err != nil {
		w.t.Fatal(err)
	}
}

// sends orders 50.00 from wang to zhang and keys the PIN.
func (w *world) sends50(source string) string {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, strings.TrimSpace("SEND 50 13800000003 "+source))
	return w.last().Ref
}

// wantPeople compares both purses, both banks' accounts with their own books, and transit.
func (w *world) wantPeople(wangs, zhangs string, icbc, boc *bookBank, icbcOwes, bocOwes string) {
	w.t.Helper()
	w.balance("purse:"+wang, wangs, wangs)
	w.balance("purse:"+zhang, zhangs, zhangs)
	w.balance("bank:icbc", icbcOwes, icbcOwes)
	w.balance("bank:boc", bocOwes, bocOwes)
	if _, err := w.e.Admin().Account(w.t.Context(), "transit:icbc"); err == nil {
		w.balance("transit:icbc", "0.00", "0.00")
	}
	cny, _ := money.Lookup("CNY")
	for _, one := range []struct {
		bank *bookBank
		ours string
	}{{icbc, icbcOwes}, {boc, bocOwes}} {
		one.bank.mu.Lock()
		if own := cny.Format(-one.bank.moved); own != one.ours {
			w.t.Errorf("the bank's own book says %s, ours %s", own, one.ours)
		}
		one.bank.mu.Unlock()
	}
}

// TestFourWaysBetweenPeople: from the purse or the bank to the purse or the bank, as the payer
// orders and the payee has chosen, under each answer of the banks. The books agree with both
// banks, before and after a restart, and both people are told where the money is.
func TestFourWaysBetweenPeople(t *testing.T) {
	t.Parallel()
	down := func(b *bookBank) {
		b.set(func() { b.request = func(message) (bank.Reply, error) { return bank.Reply{}, bank.ErrDown } })
	}
	silent := func(b *bookBank) { b.silence(true) }
	declines := func(code string) func(*bookBank) { return func(b *bookBank) { b.says(code) } }
	for _, tt := range []struct {
		name, source string
		at           order.Source
		icbc, boc    func(*bookBank)
		outcome      string
		wangs        string
		zhangs       string
		icbcOwes     string
		bocOwes      string
		told         string // to wang
		heard        string // by zhang; empty: nothing
	}{
		{"purse to purse", "", order.FromPurse, nil, nil, "paid", "450.00", "50.00", "0.00", "0.00", "you sent CNY 50.00 to 138****0003 from your purse", "you received CNY 50.00"},
		{"purse to bank", "", order.FromBank, nil, nil, "paid", "450.00", "0.00", "0.00", "-50.00", "from your purse", "you received CNY 50.00 from 138****0001 in your bank account"},
		{"purse to a bank that declines", "", order.FromBank, nil, declines("14"), "not paid", "500.00", "0.00", "0.00", "0.00", "their bank did not take it. Nothing was taken", ""},
		{"purse to a bank that is silent", "PURSE", order.FromBank, nil, silent, "not paid", "500.00", "0.00", "0.00", "0.00", "free in your purse again", ""},
		{"purse to a bank that is away", "", order.FromBank, nil, down, "not paid", "500.00", "0.00", "0.00", "0.00", "The bank cannot be reached", ""},
		{"bank to purse", "BANK", order.FromPurse, nil, nil, "paid", "500.00", "50.00", "50.00", "0.00", "from your bank account", "you received CNY 50.00"},
		{"a bank that declines to purse", "BANK", order.FromPurse, declines("51"), nil, "not paid", "500.00", "0.00", "0.00", "0.00", "not enough money in your account", ""},
		{"a bank that is silent to purse", "BANK", order.FromPurse, silent, nil, "not paid", "500.00", "0.00", "0.00", "0.00", "has been told to return it", ""},
		{"bank to bank", "BANK", order.FromBank, nil, nil, "paid", "500.00", "0.00", "50.00", "-50.00", "you sent CNY 50.00 to 138****0003 from your bank account", "in your bank account"},
		{"bank to a bank that declines", "BANK", order.FromBank, nil, declines("14"), "returned", "550.00", "0.00", "50.00", "0.00", "the money is in your purse. Balance CNY 550.00", "was not paid"},
		{"bank to a bank that is silent", "BANK", order.FromBank, nil, silent, "returned", "550.00", "0.00", "50.00", "0.00", "the money is in your purse. Balance CNY 550.00", "was not paid"},
		{"bank to a bank that is away", "BANK", order.FromBank, nil, down, "returned", "550.00", "0.00", "50.00", "0.00", "the money is in your purse. Balance CNY 550.00", "was not paid"},
		{"a bank that declines to bank", "BANK", order.FromBank, declines("51"), nil, "not paid", "500.00", "0.00", "0.00", "0.00", "Nothing was taken", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, _, icbc, boc := relayWorld(t)
			w.receives(zhang, tt.at)
			if tt.icbc != nil {
				tt.icbc(icbc)
			}
			if tt.boc != nil {
				tt.boc(boc)
			}
			ref := w.sends50(tt.source)
			w.until("the end", func() bool { return w.shown(ref).Outcome == tt.outcome })
			w.expect(wang, ref, tt.told)
			if tt.heard != "" {
				w.expect(zhang, ref, tt.heard)
			} else if n := w.count(zhang, ref); n != 0 {
				t.Errorf("the payee was told %d times of what was not paid", n)
			}
			w.wantPeople(tt.wangs, tt.zhangs, icbc, boc, tt.icbcOwes, tt.bocOwes)
			w.restart()
			w.wantPeople(tt.wangs, tt.zhangs, icbc, boc, tt.icbcOwes, tt.bocOwes)
		})
	}
}

// TestWhatAPayerOfAPersonHears: before the PIN the payee's masked name and where the money
// comes from; a slow bank of the payee is not called the payer's.
func TestWhatAPayerOfAPersonHears(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		source string
		at     order.Source
		before string
		not    string
	}{
		{"", order.FromBank, "It will be paid from your purse.", "It will be paid from your bank account and cannot be undone."},
		{"BANK", order.FromPurse, "It will be paid from your bank account and cannot be undone.", "It will be paid from your purse."},
	} {
		t.Run(tt.source+" to "+string(tt.at), func(t *testing.T) {
			t.Parallel()
			w, _, _, _ := relayWorld(t)
			w.receives(zhang, tt.at)
			w.sends50(tt.source)
			w.ended()
			if !w.said(tt.before) || w.said(tt.not) || !w.said("Payment to Zhang M, mobile number one three eight, zero zero zero zero, zero zero zero three.") {
				w.mu.Lock()
				defer w.mu.Unlock()
				t.Errorf("spoken: %q", w.spoken)
			}
		})
	}
}

// TestDoubtOfThePayeesBank: silence of the payee's bank, and of its reversals, leaves the money
// where it is until the bank or people say; what they say decides, and a late approval after
// that is reversed.
func TestDoubtOfThePayeesBank(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		source, as    string
		booked        bool // by the payee's bank
		wangs, zhangs string
		icbcOwes      string
		bocOwes       string
	}{
		{"", acquirer.ResolvedPaid, true, "450.00", "0.00", "0.00", "-50.00"},
		{"", acquirer.ResolvedReversed, false, "500.00", "0.00", "0.00", "0.00"},
		{"BANK", acquirer.ResolvedPaid, true, "500.00", "0.00", "50.00", "-50.00"},
		{"BANK", acquirer.ResolvedReversed, false, "550.00", "0.00", "50.00", "0.00"},
	} {
		t.Run(tt.source+" "+tt.as, func(t *testing.T) {
			t.Parallel()
			w, _, icbc, boc := relayWorld(t)
			w.receives(zhang, order.FromBank)
			boc.silence(tt.booked)
			boc.answersReversals("25")
			ref := w.sends50(tt.source)
			w.comes(ref, "reversing", "reversing")
			w.expect(wang, ref, "is being checked with their bank")
			w.pass(25 * time.Hour)
			w.comes(ref, "doubt", "doubt")
			w.expect(wang, ref, "the bank of 138****0003 has not told us")
			w.restart()
			if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r1"}, ref, tt.as, "their statement"); err != nil {
				t.Fatal(err)
			}
			w.until("the end", func() bool { return w.shown(ref).State == "done" })
			w.wantPeople(tt.wangs, tt.zhangs, icbc, boc, tt.icbcOwes, tt.bocOwes)
		})
	}
}

// TestThePayeesBankMustBeUp: nothing is ordered if the payee's bank could not take it, and the
// payer is told whose bank it is.
func TestThePayeesBankMustBeUp(t *testing.T) {
	t.Parallel()
	w, _, icbc, boc := relayWorld(t)
	w.receives(zhang, order.FromBank)
	boc.set(func() { boc.down = true })
	for _, source := range []string{"", "BANK"} {
		w.forget()
		w.text(wang, "SEND 50 13800000003 "+source)
		w.expect(wang, "The bank of 138****0003 cannot be reached", "nothing was taken")
	}
	if n := len(icbc.requests()) + w.called(); n != 0 {
		t.Errorf("%d requests and calls", n)
	}
}

// TestReceiveByText: a subscriber chooses by text where money goes, in either language, and
// only if there is an account.
func TestReceiveByText(t *testing.T) {
	t.Parallel()
	w, _, icbc, boc := relayWorld(t)
	for i, tt := range []struct{ from, text, told, receives string }{
		{zhang, "RECEIVE BANK", "will now go to your bank account", "bank"},
		{zhang, "到账 钱包", "will now go to your purse", "purse"},
		{zhang, "receive to my bank", "will now go to your bank account", "bank"},
		{li, "RECEIVE BANK", "No bank account is linked", "purse"},
	} {
		w.forget()
		w.text(tt.from, tt.text)
		w.expect(tt.from, tt.told)
		shown, err := w.e.Admin().User(context.Background(), tt.from)
		if err != nil || shown.Receive != tt.receives {
			t.Errorf("%d: receives at the %s, want %s: %v", i, shown.Receive, tt.receives, err)
		}
	}
	ref := w.sends50("")
	w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
	w.wantPeople("450.00", "0.00", icbc, boc, "0.00", "-50.00")
	if _, err := w.e.Admin().Limits.Set(context.Background(), admin.Command{Key: "no account"}, li, admin.UserSetting{Receive: order.FromBank}); fmt.Sprint(err) != li+" has no bank account here" {
		t.Errorf("a subscriber without an account: %v", err)
	}
}
