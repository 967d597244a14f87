package host_test

import (
	"bytes"
	"cmp"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

func TestDecisions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*iso8583.Transaction)
		code   string
	}{
		{"approved", func(*iso8583.Transaction) {}, "00"},
		{"at the limit", func(tr *iso8583.Transaction) { tr.Amount = 50_000 }, "00"},
		{"above the limit", func(tr *iso8583.Transaction) { tr.Amount = 50_001 }, "61"},
		{"to the last fen", func(tr *iso8583.Transaction) { tr.Account, tr.Amount = poor, 100 }, "00"},
		{"a fen too much", func(tr *iso8583.Transaction) { tr.Account, tr.Amount = poor, 101 }, "51"},
		{"no account", func(tr *iso8583.Transaction) { tr.Account = nobody }, "14"},
		{"account not told", func(tr *iso8583.Transaction) { tr.Account = "" }, "30"},
		{"another currency", func(tr *iso8583.Transaction) { tr.Currency = "840" }, "12"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := signedOn(t, newHost(t, host.Config{}))
			tr := transaction(rich, 1)
			tt.change(tr)
			m := c.ask(tr.Request())
			c.want(m, tt.code)
			if auth := m.Get(iso8583.DEAuthID); (auth != "") != (tt.code == "00") {
				t.Errorf("authorization %q with code %s", auth, tt.code)
			}
		})
	}
}

func TestSignOnFirst(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := dial(t, h)
	c.want(c.ask(transaction(rich, 1).Request()), "58")
	c.wantBalance(h, rich, opening)
	c.want(c.ask(iso8583.Network(iso8583.SignOn, 1, time.Now(), "")), "00")
	c.want(c.ask(transaction(rich, 1).Request()), "00")
	c.want(c.ask(iso8583.Network(iso8583.SignOff, 2, time.Now(), "")), "00")
	c.want(c.ask(transaction(rich, 2).Request()), "58")
	c.want(c.ask(iso8583.Network("161", 3, time.Now(), "")), "40")
	c.wantBalance(h, rich, opening-1000)
}

func TestRepeatIsBookedOnce(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	first := c.ask(transaction(rich, 1).Request())
	again := c.ask(transaction(rich, 1).Request())
	c.want(again, "00")
	if first.Get(iso8583.DEAuthID) != again.Get(iso8583.DEAuthID) {
		t.Error("the repeat has an authorization of its own")
	}
	other := transaction(rich, 1)
	other.Amount++
	c.want(c.ask(other.Request()), "94")
	c.wantBalance(h, rich, opening-1000)

	declined := transaction(poor, 2)
	c.want(c.ask(declined.Request()), "51")
	c.want(c.ask(declined.Request()), "51")
}

func TestReversals(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	c.want(c.ask(transaction(rich, 1).Request()), "00")
	c.want(c.ask(transaction(rich, 2).Request()), "00")
	c.want(c.ask(reversal(transaction(rich, 1), false)), "00")
	c.want(c.ask(reversal(transaction(rich, 1), true)), "00")
	c.want(c.ask(reversal(transaction(rich, 1), true)), "00")
	c.wantBalance(h, rich, opening-1000)

	// A request that was declined took nothing.
	c.want(c.ask(transaction(poor, 3).Request()), "51")
	c.want(c.ask(reversal(transaction(poor, 3), false)), "00")
	c.wantBalance(h, poor, 100)

	// Of another sum, or without an original.
	part := transaction(rich, 2)
	part.Amount = 1
	c.want(c.ask(reversal(part, false)), "30")
	blind := reversal(transaction(rich, 2), false)
	blind.Set(iso8583.DEOriginalData, "")
	c.want(c.ask(blind), "30")
	c.wantBalance(h, rich, opening-1000)
}

// TestReversalBeforeItsRequest is forgotten, as by most banks.
func TestReversalBeforeItsRequest(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	c.want(c.ask(reversal(transaction(rich, 1), false)), "25")
	c.want(c.ask(reversal(transaction(rich, 1), true)), "25")
	c.want(c.ask(transaction(rich, 1).Request()), "00")
	c.wantBalance(h, rich, opening-1000)
	c.want(c.ask(reversal(transaction(rich, 1), true)), "00")
	c.wantBalance(h, rich, opening)
}

