package claim_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/audit"
	"mpg/engine/books"
	"mpg/engine/claim"
	"mpg/engine/due"
	"mpg/engine/limit"
	"mpg/engine/payment"
	"mpg/engine/process"
	"mpg/engine/process/processtest"
	"mpg/engine/product"
	"mpg/engine/tariff"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

const (
	payer   = 1
	number  = "+8613900000009"
	started = 1_000_00
)

// world is the books with a desk of claims, a payer, and a clock.
type world struct {
	*claim.Desk
	books   *processtest.Books
	process *process.Machine
	sweeper *due.Sweeper
	close   func()

	mu     sync.Mutex
	now    time.Time
	limits *limit.Set
}

func (w *world) clock() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

func newWorld(t processtest.T) *world {
	t.Helper()
	return newWorldOver(t, nil)
}

// newWorldOver is newWorld over a store that through changes; nil: nothing does.
func newWorldOver(t processtest.T, through func(store.Store) store.Store) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "claim")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{now: time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC)}
	w.books = processtest.Open(t, processtest.Config{Dir: dir, Now: w.clock, Through: through})
	w.close = func() { _ = w.books.Disk.Close(); _ = os.RemoveAll(dir) }
	w.process = w.books.Machine(processtest.Idle{}, func(c *process.Config) {
		c.Waits = func(t *tx.Tx, p *payment.Payment, waits bool) error { return w.Desk.Waits(t, p, waits) }
		c.Claimed = func(t *tx.Tx, p *payment.Payment) error { return w.Begin(t, p) }
	})
	w.Desk = claim.New(claim.Config{Books: w.books.Books, Store: w.books.Store, Process: w.process, Place: w.books.Place, Due: func() *due.Sweeper { return w.sweeper },
		Limits: func() *limit.Set { w.mu.Lock(); defer w.mu.Unlock(); return w.limits }})
	if w.sweeper, err = due.New(due.Config{Run: w.books.Run, Kinds: []due.Kind{w.Kind()}, Now: w.clock}); err != nil {
		t.Fatal(err)
	}
	w.opens(t)
	return w
}

// opens makes the payer, with money that came by a top-up.
func (w *world) opens(t processtest.T) {
	t.Helper()
	w.step(t, func(t *tx.Tx) error {
		t.SaveUser(&user.User{No: payer, Phone: "+8613800000001", State: user.Active, Purse: books.Purse(payer)})
		t.Open(store.Open{ID: books.Purse(payer), Kind: store.Liability, Currency: "CNY"})
		float, err := w.books.Account(t, books.Float, store.Asset, "")
		if err != nil {
			return err
		}
		p := w.made(t, payment.Plan{Product: payment.TopUp, PINExempt: true, Legs: []payment.Leg{{From: float, To: books.Purse(payer), Amount: started, Code: payment.CodeTopUp, PostedAt: payment.AtConfirm}}}, product.Amounts(started, nil))
		p.Payee = payment.Party{User: payer, Phone: "+8613800000001"}
		return w.process.Advance(t, p, payment.Event{Kind: payment.Ordered, At: t.Now})
	})
}

// made returns a payment that is about to be ordered.
func (w *world) made(t *tx.Tx, plan payment.Plan, amounts payment.Amounts) *payment.Payment {
	amounts.Currency = "CNY"
	no := w.books.Payments.Add(1)
	return &payment.Payment{No: no, Ref: w.books.Refs.Ref(no), Plan: plan, Amounts: amounts, Date: "2026-11-26", Deadline: t.Now.Add(time.Minute)}
}

func (w *world) step(t processtest.T, fn func(t *tx.Tx) error) {
	t.Helper()
	w.books.Do(t, fn)
}

// sends makes a claim for the number, and returns what leaves the payer's purse.
func (w *world) sends(t processtest.T, amount money.Amount, fee *product.Fee) money.Amount {
	t.Helper()
	return w.orders(t, amount, fee, false).Charged
}

