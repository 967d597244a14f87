package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/module"
	"mpg/engine/module/moduletest"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/store"
	"mpg/store/money"
)

const zhang = "+8613800000003"

// relayWorld is a world of two banks with a book each, at which wang and zhang have
// accounts, and the products of moduletest.
func relayWorld(t *testing.T) (w *world, products *moduletest.Products, icbc, boc *bookBank) {
	t.Helper()
	icbc, boc, products = newBookBank(), newBookBank(), new(moduletest.Products)
	w = newWorld(t, func(w *world) {
		w.banks = map[string]acquirer.Bank{"icbc": icbc, "boc": boc}
		w.module = func() module.Module { return moduletest.New(products) }
		w.rules.Reversals["boc"], w.rules.Reversals[moduletest.Power] = w.rules.Reversals["icbc"], w.rules.Reversals["icbc"]
	})
	p3, _ := pin.Read([]byte(pinOne))
	_, err := w.e.Admin().AddUser(context.Background(), admin.Command{Key: "u3"},
		admin.NewUser{Phone: zhang, Name: lang.Name{EN: "Zhang Min"}, Lang: lang.EN, PIN: &p3, Bank: "boc", BankAccount: "6216610200003"})
	if err != nil {
		t.Fatal(err)
	}
	return w, products, icbc, boc
}

// relay orders 50.00 from wang's bank to zhang's and keys the PIN.
func (w *world) relay() string {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "RELAY 50 13800000003")
	return w.last().Ref
}

// wantBooks compares our accounts, and both banks' own books, with what is right.
func (w *world) wantBooks(purse, icbcOwes, bocOwes, transit, fees string, icbc, boc *bookBank) {
	w.t.Helper()
	w.balance("purse:"+wang, purse, purse)
	w.balance("bank:icbc", icbcOwes, icbcOwes)
	w.balance("bank:boc", bocOwes, bocOwes)
	w.balance("transit:icbc", transit, transit)
	w.balance("fees", fees, fees)
	cny, _ := money.Lookup("CNY")
	for name, b := range map[string]*bookBank{icbcOwes: icbc, bocOwes: boc} {
		b.mu.Lock()
		if got := cny.Format(-b.moved); got != name {
			w.t.Errorf("the bank's own book says %s, ours %s", got, name)
		}
		b.mu.Unlock()
	}
}

// TestFromBankToBank: two requests and three legs, under each order of answers. The money
// arrives once, or stays where it was, or is in the payer's purse; the fee is taken only if
// it arrived.
func TestFromBankToBank(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		icbc, boc func(b *bookBank)
		outcome   string
		purse     string // posted
		icbcOwes  string
		bocOwes   string
		fees      string
		told      string // to the payer
	}{
		"both approve":        {nil, nil, "paid", "499.50", "50.00", "-50.00", "0.50", "from your bank account"},
		"the first declines":  {func(b *bookBank) { b.says("51") }, nil, "not paid", "500.00", "0.00", "0.00", "0.00", "Nothing was taken"},
		"the first is silent": {func(b *bookBank) { b.silence(true) }, nil, "not paid", "500.00", "0.00", "0.00", "0.00", "has been told to return it"},
		"the second declines": {nil, func(b *bookBank) { b.says("14") }, "returned", "550.00", "50.00", "0.00", "0.00", "the money is in your purse"},
		"the second is silent": {nil, func(b *bookBank) { b.silence(true) }, "returned", "550.00", "50.00", "0.00", "0.00",
			"the money is in your purse"},
		"the second is not asked": {nil, func(b *bookBank) {
			b.set(func() { b.request = func(message) (bank.Reply, error) { return bank.Reply{}, bank.ErrDown } })
		}, "returned", "550.00", "50.00", "0.00", "0.00", "the money is in your purse"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, icbc, boc := relayWorld(t)
			if tt.icbc != nil {
				tt.icbc(icbc)
			}
			if tt.boc != nil {
				tt.boc(boc)
			}
			ref := w.relay()
			w.until("the end", func() bool { return w.shown(ref).Outcome == tt.outcome })
			w.expect(wang, ref, tt.told)
			switch tt.outcome {
			case "paid":
				w.expect(wang, ref, "you paid CNY 50.50")
				w.expect(zhang, ref, "you received CNY 50.00")
			case "returned": // the fee was never taken, and does not come back
				w.expect(wang, ref, "CNY 50.00 to 138****0003 was not paid")
				w.expect(zhang, ref, "CNY 50.00 from 138****0001 was not paid")
				w.text(wang, "LAST")
				w.expect(wang, "Last: ", "CNY +50.00 from your bank account, "+ref)
			}
			w.wantBooks(tt.purse, tt.icbcOwes, tt.bocOwes, "0.00", tt.fees, icbc, boc)
			w.restart()
			w.wantBooks(tt.purse, tt.icbcOwes, tt.bocOwes, "0.00", tt.fees, icbc, boc)
			if w.count(wang, "Balance CNY "+tt.purse) != map[string]int{"returned": 1}[tt.outcome] {
				t.Errorf("the purse that was paid into is not told once: %q", w.written())
			}
		})
	}
}

