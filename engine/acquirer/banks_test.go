package acquirer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/process"
	"mpg/engine/process/processtest"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// patience bounds every wait of the tests.
const patience = 2 * time.Minute

// The payer of all tests.
const (
	payerNo      = 1
	payerAccount = "6222020200001"
)

// issuer is a bank that answers as the test says.
type issuer struct {
	mu        sync.Mutex
	authorize func(ctx context.Context, r bank.Request) (bank.Reply, error)
	code      string // of its answer to a reversal; empty: silence
	repeats   []bool // whether each reversal said that it may have been sent before
	advised   []bool // the same of advices
	changed   chan struct{}
}

func (i *issuer) Up() bool    { return true }
func (i *issuer) Window() int { return 4 }

func (i *issuer) Prepare(r bank.Request) (bank.Packed, error) { return json.Marshal(r) }

func (i *issuer) Authorize(ctx context.Context, p bank.Packed) (bank.Reply, error) {
	var r bank.Request
	if err := json.Unmarshal(p, &r); err != nil {
		return bank.Reply{}, err
	}
	return i.authorize(ctx, r)
}

// Advise answers as Authorize does.
func (i *issuer) Advise(ctx context.Context, p bank.Packed, repeat bool) (bank.Reply, error) {
	i.mu.Lock()
	i.advised = append(i.advised, repeat)
	i.mu.Unlock()
	return i.Authorize(ctx, p)
}

func (i *issuer) Reverse(_ context.Context, _ bank.Packed, repeat bool) (bank.Undo, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.repeats = append(i.repeats, repeat)
	select {
	case i.changed <- struct{}{}:
	default:
	}
	if i.code == "" {
		return bank.Undo{Outcome: bank.UndoAgain}, bank.ErrUnknown
	}
	return bank.Undo{Outcome: bank.DefaultReversal(i.code), Code: i.code}, nil
}

// answers sets the code of the answers to reversals.
func (i *issuer) answers(code string) { i.mu.Lock(); defer i.mu.Unlock(); i.code = code }

// reversals returns what each reversal so far said about a repeat.
func (i *issuer) reversals() []bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]bool(nil), i.repeats...)
}

// actor lets payments ask the bank of a room, and needs no calls.
type actor struct {
	processtest.Idle
	room *room
}

func (a actor) Authorize(t *tx.Tx, p *payment.Payment) error { return a.room.banks.Authorize(t, p) }
func (a actor) Reverse(t *tx.Tx, p *payment.Payment) error   { return a.room.banks.Reverse(t, p) }
func (a actor) Release(t *tx.Tx, p *payment.Payment) error   { return a.room.banks.Release(t, p) }

// room is Banks over a real store, with the rooms below it and no engine.
type room struct {
	t    *testing.T
	dir  string
	bank *issuer

	books   *processtest.Books
	machine *process.Machine
	banks   *acquirer.Banks
	ctx     context.Context
	stop    context.CancelFunc
	runs    sync.WaitGroup
}