// orders takes in a payment to the number, which waits for its call or is made at once.
func (w *world) orders(t processtest.T, amount money.Amount, fee *product.Fee, called bool) (p *payment.Payment) {
	t.Helper()
	w.step(t, func(t *tx.Tx) error {
		waits, err := w.Account(t)
		if err != nil {
			return err
		}
		sender, err := t.User(payer)
		if err != nil {
			return err
		}
		orders := product.Sides{Payer: sender, Stranger: &product.Stranger{Number: number, Waits: waits, For: 72 * time.Hour}, Fee: fee, Date: "2026-11-26"}
		plan, refusal := product.Make(send(amount), orders, product.Settings{})
		if refusal != nil {
			return fmt.Errorf("refused: %+v", refusal)
		}
		plan.PINExempt = !called
		p = w.made(t, plan, product.Amounts(amount, fee))
		p.Payer, p.Payee = payment.Party{User: payer, Phone: sender.Phone}, payment.Party{Phone: number}
		if fee != nil {
			p.Tariff = &fee.Applied
		}
		if p.Date = sender.Spend(p.Date, p.Charged, false); called {
			sender.Open = p.No
		}
		t.SaveUser(sender)
		return w.process.Advance(t, p, payment.Event{Kind: payment.Ordered, At: t.Now})
	})
	return p
}

// ends confirms or stops a payment that waits for its call.
func (w *world) ends(t processtest.T, p *payment.Payment, confirmed bool) {
	t.Helper()
	ev := payment.Event{Kind: payment.Stopped, Reason: payment.CalledOff}
	if confirmed {
		ev = payment.Event{Kind: payment.PINRight}
	}
	if err := w.process.Fire(context.Background(), p.No, ev, nil); err != nil {
		t.Fatal(err)
	}
}

// counts checks how many payments count as waiting for the number, and as the payer's.
func (w *world) counts(t processtest.T, want int) {
	t.Helper()
	for _, rules := range []claim.Rules{{Open: want, PerNumber: want + 1}, {Open: want + 1, PerNumber: want}, {Open: want + 1, PerNumber: want + 1}} {
		if room, err := w.MayOpen(w.books.Run.View(context.Background()), payer, number, rules); err != nil || room != (rules.Open == rules.PerNumber) {
			t.Fatalf("with %d waiting, room by %+v: %t, %v", want, rules, room, err)
		}
	}
}

// registers gives the number an owner, whose purse is opened in the same step.
func (w *world) registers(no uint64) error {
	return w.books.Run.Do(context.Background(), func(t *tx.Tx) error {
		owner := &user.User{No: no, Phone: number, State: user.Active, Purse: books.Purse(no), Created: t.Now}
		tx.Save(t, user.Table, payment.Key(no), owner)
		t.SaveAlias(owner)
		t.Open(store.Open{ID: owner.Purse, Kind: store.Liability, Currency: "CNY"})
		return w.Registered(t, owner)
	})
}