// TestInTransit: while the second bank does not say whether it has paid, the money is in
// transit; nobody reports it paid or returned until the bank, or people, say so.
func TestInTransit(t *testing.T) {
	t.Parallel()
	for as, want := range map[string]struct{ outcome, purse, bocOwes, fees string }{
		acquirer.ResolvedPaid:     {"paid", "499.50", "-50.00", "0.50"},
		acquirer.ResolvedReversed: {"returned", "550.00", "0.00", "0.00"},
	} {
		t.Run(as, func(t *testing.T) {
			t.Parallel()
			w, _, icbc, boc := relayWorld(t)
			boc.silence(as == acquirer.ResolvedPaid)
			boc.answersReversals("25")
			ref := w.relay()
			p := w.comes(ref, "reversing", "reversing")
			if len(p.Earlier) != 1 || p.Earlier[0].Bank != "icbc" || p.Earlier[0].Kind != "debit" || p.Request.Bank != "boc" || p.Request.Kind != "credit" {
				t.Errorf("requests %+v, then %+v", p.Earlier, p.Request)
			}
			w.expect(wang, ref, "being checked")
			w.balance("transit:icbc", "50.00", "0.00")
			w.balance("purse:"+wang, "500.00", "499.50")
			w.restart()
			w.balance("transit:icbc", "50.00", "0.00")
			if p := w.shown(ref); p.State != "reversing" || len(icbc.reversals()) != 0 {
				t.Errorf("after a restart %s, the first bank was asked for %d reversals", p.State, len(icbc.reversals()))
			}
			w.pass(2 * time.Hour)
			if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r1"}, ref, as, "their statement"); err != nil {
				t.Fatal(err)
			}
			if p := w.shown(ref); p.Outcome != want.outcome {
				t.Errorf("resolved as %s: %s", as, p.Outcome)
			}
			w.wantBooks(want.purse, "50.00", want.bocOwes, "0.00", want.fees, icbc, boc)
		})
	}
}

// TestALateWordOfTheFirstBank: what the first bank says once the second is asked belongs to
// its own request, and does not move the payment.
func TestALateWordOfTheFirstBank(t *testing.T) {
	t.Parallel()
	w, _, icbc, boc := relayWorld(t)
	wait := make(chan struct{})
	boc.set(func() {
		boc.request = func(m message) (bank.Reply, error) {
			<-wait
			boc.book(m)
			return bank.Reply{Approved: true, Code: "00", Reason: bank.Approved}, nil
		}
	})
	ref := w.relay()
	w.until("the second bank to be asked", func() bool { boc.mu.Lock(); defer boc.mu.Unlock(); return len(boc.asked) == 1 })
	w.e.Banks().LateAnswer("icbc", icbc.requests()[0].late("05"))
	w.hasSaidAll()
	p := w.shown(ref)
	if p.State != "sent" || p.Earlier[0].State != "disputed" || p.Request.State != "sent" {
		t.Errorf("%s, requests %s and %s", p.State, p.Earlier[0].State, p.Request.State)
	}
	close(wait)
	w.until("the end", func() bool { return w.shown(ref).Outcome == "paid" })
	w.wantBooks("499.50", "50.00", "-50.00", "0.00", "0.50", icbc, boc)
	if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r1"}, ref, acquirer.ResolvedReversed, "no"); !errors.Is(err, acquirer.ErrStands) {
		t.Errorf("the first request of a paid payment resolved as reversed: %v", err)
	}
	if _, err := w.e.Admin().Resolve(context.Background(), admin.Command{Key: "r2"}, ref, acquirer.ResolvedPaid, "yes"); err != nil {
		t.Error(err)
	}
	if p := w.shown(ref); p.Earlier[0].State != "resolved" || p.Request.State != "answered" {
		t.Errorf("%+v", p)
	}
}

