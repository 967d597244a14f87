package engine_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine"
	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/ask"
	"mpg/engine/audit"
	"mpg/engine/bank"
	"mpg/engine/call"
	"mpg/engine/cdr"
	"mpg/engine/intake"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/meter"
	"mpg/engine/module"
	"mpg/engine/order"
	"mpg/engine/pin"
	"mpg/engine/product"
	"mpg/engine/seal"
	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/money"
)

// The people of the tests.
const (
	wang   = "+8613800000001"
	li     = "+8613800000002"
	shop   = "+8613800008001"
	pinOne = "582193"
	pinTwo = "904417"
)

// patience bounds every wait of the tests.
const patience = 2 * time.Minute

// world is an engine over a real store with the sea around it: a clock, an
// SMSC, a phone and a bank that do as the test says.
type world struct {
	t     *testing.T
	dir   string
	key   pin.Key
	seal  seal.Key
	store store.Store
	e     *engine.Engine

	mu     sync.Mutex
	now    time.Time
	up     time.Duration // that the machine has run
	texts  []engine.SMS
	sends  func(engine.SMS) engine.Sending // nil: accepted
	phones map[string][]phone              // what the calls to a number do, in order
	calls  int
	spoken []string
	mute   bool // no voice
	bank   *fakeBank
	banks  map[string]acquirer.Bank // if set, in place of bank

	owes     map[string]money.Amount // most that each bank may owe
	breakers map[string]acquirer.Breaker
	module   func() module.Module // if set, made anew for each engine
	log      *slog.Logger         // if set
	down     bool                 // the bind is
	argon    pin.Argon            // what a PIN costs to hash
	lines    int                  // calls at once; 0: 10
	meter    func(meter.Measure, time.Duration)
	rules    engine.Rules
	before   func(store.Cmd)               // if set, told of each Cmd before it is applied
	refuse   func(store.Cmd) store.Refusal // if set, asked whether the store refuses a Cmd
}

// gate is a store that lets the test in before each Cmd.
type gate struct {
	store.Store
	w *world
}

func (g gate) Apply(ctx context.Context, epoch uint64, cmds []store.Cmd) ([]store.Result, error) {
	g.w.mu.Lock()
	before, refuse := g.w.before, g.w.refuse
	g.w.mu.Unlock()
	if refuse != nil && len(cmds) == 1 {
		if r := refuse(cmds[0]); r != store.None {
			return []store.Result{{Refusal: r}}, nil
		}
	}
	if before != nil {
		for _, c := range cmds {
			before(c)
		}
	}
	return g.Store.Apply(ctx, epoch, cmds)
}

// told has f see each Cmd from now on before it is applied; nil sees none. The
// engine is running, so no test may set before itself.
func (w *world) told(f func(store.Cmd)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before = f
}

// refuses has f say from now on which Cmds the store refuses.
func (w *world) refuses(f func(store.Cmd) store.Refusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.refuse = f
}

// carries has f decide from now on what happens to a text; nil accepts all. f is
// called under the world's lock.
func (w *world) carries(f func(engine.SMS) engine.Sending) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sends = f
}

// phone is what somebody does when called: the keys of each step, or an end
// without an answer.
type phone struct {
	end  call.End        // without keys: how the call ends
	keys []string        // for each PIN asked; the guard is always pressed
	ring <-chan struct{} // if set, rings until it is closed or the call is cancelled
	then call.End        // once the keys are used up
	wait <-chan struct{} // if set, the keys come when it is closed
	slow bool            // that it was picked up is not yet known to the engine
	none bool            // "not me" is pressed
}

// cheap returns what a PIN costs to hash in tests, in which time is worth more than the PIN.
func cheap() pin.Argon { return pin.Argon{Passes: 1, Memory: 8, Lanes: 1} }

func newWorld(t *testing.T, tune ...func(*world)) *world {
	t.Helper()
	key, err := pin.ParseKey(strings.Repeat("7", 64))
	if err != nil {
		t.Fatal(err)
	}
	sealing, err := seal.ParseKey(strings.Repeat("5", 64), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: t.TempDir(), key: key, seal: sealing, argon: cheap(), now: time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC),
		phones: make(map[string][]phone), bank: &fakeBank{up: true},
		rules: engine.Rules{
			Rules: intent.Rules{
				Products: product.Settings{PaymentLimit: 500000, DayLimit: 2000000},
				Expires:  5 * time.Minute, Repeat: 24 * time.Hour, Redelivery: 10 * time.Minute, UnreadPerHour: 3,
				CallsPerOrder: 3, CallsPerHour: 6,
				Ask: ask.Rules{Expires: 24 * time.Hour, PerDay: 10, PerPair: 3, Open: 5},
			},
			BankWait: 10 * time.Second, NoticeRetry: 10 * time.Millisecond,
			Reversals: map[string]acquirer.Reversal{"icbc": {Retry: 10 * time.Millisecond, For: 24 * time.Hour}},
		}}
	if err := chmod700(w.dir); err != nil {
		t.Fatal(err)
	}
	for _, f := range tune {
		f(w)
	}
	w.open()
	t.Cleanup(w.close)
	w.people()
	return w
}