// holds returns what an account holds.
func (w *world) holds(t processtest.T, id store.AccountID) money.Amount {
	t.Helper()
	account, _, err := w.books.Disk.Account(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return account.Posted()
}

// unclaimed returns what the account of unclaimed money holds.
func (w *world) unclaimed(t processtest.T) money.Amount {
	t.Helper()
	id, known, err := w.books.Named(context.Background(), books.Unclaimed)
	if err != nil {
		t.Fatal(err)
	}
	if !known {
		return 0
	}
	return w.holds(t, id)
}

// open returns how much the open claims add up to, and how many there are.
func (w *world) open(t processtest.T) (sum money.Amount, count int) {
	t.Helper()
	for doc, err := range w.books.Disk.Docs(context.Background(), payment.ClaimTable, "", 0) {
		if err != nil {
			t.Fatal(err)
		}
		c, err := tx.Decode[payment.Claim](doc)
		if err != nil {
			t.Fatal(err)
		}
		if c.State == payment.ClaimOpen {
			sum, count = sum+c.Amount, count+1
		}
	}
	return sum, count
}

// bounds has the purses of subscribers hold, or receive in a period, at most so much from now on;
// 0: any amount.
func (w *world) bounds(t processtest.T, kind string, most money.Amount) {
	t.Helper()
	cny, _ := money.Lookup("CNY")
	var set *limit.Set
	if most > 0 {
		var err error
		if set, err = limit.Load([]limit.File{{Name: "limits.toml", Text: fmt.Sprintf("[in]\ndirection = \"in\"\n%s = %q\n", kind, cny.Format(most))}}, limit.Known{Currency: cny}); err != nil {
			t.Fatal(err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limits = set
}

// sound audits the whole journal.
func (w *world) sound(t processtest.T) {
	t.Helper()
	report, err := audit.Run(context.Background(), w.books.Disk)
	if err != nil || len(report.Faults) > 0 {
		t.Fatalf("audit: %v %q", err, report.Faults)
	}
}

// sweep does what is due.
func (w *world) sweep(t processtest.T) {
	t.Helper()
	if err := w.sweeper.Sweep(context.Background()); err != nil || w.sweeper.Stats.Failed.Load() > 0 {
		t.Fatalf("due: %v, %d failed", err, w.sweeper.Stats.Failed.Load())
	}
}

// pass sets the clock forward.
func (w *world) pass(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.now = w.now.Add(d) }

// TestClaimsUnderAnyCourse: however payments, registration, ceilings and time follow each
// other, the money in the account of unclaimed money is that of the open claims; in the end
// each claim was paid, with its fee, or went back whole; and the books pass the audit.
func TestClaimsUnderAnyCourse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		defer w.close()
		registered, sent, called := false, money.Amount(0), (*payment.Payment)(nil)
		for range rapid.IntRange(1, 10).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"send", "send", "call", "answer", "register", "ceiling", "incoming", "wait"}).Draw(t, "step") {
			case "send":
				if registered {
					continue // it is sent to the purse then
				}
				var fee *product.Fee
				if rapid.Bool().Draw(t, "fee") {
					fee = &product.Fee{Fee: tariff.Fee{Parts: tariff.Parts{Payer: 3, Payee: 2, Tax: 1}, Applied: tariff.Applied{Terms: tariff.Terms{Account: books.Fees}}}}
				}
				sent += w.sends(t, money.Amount(rapid.Int64Range(10, 5000).Draw(t, "amount")), fee)
			case "call":
				if !registered && called == nil {
					called = w.orders(t, 700, nil, true)
				}
			case "answer":
				if called != nil {
					w.ends(t, called, rapid.Bool().Draw(t, "confirmed"))
					called = nil
				}
			case "register":
				if registered {
					continue
				}
				if err := w.registers(2); err != nil {
					t.Fatal(err)
				}
				registered = true
			case "ceiling":
				w.bounds(t, "balance_max", money.Amount(rapid.Int64Range(0, 6000).Draw(t, "ceiling")))
			case "incoming":
				w.bounds(t, "day", money.Amount(rapid.Int64Range(0, 6000).Draw(t, "a day")))
			case "wait":
				w.pass(time.Duration(rapid.IntRange(0, 40).Draw(t, "hours")) * time.Hour)
				w.sweep(t)
			}
			sum, waiting := w.open(t)
			if sum != w.unclaimed(t) {
				t.Fatalf("%d is unclaimed, and the open claims add up to %d", w.unclaimed(t), sum)
			}
			if called != nil {
				waiting++
			}
			w.counts(t, waiting)
		}
		if called != nil {
			w.ends(t, called, true)
		}
		w.end(t, registered, sent)
	})
}

// end has all that waits go back, and compares what everybody has.
func (w *world) end(t processtest.T, registered bool, sent money.Amount) {
	t.Helper()
	w.pass(73 * time.Hour)
	w.sweep(t)
	if sum, count := w.open(t); count != 0 || w.unclaimed(t) != 0 {
		t.Fatalf("%d claims of %d are open at the end, %d is unclaimed", count, sum, w.unclaimed(t))
	}
	var fees money.Amount
	if id, known, err := w.books.Named(context.Background(), books.Fees); err != nil {
		t.Fatal(err)
	} else if known {
		fees += w.holds(t, id)
	}
	if id, known, err := w.books.Named(context.Background(), books.Tax); err != nil {
		t.Fatal(err)
	} else if known {
		fees += w.holds(t, id)
	}
	got := money.Amount(0)
	if registered {
		got = w.holds(t, books.Purse(2))
	}
	if left := w.holds(t, books.Purse(payer)); left+got+fees != started || !registered && (left != started || fees != 0) {
		t.Fatalf("of %d sent, the payer has %d, the payee %d and the operator %d", sent, left, got, fees)
	}
	w.sound(t)
}

