package acquirer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/audit"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/notice"
	"mpg/engine/order"
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

// The people of a relayRoom.
const (
	senderNo   = 1
	receiverNo = 2
)

// teller is a bank with a book of its own that does nothing until the test says what.
type teller struct {
	mu      sync.Mutex
	waiting map[uint32]chan said   // requests without an answer, by STAN
	asked   map[uint32]message     // all requests
	booked  map[uint32]bool        // those that it has booked, and not undone
	undone  map[uint32]bool        // those whose reversal it has carried out: it books them no more
	next    map[uint32]reversalWay // of the next reversal
}

// message is a request as the teller has it.
type message struct{ bank.Request }

// said is how a request ends for whoever waits.
type said struct {
	reply bank.Reply
	err   error
}

// reversalWay is what the teller does with a reversal.
type reversalWay struct {
	code  string // of its answer; empty: silence
	undo  bool   // it carries it out
	tried chan struct{}
}

func newTeller() *teller {
	return &teller{waiting: make(map[uint32]chan said), asked: make(map[uint32]message), booked: make(map[uint32]bool),
		undone: make(map[uint32]bool), next: make(map[uint32]reversalWay)}
}

// Up reports whether a reversal would be answered: the others wait.
func (b *teller) Up() bool { b.mu.Lock(); defer b.mu.Unlock(); return len(b.next) > 0 }

func (b *teller) Window() int { return 4 }

func (b *teller) Prepare(r bank.Request) (bank.Packed, error) { return json.Marshal(r) }

func (b *teller) Authorize(ctx context.Context, p bank.Packed) (bank.Reply, error) {
	var m message
	if err := json.Unmarshal(p, &m); err != nil {
		return bank.Reply{}, err
	}
	wait := make(chan said, 1)
	b.mu.Lock()
	b.waiting[m.STAN], b.asked[m.STAN] = wait, m
	b.mu.Unlock()
	select {
	case end := <-wait:
		return end.reply, end.err
	case <-ctx.Done():
		return bank.Reply{}, bank.ErrUnknown
	}
}

func (b *teller) Advise(ctx context.Context, p bank.Packed, _ bool) (bank.Reply, error) {
	return b.Authorize(ctx, p)
}

func (b *teller) Reverse(_ context.Context, p bank.Packed, _ bool) (bank.Undo, error) {
	var m message
	if err := json.Unmarshal(p, &m); err != nil {
		return bank.Undo{Outcome: bank.UndoOperator}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	way, told := b.next[m.STAN]
	if !told {
		return bank.Undo{Outcome: bank.UndoAgain}, bank.ErrDown
	}
	delete(b.next, m.STAN)
	close(way.tried)
	if way.undo {
		b.booked[m.STAN], b.undone[m.STAN] = false, true
	}
	if way.code == "" {
		return bank.Undo{Outcome: bank.UndoAgain}, bank.ErrUnknown
	}
	return bank.Undo{Outcome: bank.DefaultReversal(way.code), Code: way.code}, nil
}

// has reports whether the bank has booked a request.
func (b *teller) has(stan uint32) bool { b.mu.Lock(); defer b.mu.Unlock(); return b.booked[stan] }

// waits reports whether somebody waits for the answer to a request.
func (b *teller) waits(stan uint32) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.waiting[stan] != nil
}

// forgets has nobody wait any more: whoever did has stopped.
func (b *teller) forgets() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.waiting)
	clear(b.next)
}

// ends answers a request, and books it if book is set.
func (b *teller) ends(stan uint32, book bool, as said) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.booked[stan] = b.booked[stan] || book && !b.undone[stan]
	b.waiting[stan] <- as
	delete(b.waiting, stan)
}

// relayRoom is Banks over a real store, with two banks and a clock, and two people who have
// accounts there.
type relayRoom struct {
	dir   string
	banks map[string]*teller

	books *processtest.Books
	*process.Machine
	desk *acquirer.Banks
	ctx  context.Context
	stop context.CancelFunc
	runs sync.WaitGroup

	mu  sync.Mutex
	now time.Time
}

// inMemory returns a folder for temporary files that is no disk, where there is one: a model
// commits some thousand times, and is not about the disk. Otherwise it returns "".
func inMemory() string {
	const shared = "/dev/shm"
	if one, err := os.MkdirTemp(shared, "mpg"); err == nil {
		_ = os.Remove(one)
		return shared
	}
	return ""
}

