package host_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// credit is a deposit of 10.00 CNY into account.
func credit(account string, serial uint32) *iso8583.Transaction {
	deposit := transaction(account, serial)
	deposit.Processing = iso8583.DepositToAccount
	return deposit
}

// TestDirections tries every place of the account with processing codes of every kind:
// the code alone decides the direction, and an account elsewhere is a format error.
func TestDirections(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		processing string
		from, to   string // DE102 and DE103
		code       string
		moved      money.Amount // in rich, where approved
	}{
		{processing: "000000", from: rich, code: "00", moved: -1000},
		{processing: "210000", to: rich, code: "00", moved: 1000},
		{processing: "200000", to: rich, code: "00", moved: 1000},

		{processing: "000000", to: rich, code: "30"},
		{processing: "210000", from: rich, code: "30"},
		{processing: "200000", from: rich, code: "30"},
		{processing: "000000", from: rich, to: rich, code: "30"},
		{processing: "210000", from: rich, to: rich, code: "30"},
		{processing: "000000", from: rich, to: poor, code: "30"},
		{processing: "200000", from: poor, to: rich, code: "30"},
		{processing: "210000", code: "30"},
		{processing: "", from: rich, code: "30"},
		{processing: "", to: rich, code: "30"},

		{processing: "010000", from: rich, code: "12"}, // cash
		{processing: "090000", from: rich, code: "12"}, // cash back
		{processing: "001000", from: rich, code: "12"}, // from a savings account
		{processing: "220000", to: rich, code: "12"},   // an adjustment
		{processing: "210020", to: rich, code: "12"},   // into a cheque account
		{processing: "310000", from: rich, code: "12"}, // a balance inquiry
		{processing: "400000", from: rich, code: "12"}, // a transfer
		{processing: "999999", to: rich, code: "12"},
	} {
		name := tt.processing + " from " + tt.from + " to " + tt.to
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, host.Config{})
			c := signedOn(t, h)
			request := transaction("", 1).Request()
			request.Set(iso8583.DEProcessingCode, tt.processing)
			request.Set(iso8583.DEAccount, tt.from)
			request.Set(iso8583.DEToAccount, tt.to)
			answer := c.ask(request)
			c.want(answer, tt.code)
			for _, de := range []iso8583.DE{iso8583.DEProcessingCode, iso8583.DEAccount, iso8583.DEToAccount} {
				if got, sent := answer.Get(de), request.Get(de); got != sent {
					t.Errorf("DE%d is echoed as %q, was %q", de, got, sent)
				}
			}
			c.wantBalance(h, rich, opening+tt.moved)
			c.wantBalance(h, poor, 100)
		})
	}
}

// TestCreditDecisions: a credit is judged by the account that gets it, but not by the
// balance, nor by the limit and the refusal of debits.
func TestCreditDecisions(t *testing.T) {
	t.Parallel()
	cny, _ := money.Lookup("CNY")
	const noDebits, noCredits = "6222000000000007", "6222000000000008"
	for _, tt := range []struct {
		name    string
		account string
		change  func(*iso8583.Transaction)
		code    string
	}{
		{"more than the account has", poor, func(tr *iso8583.Transaction) { tr.Amount = 1_000_000 }, "00"},
		{"above the limit of debits", rich, func(tr *iso8583.Transaction) { tr.Amount = 50_001 }, "00"},
		{"no account", nobody, nil, "14"},
		{"another currency", rich, func(tr *iso8583.Transaction) { tr.Currency = "840" }, "12"},
		{"an account without debits", noDebits, nil, "00"},
		{"an account without credits", noCredits, nil, "57"},
		{"a return to an account without credits", noCredits, func(tr *iso8583.Transaction) { tr.Processing = iso8583.ReturnToAccount }, "57"},
		{"a debit of an account without credits", noCredits, func(tr *iso8583.Transaction) { tr.Processing = "" }, "00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, host.Config{})
			for _, a := range []host.Account{
				{No: noDebits, Balance: opening, Currency: cny, Refuse: "05"}, {No: noCredits, Balance: opening, Currency: cny},
				{No: noCredits, RefuseCredit: "57"}, // of an account that is open already
			} {
				if err := h.Open(a); err != nil {
					t.Fatal(err)
				}
			}
			c := signedOn(t, h)
			asked := credit(tt.account, 1)
			if tt.change != nil {
				tt.change(asked)
			}
			want, _ := h.Balance(tt.account)
			switch {
			case tt.code != "00":
			case asked.Processing == "":
				want -= asked.Amount
			default:
				want += asked.Amount
			}
			c.want(c.ask(asked.Request()), tt.code)
			c.wantBalance(h, tt.account, want)
		})
	}
}

