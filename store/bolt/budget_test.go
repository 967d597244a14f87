package bolt_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/money"
)

// A budget that many callers draw on: each takes a share of it together with money of its
// own purse, in one Cmd, and then pays both or gives both back.
const (
	spenders   = 64
	float      = store.AccountID(1)
	budget     = store.AccountID(2)
	market     = store.AccountID(3)
	pursesFrom = store.AccountID(100)

	share       = money.Amount(10)   // of the budget, in each draw
	own         = money.Amount(25)   // of the purse, in each draw
	grant       = money.Amount(205)  // paid into the budget at a time; less than all spenders want
	purseOfRich = money.Amount(1e12) // never runs dry
	purseOfPoor = money.Amount(90)   // is dry after three draws

	drawn  = store.Table(8) // a document for each draw that is held
	ended  = store.Table(9) // and for each that has ended
	grants = store.Table(10)
)

// purseOf is the purse of a spender; every eighth one is poor.
func purseOf(spender uint64) store.AccountID { return pursesFrom + store.AccountID(spender) }

// drawKey is the key of draw n.
func drawKey(n uint64) string { return fmt.Sprintf("%016x", n) }

// drawID names a step of draw n.
func drawID(stage byte, n uint64) (id store.ID) {
	copy(id[:], fmt.Sprintf("%c%015x", stage, n))
	return id
}

// draw holds a share of the budget and money of the spender, or neither.
func draw(n, spender uint64) store.Cmd {
	return store.Cmd{ID: drawID('d', n), At: time.Unix(int64(n), 0), Transfers: []store.Transfer{
		{Op: store.Hold, Debit: budget, Credit: market, Amount: share, Hold: store.HoldID(n << 1), Ref: n},
		{Op: store.Hold, Debit: purseOf(spender), Credit: market, Amount: own, Hold: store.HoldID(n<<1 | 1), Ref: n},
	}, Writes: []store.Write{{Table: drawn, Key: drawKey(n), Data: []byte{byte(spender)}}}}
}

// end pays a draw, or gives it back.
func end(n uint64, spender byte, op store.Op) store.Cmd {
	c := store.Cmd{ID: drawID('e', n), At: time.Unix(int64(n), 1), Writes: []store.Write{
		{Table: drawn, Key: drawKey(n), Expect: 1, Mode: store.Delete},
		{Table: ended, Key: drawKey(n), Mode: store.Archive, Data: []byte{spender, byte(op)}},
	}}
	for i := range uint64(2) {
		c.Transfers = append(c.Transfers, store.Transfer{Op: op, Hold: store.HoldID(n<<1 | i), Ref: n})
	}
	return c
}

// fund pays a grant into the budget.
func fund(n uint64) store.Cmd {
	return store.Cmd{ID: drawID('f', n), At: time.Unix(int64(n), 2),
		Transfers: []store.Transfer{{Op: store.Post, Debit: float, Credit: budget, Amount: grant, Ref: n}},
		Writes:    []store.Write{{Table: grants, Key: drawKey(n), Data: []byte("granted")}}}
}

// openBudget opens the accounts and fills the purses; the budget is empty.
func openBudget(s *bolt.Store) {
	must(s, store.Cmd{ID: drawID('o', 0), At: time.Unix(0, 0), Opens: []store.Open{
		{ID: float, Kind: store.Asset, Currency: "CNY"}, {ID: budget, Kind: store.Liability, Currency: "CNY"}, {ID: market, Kind: store.Liability, Currency: "CNY"}}})
	for i := range uint64(spenders) {
		funds := purseOfRich
		if i%8 == 0 {
			funds = purseOfPoor
		}
		must(s, store.Cmd{ID: drawID('o', i+1), At: time.Unix(0, 0), Opens: []store.Open{{ID: purseOf(i), Kind: store.Liability, Currency: "CNY"}},
			Transfers: []store.Transfer{{Op: store.Post, Debit: float, Credit: purseOf(i), Amount: funds}}})
	}
}

