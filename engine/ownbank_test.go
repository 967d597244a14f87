package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"mpg/engine/payment"
	"mpg/store/money"
)

// ownFees has money from and to one's own bank account cost something.
const ownFees = `
[in]
product = "bankin"
from    = "1"
flat    = "0.50"
payer_share = "payee"
[in-small]
product = "bankin"
to      = "0.99"
[out]
product = "bankout"
percent = "1"
tax_rate = "25"
`

// owesAsBooked compares the account of the bank with the bank's own book.
func (w *world) owesAsBooked(b *bookBank) {
	w.t.Helper()
	cny, _ := money.Lookup("CNY")
	b.mu.Lock()
	moved := cny.Format(-b.moved)
	b.mu.Unlock()
	w.balance("bank:icbc", moved, moved)
}

// TestOwnMoney: TOPUP and OUT move money between the bank account and the purse, after a call
// that says the amount and the bank. The receipt tells the balance, LAST the other place, and
// the bank's book agrees.
func TestOwnMoney(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fees, text, said string
		told             []string
		purse, feesGot   string
		last             string
	}{
		"top-up": {"", "TOPUP 100", "Payment to your purse.|… The amount is one hundred yuan.|It will be paid from your account at the bank I, C, B, C.",
			[]string{"CNY 100.00 went from your bank account to your purse", "Balance CNY 600.00"}, "600.00", "", "CNY +100.00 from your bank account"},
		"in Chinese": {"", "充值 100", "Payment to your purse.", []string{"CNY 100.00 went from your bank account", "Balance CNY 600.00"}, "600.00", "", "from your bank account"},
		"top-up with a fee, on top whatever the row says": {ownFees, "topup 100", "The fee is fifty fen.|In all, you pay one hundred yuan and fifty fen.",
			[]string{"you paid CNY 100.50 from your bank account into your purse", "a fee of CNY 0.50", "Balance CNY 600.00"}, "600.00", "0.50", "CNY +100.00"},
		"out": {"", "OUT 100", "Payment to your bank account.|… The amount is one hundred yuan.|It will be paid from your purse to your account at the bank I, C, B, C.",
			[]string{"CNY 100.00 went from your purse to your bank account", "Balance CNY 400.00"}, "400.00", "", "CNY -100.00 to your bank account"},
		"out with a fee": {ownFees, "TX 100", "The fee is one yuan.|In all, you pay one hundred one yuan.",
			[]string{"you paid CNY 101.00 from your purse to your bank account", "a fee of CNY 1.00", "Balance CNY 399.00"}, "399.00", "0.80", "CNY -101.00 to your bank account, fee CNY 1.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			if tt.fees != "" {
				rules := w.e.Rules()
				rules.Products.Tariff = tariffOf(t, tt.fees)
				w.e.SetRules(rules)
			}
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, tt.text)
			w.expect(wang, tt.told...)
			if !w.said(tt.said) {
				t.Errorf("said %q, want %q", w.heard(), tt.said)
			}
			w.until("the end", func() bool { return w.last().State == "done" })
			w.balance("purse:"+wang, tt.purse, tt.purse)
			w.owesAsBooked(b)
			if tt.feesGot != "" {
				w.balance("fees", tt.feesGot, tt.feesGot)
			}
			if n := len(w.written()); n != 1 {
				t.Errorf("%d texts, want one receipt", n)
			}
			w.text(wang, "LAST")
			w.expect(wang, "Last: ", tt.last)
		})
	}
}

