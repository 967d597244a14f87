package call_test

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/call"
	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/mac"
	"mpg/engine/meter"
	"mpg/engine/notice"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/process"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/bolt"
)

// PINs of the tests.
const (
	rightPIN = "314159"
	newPIN   = "271828"
	wrongPIN = "161803"
)

// number is the subscriber's.
const number = "+8613800000001"

// room is a Dialer on books of its own, with one subscriber, whose number is 1.
type room struct {
	t       *testing.T
	store   store.Store
	run     *tx.Runner
	machine *process.Machine
	hasher  *pin.Hasher
	dialer  *call.Dialer
	stop    context.CancelFunc
	trunk   func(ctx context.Context, c call.Call) call.Report // the network
	slow    func() time.Duration                               // how long a bank is waited for; nil: a minute

	mu       sync.Mutex
	now      time.Time
	measured map[meter.Measure][]time.Duration
}

// newRoom returns a room whose calls trunk answers, at most most at once.
func newRoom(t *testing.T, most int, trunk func(ctx context.Context, c call.Call) call.Report) *room {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	books, err := bolt.Open(dir, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key, err := pin.ParseKey(strings.Repeat("7", 64))
	if err != nil {
		t.Fatal(err)
	}
	r := &room{t: t, store: books, trunk: trunk, hasher: pin.NewHasher(pin.Config{Key: key, Parallel: 2, Argon: pin.Argon{Passes: 1, Memory: 8, Lanes: 1}}, rand.Reader), now: time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC),
		measured: make(map[meter.Measure][]time.Duration)}
	r.run = tx.NewRunner(tx.Config{Store: books, Now: r.clock, Rand: rand.Reader, Bodies: mac.New([]byte("bodies")), Numbers: mac.New([]byte("numbers")),
		Broken: func(err error) { t.Errorf("store broken: %v", err) }, Closed: func() bool { return false }, Grew: func() {}})
	r.machine = process.New(process.Config{Run: r.run, Place: local.Place{Language: lang.EN, Zone: time.UTC}, Now: r.clock,
		Expires: func() time.Duration { return 5 * time.Minute }, Log: quiet(), Actor: actor{r}})
	r.start(most)
	t.Cleanup(func() {
		r.stop()
		r.dialer.Wait()
		_ = books.Close()
	})
	r.do(func(t *tx.Tx) error {
		t.Open(store.Open{ID: 1, Kind: store.Asset, Currency: "CNY"})
		t.Open(store.Open{ID: 2, Kind: store.Liability, Currency: "CNY"})
		t.SaveUser(&user.User{No: 1, Phone: number, State: user.Active, Created: t.Now})
		return nil
	})
	return r
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// start makes a Dialer, as after a start of the daemon.
func (r *room) start(most int) {
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	r.dialer = call.New(ctx, call.Config{Run: r.run, Process: r.machine, Hasher: r.hasher, Max: most,
		Place:    func(ctx context.Context, c call.Call) call.Report { return r.trunk(ctx, c) },
		BankWait: r.bankWait, Observe: r.observe, Now: r.clock, Log: quiet()})
}

func (r *room) bankWait() time.Duration {
	if r.slow != nil {
		return r.slow()
	}
	return time.Minute
}

func (r *room) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *room) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func (r *room) observe(of meter.Measure, d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.measured[of] = append(r.measured[of], d)
}

// do commits fn.
func (r *room) do(fn func(t *tx.Tx) error) {
	r.t.Helper()
	if err := r.run.Do(context.Background(), fn); err != nil {
		r.t.Fatal(err)
	}
}

// order opens payment no, which calls the subscriber at once.
func (r *room) order(no uint64) {
	r.t.Helper()
	r.orderBy(no, payment.Plan{Product: payment.MPurse, Legs: []payment.Leg{{From: 1, To: 2, Amount: 1, PostedAt: payment.AtConfirm}}})
}

func (r *room) orderBy(no uint64, plan payment.Plan) {
	r.t.Helper()
	r.do(func(t *tx.Tx) error {
		p := &payment.Payment{No: no, Ref: "REF" + payment.Key(no), Payer: payment.Party{User: 1, Phone: number}, Payee: payment.Party{Code: "8001"},
			Plan:    plan,
			Amounts: payment.Amounts{Charged: 1, Received: 1, Currency: "CNY"}, Route: payment.Route{Lang: lang.EN, Via: "main", Code: "8888"}, Deadline: t.Now.Add(5 * time.Minute)}
		return r.machine.Advance(t, p, payment.Event{Kind: payment.Ordered, At: t.Now})
	})
}

// choosePIN calls the subscriber to choose a PIN.
func (r *room) choosePIN() {
	r.t.Helper()
	r.do(func(t *tx.Tx) error {
		u, err := t.User(1)
		if err == nil {
			r.dialer.ChoosePIN(t, u, lang.EN, "main", "8888")
		}
		return err
	})
}