// TestCreditOnce: a repeat is booked once and answered as before; the same numbers with
// another direction, account or amount are a duplicate.
func TestCreditOnce(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	first := c.ask(credit(rich, 1).Request())
	c.want(first, "00")
	again := c.ask(credit(rich, 1).Request())
	c.want(again, "00")
	if first.Get(iso8583.DEAuthID) != again.Get(iso8583.DEAuthID) {
		t.Error("the repeat has an authorization of its own")
	}
	for name, change := range map[string]func(*iso8583.Transaction){
		"a debit":         func(tr *iso8583.Transaction) { tr.Processing = "" },
		"a return":        func(tr *iso8583.Transaction) { tr.Processing = iso8583.ReturnToAccount },
		"another account": func(tr *iso8583.Transaction) { tr.Account = poor },
		"another amount":  func(tr *iso8583.Transaction) { tr.Amount++ },
	} {
		other := credit(rich, 1)
		change(other)
		if m := c.ask(other.Request()); m.Get(iso8583.DEResponse) != "94" {
			t.Errorf("%s is answered %s", name, m.Get(iso8583.DEResponse))
		}
	}
	c.wantBalance(h, rich, opening+1000)
	c.wantBalance(h, poor, 100)
}

// TestCreditReversed: the money is taken out again once, whether or not the reversal
// repeats the direction, unless it names another direction.
func TestCreditReversed(t *testing.T) {
	t.Parallel()
	for _, processing := range []string{iso8583.DepositToAccount, iso8583.ReturnToAccount} {
		t.Run(processing, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, host.Config{})
			c := signedOn(t, h)
			asked := credit(rich, 1)
			asked.Processing = processing
			c.want(c.ask(reversal(asked, false)), "25")
			c.want(c.ask(asked.Request()), "00")
			for name, change := range map[string]func(*iso8583.Message){
				"of a debit": func(m *iso8583.Message) {
					m.Set(iso8583.DEProcessingCode, iso8583.PurchaseFromAccount)
					m.Set(iso8583.DEAccount, rich)
				},
				"another account": func(m *iso8583.Message) { m.Set(iso8583.DEToAccount, poor) },
				"no account":      func(m *iso8583.Message) { m.Set(iso8583.DEToAccount, "") },
				"another amount":  func(m *iso8583.Message) { m.Set(iso8583.DEAmount, "000000000999") },
			} {
				m := reversal(asked, false)
				change(m)
				if got := c.ask(m).Get(iso8583.DEResponse); got != "30" {
					t.Errorf("%s: answered %s, want 30", name, got)
				}
			}
			c.wantBalance(h, rich, opening+1000)
			bare := reversal(asked, false)
			bare.Set(iso8583.DEProcessingCode, "")
			c.want(c.ask(bare), "00")
			c.want(c.ask(reversal(asked, true)), "00")
			c.wantBalance(h, rich, opening)
			if n := count(h.Journal(), host.In, host.Recalled); n != 1 {
				t.Errorf("taken back %d times", n)
			}
		})
	}
}

// spent returns a host whose poor account has received 10.00 and has spent all but 0.50 of
// it.
func spent(t *testing.T, c host.Config) (*host.Host, *client) {
	t.Helper()
	h := newHost(t, c)
	gateway := signedOn(t, h)
	gateway.want(gateway.ask(credit(poor, 1).Request()), "00")
	bought := transaction(poor, 2)
	bought.Amount = 1050
	gateway.want(gateway.ask(bought.Request()), "00")
	gateway.wantBalance(h, poor, 50)
	return h, gateway
}

