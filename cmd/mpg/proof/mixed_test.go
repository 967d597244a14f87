package proof

import (
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mpg/engine/admin"
	"mpg/engine/bank/host"
	"mpg/store/money"
)

// How a mixed day goes.
const (
	mixedPeople    = 256
	mixedFew       = 40              // of a short day
	mixedTurn      = 10_000          // orders after which it is told how much memory is held
	mixedRead      = 3 * time.Second // after which the bank's journal is read on: it keeps 100,000 entries
	mixedHeapOrder = 8 << 10         // bytes: the engine, the test's journal, and the bank's book
	mixedHeapSlack = 96 << 20
	faultOneIn     = 12 // orders before which the bank is told to fail
)

// TestMixedDay: payments of all products, with fees, captures and refunds, as fast as they go
// through the engine, while the bank behind its real lines fails. At the end the ledger, what
// people were told, and the bank's own book are equal, and memory has grown by what has to be
// remembered.
func TestMixedDay(t *testing.T) {
	t.Parallel()
	rng := chance(t)
	people, next := mixedPeople, money.Amount(largeCent)
	if *mixedFlag < mixedTurn {
		people, next = mixedFew, rushFirst-2_00 // so that a short day, too, has amounts that are asked about
	}
	begun := time.Now()
	r := newRush(t, people)
	day := &mixedDay{rush: r, rng: rng, turned: map[string]bool{}, orders: &orders{next: next, last: rushPurse, until: func(given int) bool { return given >= *mixedFlag || t.Failed() }}}
	r.entries = func() []host.Entry { return r.journal.Bank }
	day.courier.oddly(true)
	day.pass()
	took := time.Since(begun)
	books := day.settle()
	t.Logf("%d orders in %v, settled after %v", len(books.Orders), took.Round(time.Millisecond), time.Since(begun).Round(time.Millisecond))
	t.Logf("outcomes: %v", books.outcomes())
	t.Logf("the bank: %v", books.dealings())
	t.Logf("its files: %v", day.courier.counts())
	faults := judge(&books)
	if made := len(books.Orders) + len(books.Wishes); made < *mixedFlag { // what nobody answers becomes no order
		t.Errorf("%d orders were made, want %d", made, *mixedFlag)
	}
	for _, p := range books.Books.Payments {
		if day.turned[p.Ref] && p.Reason != "turned down" {
			faults = append(faults, "the till has refused "+p.Ref+", which ended as "+p.Outcome+" "+p.Reason)
		}
	}
	for _, fault := range faults[:min(len(faults), 40)] {
		t.Error(fault)
	}
	if t.Failed() {
		keep(t, &books)
	}
}

// mixedDay is a day of a rush.
type mixedDay struct {
	*rush
	orders *orders
	begun  atomic.Int64 // orders
	failed atomic.Int64 // faults that the bank was told
	turns  sync.Mutex
	last   int64
	heap   uint64          // after the first turn
	turned map[string]bool // references of the card orders that a till has refused

	mu  sync.Mutex
	rng *rand.Rand
}

// own returns randomness for one goroutine.
func (d *mixedDay) own() *rand.Rand {
	d.mu.Lock()
	defer d.mu.Unlock()
	return rand.New(rand.NewPCG(d.rng.Uint64(), d.rng.Uint64()))
}

// pass lets everybody order, and the shops refund, until there are enough orders.
func (d *mixedDay) pass() {
	var people, keepers sync.WaitGroup
	shut := make(chan struct{})
	till := d.own()
	keepers.Go(func() { d.decide(shut, till) })
	keepers.Go(func() { d.readOn(shut) })
	for phone, texts := range d.shopTexts {
		if phone != "" {
			own := d.own()
			keepers.Go(func() { d.keep(texts, shut, own) })
		}
	}
	registrar, manager := d.own(), d.own()
	keepers.Go(func() { d.register(shut, registrar) })
	keepers.Go(func() { d.manage(shut, manager) })
	for _, p := range d.people[:len(d.people)-1] { // the last keeps a shop
		own := d.own()
		people.Go(func() { d.live(p, own) })
	}
	people.Wait()
	close(shut)
	keepers.Wait()
	d.bank.ClearFaults()
	d.courier.oddly(false)
	d.turn(true)
}