// TestWhatComesBackHasAPlace: no ceiling of the purse refuses money that a bank has paid
// already. If the purse is closed, the money waits elsewhere, and its owner is told so.
func TestWhatComesBackHasAPlace(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		limit store.Limit
		purse string
		told  string
	}{
		"ceiling": {store.Limit{Ceiling: 1}, "550.00", "Balance CNY 550.00"},
		"closed":  {store.Limit{Closed: true}, "500.00", "your purse is closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _, icbc, boc := relayWorld(t)
			boc.set(func() {
				boc.request = func(message) (bank.Reply, error) {
					limit := tt.limit
					limit.Account = 1<<32 + 1 // wang's purse
					res, err := w.store.Apply(context.Background(), w.store.Epoch(), []store.Cmd{{ID: store.ID{9}, At: w.clock(), Limits: []store.Limit{limit}}})
					if err != nil || res[0].Refusal != store.None {
						t.Errorf("%v %v", res, err)
					}
					return bank.Reply{Code: "14", Reason: bank.ReasonOf("14")}, nil
				}
			})
			ref := w.relay()
			w.until("the end", func() bool { return w.shown(ref).Outcome == "returned" })
			w.wantBooks(tt.purse, "50.00", "0.00", "0.00", "0.00", icbc, boc)
			w.expect(wang, ref, "50.00", tt.told)
			if tt.limit.Closed {
				w.balance(books.Unclaimed, "50.00", "50.00")
			}
		})
	}
}

// TestBothBanksMustBeUp: no bank is asked to pay what the other could not take.
func TestBothBanksMustBeUp(t *testing.T) {
	t.Parallel()
	w, _, icbc, boc := relayWorld(t)
	boc.set(func() { boc.down = true })
	w.text(wang, "RELAY 50 13800000003")
	w.expect(wang, "cannot be reached", "nothing was taken")
	if n := len(icbc.requests()); n != 0 {
		t.Errorf("asked %d times", n)
	}
}

// tank orders up to 200.00 of the shop's fuel and keys the PIN.
func (w *world) tank() string {
	w.t.Helper()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "TANK 200 8001")
	ref := w.last().Ref
	w.until("the amount to be set aside", func() bool { return w.shown(ref).State == "authorized" })
	return ref
}