// TestOwnMoneyIsRefused before any call: why, and what would help.
func TestOwnMoneyIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before     func(t *testing.T, w *world, b *bookBank)
		from, text string
		told       []string
		reason     string
	}{
		"no bank account, in":             {nil, li, "TOPUP 10", []string{"No bank account is linked"}, "no_bank_account"},
		"no bank account, out":            {nil, li, "OUT 10", []string{"No bank account is linked"}, "no_bank_account"},
		"more than the purse":             {nil, wang, "OUT 500.01", []string{"short by CNY 0.01, so nothing was taken. Please choose a smaller amount."}, "funds"},
		"more than the purse, for a shop": {nil, wang, "PAY 8001 500.01", []string{"short by CNY 0.01", "Choose a smaller amount. To top up from your bank account, text: TOPUP amount"}, "funds"},
		"more than the purse, and no top-ups": {func(_ *testing.T, w *world, _ *bookBank) {
			rules := w.e.Rules()
			rules.Products.Off = []payment.Product{payment.BankIn}
			w.e.SetRules(rules)
		}, wang, "PAY 8001 500.01", []string{"short by CNY 0.01", "Top up with your operator, or choose a smaller amount."}, "funds"},
		"more than the purse, and no bank account": {nil, li, "SEND 50.01 13800000001", []string{"short by", "Top up with your operator, or choose a smaller amount."}, "funds"},
		"the bank is down": {func(_ *testing.T, _ *world, b *bookBank) { b.set(func() { b.down = true }) }, wang, "TOPUP 10",
			[]string{"Your bank cannot be reached right now", "order again later."}, "bank_closed"},
		"the purse is full": {func(t *testing.T, w *world, _ *bookBank) {
			w.limits(t, "[p]\ndirection = \"in\"\nbalance_max = \"600\"\n")
		}, wang, "TOPUP 100.01", []string{"Your purse cannot take this amount"}, "purse_full"},
		"enough received today": {func(t *testing.T, w *world, _ *bookBank) {
			w.limits(t, "[p]\ndirection = \"in\"\nday = \"100\"\n")
		}, wang, "TOPUP 100.01", []string{"Your purse cannot take this amount"}, "purse_full"},
		"a limit of its own": {func(t *testing.T, w *world, _ *bookBank) {
			w.limits(t, "[p]\nproduct = \"bankin\"\npayment_max = \"50\"\n")
		}, wang, "TOPUP 50.01", []string{"One payment can be at most CNY 50.00"}, "over_payment_limit"},
		"out counts as spent": {func(t *testing.T, w *world, _ *bookBank) {
			w.limits(t, "[p]\nday = \"50\"\n")
		}, wang, "OUT 50.01", []string{"your daily limit of CNY 50.00"}, "over_day_limit"},
		"no PIN":                   {func(_ *testing.T, w *world, _ *bookBank) { w.block(wang) }, wang, "OUT 5", []string{"blocked"}, "blocked"},
		"a stranger":               {nil, "+8613900000009", "TOPUP 5", []string{"not registered"}, "not_registered"},
		"an agent that is a shop":  {nil, wang, "OUT 10 8001", []string{"BLUEBIRD FLORIST does not pay out cash"}, "not_agent"},
		"an agent that is nowhere": {nil, wang, "OUT 10 8009", []string{"No shop has the code 8009"}, "unknown_shop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			if tt.before != nil {
				tt.before(t, w, b)
			}
			w.text(tt.from, tt.text)
			w.expect(tt.from, tt.told...)
			if refused := w.refusals(); len(refused) != 1 || refused[0].Reason != tt.reason {
				t.Errorf("refused as %+v, want %s", refused, tt.reason)
			}
			if w.called() != 0 || len(b.requests()) != 0 {
				t.Errorf("%d calls, %d requests", w.called(), len(b.requests()))
			}
			w.balance("purse:"+wang, "500.00", "500.00")
		})
	}
}

// limits has the limits of text hold from now on.
func (w *world) limits(t *testing.T, text string) {
	t.Helper()
	rules := w.e.Rules()
	rules.Products.Limits = limitsOf(t, text)
	w.e.SetRules(rules)
}

// TestATopUpIsNotSpent: what comes into the purse uses up no limit of what goes out.
func TestATopUpIsNotSpent(t *testing.T) {
	t.Parallel()
	w, _ := bankWorld(t)
	w.limits(t, "[p]\nday = \"50\"\nday_count = \"1\"\n[own]\nproduct = \"bankin\"\nday_count = \"2\"\n")
	for _, amount := range []string{"200", "300"} {
		w.answers(wang, phone{keys: []string{pinOne}})
		w.text(wang, "TOPUP "+amount)
		w.expect(wang, "CNY "+amount+".00 went from your bank account")
		w.until("the end", func() bool { return w.last().State == "done" })
	}
	w.forget()
	w.text(wang, "TOPUP 1")
	w.expect(wang, "Your payments for today are used up (2 a day)")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 50")
	w.expect(wang, "you paid CNY 50.00")
	w.balance("purse:"+wang, "950.00", "950.00")
}

// TestOwnMoneyWhateverTheBankSays: what is declined is given back; what is not answered is
// undone at the bank until it confirms that, or people decide. The purse and the bank's book
// agree in the end, and people are told the truth.
func TestOwnMoneyWhateverTheBankSays(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text    string
		does    func(b *bookBank)
		told    []string
		outcome string
		purse   string
	}{
		"in, declined":        {"TOPUP 100", func(b *bookBank) { b.says("51") }, []string{"CNY 100.00 to your purse was not paid: not enough money in your account"}, "not paid", "500.00"},
		"in, silent, booked":  {"TOPUP 100", func(b *bookBank) { b.silence(true) }, []string{"to your purse was not paid. If your bank took the money"}, "not paid", "500.00"},
		"in, silent":          {"TOPUP 100", func(b *bookBank) { b.silence(false); b.undoes() }, []string{"to your purse was not paid"}, "not paid", "500.00"},
		"out, declined":       {"OUT 100", func(b *bookBank) { b.says("14") }, []string{"CNY 100.00 to your bank account was not paid: the account cannot be used. Nothing was taken"}, "not paid", "500.00"},
		"out, silent, booked": {"OUT 100", func(b *bookBank) { b.silence(true) }, []string{"CNY 100.00 did not reach your bank account", "Balance CNY 500.00"}, "not paid", "500.00"},
		"out, silent":         {"OUT 100", func(b *bookBank) { b.silence(false); b.undoes() }, []string{"did not reach your bank account", "Balance CNY 500.00"}, "not paid", "500.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			tt.does(b)
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, tt.text)
			w.expect(wang, tt.told...)
			w.until("the end", func() bool { return w.last().State == "done" })
			if p := w.last(); p.Outcome != tt.outcome {
				t.Errorf("%+v", p)
			}
			w.balance("purse:"+wang, tt.purse, tt.purse)
			w.owesAsBooked(b)
		})
	}
}