// live orders until there are enough orders.
func (d *mixedDay) live(p person, rng *rand.Rand) {
	for again := 0; ; {
		o := d.wished(p, rng)
		if o == nil {
			o = d.orders.draw(d.journal.claim, d.choose(p, rng))
		}
		if o == nil {
			return
		}
		if d.begun.Add(1)%mixedTurn == 0 {
			d.turn(false)
		}
		d.disturb(rng)
		d.pick(p, rng)
		d.journal.ordered(o)
		d.journal.acked(o, d.text(p.Number, o.Text))
		d.follow(p, o, rng, &again)
	}
}

// choose chooses a product and a payee.
func (d *mixedDay) choose(p person, rng *rand.Rand) func(money.Amount) *order {
	product, payee := "mpurse", []string{"8001", "8003", managedShop}[rng.IntN(3)]
	other := d.people[(d.indexOf(p.Number)+1+rng.IntN(len(d.people)-1))%len(d.people)].Number
	switch kind := rng.IntN(42); { // checking a PIN takes longer than all the rest
	case p.Number == d.agent().Number:
		product, payee = cashIn, other
	case kind == 41:
		d.asks(p, other)
		payee = cheapShop
	case kind > 38:
		product, payee = sendClaim, d.journal.stranger()
	case kind >= 36:
		product, payee = []string{bankIn, bankOut, cashOut}[kind-36], p.Number
		if product == cashOut {
			payee = agentShop
		}
	case kind >= 34:
		product = cardAtOnce
	case kind >= 24:
		payee = cheapShop // no PIN
	case kind >= 22:
		product, payee = []string{"mpurse", "mdebit"}[rng.IntN(2)], fuelShop
	case kind >= 20:
		product, payee = cardAtOnce, []string{payee, laterShop, askedShop}[rng.IntN(3)]
	case kind < 9:
		payee = cheapShop
	case kind < 11:
		payee = d.world.shops[0].Code
	case kind < 14:
		product = "mdebit"
	case kind < 16:
		product, payee = []string{"mp2p", sendFromBank}[rng.IntN(2)], other
	case kind < 17:
		product, payee = "relay", other
	case kind < 19:
		product = "charge"
	default:
		product = "tank"
	}
	product, payee = d.fitting(p, product, payee)
	product = d.sometimesInPart(product, rng)
	return func(amount money.Amount) *order { return d.order(product, p, payee, amount) }
}

// indexOf is the place of the person who has that number among the people.
func (d *mixedDay) indexOf(number string) int {
	return slices.IndexFunc(d.people, func(p person) bool { return p.Number == number })
}

// disturb has the bank fail now and then.
func (d *mixedDay) disturb(rng *rand.Rand) {
	if rng.IntN(faultOneIn) != 0 {
		return
	}
	f := oneOf(rng, []func(*rand.Rand) host.Fault{badRequest, badRequest, badReversal, badAdvice})(rng)
	if f.Delay = min(f.Delay, 2*rushTimeout); f.Kind == host.DropBefore || f.Kind == host.DropAfter || f.Kind == host.Garbage || f.Kind == host.HalfFrame {
		f.Times = 1 // they end the line for all
	}
	if d.failed.Add(1)%16 == 0 {
		d.bank.ClearFaults()
	}
	d.bank.Fault(f)
}

// pick says how p takes the next call.
func (d *mixedDay) pick(p person, rng *rand.Rand) {
	h := d.phones[p.Number]
	h.mu.Lock()
	defer h.mu.Unlock()
	switch kind := rng.IntN(20); {
	case kind == 0: // busy
		h.keys = nil
	case kind == 1:
		h.keys = []string{wrongPIN(p.PIN), p.PIN}
		d.journal.pressed(p.Number, 1, 0)
	default:
		h.keys = []string{p.PIN}
	}
}