// TestCreditThatIsGone: such a credit is reversed below zero, and the account pays nothing
// until its balance is positive again.
func TestCreditThatIsGone(t *testing.T) {
	t.Parallel()
	h, c := spent(t, host.Config{})
	c.want(c.ask(reversal(credit(poor, 1), false)), "00")
	c.wantBalance(h, poor, -950)
	small := transaction(poor, 3)
	small.Amount = 1
	c.want(c.ask(small.Request()), "51")
	c.want(c.ask(credit(poor, 4).Request()), "00")
	c.wantBalance(h, poor, 50)
	recount(t, h.Journal())
}

// TestCreditThatIsGoneStays where accounts may not go negative: the reversal is declined
// until the money is there again. The reversal of a debit is not affected.
func TestCreditThatIsGoneStays(t *testing.T) {
	t.Parallel()
	h, c := spent(t, host.Config{NoOverdraft: true})
	c.want(c.ask(reversal(credit(poor, 1), false)), "51")
	c.want(c.ask(reversal(credit(poor, 1), true)), "51")
	if m := h.Withdraw("000001", "632601000042"); m != nil {
		t.Error("the bank took it back by itself")
	}
	c.wantBalance(h, poor, 50)
	if n := count(h.Journal(), host.In, host.Uncovered); n != 2 {
		t.Errorf("%d reversals are noted as not covered", n)
	}
	bought := transaction(poor, 2)
	bought.Amount = 1050
	c.want(c.ask(reversal(bought, false)), "00")
	c.want(c.ask(reversal(credit(poor, 1), true)), "00")
	c.wantBalance(h, poor, 100)
	recount(t, h.Journal())
}

// TestAllowOverdraft turns one kind of host into the other, and back.
func TestAllowOverdraft(t *testing.T) {
	t.Parallel()
	h, c := spent(t, host.Config{})
	h.AllowOverdraft(false)
	c.want(c.ask(reversal(credit(poor, 1), false)), "51")
	h.AllowOverdraft(true)
	c.want(c.ask(reversal(credit(poor, 1), true)), "00")
	c.wantBalance(h, poor, -950)
}

// TestCreditIsRemembered: a reversal before its request keeps a host that remembers from
// paying, and says nothing about the debit with the same numbers.
func TestCreditIsRemembered(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{Remembers: true})
	c := signedOn(t, h)
	c.want(c.ask(reversal(credit(rich, 1), false)), "25")
	c.want(c.ask(credit(rich, 1).Request()), "94")
	c.want(c.ask(reversal(credit(rich, 1), true)), "25")
	c.wantBalance(h, rich, opening)
}

// TestWithdrawCredit undoes a credit once and says so, with the account in the same
// element.
func TestWithdrawCredit(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	request := credit(rich, 7).Request()
	c.want(c.ask(request), "00")
	m := h.Withdraw("000007", request.Get(iso8583.DERRN))
	if m == nil || h.Withdraw("000007", request.Get(iso8583.DERRN)) != nil {
		t.Fatal("not taken back once")
	}
	c.wantBalance(h, rich, opening)
	h.Send(m)
	got := c.hear()
	key, named := got.OriginalKey()
	if got.MTI != iso8583.ReversalAdvice || !named || key != request.Key() || got.Get(iso8583.DEToAccount) != rich || got.Get(iso8583.DEAccount) != "" {
		t.Errorf("heard %s of %+v, want 0420 of %+v", got.MTI, key, request.Key())
	}
	c.want(c.ask(reversal(credit(rich, 7), false)), "00")
	c.wantBalance(h, rich, opening)
}

// TestFaultOfAnAccount is for the account in either element, and for no other.
func TestFaultOfAnAccount(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	h.Fault(host.Fault{Kind: host.Decline, On: host.Requests, Account: rich, Code: "96"})
	h.Fault(host.Fault{Kind: host.Decline, On: host.Reversals, Account: rich, Code: "91", Times: 1})
	c.want(c.ask(credit(rich, 1).Request()), "96")
	c.want(c.ask(transaction(rich, 2).Request()), "96")
	c.want(c.ask(credit(poor, 3).Request()), "00")
	c.want(c.ask(reversal(credit(rich, 1), false)), "91")
	c.want(c.ask(reversal(credit(poor, 3), false)), "00")
	c.wantBalance(h, rich, opening)
	c.wantBalance(h, poor, 100)
}