func TestReversalIsRemembered(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{Remembers: true})
	c := signedOn(t, h)
	c.want(c.ask(reversal(transaction(rich, 1), false)), "25")
	c.want(c.ask(reversal(transaction(rich, 1), true)), "25")
	c.want(c.ask(transaction(rich, 1).Request()), "94")
	c.want(c.ask(reversal(transaction(rich, 1), true)), "25")
	c.wantBalance(h, rich, opening)
}

// TestManyLines books from many lines at once; the book is one.
func TestManyLines(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	const lines, each = 8, 10
	clients := make([]*client, lines)
	for i := range clients {
		clients[i] = signedOn(t, h)
	}
	var asking sync.WaitGroup
	for i, c := range clients {
		asking.Go(func() {
			for j := range each {
				c.say(transaction(rich, uint32(i*each+j+1)).Request())
				if m := c.hear(); m == nil || m.Get(iso8583.DEResponse) != "00" {
					t.Errorf("line %d, request %d: not approved", i, j)
				}
			}
		})
	}
	asking.Wait()
	clients[0].wantBalance(h, rich, opening-lines*each*1000)
	if h.Say(iso8583.Echo) != lines {
		t.Error("not all lines are signed on")
	}
}

// TestFaults looks at each fault of a debit, and of a credit, from the other side of the
// line. A second fault is for requests of the other kind only, and must have no effect.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		fault  host.Fault
		booked bool
		heard  []string // codes; "" is a line that ended, or noise
	}{
		{"decline", host.Fault{Kind: host.Decline, Code: "96"}, false, []string{"96"}},
		{"slow", host.Fault{Kind: host.Slow, Delay: time.Millisecond}, true, []string{"00"}},
		{"late", host.Fault{Kind: host.LateAnswer, Delay: time.Millisecond}, true, []string{"00"}},
		{"duplicate", host.Fault{Kind: host.Duplicate}, true, []string{"00", "00"}},
		{"drop before", host.Fault{Kind: host.DropBefore}, false, []string{""}},
		{"drop after", host.Fault{Kind: host.DropAfter}, true, []string{""}},
		{"garbage", host.Fault{Kind: host.Garbage}, true, []string{""}},
		{"contradict", host.Fault{Kind: host.Contradict, Code: "91", Delay: time.Millisecond}, true, []string{"91", "00"}},
		{"no account", host.Fault{Kind: host.Omit, Elements: []iso8583.DE{iso8583.DEAccount, iso8583.DEToAccount}}, true, []string{"00"}},
		{"no code", host.Fault{Kind: host.Omit, Elements: []iso8583.DE{iso8583.DEResponse}}, true, []string{""}},
		{"another code", host.Fault{Kind: host.Alter, Elements: []iso8583.DE{iso8583.DEResponse}, Value: "10"}, true, []string{"10"}},
		{"an empty second bitmap", host.Fault{Kind: host.EmptyBitmap}, true, []string{"00"}},
		{"rewritten", host.Fault{Kind: host.Rewritten, Rewrite: bytes.ToLower}, true, []string{"00"}},
	} {
		for name, way := range map[string]struct {
			request           *iso8583.Transaction
			processing, other string
			moves             money.Amount
		}{
			"debit":  {transaction(rich, 1), iso8583.PurchaseFromAccount, iso8583.DepositToAccount, -1000},
			"credit": {credit(rich, 1), iso8583.DepositToAccount, iso8583.PurchaseFromAccount, 1000},
		} {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				h := newHost(t, host.Config{})
				c := signedOn(t, h)
				fault := tt.fault
				fault.On, fault.Account, fault.Processing = host.Requests, rich, way.processing
				h.Fault(host.Fault{Kind: host.Decline, Code: "05", On: host.Requests, Processing: way.other})
				h.Fault(fault)
				c.say(way.request.Request())
				for _, code := range tt.heard {
					if m := c.hear(); m == nil && code != "" || m != nil && m.Get(iso8583.DEResponse) != code {
						t.Errorf("heard %v, want %q", m, code)
					}
				}
				want := opening
				if tt.booked {
					want += way.moves
				}
				c.wantBalance(h, rich, want)
			})
		}
	}
}