// TestClaimsCountAsReceived: a new subscriber, and one of yesterday, receive of what waits no
// more in a period than of any other payment. The rest waits for the next one.
func TestClaimsCountAsReceived(t *testing.T) {
	t.Parallel()
	for kind, tt := range map[string]struct {
		days  time.Duration // until the last of the first period
		since string        // first day of the second one
	}{"day": {0, "2026-11-27"}, "week": {3, "2026-11-30"}, "month": {4, "2026-12-01"}} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			defer w.close()
			w.bounds(t, kind, 250)
			w.pass(tt.days * 24 * time.Hour)
			for range 3 {
				w.sends(t, 100, nil)
			}
			if err := w.registers(2); err != nil {
				t.Fatal(err)
			}
			if got := w.holds(t, books.Purse(2)); got != 200 {
				t.Errorf("received %d on the first day", got)
			}
			w.pass(2 * time.Hour)
			w.sweep(t)
			if got := w.holds(t, books.Purse(2)); got != 200 || w.unclaimed(t) != 100 {
				t.Errorf("received %d on the first day, and %d waits", got, w.unclaimed(t))
			}
			w.pass(22 * time.Hour)
			w.sweep(t)
			counter, err := books.Counter(2, kind, tt.since)
			if err != nil {
				t.Fatal(err)
			}
			if got, counts := w.holds(t, books.Purse(2)), w.holds(t, counter); got != 300 || counts != 100 {
				t.Errorf("received %d, of which %d counts in the second %s", got, counts, kind)
			}
			w.sound(t)
		})
	}
}

// TestManyClaimsAreAllPaid: more waits for a new subscriber than one step can pay. The registration
// pays some of it, and the rest follows within minutes, each claim once.
func TestManyClaimsAreAllPaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	defer w.close()
	fee := &product.Fee{Fee: tariff.Fee{Parts: tariff.Parts{Payer: 3, Payee: 2, Tax: 1}, Applied: tariff.Applied{Terms: tariff.Terms{Account: books.Fees}}}}
	for range 50 { // as many as may be allowed
		w.sends(t, 100, fee)
	}
	w.bounds(t, "month", 49*98)
	if err := w.registers(2); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		w.pass(time.Minute)
		w.sweep(t)
	}
	if got := w.holds(t, books.Purse(2)); got != 49*98 || w.unclaimed(t) != 103 {
		t.Errorf("the payee has %d, and %d is unclaimed", got, w.unclaimed(t))
	}
	w.sound(t)
}

// TestARaisedCeilingCounts: what waits is paid by the ceiling of the moment, and not by the one
// that the purse was given when it last received something.
func TestARaisedCeilingCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	defer w.close()
	w.bounds(t, "balance_max", 500)
	w.sends(t, 700, nil)
	err := w.registers(2)
	if err == nil {
		err = w.books.SetCeiling(t.Context(), books.Purse(2), 500)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []money.Amount{0, 700} {
		w.bounds(t, "balance_max", 600+money.Amount(i)*100)
		w.pass(2 * time.Hour)
		w.sweep(t)
		purse, _, err := w.books.Disk.Account(t.Context(), books.Purse(2))
		if err != nil || purse.Posted() != want || purse.Ceiling != 600+money.Amount(i)*100 {
			t.Errorf("the purse has %+v, %v; want %d", purse, err, want)
		}
	}
	w.sound(t)
}

// TestRegistrationAndExpiryRace: at the moment when a claim goes back its payee registers, again
// and again. One of the two has the money, and nobody has it twice.
func TestRegistrationAndExpiryRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	defer w.close()
	for range 10 {
		w.sends(t, 100, nil)
	}
	w.pass(72*time.Hour + time.Minute)
	var both sync.WaitGroup
	var swept, registered error
	both.Go(func() { swept = w.sweeper.Sweep(context.Background()) })
	both.Go(func() { registered = w.registers(2) })
	both.Wait()
	if swept != nil || registered != nil {
		t.Fatal(swept, registered)
	}
	w.sweep(t)
	if left, got := w.holds(t, books.Purse(payer)), w.holds(t, books.Purse(2)); left+got != started || w.unclaimed(t) != 0 || got%100 != 0 {
		t.Errorf("the payer has %d, the payee %d, and %d is unclaimed", left, got, w.unclaimed(t))
	}
	w.sound(t)
}

