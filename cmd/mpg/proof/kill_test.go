package proof

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mpg/engine/bank/host"
	"mpg/ivr/phone"
)

// How the kills are spread.
const (
	subscribers = 24
	tellEvery   = 25                      // kills
	shortShare  = 8                       // of kills and payments under -short
	lifeMax     = 2500 * time.Millisecond // of a process, from READY
	aimMax      = 4 * time.Millisecond    // after an event that is aimed at
	downMax     = 150 * time.Millisecond  // from a kill to the next start
	runMax      = 2 * time.Minute         // for all of it, and more for each
	killMax     = 15 * time.Second        // … kill
	orderMax    = 500 * time.Millisecond  // … order
)

// killsMax bounds a run of so many kills and orders.
func killsMax(kills, payments int) time.Duration {
	return runMax + time.Duration(kills)*killMax + time.Duration(payments)*orderMax
}

// TestKills is the whole of it: hundreds of orders of five products by people whose
// handsets behave badly, at banks and an SMSC that fail, while the daemon is
// killed at random moments in flight and started again on the same folder. At
// the end every acknowledged order has ended exactly once.
func TestKills(t *testing.T) {
	t.Parallel()
	rng := chance(t)
	kills, payments := *killsFlag, *paymentsFlag
	if testing.Short() {
		kills, payments = max(1, kills/shortShare), max(1, payments/shortShare)
	}
	w := newWorld(t, func(s *settings) {
		s.hurried()
		s.level, s.products, s.tariff, s.cards, s.split, s.whole, s.atBankOneIn = "info", true, true, true, true, true, 3
		s.takesFiles(t, filepath.Dir(s.data), fileTimeout)
	})
	w.start()
	w.populate(subscribers)
	k := &killer{w: w, rng: rng, aim: make(chan struct{}, 1), want: kills}
	ctx, cancel := context.WithTimeout(t.Context(), killsMax(kills, payments))
	defer cancel()
	w.certainly()
	w.hire()
	w.certainlyWhole()
	enough := func(given int) bool { return given >= payments && k.finished() || ctx.Err() != nil || t.Failed() }
	c := newCrowd(w, &orders{next: largeCent, until: enough}, moods())
	k.crowd = c
	open, shut := context.WithCancel(ctx)
	defer shut()
	c.shops = c.keepShops(open, rng)
	w.on(func(to, words string) { c.hear(to, words); k.event() }, func(e phone.Event) {
		if e.Kind == phone.Pressed || e.Kind == phone.Answered || e.Kind == phone.Ended {
			k.event()
		}
	})
	w.courier.oddlyTelling(k.event)
	tills := w.openTills(open, rng)
	registrar := rand.New(rand.NewPCG(rng.Uint64(), rng.Uint64()))
	tills.Go(func() { c.register(open, registrar) })
	var storm sync.WaitGroup
	stormy, calm := context.WithCancel(ctx)
	bad, worse := rand.New(rand.NewPCG(rng.Uint64(), 1)), rand.New(rand.NewPCG(rng.Uint64(), 2))
	storm.Go(func() { w.weather(stormy, bad) })
	storm.Go(func() { w.bankWeather(stormy, worse) })
	c.begin(rng)
	k.run(ctx)
	c.all.Wait()
	shut()
	c.shops.all.Wait()
	tills.Wait()
	calm()
	storm.Wait()
	w.clearSky()
	r := w.settle()
	t.Logf("%d kills, %d of them aimed; %d orders, %d texts, SMSC %+v", k.done, k.aimed, len(r.Orders), len(r.Texts), w.smsc.Stats())
	t.Logf("outcomes: %v", r.outcomes())
	t.Logf("the bank: %v, and its files: %v", r.dealings(), w.courier.counts())
	for _, fault := range judge(&r) {
		t.Error(fault)
	}
	if k.done < kills {
		t.Errorf("%d kills, want %d", k.done, kills)
	}
	if t.Failed() {
		keep(t, &r)
		return
	}
	if len(r.Orders) < bitesMax {
		bites(t, &r)
	}
	if *recordFlag {
		save(t, &r, recordedRun)
	}
}

// outcomes counts payments by product and reason, and those that a card and a purse share.
func (r *record) outcomes() map[string]int {
	n := map[string]int{}
	for _, p := range r.Books.Payments {
		if n[p.Product+" "+p.Reason]++; p.ByPurse != "" {
			n[p.Product+" in part "+p.Reason]++
		}
	}
	return n
}

// dealings counts what the bank made of messages.
func (r *record) dealings() map[host.Outcome]int {
	n := map[host.Outcome]int{}
	for _, e := range r.Bank {
		n[e.Outcome]++
	}
	return n
}

// keep writes the record of a run that failed where a person can look at it.
func keep(t *testing.T, r *record) {
	t.Helper()
	dir, err := os.MkdirTemp("", "mpg-failed-")
	if err != nil {
		t.Error(err)
		return
	}
	path := filepath.Join(dir, "run.json")
	save(t, r, path)
	t.Logf("the record of this run is in %s", path)
}

func save(t *testing.T, r *record, path string) {
	t.Helper()
	b, err := json.Marshal(r)
	if err == nil {
		err = os.WriteFile(path, append(b, '\n'), 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}

// killer kills the daemon of w again and again.
type killer struct {
	w     *world
	crowd *crowd
	rng   *rand.Rand
	aim   chan struct{} // something has just happened at a peer
	want  int

	mu          sync.Mutex
	done, aimed int
}

// event tells that something happened which is worth a kill right after it.
func (k *killer) event() {
	select {
	case k.aim <- struct{}{}:
	default:
	}
}

func (k *killer) finished() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.done >= k.want
}

// run kills until there were enough kills, or ctx ends.
func (k *killer) run(ctx context.Context) {
	for !k.finished() && ctx.Err() == nil && !k.w.t.Failed() {
		aimed := k.moment(ctx)
		if k.crowd.underway() == 0 {
			continue // nothing is in flight
		}
		k.w.kill()
		k.count(aimed)
		pause(ctx, k.rng, downMax)
		if !k.revive() {
			return
		}
	}
}

// count notes a kill, and now and then tells how far the run is.
func (k *killer) count(aimed bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.done++
	if aimed {
		k.aimed++
	}
	if k.done%tellEvery == 0 {
		k.w.t.Logf("%d of %d kills, %d orders", k.done, k.want, k.w.journal.orders())
	}
}

// revive starts the daemon. Bad weather may keep it from its bind for a while:
// it is READY once bound.
func (k *killer) revive() bool {
	d := k.w.launch(launch{})
	select {
	case <-d.ready:
		return true
	case <-d.ended:
		k.w.t.Errorf("serve did not start again: %v\n%s", d.err, d.tail())
	case <-time.After(readyMax):
		k.w.t.Errorf("serve is not ready again after %v\n%s", readyMax, d.tail())
	}
	return false
}

// moment waits for the next kill: half of them at any time, half right after
// something happened at a peer, when commits are under way.
func (k *killer) moment(ctx context.Context) (aimed bool) {
	pause(ctx, k.rng, lifeMax)
	if k.rng.IntN(2) == 0 {
		return false
	}
	select {
	case <-k.aim: // of the past
	default:
	}
	late := time.NewTimer(lifeMax)
	defer late.Stop()
	select {
	case <-k.aim:
		pause(ctx, k.rng, aimMax)
		return true
	case <-late.C:
	case <-ctx.Done():
	}
	return false
}
