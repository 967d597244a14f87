package notice_test

import (
	"strings"
	"testing"
	"time"

	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/store"
	"mpg/store/money"
)

const (
	payerPhone = "+8613800000001"
	payeePhone = "+8613800000002"
	shopPhone  = "+8613800008001"
)

func paid(product payment.Product) *payment.Payment {
	p := &payment.Payment{Ref: "PLYSSAYH", Reason: payment.Paid, State: payment.Done, Plan: payment.Plan{Product: product},
		Payer:   payment.Party{User: 1, Phone: payerPhone, Name: lang.Name{EN: "Wang Fang"}},
		Payee:   payment.Party{Code: "8001", Phone: shopPhone, Name: lang.Name{EN: "BLUEBIRD FLORIST", ZH: "蓝鸟花店"}},
		Amounts: payment.Amounts{Ordered: 12850, Charged: 12850, Received: 12850, Currency: "CNY"}, Route: payment.Route{Via: "main", Code: "8888"}}
	if product == payment.MDebit {
		p.Plan.Asks = []payment.Ask{{Bank: "icbc", Kind: payment.Debit}}
	}
	if product == payment.MP2P {
		p.Payee = payment.Party{User: 2, Phone: payeePhone, Name: lang.Name{EN: "Li Lei"}}
	}
	return p
}

func facts() notice.Facts {
	return notice.Facts{At: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), Minutes: 4, Tries: 2}
}

func people() (payer, payee notice.Person) {
	return notice.Person{Lang: lang.EN, Purse: 101}, notice.Person{Lang: lang.EN, Purse: 102}
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		product        payment.Product
		theirs         string
		mine, yours    []string
		balance, other bool // whether the text tells a balance
	}{
		{payment.MPurse, shopPhone, []string{"PLYSSAYH", "128.50", "BLUEBIRD FLORIST", "371.50"}, []string{"PLYSSAYH", "128.50", "138****0001"}, true, false},
		{payment.MDebit, shopPhone, []string{"PLYSSAYH", "128.50", "BLUEBIRD FLORIST", "final"}, []string{"PLYSSAYH", "128.50", "138****0001"}, false, false},
		{payment.MP2P, payeePhone, []string{"PLYSSAYH", "128.50", "138****0002", "371.50"}, []string{"PLYSSAYH", "128.50", "138****0001"}, true, true},
	} {
		t.Run(string(tt.product), func(t *testing.T) {
			t.Parallel()
			payer, payee := people()
			if tt.product != payment.MP2P {
				payee.Purse = 0
			}
			told := notice.Outcome(paid(tt.product), payer, payee, facts())
			if len(told) != 2 || told[0].To != payerPhone || told[1].To != tt.theirs {
				t.Fatalf("told %+v", told)
			}
			holds(t, told[0], tt.mine, tt.balance)
			holds(t, told[1], tt.yours, tt.other)
		})
	}
}

// holds sends a notice through the outbox and looks at its words.
func holds(t *testing.T, n notice.Notice, parts []string, balance bool) {
	t.Helper()
	row, err := n.Row()
	if err != nil {
		t.Fatal(err)
	}
	if balance != (row.Stamp != 0) {
		t.Errorf("stamped with account %d", row.Stamp)
	}
	out := store.OutRow{Data: row.Data, Posted: 37150}
	back, err := notice.Read(out)
	if err != nil {
		t.Fatal(err)
	}
	words := back.Words(lang.Operator{})
	for _, p := range parts {
		if !strings.Contains(words, p) {
			t.Errorf("%q lacks %q", words, p)
		}
	}
	for _, number := range []string{"13800000001", "13800000002"} {
		if strings.Contains(words, number) {
			t.Errorf("%q shows a whole number", words)
		}
	}
}