// TestOutInDoubt: the money stays held while nobody knows whether the bank has it, and
// people decide.
func TestOutInDoubt(t *testing.T) {
	t.Parallel()
	for as, want := range map[string]struct{ outcome, purse, told string }{
		"paid": {"paid", "399.00", "from your purse to your bank account"}, "reversed": {"not paid", "500.00", "is in your purse again"},
	} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			w, b := bankWorld(t)
			rules := w.e.Rules()
			rules.Products.Tariff = tariffOf(t, ownFees)
			w.e.SetRules(rules)
			b.silence(as == "paid")
			b.answersReversals("96")
			w.answers(wang, phone{keys: []string{pinOne}})
			w.text(wang, "OUT 100")
			ref := w.last().Ref
			w.expect(wang, "is being checked with your bank")
			w.balance("purse:"+wang, "500.00", "399.00")
			w.pass(25 * 60 * 60 * 1e9)
			w.expect(wang, "has not told us whether it received CNY 100.00")
			w.comes(ref, "doubt", "doubt")
			w.balance("purse:"+wang, "500.00", "399.00")
			if _, err := w.resolve("s1", ref, as); err != nil {
				t.Fatal(err)
			}
			w.expect(wang, want.told)
			if p := w.shown(ref); p.Outcome != want.outcome {
				t.Errorf("%+v", p)
			}
			w.balance("purse:"+wang, want.purse, want.purse)
			w.owesAsBooked(b)
		})
	}
}

// TestPowerIsLostWithOwnMoney at each commit of a TOPUP and an OUT, before and after it,
// however the bank answers: once mpg runs again the payment ends, and the purse and the bank's
// book agree.
func TestPowerIsLostWithOwnMoney(t *testing.T) {
	t.Parallel()
	for name, does := range map[string]func(b *bookBank){
		"approves": func(*bookBank) {}, "declines": func(b *bookBank) { b.says("14") }, "is silent": func(b *bookBank) { b.silence(true) }, "never got anything": func(b *bookBank) { b.silence(false) },
	} {
		for _, text := range []string{"TOPUP 50", "OUT 50"} {
			for n := 2; n <= 4; n++ { // the first takes the order in
				for _, after := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s, %s, commit %d, after it %v", text, name, n, after), func(t *testing.T) {
						t.Parallel()
						w, b := bankWorld(t)
						does(b)
						b.undoes()
						lost := w.losesPower(n, after)
						w.answers(wang, phone{keys: []string{pinOne}}, phone{keys: []string{pinOne}})
						w.text(wang, text)
						ref := w.last().Ref
						select {
						case <-lost:
						case <-ended(w, ref): // it has fewer commits
						}
						w.restart()
						if w.shown(ref).State == string(payment.Waiting) {
							w.text(wang, "AGAIN")
						}
						w.until("the end", func() bool { return w.shown(ref).State == "done" })
						purse := "500.00"
						if w.shown(ref).Outcome == "paid" {
							purse = map[bool]string{true: "550.00", false: "450.00"}[strings.HasPrefix(text, "TOPUP")]
						}
						w.balance("purse:"+wang, purse, purse)
						w.owesAsBooked(b)
					})
				}
			}
		}
	}
}

// TestTopUpInDoubt: whoever tops up is both sides, and is told once how the doubt ended.
func TestTopUpInDoubt(t *testing.T) {
	t.Parallel()
	w, b := bankWorld(t)
	b.silence(false)
	b.answersReversals("96")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "TOPUP 100")
	ref := w.last().Ref
	w.expect(wang, "to your purse is being checked with your bank")
	w.pass(25 * 60 * 60 * 1e9)
	w.expect(wang, "has not told us whether it took CNY 100.00 for your purse")
	w.comes(ref, "doubt", "doubt")
	w.forget()
	if _, err := w.resolve("s1", ref, "reversed"); err != nil {
		t.Fatal(err)
	}
	w.expect(wang, "CNY 100.00 to your purse was not paid")
	w.drained()
	if n := len(w.written()); n != 1 {
		t.Errorf("%d texts: %v", n, w.written())
	}
	w.balance("purse:"+wang, "500.00", "500.00")
	w.owesAsBooked(b)
}