// follow reads p's texts until the order has ended.
func (d *mixedDay) follow(p person, o *order, rng *rand.Rand, again *int) {
	late := time.NewTimer(rushPatience)
	defer late.Stop()
	about := func(words string) bool {
		return slices.ContainsFunc(o.sums(), func(sum money.Amount) bool { return names(words, d.currency.Format(sum)) })
	}
	for {
		select {
		case words := <-d.inbox[p.Number]:
			switch says, ref := read(words); says {
			case saidCallLost:
				d.pick(p, rng)
				*again++
				d.text(p.Number, []string{"again", "again", "again", "no"}[rng.IntN(4)]+strings.Repeat(" ", *again%100))
			case saidSetAside:
				d.shopSays(ref, d.journal.named(p.Number, words), rng)
				return
			case saidFirst:
				if !about(words) {
					continue // it is about an order before
				}
				if rng.IntN(4) == 0 {
					return // as if nothing was ordered
				}
				d.text(p.Number, "yes"+padding(o.Amount))
			case saidPaid, saidUnpaid, saidReturned, saidChecking, saidPartOnly, saidRefused, saidBarred, saidBusy:
				if ref == "" || about(words) {
					return // otherwise it is about an order before
				}
			default:
			}
		case <-late.C:
			d.t.Errorf("the order %q of %s has not ended after %v", o.Text, o.From, rushPatience)
			return
		}
	}
}

// shopSays captures a part of what is held, releases it, or lets it expire.
func (d *mixedDay) shopSays(ref string, o *order, rng *rand.Rand) {
	ctx := d.t.Context()
	switch kind := rng.IntN(8); {
	case o == nil || o.Part == 0 || kind == 0 && o.Payee != laterShop: // whose issuer would wait for days
	case kind < 2:
		_, _ = d.engine.Admin().Release(ctx, admin.Command{Key: "release-" + ref}, ref) // it may have expired
	default:
		_, _ = d.engine.Admin().Capture(ctx, admin.Command{Key: "capture-" + ref}, ref, o.Part)
	}
}

// keep refunds some of what a shop is told that it got.
func (d *mixedDay) keep(texts chan text, shut chan struct{}, rng *rand.Rand) {
	for {
		select {
		case t := <-texts:
			_, ref := read(t.Text)
			o := d.journal.got(t.To, t.Text)
			if o == nil || o.Product == cashOut || rng.IntN(2*refundOneIn) != 0 && o.ByCard == 0 {
				continue
			}
			if back := d.refundOf(o, ref, rng); back != nil {
				d.refund(o, back)
			}
		case <-shut:
			return
		}
	}
}

// decide is the till of askedShop: it accepts, refuses, or lets the time go by.
func (d *mixedDay) decide(shut chan struct{}, rng *rand.Rand) {
	changed, stop := d.engine.Offers().Subscribe(askedShop)
	defer stop()
	seen := map[string]bool{}
	for {
		select {
		case <-changed:
		case <-shut:
			return
		}
		offers, err := d.engine.Offers().Pending(d.t.Context(), askedShop)
		if err != nil {
			d.t.Error(err)
		}
		for _, o := range offers {
			if word := rng.IntN(4); !seen[o.Ref] && word > 0 {
				// Its time may have come first, and then its silence has accepted.
				if err := d.engine.Offers().Decide(d.t.Context(), o.Ref, askedShop, word > 1); err == nil && word == 1 {
					d.turned[o.Ref] = true
				}
			}
			seen[o.Ref] = true
		}
	}
}

// refund gives the operator's commands.
func (d *mixedDay) refund(o *order, back *refund) {
	for _, one := range d.journal.inTwo(o, back) {
		d.command(one)
	}
}