// TestEveryReasonIsTold: whatever becomes of a payment, the payer is told, and
// the shop where it might have counted on the money.
func TestEveryReasonIsTold(t *testing.T) {
	t.Parallel()
	for _, r := range []payment.Reason{payment.LineBusy, payment.NoAnswer, payment.CallRefused, payment.HungUp, payment.NoKeys, payment.CutOff,
		payment.CallBroken, payment.NotPlaced, payment.WrongPIN, payment.LockedOut, payment.Disowned, payment.CalledOff, payment.Suspended, payment.DisownedElse, payment.LockedElse, payment.PINCleared, payment.OptedOut, payment.TimedOut,
		payment.BankDeclined, payment.BankAway, payment.BankSilent, payment.PurseShort, payment.InDoubt, payment.UndoneAtBank} {
		p := paid(payment.MDebit)
		p.Reason = r
		payer, payee := people()
		told := notice.Outcome(p, payer, payee, facts())
		if len(told) != 1 || told[0].To != payerPhone || told[0].Words(lang.Operator{}) == "" || told[0].Purse != 0 {
			t.Errorf("%s: told %+v", r, told)
		}
	}
}

// TestAShopIsToldOfTheEndOfADoubt, and of no reversal that was over before anybody
// could have asked it.
func TestAShopIsToldOfTheEndOfADoubt(t *testing.T) {
	t.Parallel()
	p := paid(payment.MDebit)
	p.Reason, p.Steps = payment.UndoneAtBank, []payment.Step{{State: payment.Doubt}, {State: payment.Done}}
	payer, payee := people()
	if told := notice.Outcome(p, payer, payee, facts()); len(told) != 2 || told[1].To != shopPhone || told[1].Text != lang.NotPaidShop {
		t.Errorf("told %+v", told)
	}
}

// TestReceiptsNameEachSidesFee: a side that pays none of it does not read of it.
func TestReceiptsNameEachSidesFee(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		payeeFee money.Amount
		texts    [2]lang.Key
		fees     [2]money.Amount
	}{
		"the payer's": {0, [2]lang.Key{lang.PaidPurseFee, lang.ReceivedMerchant}, [2]money.Amount{100, 0}},
		"the payee's": {100, [2]lang.Key{lang.PaidPurse, lang.ReceivedMerchantFee}, [2]money.Amount{0, 100}},
		"of both":     {40, [2]lang.Key{lang.PaidPurseFee, lang.ReceivedMerchantFee}, [2]money.Amount{60, 40}},
	} {
		p := paid(payment.MPurse)
		p.Fee, p.PayeeFee = 100, tt.payeeFee
		payer, payee := people()
		told := notice.Outcome(p, payer, payee, facts())
		if len(told) != 2 {
			t.Fatalf("%s: told %+v", name, told)
		}
		for i, n := range told {
			if n.Text != tt.texts[i] || n.Args.Fee != tt.fees[i] {
				t.Errorf("%s: %s with a fee of %d, want %s and %d", name, n.Text, n.Args.Fee, tt.texts[i], tt.fees[i])
			}
		}
	}
}

// TestEachPartOfASplitIsTold to whom it concerns: the payer hears what the purse pays, with its
// balance once it has, and the shop hears of the whole only.
func TestEachPartOfASplitIsTold(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reason     payment.Reason
		states     []payment.State
		payerFee   money.Amount
		text, shop lang.Key
		balance    bool
		amount     money.Amount
	}{
		"authorised":      {payment.SetAside, []payment.State{payment.Advising}, 0, lang.AuthorisedSplit, lang.AuthorisedShop, false, 12850},
		"paid":            {payment.Paid, []payment.State{payment.Posted}, 0, lang.PaidSplit, lang.ReceivedMerchant, true, 12850},
		"paid, and a fee": {payment.Paid, []payment.State{payment.Posted}, 100, lang.PaidSplitFee, lang.ReceivedMerchant, true, 12850},
		"set free":        {payment.UndoneAtBank, []payment.State{payment.Advising, payment.Undone, payment.Voided}, 0, lang.SetFree, lang.SetFreeShop, false, 12850},
	} {
		p := paid(payment.MCredit)
		p.Reason, p.Granted, p.Fee, p.Charged, p.Received = tt.reason, 10000, tt.payerFee, 12850, 12850-tt.payerFee
		p.Plan.Card, p.Plan.Legs = &payment.Card{Scheme: "visa", Last4: "1111"}, []payment.Leg{{From: 1, To: 3, Amount: 2850, Code: payment.CodeSplit}}
		p.Steps = []payment.Step{{State: payment.Received}}
		for _, state := range tt.states {
			p.Steps = append(p.Steps, payment.Step{State: state})
		}
		payer, payee := people()
		told := notice.Outcome(p, payer, payee, facts())
		if len(told) != 2 || told[0].Text != tt.text || told[1].Text != tt.shop || (told[0].Purse != 0) != tt.balance || told[1].Purse != 0 {
			t.Fatalf("%s: %+v", name, told)
		}
		if words := told[0].Args; words.Amount != tt.amount || words.More != 2850 || told[1].Args.Amount != 12850-tt.payerFee {
			t.Errorf("%s: %+v and %+v", name, words, told[1].Args)
		}
		if words := told[1].Words(lang.Operator{}); strings.Contains(words, " 28.50") {
			t.Errorf("%s: the shop reads %q", name, words)
		}
	}
}

