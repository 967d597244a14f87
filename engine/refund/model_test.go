package refund_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/books"
	"mpg/engine/merchant"
	"mpg/engine/payment"
	"mpg/engine/process"
	"mpg/engine/process/processtest"
	"mpg/engine/product"
	"mpg/engine/refund"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/money"
)

// Subscribers of the model.
const (
	customer = 1
	manager  = 2
)

// desk is a Desk over a real store, with a bank that answers when the model says so.
type desk struct {
	*refund.Desk
	books   *processtest.Books
	process *process.Machine
	now     time.Time
	firsts  []uint64 // payments to the shop
	close   func()
}

// actor keeps what a bank is asked; nobody is called.
type actor struct {
	processtest.Idle
	mu   sync.Mutex
	last uint64
}

// Reverse implements process.Actor.
func (*actor) Reverse(*tx.Tx, *payment.Payment) error { return nil }

// Authorize implements process.Actor.
func (a *actor) Authorize(_ *tx.Tx, p *payment.Payment) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last++
	p.Requests = append(p.Requests, a.last)
	return nil
}

// newDesk opens the books of a shop, its customer and its manager.
func newDesk(t *rapid.T) *desk {
	dir, err := os.MkdirTemp("", "refund")
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{now: time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC)}
	d.books = processtest.Open(t, processtest.Config{Dir: dir, Now: func() time.Time { return d.now }, Banks: []string{"icbc"}})
	d.close = func() { _ = d.books.Disk.Close(); _ = os.RemoveAll(dir) }
	d.process = d.books.Machine(&actor{}, nil)
	d.Desk = refund.New(refund.Config{Books: d.books.Books, Process: d.process, Store: d.books.Store, Place: d.books.Place, Banks: []string{"icbc"}, BankUp: func(string) bool { return true }})
	d.populate(t)
	return d
}

// populate opens the accounts, and has the customer pay the shop a few times. The shop has
// been paid less than it will be asked for, and some of its money is held back.
func (d *desk) populate(t *rapid.T) {
	ceiling := rapid.SampledFrom([]store.Limit{{}, {Ceiling: 1}, {Closed: true}}).Draw(t, "purse")
	settled := money.Amount(rapid.Int64Range(0, 150).Draw(t, "settled"))
	held := money.Amount(rapid.Int64Range(0, 100).Draw(t, "held"))
	d.books.Do(t, func(t *tx.Tx) error {
		for _, no := range []uint64{customer, manager} {
			t.SaveUser(&user.User{No: no, Phone: fmt.Sprintf("+861380000000%d", no), State: user.Active, Purse: books.Purse(no)})
			t.Open(store.Open{ID: books.Purse(no), Kind: store.Liability, Currency: "CNY"})
		}
		t.Open(store.Open{ID: books.Merchant("8001"), Kind: store.Liability, Currency: "CNY"})
		tx.Save(t, merchant.Table, "8001", &merchant.Merchant{Code: "8001", Phone: "+8613800000002", Account: books.Merchant("8001")})
		back, err := d.books.Account(t, books.HeldPrefix+"8001", store.Liability, "")
		if err != nil {
			return err
		}
		float, err := d.books.Account(t, books.Float, store.Asset, "")
		if err != nil {
			return err
		}
		for _, by := range []paidBy{byPurse, byPurse, byBank, byCardAndPurse} {
			if err := d.pay(t, by, float); err != nil {
				return err
			}
		}
		if settled > 0 {
			t.Transfer(store.Transfer{Op: store.Post, Debit: books.Merchant("8001"), Credit: float, Amount: settled})
		}
		if held > 0 {
			t.Transfer(store.Transfer{Op: store.Post, Debit: books.Merchant("8001"), Credit: back, Amount: held})
		}
		ceiling.Account = books.Purse(customer)
		t.Limit(ceiling)
		return nil
	})
}

// paidBy is what the customer has paid from.
type paidBy int

const (
	byPurse paidBy = iota
	byBank
	byCardAndPurse
)

// ofCard is what a card pays of 1.00 that a card and the purse pay.
const ofCard = 60