func (w *world) open() {
	w.t.Helper()
	s, err := bolt.Open(w.dir, bolt.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.store = s
	if w.e, err = engine.New(w.config()); err != nil {
		w.t.Fatal(err)
	}
	if err := w.e.Start(); err != nil {
		w.t.Fatal(err)
	}
}

// config is the engine's over the open store.
func (w *world) config() engine.Config {
	w.t.Helper()
	cny, _ := money.Lookup("CNY")
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		w.t.Fatal(err)
	}
	banks, log := w.banks, w.log
	if banks == nil {
		banks = map[string]acquirer.Bank{"icbc": w.bank}
	}
	if log == nil {
		log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	var modules []module.Module
	if w.module != nil {
		modules = append(modules, w.module())
	}
	return engine.Config{
		Modules: modules,
		Store:   gate{w.store, w}, Rules: w.rules, Place: local.Place{Currency: cny, Language: lang.ZH, Zone: zone},
		Grammar: order.Grammar{Currency: cny, Country: "CN"},
		Ports: engine.Ports{SendSMS: w.send, Codes: func(string) []string { return []string{"8888"} }, Banks: banks, Owes: w.owes, Breakers: w.breakers,
			Call:     func(ctx context.Context, c call.Call) call.Report { return reported(w.call(ctx, c)) },
			SMSReady: w.ready, SMSUp: func(string) bool { w.mu.Lock(); defer w.mu.Unlock(); return !w.down },
			Speaks: func(lang.Lang) bool { w.mu.Lock(); defer w.mu.Unlock(); return !w.mute }},
		PIN: pin.Config{Key: w.key, Parallel: 2, Argon: w.argon}, SealKey: w.seal, CallsMax: cmp.Or(w.lines, 10), Observe: w.meter, Binds: []string{"main"}, ShortCode: "8888",
		Code: func(_, code string) bool { return code == "8888" },
		Now:  w.clock, Uptime: w.uptime, Rand: rand.Reader, Log: log,
		Broken: func(err error) { w.t.Errorf("store broken: %v", err) },
	}
}

func (w *world) close() {
	w.e.Close()
	report, err := w.store.Verify(context.Background())
	if err != nil || len(report.Faults) > 0 {
		w.t.Errorf("ledger: %v %v", err, report.Faults)
	}
	books, err := audit.Run(context.Background(), w.store.(store.Journal))
	if err != nil || len(books.Faults) > 0 {
		w.t.Errorf("audit: %v %q", err, books.Faults)
	}
	for _, trial := range report.Trial {
		if !trial.Balanced() {
			w.t.Errorf("trial balance: %+v", trial)
		}
	}
	if err := w.store.Close(); err != nil {
		w.t.Error(err)
	}
}

// restart is a stop and a start over the same store.
func (w *world) restart() {
	w.t.Helper()
	w.close()
	w.open()
}

func (w *world) people() {
	w.t.Helper()
	ctx := context.Background()
	cmd := func(key string) admin.Command { return admin.Command{Key: key} }
	p1, _ := pin.Read([]byte(pinOne))
	p2, _ := pin.Read([]byte(pinTwo))
	_, err1 := w.e.Admin().AddUser(ctx, cmd("u1"), admin.NewUser{Phone: wang, Name: lang.Name{EN: "Wang Fang", ZH: "王芳"}, Lang: lang.EN, PIN: &p1, Bank: "icbc", BankAccount: "6222020200001"})
	_, err2 := w.e.Admin().AddUser(ctx, cmd("u2"), admin.NewUser{Phone: li, Name: lang.Name{EN: "Li Lei"}, Lang: lang.EN, PIN: &p2})
	_, err3 := w.e.Admin().AddMerchant(ctx, cmd("m1"), admin.NewMerchant{Code: "8001", Name: lang.Name{EN: "BLUEBIRD FLORIST", ZH: "蓝鸟花店"}, Phone: shop})
	_, err4 := w.e.Admin().TopUp(ctx, cmd("t1"), wang, 50000)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		w.t.Fatal(err)
	}
	w.expect(wang, "500.00")
	w.forget()
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
	w.up += max(0, d)
}