// choosing reports whether a call to choose a PIN is under way.
func (r *room) choosing() bool {
	r.t.Helper()
	on, err := r.dialer.ChoosingPIN(r.run.View(r.t.Context()), r.user())
	if err != nil {
		r.t.Fatal(err)
	}
	return on
}

func (r *room) user() *user.User {
	r.t.Helper()
	u, err := r.run.View(r.t.Context()).User(1)
	if err != nil {
		r.t.Fatal(err)
	}
	return u
}

func (r *room) payment(no uint64) *payment.Payment {
	r.t.Helper()
	p, err := r.run.View(r.t.Context()).Payment(no)
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// change changes the subscriber.
func (r *room) change(how func(u *user.User)) {
	r.t.Helper()
	r.do(func(t *tx.Tx) error {
		u, err := t.User(1)
		if err == nil {
			how(u)
			t.SaveUser(u)
		}
		return err
	})
}

// setPIN gives the subscriber a PIN; a foreign one was made under another key.
func (r *room) setPIN(digits string, foreign bool) {
	r.t.Helper()
	record, err := r.hasher.Make(keyed(r.t, digits))
	if err != nil {
		r.t.Fatal(err)
	}
	if foreign {
		record.Key = "another"
	}
	r.change(func(u *user.User) { u.PIN = record })
}

// fire applies an event to payment no.
func (r *room) fire(no uint64, ev payment.Event) {
	r.t.Helper()
	if err := r.machine.Fire(context.Background(), no, ev, nil); err != nil {
		r.t.Error(err)
	}
}

// texts returns what the outbox holds.
func (r *room) texts() (keys []lang.Key) {
	r.t.Helper()
	for row, err := range r.store.Outbox(r.t.Context(), 0, 0) {
		if err != nil {
			r.t.Fatal(err)
		}
		n, err := notice.Read(row)
		if err != nil {
			r.t.Fatal(err)
		}
		if n.To == number {
			keys = append(keys, n.Text)
		}
	}
	return keys
}

// told checks what the subscriber was told by text.
func (r *room) told(want ...lang.Key) {
	r.t.Helper()
	if got := r.texts(); !slices.Equal(got, want) {
		r.t.Errorf("told %q, want %q", got, want)
	}
}

// ended waits until every call has ended and its record is stored.
func (r *room) ended() {
	r.dialer.Wait()
	r.dialer.StoreRecords(context.Background())
}

// views returns the calls of payment no.
func (r *room) views(no uint64) []call.View {
	r.t.Helper()
	views, err := call.OfPayment(r.t.Context(), r.store, no)
	if err != nil {
		r.t.Fatal(err)
	}
	return views
}

// actor is what the machine of payments needs of the world: calls, and a bank that does not
// answer by itself.
type actor struct{ r *room }

func (a actor) Dial(p *payment.Payment)                    { a.r.dialer.Dial(p) }
func (a actor) Answered(no uint64) bool                    { return a.r.dialer.Answered(no) }
func (a actor) Reverse(t *tx.Tx, _ *payment.Payment) error { return nil }
func (a actor) Release(t *tx.Tx, _ *payment.Payment) error { return nil }
func (a actor) Offered(*payment.Payment)                   {}
func (a actor) Decided(*payment.Payment)                   {}
func (a actor) Ended(p *payment.Payment)                   { a.r.dialer.StopRinging(p.No) }
func (a actor) Authorize(_ *tx.Tx, p *payment.Payment) error {
	p.Requests = append(p.Requests, p.No)
	return nil
}

func keyed(t *testing.T, digits string) *pin.PIN {
	t.Helper()
	p, ok := pin.Read([]byte(digits))
	if !ok {
		t.Fatalf("%q is no PIN", digits)
	}
	return &p
}

// answered is the report of a call that was answered.
func answered(end call.End) call.Report {
	return call.Report{End: end, Answered: true, SIP: 200, Ring: 4 * time.Second, Talk: 20 * time.Second}
}

// press runs the steps of c with the PINs in pins, as ivr/flow does, and returns all
// that was said after an input.
func press(ctx context.Context, t *testing.T, c call.Call, pins ...string) (said []string, end call.End) {
	t.Helper()
	c.OnAnswer()
	for i := 0; i < len(c.Steps); {
		step := c.Steps[i]
		var digits *pin.PIN
		if step.Want == call.WantPIN {
			if len(pins) == 0 {
				return said, call.EndHungUp
			}
			digits, pins = keyed(t, pins[0]), pins[1:]
		}
		v := c.OnInput(context.WithoutCancel(ctx), step.Name, digits)
		said = append(said, v.Say...)
		switch v.Do {
		case call.GoOn:
			i++
		case call.HangUp:
			return said, call.EndFinished
		case call.AskAgain:
		}
	}
	return said, call.EndFinished
}
