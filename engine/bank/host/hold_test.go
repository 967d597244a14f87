package host_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// hold is one authorization of the model, and the completions of it that the bank has seen.
type hold struct {
	of      *iso8583.Transaction
	code    string // of the first answer; empty: the bank has never seen it
	granted money.Amount
	over    bool // nothing is held any more
	taken   bool // because a completion took it
	at      time.Time

	completions map[uint32]*completion // by trace number
}

// completion is one 0220 as it was first sent, and its answer.
type completion struct {
	amount money.Amount
	code   string
}

// authorizes returns the 0100 of the transaction.
func authorizes(of *iso8583.Transaction) *iso8583.Message {
	asked := *of
	asked.MTI = iso8583.AuthorizationRequest
	return asked.Request()
}

// completes returns the 0220 that takes amount of what the transaction holds.
func completes(of *iso8583.Transaction, serial uint32, amount money.Amount, authID string) *iso8583.Message {
	asked := *of
	asked.MTI, asked.STAN, asked.RRN, asked.Amount = iso8583.FinancialAdvice, serial, "632601000099", amount
	asked.Of, asked.AuthID = authorizes(of), authID
	return asked.Request()
}

// Cards of these tests, which draw on the rich account.
const (
	gold  = "tok_gold"
	plain = "tok_plain"
)

// holdFor is how long a bank of the model may hold money.
const holdFor = 7 * 24 * time.Hour

// holdModel predicts what a bank holds, takes and frees.
type holdModel struct {
	now     time.Time
	expires bool
	limits  map[string]money.Amount // of cards
	used    map[string]money.Amount // the same
	path    string
	host    *host.Host
	gateway *client
	parts   bool
	most    func(money.Amount) money.Amount // nil: all of it
	holds   []*hold
	balance money.Amount
	held    money.Amount
}

func (m *holdModel) open(t *testing.T) {
	config := host.Config{Journal: m.path, Now: func() time.Time { return m.now }}
	if m.expires {
		config.HoldFor = holdFor
	}
	m.host = newHost(t, config)
	cny, _ := money.Lookup("CNY")
	if err := m.host.Open(host.Account{No: rich, Currency: cny, Parts: m.parts, Most: m.most}); err != nil {
		t.Fatal(err)
	}
	for no, limit := range m.limits {
		if err := (host.Cards{Host: m.host}).Issue(host.Card{No: no, Account: rich, Limit: limit}); err != nil {
			t.Fatal(err)
		}
	}
	m.gateway = signedOn(t, m.host)
}

// frees is told that what h holds is free again.
func (m *holdModel) frees(h *hold) {
	h.over = true
	m.held -= h.granted
	m.used[h.of.Account] -= h.granted
}

// wait lets the bank's clock go on, and what is too old by it expire.
func (m *holdModel) wait(t *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 100).Draw(t, "hours")) * time.Hour)
	for _, h := range m.holds {
		if m.expires && h.granted > 0 && !h.over && m.now.Sub(h.at) >= holdFor {
			m.frees(h)
		}
	}
}

func (m *holdModel) close(t *rapid.T) {
	if err := errors.Join(m.host.Close(), m.gateway.conn.Close()); err != nil {
		t.Fatal(err)
	}
}

func (m *holdModel) answered(t *rapid.T, message *iso8583.Message, code string) *iso8583.Message {
	answer := m.gateway.ask(message)
	if answer == nil || answer.Get(iso8583.DEResponse) != code || answer.MTI != message.MTI.Response() {
		t.Fatalf("%s %s is answered %v, want %s", message.MTI, message.Get(iso8583.DESTAN), answer, code)
	}
	return answer
}

// pick draws an authorization that was or will be asked for.
func (m *holdModel) pick(t *rapid.T) *hold {
	serial := rapid.Uint32Range(1, 4).Draw(t, "serial")
	if i := slices.IndexFunc(m.holds, func(h *hold) bool { return h.of.STAN == serial }); i >= 0 {
		return m.holds[i]
	}
	h := &hold{of: transaction(rapid.SampledFrom([]string{rich, gold, plain}).Draw(t, "account"), serial), completions: make(map[uint32]*completion)}
	h.of.Amount = money.Amount(rapid.IntRange(1, 60_000).Draw(t, "amount"))
	m.holds = append(m.holds, h)
	return h
}