// steps sets the wall clock forward by d, at once.
func (w *world) steps(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) uptime() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.up
}

// answers lines up what calls to a number do.
func (w *world) answers(number string, p ...phone) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.phones[number] = append(w.phones[number], p...)
}

func (w *world) send(_ context.Context, m engine.SMS, done func(engine.Sending)) error {
	w.mu.Lock()
	how := engine.Accepted
	switch {
	case w.down: // it went down after it was ready
		how = engine.Busy
	case w.sends != nil:
		how = w.sends(m)
	}
	if how == engine.Accepted {
		w.texts = append(w.texts, m)
	}
	w.mu.Unlock()
	done(how)
	return nil
}

// reported returns the report of a call with the given end.
func reported(end call.End) call.Report {
	r := call.Report{End: end, Ring: 4200 * time.Millisecond}
	switch end {
	case call.EndFinished, call.EndNotMe, call.EndSilent:
		r.Answered, r.SIP, r.Talk, r.HungUp = true, 200, 21*time.Second, cdr.Us
	case call.EndHungUp:
		r.Answered, r.SIP, r.Talk, r.HungUp, r.Step = true, 200, 9*time.Second, cdr.Subscriber, "guard"
	case call.EndBusy:
		r.SIP, r.Cause, r.Text = 486, 17, "User busy 8613800000001"
	case call.EndNoAnswer, call.EndRejected, call.EndUnreachable, call.EndFailed:
		r.SIP = 480
	}
	return r
}

// ready waits until the bind is up.
func (w *world) ready(ctx context.Context, _ string) error {
	for {
		w.mu.Lock()
		down := w.down
		w.mu.Unlock()
		if !down {
			return ctx.Err()
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// isDown sets whether the bind is down from now on.
func (w *world) isDown(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
}

// call is the phone network.
func (w *world) call(ctx context.Context, c call.Call) call.End {
	w.mu.Lock()
	w.calls++
	queue := w.phones[c.To]
	var p phone
	if len(queue) > 0 {
		p, w.phones[c.To] = queue[0], queue[1:]
	} else {
		p = phone{end: call.EndNoAnswer}
	}
	w.mu.Unlock()
	if p.ring != nil {
		select {
		case <-p.ring:
		case <-ctx.Done():
			return call.EndNoAnswer
		}
	}
	if p.end != 0 {
		return p.end
	}
	if !p.slow {
		c.OnAnswer()
	}
	if p.none {
		w.hear(c.OnNotMe(context.WithoutCancel(ctx)))
		return call.EndNotMe
	}
	return w.talk(ctx, c, p)
}

// talk runs the steps as ivr/flow does, with the keys of p.
func (w *world) talk(ctx context.Context, c call.Call, p phone) call.End {
	again := false
	for i := 0; i < len(c.Steps); {
		step := c.Steps[i]
		if again && len(step.Again) > 0 {
			w.hear(step.Again)
		} else {
			w.hear(step.Say)
		}
		var digits *pin.PIN
		if step.Want == call.WantPIN {
			if len(p.keys) == 0 {
				return p.then
			}
			if p.wait != nil {
				<-p.wait
			}
			d, ok := pin.Read([]byte(p.keys[0]))
			if !ok {
				return call.EndSilent
			}
			digits, p.keys = &d, p.keys[1:]
		}
		v := c.OnInput(context.WithoutCancel(ctx), step.Name, digits)
		w.hear(v.Say)
		again = v.Do == call.AskAgain
		switch v.Do {
		case call.HangUp:
			return call.EndFinished
		case call.GoOn:
			i++
		case call.AskAgain:
		}
	}
	return call.EndFinished
}

func (w *world) hear(say []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spoken = append(w.spoken, say...)
}

// text sends an order and returns once it is acknowledged.
func (w *world) text(from, body string) {
	w.t.Helper()
	w.deliver(intake.Text{Via: "main", From: from, To: "8888", Body: body, Kind: intake.Plain}, true)
}

// deliver hands a text over; proved is whether the SMSC is known to have had
// the acknowledgement.
func (w *world) deliver(t intake.Text, proved bool) {
	w.t.Helper()
	acked := make(chan bool, 1)
	t.Ack = func(took bool) func() bool {
		acked <- took
		return func() bool { return proved }
	}
	if !w.e.Receive(t) {
		w.t.Fatal("the queue is full")
	}
	select {
	case took := <-acked:
		if !took {
			w.t.Fatal("the text was not taken in")
		}
	case <-time.After(patience):
		w.t.Fatal("no acknowledgement")
	}
}

// expect waits for a text to number that holds all of parts, and returns it.
func (w *world) expect(number string, parts ...string) string {
	w.t.Helper()
	var found string
	w.until("a text to "+number+" with "+strings.Join(parts, ", "), func() bool {
		for _, m := range w.texts {
			if m.To == number && containsAll(m.Text, parts) {
				found = m.Text
				return true
			}
		}
		return false
	})
	return found
}

func containsAll(s string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}

// until waits for cond, which is asked under the lock.
func (w *world) until(what string, cond func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		w.mu.Lock()
		ok := cond()
		texts := len(w.texts)
		w.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.t.Fatalf("never came: %s; %d texts: %v; spoken: %q", what, texts, w.texts, w.spoken)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// forget drops the texts so far.
func (w *world) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts, w.spoken, w.calls = nil, nil, 0
}

// called returns how many calls there were.
func (w *world) called() int { w.mu.Lock(); defer w.mu.Unlock(); return w.calls }

// written returns the texts that were sent.
func (w *world) written() []engine.SMS {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.texts)
}

// count is how many texts to number hold part.
func (w *world) count(number, part string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, m := range w.texts {
		if m.To == number && strings.Contains(m.Text, part) {
			n++
		}
	}
	return n
}

// balance checks an account's posted and available amounts.
func (w *world) balance(name, posted, available string) {
	w.t.Helper()
	a, err := w.e.Admin().Account(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	if a.Posted != posted || a.Available != available {
		w.t.Errorf("%s: posted %s available %s, want %s and %s", name, a.Posted, a.Available, posted, available)
	}
}

// last is the newest payment.
func (w *world) last() admin.PaymentView {
	w.t.Helper()
	var last admin.PaymentView
	for p, err := range w.e.Admin().Payments(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		last = p
	}
	return last
}

// ended waits until the newest payment is done and returns it.
func (w *world) ended() admin.PaymentView {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		p := w.last()
		if p.State == "done" {
			return p
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("not done: %+v", p)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// fakeBank does as it is told.
type fakeBank struct {
	mu       sync.Mutex
	up       bool
	asked    []bank.Request
	undone   []bank.Request
	reply    bank.Reply
	err      error
	wait     <-chan struct{} // if set, an answer comes only when it is closed
	deaf     int             // reversals that are not answered
	stubborn uint32          // STAN whose reversal is always refused
	absent   int             // reversals whose request it says it does not have
	announce chan<- struct{} // if set, told of each request
}

// set changes how the bank behaves, while the engine looks.
func (b *fakeBank) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

// requests returns what it was asked so far.
func (b *fakeBank) requests() []bank.Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked)
}

// reversals returns what it was to undo so far.
func (b *fakeBank) reversals() []bank.Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.undone)
}

func (b *fakeBank) Up() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.up
}