func newRoom(t *testing.T, authorize func(ctx context.Context, r bank.Request) (bank.Reply, error)) *room {
	t.Helper()
	r := &room{t: t, dir: t.TempDir(), bank: &issuer{authorize: authorize, changed: make(chan struct{}, 1)}}
	if err := os.Chmod(r.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	r.open()
	t.Cleanup(r.close)
	r.do(func(t *tx.Tx) error {
		payer := &user.User{No: payerNo, Phone: "+8613800000001", State: user.Active, AtBank: user.AtBank{Bank: "icbc"}}
		payer.BankAccount, payer.BankMask = r.books.SealAccount(t, payerAccount)
		t.SaveUser(payer)
		return nil
	})
	return r
}

// open starts the rooms over the store, as an engine would.
func (r *room) open() {
	r.t.Helper()
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.books = processtest.Open(r.t, processtest.Config{Dir: r.dir, Now: time.Now, Banks: []string{"icbc"}, Closed: func() bool { return r.ctx.Err() != nil }})
	r.machine = r.books.Machine(actor{room: r}, nil)
	r.banks = acquirer.New(acquirer.Config{Context: r.ctx, Run: r.books.Run, Books: r.books.Books, Process: r.machine,
		Banks: map[string]acquirer.Bank{"icbc": r.bank},
		Reversals: func() map[string]acquirer.Reversal {
			return map[string]acquirer.Reversal{"icbc": {Retry: time.Millisecond, For: time.Hour}}
		},
		SealKey: r.books.SealKey, Zone: time.UTC, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err := r.banks.Resume(); err != nil {
		r.t.Fatal(err)
	}
}

// begin lets reversals and late answers be worked on.
func (r *room) begin() { r.runs.Go(func() { r.banks.Run(r.ctx) }) }

// halt stops all work and leaves the store open.
func (r *room) halt() {
	r.stop()
	r.runs.Wait()
	r.banks.Wait()
}

func (r *room) close() {
	r.halt()
	if err := r.books.Disk.Close(); err != nil {
		r.t.Error(err)
	}
}

func (r *room) restart() { r.close(); r.open() }

func (r *room) do(fn func(t *tx.Tx) error) {
	r.t.Helper()
	if err := r.books.Run.Do(context.Background(), fn); err != nil {
		r.t.Fatal(err)
	}
}

// order opens a payment of 45.00 by a bank, which is asked at once.
func (r *room) order(bankName string) uint64 {
	r.t.Helper()
	from, _, err1 := r.books.Named(r.t.Context(), books.BankPrefix+"icbc")
	to, _, err2 := r.books.Named(r.t.Context(), books.Fees)
	if err := errors.Join(err1, err2); err != nil {
		r.t.Fatal(err)
	}
	no := r.books.Payments.Add(1)
	r.do(func(t *tx.Tx) error {
		payer, err := t.User(payerNo)
		if err != nil {
			return err
		}
		p := &payment.Payment{No: no, Ref: r.books.Refs.Ref(no), Payer: payment.Party{User: payerNo, Phone: "+8613800000001"},
			Payee: payment.Party{Code: "8001"}, Date: "2026-11-26",
			Amounts: payment.Amounts{Ordered: 4500, Charged: 4500, Received: 4500, Currency: "CNY"}, Route: payment.Route{Lang: lang.EN},
			Plan: payment.Plan{Product: payment.MDebit, PINExempt: true,
				Asks: []payment.Ask{{Bank: bankName, Account: payer.BankAccount, Amount: 4500, Kind: payment.Debit}},
				Legs: []payment.Leg{{From: from, To: to, Amount: 4500, Code: payment.CodePay, Held: true, PostedAt: payment.AtConfirm + 1}}}}
		return r.machine.Advance(t, p, payment.Event{Kind: payment.Ordered, At: t.Now})
	})
	return no
}

// read returns a payment and its request as they are stored.
func (r *room) read(no uint64) (*payment.Payment, *payment.Request) {
	r.t.Helper()
	p, err := r.books.Run.View(r.t.Context()).Payment(no)
	if err != nil {
		r.t.Fatal(err)
	}
	requests, err := r.banks.Requests(r.t.Context(), p)
	if err != nil || len(requests) != 1 {
		r.t.Fatalf("requests of payment %d: %v %v", no, requests, err)
	}
	return p, requests[0]
}

// TestAuthorizeFiresWhatTheBankSaid: only an answer decides. What was certainly not sent
// is declined, and silence is reversed.
func TestAuthorizeFiresWhatTheBankSaid(t *testing.T) {
	t.Parallel()
	approved := bank.Reply{Approved: true, Code: "00", Reason: bank.Approved, AuthID: "A00001", Settlement: "1126"}
	declined := bank.Reply{Code: "51", Reason: bank.ReasonOf("51")}
	tests := []struct {
		name    string
		bank    string
		reply   bank.Reply
		err     error
		state   payment.State
		reason  payment.Reason
		request payment.RequestState
		code    string
		asked   int64
	}{
		{"approved", "icbc", approved, nil, payment.Done, payment.Paid, payment.RequestAnswered, "00", 1},
		{"declined", "icbc", declined, nil, payment.Done, payment.BankDeclined, payment.RequestAnswered, "51", 1},
		{"not asked", "icbc", bank.Reply{}, bank.ErrDown, payment.Done, payment.BankAway, payment.RequestAnswered, "", 1},
		{"no message", "icbc", bank.Reply{}, bank.ErrInvalid, payment.Done, payment.BankAway, payment.RequestAnswered, "", 1},
		{"silent", "icbc", bank.Reply{}, bank.ErrUnknown, payment.Reversing, payment.BankSilent, payment.RequestReversing, "", 1},
		{"another error", "icbc", bank.Reply{}, io.ErrUnexpectedEOF, payment.Reversing, payment.BankSilent, payment.RequestReversing, "", 1},
		{"not configured", "boc", bank.Reply{}, nil, payment.Done, payment.BankAway, payment.RequestAnswered, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRoom(t, func(context.Context, bank.Request) (bank.Reply, error) { return tt.reply, tt.err })
			no := r.order(tt.bank)
			r.banks.Wait()
			p, req := r.read(no)
			if p.State != tt.state || p.Reason != tt.reason {
				t.Errorf("payment is %s, %s; want %s, %s", p.State, p.Reason, tt.state, tt.reason)
			}
			if req.State != tt.request || req.Code != tt.code || req.Approved != tt.reply.Approved {
				t.Errorf("request is %s with %q, approved %v; want %s with %q", req.State, req.Code, req.Approved, tt.request, tt.code)
			}
			if asked := r.banks.Counters.BankAsked.Load(); asked != tt.asked || !r.banks.Idle() {
				t.Errorf("asked %d times, idle %v", asked, r.banks.Idle())
			}
			open := 0
			for _, u := range r.banks.Unsettled() {
				open += u.Reversing + u.Doubt
			}
			if listed := tt.request == payment.RequestReversing; listed != (open == 1) {
				t.Errorf("%d requests open", open)
			}
		})
	}
}

// TestRequestIsStoredBeforeItIsSent, with the message under the seal: the account number
// is nowhere in the record.
func TestRequestIsStoredBeforeItIsSent(t *testing.T) {
	t.Parallel()
	var r *room
	stored := make(chan error, 1)
	r = newRoom(t, func(_ context.Context, sent bank.Request) (bank.Reply, error) {
		stored <- func() error {
			doc, ok, err := r.books.Disk.Doc(t.Context(), payment.BankTable, payment.Key(1))
			if err != nil || !ok {
				return errors.Join(err, errors.New("nothing is stored"))
			}
			req, err := tx.Decode[payment.Request](doc)
			switch {
			case err != nil:
				return err
			case sent.Account != payerAccount || sent.Amount != 4500 || sent.STAN != req.STAN || sent.RRN != req.RRN:
				return errors.New("what is sent is not what is stored")
			case req.State != payment.RequestSent || len(req.Packed) == 0:
				return errors.New("the record has no message")
			case bytes.Contains(doc.Data, []byte(payerAccount)):
				return errors.New("the account number is in the clear")
			}
			return nil
		}()
		return bank.Reply{Approved: true, Code: "00", Reason: bank.Approved}, nil
	})
	r.order("icbc")
	r.banks.Wait()
	if err := <-stored; err != nil {
		t.Error(err)
	}
}

// TestResumeReverses: a stop while the bank is asked leaves the request sent; the next
// start reverses it as for the first time, and the start after that as a repeat, until the
// bank says that it is undone.
func TestResumeReverses(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	r := newRoom(t, func(ctx context.Context, _ bank.Request) (bank.Reply, error) {
		close(asked)
		<-ctx.Done()
		return bank.Reply{}, bank.ErrUnknown
	})
	no := r.order("icbc")
	<-asked
	r.restart()
	p, req := r.read(no)
	if p.State != payment.Sent || req.State != payment.RequestSent {
		t.Fatalf("after the stop: payment %s, request %s", p.State, req.State)
	}
	if err := r.banks.ResumeSent(p); err != nil {
		t.Fatal(err)
	}
	if p, req := r.read(no); p.State != payment.Reversing || req.State != payment.RequestReversing || req.Cause != "restart" {
		t.Fatalf("after the start: payment %s, request %s, %s", p.State, req.State, req.Cause)
	}
	r.begin()
	<-r.bank.changed
	r.restart()
	before := r.bank.reversals()
	if len(before) == 0 || before[0] {
		t.Errorf("the first reversal says that it may have been sent before: %v", before)
	}
	r.bank.answers("00")
	ends, done := r.machine.Await(no)
	defer done()
	r.begin()
	if p := <-ends; p.State != payment.Done || p.Passed(payment.Posted) {
		t.Errorf("payment is %s, %s", p.State, p.Reason)
	}
	if after := r.bank.reversals()[len(before):]; len(after) == 0 || !after[0] {
		t.Errorf("a reversal after a stop does not say that it may have been sent before: %v", after)
	}
	if _, req := r.read(no); req.State != payment.RequestReversed || req.Listed() {
		t.Errorf("request is %s", req.State)
	}
}

// TestLateAnswerAfterTheEndIsCommitted before LateAnswer returns: a bank may say it only
// once. An approval of what had been declined is reversed.
func TestLateAnswerAfterTheEndIsCommitted(t *testing.T) {
	t.Parallel()
	r := newRoom(t, func(context.Context, bank.Request) (bank.Reply, error) {
		return bank.Reply{Code: "51", Reason: bank.ReasonOf("51")}, nil
	})
	no := r.order("icbc")
	r.banks.Wait()
	_, req := r.read(no)
	r.begin()
	r.halt()
	r.banks.LateAnswer("icbc", bank.Late{STAN: req.STAN, RRN: req.RRN, Code: "00", Approved: true})
	p, req := r.read(no)
	if p.State != payment.Done || req.State != payment.RequestReversing || req.Approvals != 1 {
		t.Errorf("payment is %s, request %s with %d approvals", p.State, req.State, req.Approvals)
	}
	if taken, err := r.banks.HostReversal("icbc", bank.HostMessage{RRN: req.RRN}); taken || err == nil {
		t.Errorf("a reversal by the host was taken while nobody works: %v", err)
	}
}