// spend is the child of TestKillBudget. It gives back the draws that the last kill has
// left, and then has all spenders draw at once until it is killed. What has been committed
// is printed.
func spend(dir string, opts bolt.Options) {
	s, err := bolt.Open(dir, opts)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	if _, ok, err := s.Account(ctx, purseOf(spenders-1)); err != nil || !ok {
		panic(fmt.Sprint("the parent has opened the accounts: ", err))
	}
	var mu sync.Mutex
	say := func(what string, n uint64) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(what, n)
	}
	next := lastDraw(s)
	for doc, err := range s.Docs(ctx, drawn, "", 0) {
		if err != nil {
			panic(err)
		}
		n := drawOf(doc.Key)
		must(s, end(n, doc.Data[0], store.VoidHold))
		say("voided", n)
	}
	var draws atomic.Uint64
	draws.Store(next)
	var all sync.WaitGroup
	for spender := range uint64(spenders) {
		all.Go(func() {
			for {
				spendOnce(s, draws.Add(1), spender, say)
			}
		})
	}
	all.Wait()
}

// spendOnce draws once, and pays every third draw. Where the budget is short, one draw in
// sixteen pays a grant into it.
func spendOnce(s *bolt.Store, n, spender uint64, say func(what string, n uint64)) {
	res, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{draw(n, spender)})
	if err != nil || res[0].Repeat {
		panic(fmt.Sprint(err, res))
	}
	switch refused := res[0]; {
	case refused.Refusal == store.None:
		say("held", n)
		op, what := store.VoidHold, "voided"
		if n%3 == 0 {
			op, what = store.PostHold, "posted"
		}
		must(s, end(n, byte(spender), op))
		say(what, n)
	case refused.Refusal != store.RefusedFunds:
		panic(fmt.Sprint(refused))
	case refused.Account == budget && n%16 == 0:
		must(s, fund(n))
		say("funded", n)
	case refused.Account == budget:
		say("short", n)
	case refused.Account == purseOf(spender) && spender%8 == 0:
		say("poor", n)
	default:
		panic(fmt.Sprint("the wrong account is short: ", refused))
	}
}

// lastDraw returns the greatest number that may be in use.
func lastDraw(s *bolt.Store) (last uint64) {
	for _, table := range []store.Table{drawn, ended, grants} {
		doc, ok, err := s.LastDoc(context.Background(), table)
		if err != nil {
			panic(err)
		}
		if ok {
			last = max(last, drawOf(doc.Key))
		}
	}
	var heard uint64
	if _, err := fmt.Sscan(os.Getenv("MPG_BOLT_BUDGET_HEARD"), &heard); err != nil {
		panic(err)
	}
	return max(last, heard)
}

func drawOf(key string) (n uint64) {
	if _, err := fmt.Sscanf(key, "%x", &n); err != nil {
		panic(key)
	}
	return n
}

// spending is what the child has said, by the last word on each draw, and how far the
// ledger has been compared with it.
type spending struct {
	said  map[uint64]string
	count map[string]int
	heard uint64 // greatest number of a draw
	seq   uint64 // of the journal, up to which it was followed
	follow
}

// follow is what the journal says of the budget.
type follow struct{ granted, held, posted money.Amount }