// pay enters a payment of 1.00 with a fee of the customer's, or one of 1.00 from the bank, or from
// a card and the purse, of which the shop bears the fee.
func (d *desk) pay(t *tx.Tx, by paidBy, float store.AccountID) error {
	no := d.books.Payments.Add(1)
	fees, err := d.books.Account(t, books.Fees, store.Liability, "")
	if err != nil {
		return err
	}
	p := &payment.Payment{No: no, Ref: d.books.Refs.Ref(no), State: payment.Done, Reason: payment.Paid, Date: "2026-11-26",
		Payer: payment.Party{User: customer, Phone: "+8613800000001"}, Payee: payment.Party{Code: "8001"},
		Amounts: payment.Amounts{Ordered: 100, Charged: 101, Received: 100, Fee: 1, Currency: "CNY"},
		Plan: payment.Plan{Product: payment.MPurse, Legs: []payment.Leg{
			{From: books.Purse(customer), To: books.Merchant("8001"), Amount: 100, Code: payment.CodePay, PostedAt: payment.AtConfirm},
			{From: books.Purse(customer), To: fees, Amount: 1, Code: payment.CodeFee, PostedAt: payment.AtConfirm}}},
		Steps: []payment.Step{{At: t.Now, State: payment.Confirmed}, {At: t.Now, State: payment.Posted}, {At: t.Now, State: payment.Done}}}
	owes := books.BankPrefix + "icbc"
	if by == byCardAndPurse {
		owes = books.CardPrefix + "icbc"
	}
	if by != byPurse {
		bank, err := d.books.Account(t, owes, store.Asset, "")
		if err != nil {
			return err
		}
		p.Charged, p.Received, p.PayeeFee = 100, 99, 1
		p.Plan.Product, p.Plan.Asks = payment.MDebit, []payment.Ask{{Bank: "icbc", Account: 1, Amount: 100, Kind: payment.Debit}}
		p.Plan.Legs[0].From, p.Plan.Legs[0].Amount, p.Plan.Legs[1].From = bank, 99, bank // as product.Make has it
	} else {
		t.Transfer(store.Transfer{Op: store.Post, Debit: float, Credit: books.Purse(customer), Amount: 101})
	}
	if by == byCardAndPurse {
		t.Transfer(store.Transfer{Op: store.Post, Debit: float, Credit: books.Purse(customer), Amount: 100 - ofCard})
		p.Plan.Asks[0].Kind, p.Plan.Asks[0].Card, p.Granted = payment.PreAuth, true, ofCard
		p.Plan.Legs = append(p.Plan.Legs, payment.Leg{From: books.Purse(customer), To: p.Plan.Legs[0].From, Amount: 100 - ofCard, Code: payment.CodeSplit, PostedAt: payment.AtConfirm})
	}
	for _, leg := range p.Plan.Legs {
		t.Transfer(store.Transfer{Op: store.Post, Debit: leg.From, Credit: leg.To, Amount: leg.Amount, Ref: no})
	}
	d.firsts = append(d.firsts, no)
	t.SavePayment(p)
	return nil
}

// order begins one refund, and reports whether it was taken on.
func (d *desk) order(of uint64, amount money.Amount, receivable, byText bool) error {
	return d.books.Run.Do(context.Background(), func(t *tx.Tx) error {
		first, err := t.Payment(of)
		if err != nil {
			return err
		}
		order := refund.Order{Of: first, Amount: amount, Receivable: receivable, Expires: time.Minute}
		if byText {
			order.Origin.Manager = payment.Party{User: manager, Phone: "+8613800000002"}
		}
		_, err = d.Make(t, order)
		return err
	})
}

// event fires an event of an open payment, if it can come there.
func (d *desk) event(t *rapid.T, no uint64, ev payment.Event) {
	if err := d.process.Fire(context.Background(), no, ev, nil); err != nil && !errors.Is(err, payment.ErrLate) {
		t.Fatal(err)
	}
}

// payments returns all payments that refund, in their order.
func (d *desk) payments(t *rapid.T) (all []*payment.Payment) {
	for doc, err := range d.books.Store.Docs(context.Background(), payment.Table, "", 0) {
		p, err := tx.Decoded[payment.Payment](doc, err)
		if err != nil {
			t.Fatal(err)
		}
		if p.Of != 0 {
			all = append(all, p)
		}
	}
	return all
}