// TestAnAmountThatIsKnownLater: what is held waits for days, whatever stops and
// starts in between and whatever becomes of the order's own deadline; only what is captured
// is taken, once, and in time.
func TestAnAmountThatIsKnownLater(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after   time.Duration
		end     func(w *world, s *moduletest.Products, ref string) error
		outcome string
		purse   string
		fees    string
		shop    string
		day     string // what the payer's day counts
		told    []string
	}{
		"captured in part": {6 * 24 * time.Hour, func(_ *world, s *moduletest.Products, ref string) error {
			_, err := s.Capture(context.Background(), admin.Command{Key: "c1"}, ref, 12000)
			return err
		}, "paid", "378.80", "1.20", "120.00", "121.20", []string{"you paid CNY 121.20"}},
		"captured as a whole": {time.Minute, func(_ *world, s *moduletest.Products, ref string) error {
			_, err := s.Capture(context.Background(), admin.Command{Key: "c1"}, ref, 20000)
			return err
		}, "paid", "298.00", "2.00", "200.00", "202.00", []string{"you paid CNY 202.00"}},
		"more than was set aside": {time.Minute, func(_ *world, s *moduletest.Products, ref string) error {
			if _, err := s.Capture(context.Background(), admin.Command{Key: "c1"}, ref, 20001); !errors.Is(err, payment.ErrCapture) {
				return errors.New("captured more")
			}
			_, err := s.Capture(context.Background(), admin.Command{Key: "c2"}, ref, 5000)
			return err
		}, "paid", "449.50", "0.50", "50.00", "50.50", []string{"you paid CNY 50.50"}},
		"captured twice": {time.Hour, func(_ *world, s *moduletest.Products, ref string) error {
			_, err := s.Capture(context.Background(), admin.Command{Key: "c1"}, ref, 5000)
			if _, again := s.Capture(context.Background(), admin.Command{Key: "c2"}, ref, 5000); !errors.Is(again, payment.ErrLate) {
				return errors.New("captured twice")
			}
			if _, late := s.Release(context.Background(), admin.Command{Key: "c3"}, ref); !errors.Is(late, payment.ErrLate) {
				return errors.New("released after it was captured")
			}
			return err
		}, "paid", "449.50", "0.50", "50.00", "50.50", []string{"you paid CNY 50.50"}},
		"released": {time.Hour, func(_ *world, s *moduletest.Products, ref string) error {
			_, err := s.Release(context.Background(), admin.Command{Key: "c1"}, ref)
			return err
		}, "not paid", "500.00", "0.00", "0.00", "0.00", []string{"free again", "Nothing was taken"}},
		"not captured in time": {8 * 24 * time.Hour, func(w *world, s *moduletest.Products, ref string) error {
			w.until("its end", func() bool { return w.shown(ref).State == "done" })
			if _, err := s.Capture(context.Background(), admin.Command{Key: "c1"}, ref, 5000); !errors.Is(err, payment.ErrLate) {
				return errors.New("captured too late")
			}
			return nil
		}, "not paid", "500.00", "0.00", "0.00", "0.00", []string{"free again"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, products, _, _ := relayWorld(t)
			ref := w.tank()
			w.expect(wang, ref, "set aside", "202.00")
			w.expect(shop, ref, "预留最多200.00元") // the shop is written to in the operator's language
			w.balance("purse:"+wang, "500.00", "298.00")
			w.text(wang, "BAL") // the payer may order meanwhile
			w.pass(10 * time.Minute)
			w.restart()
			w.pass(tt.after)
			w.restart()
			if err := tt.end(w, products, ref); err != nil {
				t.Fatal(err)
			}
			if p := w.shown(ref); p.Outcome != tt.outcome {
				t.Errorf("%s, want %s", p.Outcome, tt.outcome)
			}
			w.expect(wang, append([]string{ref}, tt.told...)...)
			w.balance("purse:"+wang, tt.purse, tt.purse)
			w.balance("merchant:8001", tt.shop, tt.shop)
			w.balance("fees", tt.fees, tt.fees)
		})
	}
}

// TestWhoWaitsForAnAmountMayOrder: what is held is no open order.
func TestWhoWaitsForAnAmountMayOrder(t *testing.T) {
	t.Parallel()
	w, _, _, _ := relayWorld(t)
	w.tank()
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 7")
	w.expect(wang, "you paid CNY 7.00")
	w.text(wang, "NO")
	if told := w.expect(wang, "No payment is waiting"); strings.Contains(told, "stopped") {
		t.Error(told)
	}
	w.balance("purse:"+wang, "493.00", "291.00")
}

// TestTheClockGoesBackWhileAnAmountIsWaitedFor: money stays held no longer than it
// would by the clock of then.
func TestTheClockGoesBackWhileAnAmountIsWaitedFor(t *testing.T) {
	t.Parallel()
	w, products, _, _ := relayWorld(t)
	ref := w.tank()
	w.steps(-30 * 24 * time.Hour)
	w.restart()
	w.pass(moduletest.TankFor + time.Hour)
	w.until("its end by the clock of then", func() bool { return w.shown(ref).State == "done" })
	if _, err := products.Capture(context.Background(), admin.Command{Key: "c1"}, ref, 100); !errors.Is(err, payment.ErrLate) {
		t.Errorf("captured after its end: %v", err)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
}