func (m *holdModel) authorize(t *rapid.T) {
	h := m.pick(t)
	if h.code == "" {
		available, left := m.balance-m.held, h.of.Amount
		if limit := m.limits[h.of.Account]; limit > 0 {
			left = limit - m.used[h.of.Account]
		}
		part := min(available, left)
		if m.most != nil {
			part = min(part, m.most(h.of.Amount))
		}
		switch {
		case h.of.Amount <= part:
			h.code, h.granted = "00", h.of.Amount
		case m.parts && part > 0:
			h.code, h.granted = "10", part
		case h.of.Amount > left:
			h.code = "61"
		default:
			h.code = "51"
		}
		h.at = m.now
		m.held += h.granted
		m.used[h.of.Account] += h.granted
	}
	answer := m.answered(t, authorizes(h.of), h.code)
	if told, _ := answer.Amount(); h.code == "10" && told != h.granted {
		t.Fatalf("%d is held, and %d told", h.granted, told)
	}
}

func (m *holdModel) complete(t *rapid.T) {
	h := m.pick(t)
	serial := 10*h.of.STAN + rapid.Uint32Range(0, 1).Draw(t, "completion")
	c := h.completions[serial]
	if c == nil {
		c = &completion{amount: money.Amount(rapid.IntRange(1, 60_000).Draw(t, "captured"))}
		switch {
		case h.code == "":
			c.code = "25"
		case h.granted == 0 || h.over:
			c.code = "12"
		case c.amount > h.granted:
			c.code = "13"
		default:
			c.code = "00"
			m.balance -= c.amount
			m.frees(h)
			m.used[h.of.Account] += c.amount
			h.taken = true
		}
		h.completions[serial] = c
	}
	message := completes(h.of, serial, c.amount, "")
	if rapid.Bool().Draw(t, "again") {
		message = iso8583.Repeat(message)
	}
	m.answered(t, message, c.code)
}

func (m *holdModel) release(t *rapid.T) {
	h := m.pick(t)
	code := "00"
	switch {
	case h.code == "":
		code = "25"
	case h.taken:
		code = "12"
	case !h.over:
		m.frees(h)
	}
	m.answered(t, iso8583.Reversal(authorizes(h.of), h.of.At, rapid.Bool().Draw(t, "again"), iso8583.TooLate), code)
}

func (m *holdModel) lapse(t *rapid.T) {
	no := rapid.SampledFrom([]string{rich, gold, plain}).Draw(t, "account")
	want := 0
	for _, h := range m.holds {
		if h.granted > 0 && !h.over && h.of.Account == no {
			m.frees(h)
			want++
		}
	}
	if got := m.host.Lapse(no); got != want {
		t.Fatalf("%d authorizations lapsed, want %d", got, want)
	}
}

func (m *holdModel) check(t *rapid.T) {
	if balance, _ := m.host.Balance(rich); balance != m.balance || m.host.Held()[rich] != m.held {
		t.Fatalf("%d and %d held, want %d and %d", balance, m.host.Held()[rich], m.balance, m.held)
	}
	left := money.Amount(opening)
	for _, e := range m.host.Journal() {
		left += e.Change()
	}
	if left != m.balance {
		t.Fatalf("the journal leaves %d, want %d", left, m.balance)
	}
}