// TestWithdraw gives back a debit once and tells of it, with the original in DE90.
func TestWithdraw(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	request := transaction(rich, 7).Request()
	c.want(c.ask(request), "00")
	m := h.Withdraw("000007", request.Get(iso8583.DERRN))
	if m == nil || h.Withdraw("000007", request.Get(iso8583.DERRN)) != nil || h.Withdraw("000008", "") != nil {
		t.Fatal("not given back once")
	}
	c.wantBalance(h, rich, opening)
	if h.Send(m) != 1 {
		t.Fatal("the line is not signed on")
	}
	got := c.hear()
	key, named := got.OriginalKey()
	if got.MTI != iso8583.ReversalAdvice || !named || key != request.Key() {
		t.Errorf("heard %s of %+v, want 0420 of %+v", got.MTI, key, request.Key())
	}
	c.want(c.ask(reversal(transaction(rich, 7), false)), "00")
	c.wantBalance(h, rich, opening)
}

// TestFaultsThatAnswerWrong spoil one element each.
func TestFaultsThatAnswerWrong(t *testing.T) {
	t.Parallel()
	for kind, de := range map[host.Kind]iso8583.DE{
		host.WrongSTAN: iso8583.DESTAN, host.WrongRRN: iso8583.DERRN, host.WrongSum: iso8583.DEAmount,
	} {
		h := newHost(t, host.Config{})
		c := signedOn(t, h)
		h.Fault(host.Fault{Kind: kind, On: host.Requests, Times: 1})
		right := transaction(rich, 1).Request()
		m := c.ask(right)
		c.want(m, "00")
		if m.Get(de) == right.Get(de) || len(m.Get(de)) != len(right.Get(de)) {
			t.Errorf("DE%d is %q, was asked as %q", de, m.Get(de), right.Get(de))
		}
	}
}

// TestAWrongSumOfAPart is no part: a smaller amount could be one.
func TestAWrongSumOfAPart(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	if err := h.Open(host.Account{No: rich, Parts: true, Most: func(asked money.Amount) money.Amount { return asked / 2 }}); err != nil {
		t.Fatal(err)
	}
	c := signedOn(t, h)
	h.Fault(host.Fault{Kind: host.WrongSum, On: host.Requests, Times: 1})
	asked := transaction(rich, 1)
	wrong := c.ask(authorizes(asked))
	c.want(wrong, "10")
	if told, _ := wrong.Amount(); told <= asked.Amount {
		t.Errorf("%d of %d is held, says the host", told, asked.Amount)
	}
	right := c.ask(authorizes(asked))
	c.want(right, "10")
	if told, _ := right.Amount(); told != asked.Amount/2 || h.Held()[rich] != told {
		t.Errorf("%d of %d is held, says the host", told, asked.Amount)
	}
}

// TestFaultsAreForWhatTheySay: for an account, for some messages, for a class.
func TestFaultsAreForWhatTheySay(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	h.Fault(host.Fault{Kind: host.Decline, On: host.Requests, Account: rich, Code: "96", Times: 2})
	h.Fault(host.Fault{Kind: host.Decline, On: host.Reversals, Code: "91"})
	h.Fault(host.Fault{Kind: host.Decline, On: host.Requests, Code: "92", Times: 1})
	c.want(c.ask(transaction(rich, 1).Request()), "96")
	c.want(c.ask(transaction(poor, 2).Request()), "92")
	c.want(c.ask(transaction(rich, 3).Request()), "96")
	c.want(c.ask(transaction(rich, 4).Request()), "00")
	for range 3 {
		c.want(c.ask(reversal(transaction(rich, 4), false)), "91")
	}
	h.ClearFaults()
	c.want(c.ask(reversal(transaction(rich, 4), true)), "00")
	c.wantBalance(h, rich, opening)
}

func TestSilenceIsBookedAndNoted(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	h.Fault(host.Fault{Kind: host.Silence, On: host.Requests, Times: 1})
	c.say(transaction(rich, 1).Request())
	// The next answer is that of the echo: the request has none.
	if m := c.ask(iso8583.Network(iso8583.Echo, 9, time.Now(), "")); m == nil || m.MTI != iso8583.NetworkResponse {
		t.Fatalf("heard %v", m)
	}
	c.wantBalance(h, rich, opening-1000)
	if n := count(h.Journal(), host.Out, host.Withheld); n != 1 {
		t.Errorf("%d answers are noted as withheld", n)
	}
}