func newRelayRoom(t processtest.T) *relayRoom {
	t.Helper()
	dir, err := os.MkdirTemp(inMemory(), "relay")
	if err != nil {
		t.Fatal(err)
	}
	r := &relayRoom{dir: dir, banks: map[string]*teller{"icbc": newTeller(), "boc": newTeller()},
		now: time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC)}
	r.open(t)
	r.step(t, func(t *tx.Tx) error {
		for no, at := range map[uint64]string{senderNo: "icbc", receiverNo: "boc"} {
			person := &user.User{No: no, Phone: fmt.Sprintf("+861380000000%d", no), State: user.Active, Purse: books.Purse(no), AtBank: user.AtBank{Bank: at, ReceiveAtBank: true}}
			person.BankAccount, person.BankMask = r.books.SealAccount(t, payerAccount)
			t.SaveUser(person)
			t.Open(store.Open{ID: person.Purse, Kind: store.Liability, Currency: "CNY"})
		}
		return nil
	})
	return r
}

func (r *relayRoom) clock() time.Time { r.mu.Lock(); defer r.mu.Unlock(); return r.now }

// pass sets the clock forward, and looks what is due by then.
func (r *relayRoom) pass(d time.Duration) {
	r.mu.Lock()
	r.now = r.now.Add(d)
	r.mu.Unlock()
	r.desk.Sweep(r.clock())
}

// relayActor lets payments ask banks, and needs no calls.
type relayActor struct {
	processtest.Idle
	room *relayRoom
}

func (a relayActor) Authorize(t *tx.Tx, p *payment.Payment) error { return a.room.desk.Authorize(t, p) }
func (a relayActor) Reverse(t *tx.Tx, p *payment.Payment) error   { return a.room.desk.Reverse(t, p) }
func (a relayActor) Release(t *tx.Tx, p *payment.Payment) error   { return a.room.desk.Release(t, p) }