// command gives the operator's command for a refund twice, under one key.
func (d *mixedDay) command(back *refund) {
	for range 2 {
		err := d.twice(back.key(), func(by admin.Command) (json.RawMessage, error) {
			if back.Issuer != "" {
				return d.engine.Admin().ChargeBack(d.t.Context(), by, admin.Chargeback{Ref: back.Of, Amount: back.Amount, Reason: refundReason})
			}
			return d.engine.Admin().Refund(d.t.Context(), by, admin.Refund{Ref: back.Of, Amount: back.Amount, Reason: refundReason})
		})
		if err == nil {
			d.journal.refunded(back)
		}
	}
}

// readOn reads on in the bank's journal until the day is over, however long its orders take.
func (d *mixedDay) readOn(shut chan struct{}) {
	next := time.NewTicker(mixedRead)
	defer next.Stop()
	for {
		select {
		case <-next.C:
			d.turns.Lock()
			d.readBank()
			d.turns.Unlock()
		case <-shut:
			return
		}
	}
}

// turn reads on in the bank's journal, and tells how far the day is.
func (d *mixedDay) turn(last bool) {
	d.turns.Lock()
	defer d.turns.Unlock()
	d.readBank()
	if *mixedFlag < mixedTurn {
		return
	}
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	n := d.begun.Load()
	d.t.Logf("%d orders, %d MiB live, %d goroutines", n, now.HeapAlloc>>20, runtime.NumGoroutine())
	if d.heap == 0 {
		d.heap, d.last = now.HeapAlloc, n
	}
	if most := d.heap + mixedHeapSlack + uint64(n-d.last)*mixedHeapOrder; last && now.HeapAlloc > most {
		d.t.Errorf("%d MiB live after %d orders, want %d at most", now.HeapAlloc>>20, n, most>>20)
	}
}

// readBank adds what is new in the bank's journal to ours.
func (d *mixedDay) readBank() {
	all := d.bank.Journal()
	d.journal.mu.Lock()
	defer d.journal.mu.Unlock()
	for _, e := range all {
		if e.Seq <= d.seen {
			continue
		}
		if e.Seq != d.seen+1 {
			d.t.Errorf("the bank's journal goes on at %d after %d: it has forgotten what was not read", e.Seq, d.seen)
		}
		d.seen = e.Seq
		if e.Change() != 0 || e.Outcome == host.Held || e.Outcome == host.Released || e.Dir == host.Out && !approves(e.Code) {
			d.journal.Bank = append(d.journal.Bank, e)
		}
	}
}

// settle waits until everything has ended, with the help of people, and returns the record.
func (d *mixedDay) settle() record {
	d.t.Helper()
	var b books
	var r record
	longest := quietMax + time.Duration(d.journal.orders())*quietOrder
	quiet := within(longest, func() bool {
		if d.bank.Delayed() > 0 || d.courier.busy() {
			return false
		}
		d.readBank()
		texts := d.journal.heard()
		var err error
		if b, err = d.read(); err != nil {
			d.t.Error(err)
			r, _ = d.journal.with(b, texts)
			return true
		}
		for _, p := range b.Payments {
			if p.State == "authorized" && p.Payee == laterShop {
				_, _ = d.engine.Admin().Release(d.t.Context(), admin.Command{Key: "release-" + p.Ref}, p.Ref)
			}
		}
		d.remind(b.Payments)
		for ref, as := range d.resolutions(b.Payments) {
			_ = d.twice("resolve-"+ref+as, func(by admin.Command) (json.RawMessage, error) { // it may have been reversed meanwhile
				return d.engine.Admin().Resolve(d.t.Context(), by, ref, as, "by the bank's own book")
			})
		}
		if b.Verify.Outbox > 0 || b.open() || d.unheard(b.Payments) > 0 {
			return false
		}
		d.readBank()
		var whole bool
		r, whole = d.journal.with(b, texts)
		return whole
	})
	if !quiet {
		r, _ = d.journal.with(b, 0)
		d.t.Errorf("not all is quiet after %v: %d texts to send, open: %s", longest, b.Verify.Outbox, b.undone())
	}
	r.Held = d.bank.Held()
	return r
}