// TestAPlaceIsGivenBack: an order takes up a place for the number until it is confirmed, whose
// money then waits there, or ends in any other way; only what waits keeps its place.
func TestAPlaceIsGivenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	defer w.close()
	waiting := 0
	for _, ends := range []payment.Event{
		{Kind: payment.Stopped, Reason: payment.CalledOff}, {Kind: payment.Expired, Reason: payment.TimedOut},
		{Kind: payment.NotMe, Reason: payment.Disowned}, {Kind: payment.PINLocked, Reason: payment.LockedOut}, {Kind: payment.PINRight},
	} {
		p := w.orders(t, 700, nil, true)
		w.counts(t, waiting+1)
		if err := w.process.Fire(t.Context(), p.No, ends, nil); err != nil {
			t.Fatalf("%s: %v", ends.Kind, err)
		}
		if ends.Kind == payment.PINRight {
			waiting++
		}
		w.counts(t, waiting)
	}
	w.sound(t)
}

// afterLook calls meanwhile once, after somebody has looked into a table: whose a number is, what
// waits for it, or whether that is confirmed.
type afterLook struct {
	store.Store
	at        store.Table
	meanwhile func()
}

// Doc implements store.Reader.
func (s *afterLook) Doc(ctx context.Context, table store.Table, key string) (store.Doc, bool, error) {
	doc, found, err := s.Store.Doc(ctx, table, key)
	if do := s.meanwhile; do != nil && table == s.at {
		s.meanwhile = nil
		do()
	}
	return doc, found, err
}

// TestRegisteredMeanwhile: the payee registers while the payment is confirmed, or, without a PIN,
// taken in, which has just found that nobody has the number. The payee has the money all the same.
func TestRegisteredMeanwhile(t *testing.T) {
	t.Parallel()
	for name, called := range map[string]bool{"while it is confirmed": true, "while it is taken in": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var look *afterLook
			w := newWorldOver(t, func(s store.Store) store.Store {
				look = &afterLook{Store: s, at: user.AliasTable}
				return look
			})
			defer w.close()
			var p *payment.Payment
			if called {
				p = w.orders(t, 700, nil, true)
			}
			look.meanwhile = func() {
				if err := w.registers(2); err != nil {
					t.Error(err)
				}
			}
			if called {
				w.ends(t, p, true)
			} else {
				w.sends(t, 700, nil)
			}
			w.pass(2 * time.Minute)
			w.sweep(t)
			if got := w.holds(t, books.Purse(2)); got != 700 || w.unclaimed(t) != 0 {
				t.Errorf("the payee has %d, and %d is unclaimed", got, w.unclaimed(t))
			}
			w.sound(t)
		})
	}
}

// TestConfirmedMeanwhile: the payment is confirmed, or taken in without a PIN, while its payee
// registers and has just found no claim of it, or none at all. The payee has the money at once, and
// not only once the time to claim it is over.
func TestConfirmedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]store.Table{"confirmed": payment.ClaimTable, "taken in": claim.ListTable} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var look *afterLook
			w := newWorldOver(t, func(s store.Store) store.Store {
				look = &afterLook{Store: s, at: at}
				return look
			})
			defer w.close()
			var p *payment.Payment
			called := at == payment.ClaimTable
			if called {
				p = w.orders(t, 700, nil, true)
			}
			look.meanwhile = func() {
				if called {
					w.ends(t, p, true)
				} else {
					w.sends(t, 700, nil)
				}
			}
			if err := w.registers(2); err != nil {
				t.Fatal(err)
			}
			if got := w.holds(t, books.Purse(2)); got != 700 || w.unclaimed(t) != 0 {
				t.Errorf("the payee has %d, and %d is unclaimed", got, w.unclaimed(t))
			}
			w.sound(t)
		})
	}
}