// TestHoldModel plays random histories of authorizations by an account and by two cards on it,
// completions, releases, repeats, restarts and waiting: what is held is taken once or freed
// once, at the latest by the bank's clock, a completion takes no more than was held, and no
// card more than its limit.
func TestHoldModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := &holdModel{path: filepath.Join(t.TempDir(), "bank.jsonl"), balance: opening, parts: rapid.Bool().Draw(rt, "parts"),
			now: time.Date(2026, 11, 22, 1, 30, 5, 0, time.UTC), expires: rapid.Bool().Draw(rt, "expires"), used: make(map[string]money.Amount),
			limits: map[string]money.Amount{gold: money.Amount(rapid.IntRange(1, 90_000).Draw(rt, "limit")), plain: 0}}
		if rapid.Bool().Draw(rt, "cautious") {
			m.most = func(asked money.Amount) money.Amount { return max(asked/2, asked%1000) }
		}
		m.open(t)
		rt.Repeat(map[string]func(*rapid.T){
			"authorize": m.authorize, "authorize again": m.authorize, "complete": m.complete, "complete again": m.complete,
			"release": m.release, "lapse": m.lapse, "wait": m.wait,
			"restart": func(rt *rapid.T) {
				m.close(rt)
				m.open(t)
			},
			"": m.check,
		})
		recount(t, m.host.Journal())
		m.close(rt)
	})
}

// TestCards: cards draw on one balance, each up to its limit, which a debit uses as what is
// held does, and a return or a reversal gives back.
func TestCards(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bank.jsonl")
	h := newHost(t, host.Config{Journal: path})
	for _, card := range []host.Card{{No: gold, Account: poor, Limit: 70}, {No: plain, Account: poor}} {
		if err := (host.Cards{Host: h}).Issue(card); err != nil {
			t.Fatal(err)
		}
	}
	for name, card := range map[string]host.Card{"of no account": {No: "tok", Account: nobody}, "that is an account": {No: rich, Account: poor}, "of another account": {No: gold, Account: rich}, "on a card": {No: "tok", Account: gold}} {
		if err := (host.Cards{Host: h}).Issue(card); err == nil {
			t.Errorf("a card %s is issued", name)
		}
	}
	c := signedOn(t, h)
	spend := func(card string, serial uint32, amount money.Amount, code string) *iso8583.Transaction {
		t.Helper()
		asked := transaction(card, serial)
		asked.Amount = amount
		c.want(c.ask(asked.Request()), code)
		return asked
	}
	first := spend(gold, 1, 50, "00")
	spend(gold, 2, 21, "61")
	spend(gold, 3, 20, "00")
	spend(plain, 4, 31, "51")
	c.want(c.ask(returns(first.Request(), 5, 30).Request()), "00")
	spend(gold, 6, 31, "61")
	spend(plain, 7, 60, "00")
	c.wantBalance(h, gold, 0)
	c.want(c.ask(reversal(transaction(plain, 4), false)), "30") // of another amount
	recount(t, h.Journal())
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h = newHost(t, host.Config{Journal: path})
	if err := (host.Cards{Host: h}).Issue(host.Card{No: gold, Account: poor, Limit: 70}); err != nil {
		t.Fatal(err)
	}
	c = signedOn(t, h)
	c.wantBalance(h, poor, 0)
	c.want(c.ask(credit(poor, 8).Request()), "00")
	spend(gold, 9, 31, "61")
	spend(gold, 10, 30, "00")
}

// TestWhatIsSetAsideIsNotSpent: a debit takes no part of what is held, a completion must
// give the number of its authorization if it gives one, and the reversal of a completion
// gives nothing back.
func TestWhatIsSetAsideIsNotSpent(t *testing.T) {
	t.Parallel()
	h := newHost(t, host.Config{})
	c := signedOn(t, h)
	of := transaction(poor, 1)
	of.Amount = 60
	answer := c.ask(authorizes(of))
	c.want(answer, "00")
	spends := transaction(poor, 2)
	spends.Amount = 41
	c.want(c.ask(spends.Request()), "51")
	c.want(c.ask(completes(of, 3, 60, "999999")), "12")
	advice := completes(of, 4, 50, answer.Get(iso8583.DEAuthID))
	c.want(c.ask(advice), "00")
	c.want(c.ask(iso8583.Reversal(advice, of.At, false, iso8583.TooLate)), "12")
	c.wantBalance(h, poor, 50)
	spends = transaction(poor, 5)
	spends.Amount = 50
	c.want(c.ask(spends.Request()), "00")
	other := transaction(rich, 1)
	c.want(c.ask(completes(other, 6, 1, "")), "25") // of another account
}