func (b *fakeBank) Window() int { return 10 }

// Prepare packs a request as JSON, which the others read again.
func (b *fakeBank) Prepare(r bank.Request) (bank.Packed, error) { return json.Marshal(r) }

func (b *fakeBank) Authorize(ctx context.Context, p bank.Packed) (bank.Reply, error) {
	var r bank.Request
	if err := json.Unmarshal(p, &r); err != nil {
		return bank.Reply{}, err
	}
	b.mu.Lock()
	b.asked = append(b.asked, r)
	reply, err, wait := b.reply, b.err, b.wait
	if b.announce != nil {
		b.announce <- struct{}{}
	}
	b.mu.Unlock()
	if wait != nil {
		select {
		case <-wait:
		case <-ctx.Done():
			return bank.Reply{}, bank.ErrUnknown
		}
	}
	return reply, err
}

func (b *fakeBank) Advise(ctx context.Context, p bank.Packed, _ bool) (bank.Reply, error) {
	return b.Authorize(ctx, p)
}

func (b *fakeBank) Reverse(_ context.Context, p bank.Packed, _ bool) (bank.Undo, error) {
	var r bank.Request
	if err := json.Unmarshal(p, &r); err != nil {
		return bank.Undo{Outcome: bank.UndoOperator}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.deaf > 0 {
		b.deaf--
		return bank.Undo{Outcome: bank.UndoAgain}, bank.ErrUnknown
	}
	if r.STAN == b.stubborn {
		return bank.Undo{Outcome: bank.UndoAgain, Code: "96"}, nil
	}
	b.undone = append(b.undone, r)
	if b.absent > 0 {
		b.absent--
		return bank.Undo{Outcome: bank.UndoAbsent, Code: "25"}, nil
	}
	return bank.Undo{Outcome: bank.UndoDone, Code: "00"}, nil
}