// TestKillBudget kills a process in which 64 callers draw on one budget. The budget is
// never overspent, not after any record of the journal; each acknowledged draw and its end
// is there once; what was given back can be drawn again; and a draw that one of its two
// accounts refuses takes nothing from the other.
func TestKillBudget(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	s := open(t, dir, bolt.Options{})
	openBudget(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	a := &spending{said: make(map[uint64]string), count: make(map[string]int)}
	const checks = 50 // each reads all that was ever done
	for round := range *kills {
		killOnce(t, []string{"MPG_BOLT_BUDGET=" + dir, fmt.Sprint("MPG_BOLT_BUDGET_HEARD=", a.heard)}, func(out io.Reader, first func()) { a.note(t, out, first) })
		if round%(1+*kills/checks) == 0 || round == *kills-1 {
			a.check(t, dir)
		}
	}
	t.Logf("%d rounds: %v", *kills, a.count)
	for _, what := range []string{"held", "posted", "voided", "funded", "short", "poor"} {
		if a.count[what] == 0 {
			t.Errorf("nothing was %s: the test proves nothing", what)
		}
	}
}

// note takes in what the child says until it ends.
func (a *spending) note(t *testing.T, out io.Reader, first func()) {
	t.Helper()
	for lines, said := bufio.NewReader(out), false; ; said = true {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		if !said {
			first()
		}
		var what string
		var n uint64
		if _, err := fmt.Sscan(line, &what, &n); err != nil {
			t.Errorf("the child says %q", line)
		}
		a.said[n] = what
		a.count[what]++
		a.heard = max(a.heard, n)
	}
}

// check holds what is kept against what was acknowledged.
func (a *spending) check(t *testing.T, dir string) {
	t.Helper()
	s := open(t, dir, bolt.Options{})
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	report := sound(t, s)
	a.journal(t, s)
	kept := a.kept(t, s)
	for n, what := range a.said {
		if got := kept[n]; got != what && !(what == "held" && (got == "posted" || got == "voided")) && !(got == "" && (what == "short" || what == "poor")) {
			t.Errorf("draw %d was %s, and is kept as %q", n, what, got)
		}
	}
	count := make(map[string]money.Amount)
	for _, what := range kept {
		count[what]++
	}
	b, _, err := s.Account(t.Context(), budget)
	want := store.Account{ID: budget, Kind: store.Liability, Currency: "CNY", CreditsPosted: grant * count["funded"], DebitsPosted: share * count["posted"], DebitsPending: share * count["held"]}
	if err != nil || b != want {
		t.Errorf("the budget is %+v, and its draws make it %+v; %v", b, want, err)
	}
	if b.Available() < 0 || b.CreditsPosted != a.granted || b.DebitsPending != a.held || b.DebitsPosted != a.posted {
		t.Errorf("the budget is %+v, by the journal %+v", b, a.follow)
	}
	if report.Holds != 2*int(count["held"]) {
		t.Errorf("%d holds, of %d draws", report.Holds, count["held"])
	}
	a.purses(t, s, count)
}

// kept returns what has become of each draw.
func (a *spending) kept(t *testing.T, s *bolt.Store) map[uint64]string {
	t.Helper()
	kept := make(map[uint64]string)
	for table, what := range map[store.Table]string{drawn: "held", ended: "", grants: "funded"} {
		for doc, err := range s.Docs(t.Context(), table, "", 0) {
			if err != nil {
				t.Fatal(err)
			}
			n, is := drawOf(doc.Key), what
			if table == ended {
				is = map[store.Op]string{store.PostHold: "posted", store.VoidHold: "voided"}[store.Op(doc.Data[1])]
			}
			if kept[n] != "" {
				t.Errorf("draw %d is both %s and %s", n, kept[n], is)
			}
			kept[n] = is
		}
	}
	return kept
}

// purses checks that what was drawn from the purses is what was drawn from the budget.
func (a *spending) purses(t *testing.T, s *bolt.Store, count map[string]money.Amount) {
	t.Helper()
	var held, posted money.Amount
	for i := range uint64(spenders) {
		p, _, err := s.Account(t.Context(), purseOf(i))
		if err != nil || p.Available() < 0 {
			t.Errorf("purse %d: %+v %v", i, p, err)
		}
		held, posted = held+p.DebitsPending, posted+p.DebitsPosted
	}
	if held != own*count["held"] || posted != own*count["posted"] {
		t.Errorf("of the purses %d is held and %d posted, by %v draws", held, posted, count)
	}
	m, _, err := s.Account(t.Context(), market)
	if err != nil || m.CreditsPosted != (own+share)*count["posted"] || m.CreditsPending != (own+share)*count["held"] {
		t.Errorf("the market has %+v of %v draws; %v", m, count, err)
	}
}

// journal follows the budget from record to record: it is never overspent.
func (a *spending) journal(t *testing.T, s *bolt.Store) {
	t.Helper()
	for e, err := range s.Records(t.Context(), a.seq+1) {
		if err != nil {
			t.Fatal(err)
		}
		for _, tr := range e.Transfers {
			switch {
			case tr.Op == store.Post && tr.Credit == budget:
				a.granted += tr.Amount
			case tr.Op == store.Hold && tr.Debit == budget:
				a.held += tr.Amount
			case tr.Op == store.PostHold && tr.Debit == budget:
				a.held, a.posted = a.held-tr.Amount, a.posted+tr.Amount
			case tr.Op == store.VoidHold && tr.Debit == budget:
				a.held -= tr.Amount
			}
		}
		if a.held < 0 || a.held+a.posted > a.granted {
			t.Fatalf("after record %d the budget is overspent: %+v", e.Seq, a.follow)
		}
		a.seq = e.Seq
	}
}