// check compares what is recorded with the payments, and the payments with the books.
func (d *desk) check(t *rapid.T) {
	refunds := d.payments(t)
	view := d.books.Run.View(context.Background())
	for _, no := range d.firsts {
		first, err := view.Payment(no)
		if err != nil {
			t.Fatal(err)
		}
		back, err := refund.Of(view, no)
		if err != nil {
			t.Fatal(err)
		}
		var sum, purse, declined money.Amount
		for _, p := range refunds {
			if p.Of == no && !p.Passed(payment.Voided) {
				sum, purse = sum+p.Charged, purse+payment.ToPurse(p)
			}
			if p.Of == no && p.Passed(payment.Returned) {
				declined += p.Plan.Asks[0].Amount
			}
		}
		if rest := first.Plan.FromPurse(); rest > 0 && (back.Purse != purse || purse-declined > rest || sum-purse > ofCard) {
			t.Fatalf("the purse paid %d and gets %d, of which the card declined %d, or %d by the record; the card paid %d and gets %d", rest, purse, declined, back.Purse, ofCard, sum-purse)
		}
		if back.Sum != sum || sum > product.RefundMax(first) || product.RefundMax(first) != 100 {
			t.Fatalf("of %d at most, %d is recorded and %d is refunded", product.RefundMax(first), back.Sum, sum)
		}
	}
	var unclaimed, waiting money.Amount
	for _, p := range refunds {
		var legs, brought money.Amount
		for i, leg := range p.Plan.Legs {
			if leg.Code == payment.CodeRefund && leg.HeldAt == payment.AtOrder {
				legs += leg.Amount
			}
			if at := p.Leg(i); (at == payment.LegPosted || at == payment.LegReturned) && slices.Contains(p.Plan.Legs[:i], leg) {
				t.Fatalf("leg %d twice", i)
			}
			if p.Leg(i) == payment.LegReturned {
				brought += leg.Amount
			}
		}
		if legs != p.Charged || p.State == payment.Done && brought != 0 && brought != p.Charged {
			t.Fatalf("refund of %d: legs of %d, %d handed back", p.Charged, legs, brought)
		}
		if doc, err := tx.Read[payment.Unclaimed](view, payment.UnclaimedTable, payment.Key(p.No)); err != nil {
			t.Fatal(err)
		} else if doc != nil {
			unclaimed += doc.Amount
		}
	}
	if id, ok, err := d.books.Named(context.Background(), books.Unclaimed); err != nil {
		t.Fatal(err)
	} else if ok {
		account, _, err := d.books.Store.Account(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		waiting = account.Posted()
	}
	if unclaimed != waiting {
		t.Fatalf("%d is listed as unclaimed, and %d is in the account", unclaimed, waiting)
	}
}

// race orders a few refunds at once.
func (d *desk) race(t *rapid.T) {
	var racing sync.WaitGroup
	for range rapid.IntRange(1, 3).Draw(t, "at once") {
		of := rapid.SampledFrom(d.firsts).Draw(t, "of")
		amount := money.Amount(rapid.Int64Range(0, 101).Draw(t, "amount"))
		receivable, byText := rapid.IntRange(0, 4).Draw(t, "receivable") == 0, rapid.Bool().Draw(t, "by text")
		racing.Go(func() {
			err := d.Explain(d.order(of, amount, receivable, byText))
			for _, known := range []error{nil, refund.ErrRefunded, refund.ErrOver, refund.ErrShort} {
				if errors.Is(err, known) {
					return
				}
			}
			t.Errorf("refused: %v", err)
		})
	}
	racing.Wait()
}

// comes has something happen to each refund that is open: in its call, or at its bank.
func (d *desk) comes(t *rapid.T) {
	inCall := []payment.EventKind{payment.PINRight, payment.CallFailed, payment.Again, payment.Stopped, payment.Expired}
	atBank := []payment.EventKind{payment.Approval, payment.Decline, payment.Silence, payment.Reversed, payment.Overdue, payment.StandsPaid, payment.StandsVoid}
	for _, p := range d.payments(t) {
		switch {
		case p.State == payment.Done:
		case p.Request() != 0:
			d.event(t, p.No, payment.Event{Kind: rapid.SampledFrom(atBank).Draw(t, "of the bank"), Request: p.Request()})
		default:
			d.event(t, p.No, payment.Event{Kind: rapid.SampledFrom(inCall).Draw(t, "in the call")})
		}
	}
}

// TestRefundsNeverExceed what was paid, in whatever parts they are ordered and whoever races,
// whatever the bank answers, and however little the shop has. The money of each is in the
// books once.
func TestRefundsNeverExceed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDesk(t)
		defer d.close()
		for range rapid.IntRange(1, 3).Draw(t, "rounds") {
			d.race(t)
			d.check(t)
			d.comes(t)
			d.check(t)
		}
		report, err := d.books.Store.Verify(context.Background())
		if err != nil || len(report.Faults) > 0 {
			t.Fatalf("ledger: %v %v", err, report.Faults)
		}
		for _, trial := range report.Trial {
			if !trial.Balanced() {
				t.Fatalf("trial balance: %+v", trial)
			}
		}
	})
}
