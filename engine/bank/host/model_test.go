package host_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
	"mpg/store/money"
)

// asked is one request of the model: its fate is what the bank has answered so far.
type asked struct {
	of       *iso8583.Transaction
	code     string // of the first answer; empty: the bank has never seen it
	reversed bool
	early    bool // a reversal came first, and the bank remembers it

	returns *asked       // what it gives back; nil: it does not say
	back    money.Amount // how much of it was returned
}

// credits reports whether the request pays money into its account.
func (a *asked) credits() bool { return a.of.Processing != iso8583.PurchaseFromAccount }

// bookModel predicts the bank from the outside: every answer, every balance, and what the
// bank has taken in and paid out on our account, which is the other side of its books.
type bookModel struct {
	path        string
	host        *host.Host
	gateway     *client
	requests    []*asked
	balances    map[string]money.Amount
	taken       money.Amount // by debits, less what credits paid out
	remembers   bool
	noOverdraft bool
}

// serials is how many requests a history draws from, so that they meet again.
const serials = 6

func (m *bookModel) open(t *testing.T) {
	m.host = newHost(t, host.Config{Journal: m.path, Remembers: m.remembers, NoOverdraft: m.noOverdraft})
	m.gateway = signedOn(t, m.host)
}

func (m *bookModel) close(t *rapid.T) {
	if err := errors.Join(m.host.Close(), m.gateway.conn.Close()); err != nil {
		t.Fatal(err)
	}
}

// pick draws one of the requests, or a new one with an unused number.
func (m *bookModel) pick(t *rapid.T) *asked {
	serial := rapid.Uint32Range(1, serials).Draw(t, "serial")
	if i := slices.IndexFunc(m.requests, func(a *asked) bool { return a.of.STAN == serial }); i >= 0 {
		return m.requests[i]
	}
	of := transaction(rapid.SampledFrom([]string{rich, poor, nobody}).Draw(t, "account"), serial)
	of.Amount = money.Amount(rapid.IntRange(1, 60_000).Draw(t, "amount"))
	of.Processing = rapid.SampledFrom([]string{
		iso8583.PurchaseFromAccount, iso8583.DepositToAccount, iso8583.ReturnToAccount, "220000",
	}).Draw(t, "processing code")
	a := &asked{of: of}
	if of.Processing == iso8583.ReturnToAccount && len(m.requests) > 0 && rapid.Bool().Draw(t, "named") {
		a.returns = rapid.SampledFrom(m.requests).Draw(t, "returns")
		of.Of = a.returns.of.Request()
		if rapid.Bool().Draw(t, "of the same account") {
			of.Account = a.returns.of.Account
		}
	}
	m.requests = append(m.requests, a)
	return a
}

// decides returns the answer to a request that the bank sees for the first time.
func (m *bookModel) decides(a *asked) string {
	balance, known := m.balances[a.of.Account]
	const limit = 50_000 // of rich, for debits
	switch {
	case a.of.Processing == "220000":
		return "12"
	case !known:
		return "14"
	case a.returns != nil:
		return a.returns.returned(a)
	case a.credits():
		return "00"
	case a.of.Account == rich && a.of.Amount > limit:
		return "61"
	case a.of.Amount > balance:
		return "51"
	}
	return "00"
}

// returned returns the answer to a return of a.
func (a *asked) returned(by *asked) string {
	switch {
	case a.code == "" && !a.early, a.credits(), a.of.Account != by.of.Account:
		return "25"
	case a.code != "00" || a.reversed:
		return "12"
	case by.of.Amount > a.of.Amount-a.back:
		return "13"
	}
	return "00"
}

// moves books a, or undoes it, on both sides.
func (m *bookModel) moves(a *asked, undone bool) {
	change := a.of.Amount
	if a.credits() == undone {
		change = -change
	}
	m.balances[a.of.Account] += change
	if a.returns != nil {
		a.returns.back += change
	}
	m.taken -= change
}

func (m *bookModel) request(t *rapid.T) {
	a := m.pick(t)
	first := a.code == ""
	switch {
	case first && a.early:
		a.code = "94"
	case first:
		a.code = m.decides(a)
		if a.code == "00" {
			m.moves(a, false)
		}
	}
	m.answered(t, a.of.Request(), a.code)
}

// undoes returns the answer to a reversal, and whether it moves money.
func (m *bookModel) undoes(a *asked) (code string, moves bool) {
	switch {
	case a.code == "" || a.early:
		return "25", false
	case a.back > 0:
		return "12", false
	case a.code != "00" || a.reversed:
		return "00", false
	case m.noOverdraft && a.credits() && m.balances[a.of.Account] < a.of.Amount:
		return "51", false
	}
	return "00", true
}

func (m *bookModel) reversal(t *rapid.T) {
	a := m.pick(t)
	code, moves := m.undoes(a)
	if moves {
		a.reversed = true
		m.moves(a, true)
	}
	a.early = a.early || a.code == "" && m.remembers
	m.answered(t, reversal(a.of, rapid.Bool().Draw(t, "again")), code)
}

// withdrawal is the bank's own decision to undo a request that it has seen since it was
// started.
func (m *bookModel) withdrawal(t *rapid.T) {
	a := m.pick(t)
	told := m.host.Withdraw(fmt.Sprintf("%06d", a.of.STAN), a.of.RRN) != nil
	_, may := m.undoes(a)
	if told && !may {
		t.Fatalf("request %d was undone, and could not be", a.of.STAN)
	}
	if told {
		a.reversed = true
		m.moves(a, true)
	}
}

// answered sends a message and compares the answer.
func (m *bookModel) answered(t *rapid.T, message *iso8583.Message, code string) {
	answer := m.gateway.ask(message)
	if answer == nil || answer.Get(iso8583.DEResponse) != code {
		t.Fatalf("%s %s is answered %v, want %s", message.MTI, message.Get(iso8583.DESTAN), answer, code)
	}
}

// check compares all balances, and both sides of the books.
func (m *bookModel) check(t *rapid.T) {
	inAccounts, outside := money.Amount(0), money.Amount(0)
	for no, want := range m.balances {
		got, _ := m.host.Balance(no)
		if got != want {
			t.Fatalf("%s has %d, want %d", no, got, want)
		}
		inAccounts += got
	}
	for _, e := range m.host.Journal() {
		outside -= e.Change()
	}
	if outside != m.taken {
		t.Fatalf("the journal says that the bank took %d, the answers %d", outside, m.taken)
	}
	if inAccounts+outside != opening+100 {
		t.Fatalf("%d in accounts and %d outside make %d, were %d", inAccounts, outside, inAccounts+outside, opening+100)
	}
}

// TestBookModel plays random histories of debits, credits, returns, returns of what was taken,
// repeats, reversals, the bank's own decisions and restarts: no money is made or lost in any,
// the answers and balances are as predicted, and what is in the accounts and what has left
// them add up to the same sum at every moment.
func TestBookModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		m := &bookModel{
			path:      filepath.Join(t.TempDir(), "bank.jsonl"),
			balances:  map[string]money.Amount{rich: opening, poor: 100},
			remembers: rapid.Bool().Draw(rt, "remembers"), noOverdraft: rapid.Bool().Draw(rt, "no overdraft"),
		}
		m.open(t)
		rt.Repeat(map[string]func(*rapid.T){
			"request": m.request, "request again": m.request, "reversal": m.reversal, "withdrawal": m.withdrawal,
			"overdraft": func(t *rapid.T) {
				m.noOverdraft = rapid.Bool().Draw(t, "no overdraft")
				m.host.AllowOverdraft(!m.noOverdraft)
			},
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