func TestAShopWithoutAPhoneGetsNone(t *testing.T) {
	t.Parallel()
	p := paid(payment.MPurse)
	p.Payee.Phone = ""
	payer, payee := people()
	if told := notice.Outcome(p, payer, payee, facts()); len(told) != 1 {
		t.Errorf("told %+v", told)
	}
}

func FuzzRead(f *testing.F) {
	row, err := notice.Notice{Medium: notice.SMS, To: payerPhone, Lang: lang.ZH, Text: lang.BalanceNow, Purse: 1}.Row()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(row.Data)
	f.Add([]byte(`{"args":{"items":[{}]},"text":"last"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, err := notice.Read(store.OutRow{Data: data, Posted: -1})
		if err == nil {
			_ = n.Words(lang.Operator{})
		}
	})
}

// TestEachSideIsToldItsOwnAmount: with a fee, the payer pays more than the payee gets, also
// where nothing was paid in the end.
func TestEachSideIsToldItsOwnAmount(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reason       payment.Reason
		states       []payment.State
		payer, payee money.Amount
		granted      money.Amount
	}{
		"paid":                 {payment.Paid, []payment.State{payment.Posted}, 5050, 5000, 0},
		"not paid after doubt": {payment.UndoneAtBank, []payment.State{payment.Doubt, payment.Undone, payment.Voided}, 5050, 5000, 0},
		"handed back":          {payment.BankDeclined, []payment.State{payment.Confirmed, payment.Approved, payment.Taken, payment.Declined, payment.Returned}, 5000, 5000, 0},
		"set free":             {payment.NotCaptured, []payment.State{payment.Authorized, payment.Released, payment.Voided}, 5050, 5000, 0},
		"set free in part":     {payment.NotCaptured, []payment.State{payment.Authorized, payment.Released, payment.Voided}, 3000, 3000, 3000},
	} {
		p := &payment.Payment{Ref: "R", Reason: tt.reason, State: payment.Done, Payer: payment.Party{User: 1, Phone: "+1"}, Payee: payment.Party{User: 2, Phone: "+2"},
			Amounts: payment.Amounts{Charged: 5050, Received: 5000, Fee: 50, Currency: "CNY", Granted: tt.granted},
			Plan: payment.Plan{Back: 9, Asks: []payment.Ask{{Bank: "a"}, {Bank: "b"}}, Legs: []payment.Leg{
				{From: 1, To: 2, Amount: 5000, Held: true, PostedAt: 2}, {From: 9, To: 3, Amount: 50, Held: true, PostedAt: 3}}}}
		for _, state := range append([]payment.State{payment.Received}, tt.states...) {
			p.Steps = append(p.Steps, payment.Step{State: state})
		}
		told := notice.Outcome(p, notice.Person{Purse: 9, Back: true}, notice.Person{}, notice.Facts{})
		if len(told) != 2 || told[0].To != "+1" || told[0].Args.Amount != tt.payer || told[1].To != "+2" || told[1].Args.Amount != tt.payee {
			t.Errorf("%s: %+v", name, told)
		}
	}
}