// open starts the rooms over the store, as an engine would, and what was under way continues.
func (r *relayRoom) open(t processtest.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r.ctx, r.stop = ctx, stop
	r.books = processtest.Open(t, processtest.Config{Dir: r.dir, Now: r.clock, Banks: []string{"icbc", "boc"},
		Broken: func(err error) { panic(err) }, Closed: func() bool { return ctx.Err() != nil }})
	r.Machine = r.books.Machine(relayActor{room: r}, nil)
	rules := acquirer.Reversal{Retry: time.Millisecond, For: 24 * time.Hour}
	r.desk = acquirer.New(acquirer.Config{Context: ctx, Run: r.books.Run, Books: r.books.Books, Process: r.Machine, Zone: time.UTC, Currency: "CNY",
		Banks:     map[string]acquirer.Bank{"icbc": r.banks["icbc"], "boc": r.banks["boc"]},
		Reversals: func() map[string]acquirer.Reversal { return map[string]acquirer.Reversal{"icbc": rules, "boc": rules} },
		SealKey:   r.books.SealKey, Now: r.clock, Log: slog.New(slog.DiscardHandler)})
	r.mu.Lock()
	r.now = r.now.Add(2 * time.Minute) // a request to a bank that is down no longer waits for it to sign on
	r.mu.Unlock()
	if err := r.desk.Resume(); err != nil {
		t.Fatal(err)
	}
	for doc, err := range r.books.Disk.Docs(ctx, payment.OpenTable, "", 0) {
		if err != nil {
			t.Fatal(err)
		}
		no, err := strconv.ParseUint(doc.Key, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		if p := r.payment(t, no); p.State == payment.Sent {
			if err := r.desk.ResumeSent(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.runs.Go(func() { r.desk.Run(ctx) })
}

// close stops all work, and the store.
func (r *relayRoom) close(t processtest.T) {
	t.Helper()
	r.stop()
	r.runs.Wait()
	r.desk.Wait()
	for _, one := range r.banks {
		one.forgets()
	}
	if err := r.books.Disk.Close(); err != nil {
		t.Fatal(err)
	}
}

// end closes the room for good.
func (r *relayRoom) end(t processtest.T) {
	r.close(t)
	_ = os.RemoveAll(r.dir)
}

func (r *relayRoom) step(t processtest.T, fn func(t *tx.Tx) error) {
	t.Helper()
	r.books.Do(t, fn)
}

// sends has the sender order an amount from bank to bank, and returns its number. The first
// bank is asked at once.
func (r *relayRoom) sends(t processtest.T, amount money.Amount, fee tariff.Parts) uint64 {
	t.Helper()
	no := r.books.Payments.Add(1)
	r.step(t, func(t *tx.Tx) error {
		p, err := r.planned(t, amount, fee)
		if err != nil {
			return err
		}
		p.No, p.Ref = no, r.books.Refs.Ref(no)
		return r.Advance(t, p, payment.Event{Kind: payment.Ordered, At: t.Now})
	})
	return no
}

// planned returns the payment that such an order makes, without a number.
func (r *relayRoom) planned(t *tx.Tx, amount money.Amount, parts tariff.Parts) (*payment.Payment, error) {
	sender, err1 := t.User(senderNo)
	receiver, err2 := t.User(receiverNo)
	transit, err3 := r.books.Account(t, books.TransitPrefix+"icbc", store.Liability, "")
	at := make(map[string]store.AccountID)
	for name := range r.banks {
		id, err := r.books.Account(t, books.BankPrefix+name, store.Asset, "")
		if err != nil {
			return nil, err
		}
		at[name] = id
	}
	fees, err4 := r.books.Account(t, books.Fees, store.Liability, "")
	taxes, err5 := r.books.Account(t, books.Tax, store.Liability, "")
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			return nil, err
		}
	}
	fee := &product.Fee{Fee: tariff.Fee{Parts: parts, Applied: tariff.Applied{Terms: tariff.Terms{Account: books.Fees}}}, Account: fees, TaxAccount: taxes}
	plan, refusal := product.Make(order.Order{Intent: order.Send, Amount: amount, Source: order.FromBank},
		product.Sides{Payer: sender, Payee: receiver, Transit: transit, Fee: fee, Date: "2026-11-26"}, product.Settings{Banks: at})
	if refusal != nil {
		return nil, fmt.Errorf("refused: %+v", refusal)
	}
	plan.PINExempt = true // nobody is called here
	p := &payment.Payment{Plan: plan, Amounts: product.Amounts(amount, fee), Date: "2026-11-26", Deadline: t.Now.Add(time.Minute), Tariff: &fee.Applied,
		Payer: payment.Party{User: senderNo, Phone: sender.Phone}, Payee: payment.Party{User: receiverNo, Phone: receiver.Phone}, Route: payment.Route{Lang: lang.EN}}
	p.Currency = "CNY"
	return p, nil
}

func (r *relayRoom) payment(t processtest.T, no uint64) *payment.Payment {
	t.Helper()
	p, err := r.books.Run.View(context.Background()).Payment(no)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// requests returns the requests of a payment as they are stored.
func (r *relayRoom) requests(t processtest.T, no uint64) []*payment.Request {
	t.Helper()
	all, err := r.desk.Requests(context.Background(), r.payment(t, no))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// holds returns what an account of that name has posted; 0 if there is none.
func (r *relayRoom) holds(t processtest.T, name string) money.Amount {
	t.Helper()
	id, known, err := r.books.Named(context.Background(), name)
	if err != nil {
		t.Fatal(err)
	}
	if !known {
		return 0
	}
	return r.in(t, id)
}

// in returns what an account has posted.
func (r *relayRoom) in(t processtest.T, id store.AccountID) money.Amount {
	t.Helper()
	account, _, err := r.books.Disk.Account(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return account.Posted()
}

// told returns which texts about a payment were written to a number, and how often each.
func (r *relayRoom) told(t processtest.T, ref, number string) map[lang.Key]int {
	t.Helper()
	all := make(map[lang.Key]int)
	for row, err := range r.books.Disk.Outbox(context.Background(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		text, err := notice.Read(row)
		if err != nil {
			t.Fatal(err)
		}
		if text.Args.Ref == ref && text.To == number {
			all[text.Text]++
		}
	}
	return all
}

// sound audits the whole journal.
func (r *relayRoom) sound(t processtest.T) {
	t.Helper()
	report, err := audit.Run(context.Background(), r.books.Disk)
	if err != nil || len(report.Faults) > 0 {
		t.Fatalf("audit: %v %q", err, report.Faults)
	}
}

// until waits for cond.
func (r *relayRoom) until(t processtest.T, what string, cond func() bool) {
	t.Helper()
	for begun := time.Now(); !cond(); time.Sleep(100 * time.Microsecond) {
		if time.Since(begun) > patience {
			t.Fatal("never came: ", what)
		}
	}
}