// TestCreditsInTheJournal: what is written is enough for the same bank again, and a
// journal that was changed is refused.
func TestCreditsInTheJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bank.jsonl")
	h := newHost(t, host.Config{Journal: path})
	c := signedOn(t, h)
	c.want(c.ask(credit(rich, 1).Request()), "00")
	c.want(c.ask(credit(poor, 2).Request()), "00")
	c.want(c.ask(reversal(credit(rich, 1), false)), "00")
	var moved []money.Amount
	for _, e := range h.Journal() {
		if e.Dir == host.In && e.MTI != iso8583.NetworkRequest {
			moved = append(moved, e.Change())
		}
		if e.Outcome == host.Credited && (e.Processing != iso8583.DepositToAccount || e.AuthID == "") {
			t.Errorf("written as %+v", e)
		}
	}
	if want := []money.Amount{1000, 1000, -1000}; !slices.Equal(moved, want) {
		t.Errorf("moved %v, want %v", moved, want)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	again := newHost(t, host.Config{Journal: path})
	c = signedOn(t, again)
	c.want(c.ask(credit(poor, 2).Request()), "00")
	c.want(c.ask(transaction(poor, 2).Request()), "94")
	c.want(c.ask(reversal(credit(rich, 1), true)), "00")
	c.wantBalance(again, rich, opening)
	c.wantBalance(again, poor, 1100)
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a credit by the code of a debit": {`"processing":"210000"`, `"processing":"000000"`},
		"a recall of a debit":             {`"credited"`, `"debited"`},
		"a credit given back":             {`"recalled"`, `"restored"`},
		"a credit that is declined":       {`"credited"`, `"declined"`},
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, path, func(text string) string { return strings.ReplaceAll(text, change[0], change[1]) })
		})
	}
}

// returns is a return of amount of what took asks for.
func returns(took *iso8583.Message, serial uint32, amount money.Amount) *iso8583.Transaction {
	back := credit(took.Account(), serial)
	back.Processing, back.Amount, back.Of = iso8583.ReturnToAccount, amount, took
	return back
}

// TestReturns: what was taken, at once or from what was held, is returned once, even in
// parts; a return that was reversed may come again, and what was returned is not reversed.
func TestReturns(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{iso8583.ISO87, iso8583.ISO93, iso8583.ISO93Binary} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, host.Config{Dialect: dialect, NamedReturns: true})
			c := signedOnIn(t, h, dialect)
			late := transaction(rich, 1) // the local date is not that of DE7
			late.At = time.Date(2027, 1, 1, 3, 0, 0, 0, time.FixedZone("CST", 8*60*60))
			set := *late
			set.STAN, set.RRN = 2, "632601000002"
			debit, captured := late.Request(), completes(&set, 3, 1000, "")
			c.want(c.ask(debit), "00")
			c.want(c.ask(authorizes(&set)), "00")
			c.want(c.ask(captured), "00")
			unnamed := credit(rich, 9)
			unnamed.Processing = iso8583.ReturnToAccount
			c.want(c.ask(unnamed.Request()), "12")
			c.want(c.ask(returns(authorizes(&set), 8, 1).Request()), "25")
			c.want(c.ask(returns(transaction(rich, 7).Request(), 7, 1).Request()), "25")
			undone := transaction(rich, 5)
			c.want(c.ask(undone.Request()), "00")
			c.want(c.ask(reversal(undone, false)), "00")
			c.want(c.ask(returns(undone.Request(), 6, 1).Request()), "12")
			for i, took := range []*iso8583.Message{debit, captured} {
				serial := uint32(10 * (i + 1))
				c.want(c.ask(returns(took, serial, 1001).Request()), "13")
				part := returns(took, serial+1, 300)
				c.want(c.ask(part.Request()), "00")
				c.want(c.ask(part.Request()), "00")
				c.want(c.ask(returns(took, serial+2, 701).Request()), "13")
				c.want(c.ask(iso8583.Reversal(took, late.At, false, iso8583.TooLate)), "12")
				c.want(c.ask(iso8583.Reversal(part.Request(), late.At, false, iso8583.TooLate)), "00")
				c.want(c.ask(returns(took, serial+3, 1000).Request()), "00")
				c.want(c.ask(returns(took, serial+4, 1).Request()), "13")
			}
			c.wantBalance(h, rich, opening)
			recount(t, h.Journal())
		})
	}
}
