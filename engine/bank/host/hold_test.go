package host_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

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

// holdModel predicts what a bank holds, takes and frees.
type holdModel struct {
	path    string
	host    *host.Host
	gateway *client
	parts   bool
	holds   []*hold
	balance money.Amount
	held    money.Amount
}

func (m *holdModel) open(t *testing.T) {
	m.host = newHost(t, host.Config{Journal: m.path})
	cny, _ := money.Lookup("CNY")
	if err := m.host.Open(host.Account{No: rich, Currency: cny, Parts: m.parts}); err != nil {
		t.Fatal(err)
	}
	m.gateway = signedOn(t, m.host)
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
	h := &hold{of: transaction(rich, serial), completions: make(map[uint32]*completion)}
	h.of.Amount = money.Amount(rapid.IntRange(1, 60_000).Draw(t, "amount"))
	m.holds = append(m.holds, h)
	return h
}

func (m *holdModel) authorize(t *rapid.T) {
	h := m.pick(t)
	if h.code == "" {
		switch available := m.balance - m.held; {
		case h.of.Amount <= available:
			h.code, h.granted = "00", h.of.Amount
		case m.parts && available > 0:
			h.code, h.granted = "10", available
		default:
			h.code = "51"
		}
		m.held += h.granted
	}
	answer := m.answered(t, authorizes(h.of), h.code)
	if told, _ := answer.Amount(); h.code == "10" && told != h.granted {
		t.Fatalf("%d is set aside, and %d told", h.granted, told)
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
			m.held -= h.granted
			h.over, h.taken = true, true
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
		m.held -= h.granted
		h.over = true
	}
	m.answered(t, iso8583.Reversal(authorizes(h.of), h.of.At, rapid.Bool().Draw(t, "again"), iso8583.TooLate), code)
}

func (m *holdModel) lapse(t *rapid.T) {
	want := 0
	for _, h := range m.holds {
		if h.granted > 0 && !h.over {
			h.over = true
			m.held -= h.granted
			want++
		}
	}
	if got := m.host.Lapse(rich); got != want {
		t.Fatalf("%d authorizations lapsed, want %d", got, want)
	}
}

func (m *holdModel) check(t *rapid.T) {
	if balance, _ := m.host.Balance(rich); balance != m.balance || m.host.Held()[rich] != m.held {
		t.Fatalf("%d and %d set aside, want %d and %d", balance, m.host.Held()[rich], m.balance, m.held)
	}
	left := money.Amount(opening)
	for _, e := range m.host.Journal() {
		if e.Account == rich {
			left += e.Change()
		}
	}
	if left != m.balance {
		t.Fatalf("the journal leaves %d, want %d", left, m.balance)
	}
}

// TestHoldModel plays random histories of authorizations, completions, releases, repeats and
// restarts: what is held is taken once or freed once, and a completion takes no more
// than was held.
func TestHoldModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := &holdModel{path: filepath.Join(t.TempDir(), "bank.jsonl"), balance: opening, parts: rapid.Bool().Draw(rt, "parts")}
		m.open(t)
		rt.Repeat(map[string]func(*rapid.T){
			"authorize": m.authorize, "authorize again": m.authorize, "complete": m.complete, "complete again": m.complete,
			"release": m.release, "lapse": m.lapse,
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