// TestCloseDoesNotWait for answers that are late.
func TestCloseDoesNotWait(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	h.Fault(host.Fault{Kind: host.LateAnswer, On: host.Requests, Delay: time.Hour})
	c.say(transaction(rich, 1).Request())
	c.want(c.ask(iso8583.Network(iso8583.Echo, 9, time.Now(), "")), "00")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if m := c.hear(); m != nil {
		t.Errorf("heard %v of a closed bank", m)
	}
	if _, err := h.Listen("127.0.0.1:0"); err == nil {
		t.Error("a closed bank listens")
	}
}

func TestLoopbackOnly(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "bank.example:0", "nonsense"} {
		if at, err := h.Listen(addr); err == nil {
			t.Errorf("listens at %s", at)
		}
	}
}

// TestNoise is a gateway that is none. The host notes it and serves on.
func TestNoise(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	if _, err := c.conn.Write([]byte("\x00\x04\xff\xfe\xfd\xfc" + "\x00\x00")); err != nil {
		t.Fatal(err)
	}
	odd := iso8583.New("0120")
	odd.Set(iso8583.DESTAN, "000001")
	c.say(odd)
	c.want(c.ask(transaction(rich, 1).Request()), "00")
	if n := count(h.Journal(), host.In, host.Unreadable); n != 2 {
		t.Errorf("%d messages are noted as unreadable", n)
	}
	if n := count(h.Journal(), host.In, host.Ignored); n != 1 {
		t.Errorf("%d messages are noted as ignored", n)
	}
	if _, err := c.conn.Write([]byte(strings.Repeat("\xff", 40))); err != nil {
		t.Fatal(err)
	}
	if m := c.hear(); m != nil {
		t.Errorf("a frame without end is answered with %v", m)
	}
}

func count(entries []host.Entry, d host.Direction, o host.Outcome) int {
	n := 0
	for _, e := range entries {
		if e.Dir == d && e.Outcome == o {
			n++
		}
	}
	return n
}

// recount adds up a journal as an auditor would, by its outcomes alone.
func recount(t *testing.T, entries []host.Entry) map[string]money.Amount {
	t.Helper()
	sums, cards := make(map[string]money.Amount), make(map[string]string)
	for i, e := range entries {
		if e.Outcome == host.Issued {
			cards[e.Account] = e.DrawsOn
		}
		e.Account = cmp.Or(cards[e.Account], e.Account)
		if e.Seq != i+1 {
			t.Errorf("entry %d has number %d", i+1, e.Seq)
		}
		switch e.Outcome {
		case host.Opened:
			sums[e.Account] = e.Balance
		case host.Debited, host.Recalled:
			sums[e.Account] -= e.Amount
		case host.Restored, host.Credited:
			sums[e.Account] += e.Amount
		}
		if e.Account != "" && sums[e.Account] != e.Balance {
			t.Errorf("entry %d: balance %d, recounted %d", e.Seq, e.Balance, sums[e.Account])
		}
	}
	return sums
}

// TestDelayed counts what a fault has put off until it is done.
func TestDelayed(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	h.Fault(host.Fault{Kind: host.Slow, On: host.Requests, Delay: time.Hour, Times: 1})
	c.say(transaction(rich, 1).Request())
	c.want(c.ask(transaction(rich, 2).Request()), "00") // it passes the first
	if n := h.Delayed(); n != 1 {
		t.Errorf("%d messages are delayed, want 1", n)
	}
	h.Fault(host.Fault{Kind: host.LateAnswer, On: host.Requests, Times: 1})
	c.want(c.ask(transaction(rich, 3).Request()), "00")
	for end := time.Now().Add(patience); h.Delayed() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d messages are delayed, want 1", h.Delayed())
		}
	}
	c.wantBalance(h, rich, opening-2000)
}

// TestRemember turns a host that forgets into one that remembers, and back.
func TestRemember(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	for serial, remembers := range map[uint32]bool{1: true, 2: false} {
		h.Remember(remembers)
		c.want(c.ask(reversal(transaction(rich, serial), false)), "25")
		want := "00"
		if remembers {
			want = "94"
		}
		c.want(c.ask(transaction(rich, serial).Request()), want)
	}
	c.wantBalance(h, rich, opening-1000)
}
