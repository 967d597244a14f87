package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"mpg/cmd/mpg/rig"
	"mpg/conf"
	"mpg/engine/pin"
	"mpg/ivr/phone"
	"mpg/store/storebench"
)

// Settings of the store's figures.
const (
	storePeople = 20_000 // who pay in turn
	storeTrial  = 1000   // the same, in a trial

	// How many people pay in turn with calls, and how often each. They are few, since
	// hashing a PIN is slow by design: it takes some 20 ms of a core, once to set the PIN
	// and once in each call. The number of payments is fixed, so that what is kept of a
	// subscriber's last ones weighs the same on a slow machine.
	calledPeople  = 400
	calledTrial   = 20
	calledEach    = 5
	calledAtOnce  = 3 // one in this many people is in a call; nobody orders again meanwhile
	calledTimeMax = 5 * time.Minute
)

// benchStore measures what a payment takes on disk once everything is written, without a
// call and with one: the difference between the files of a daemon that has subscribers
// and shops, and those of the same daemon once its subscribers have paid.
func benchStore(ctx context.Context, seconds int) ([]Row, error) {
	people, called := storePeople, calledPeople
	load := max(time.Duration(seconds)*time.Second, payTimeMin)
	if seconds == 1 { // a trial
		people, called, load = storeTrial, calledTrial, time.Second
	}
	without, err := storedBytes(ctx, newPayLoad(people, payInFlight), load, nil, rig.NoCalls)
	if err != nil {
		return nil, err
	}
	with, err := storedWithCalls(ctx, called)
	if err != nil {
		return nil, err
	}
	short, err := without.row("store/bytes-per-payment", false, people)
	if err != nil {
		return nil, err
	}
	long, err := with.row("store/bytes-per-payment-with-call", true, called)
	return []Row{short, long}, err
}

// stored says what payments took on the disk.
type stored struct {
	bytes    int64
	payments int
}

// row compares it with naive rows.
func (s stored) row(name string, calls bool, people int) (Row, error) {
	if s.payments == 0 {
		return Row{}, errors.New("no payment was made")
	}
	naive, err := naiveBytes(s.payments, calls)
	each := float64(s.bytes) / float64(s.payments)
	what, beside := "without a call", "one JSON row each in bbolt"
	if calls {
		what, beside = "each with a PIN call and its record", "two JSON rows each in bbolt, of payment and call"
	}
	note := fmt.Sprintf("all files of data_dir but a view after the daemon has stopped, %d mPurse payments %s, by %d subscribers; compared with %s, without receipts, balances or a journal", s.payments, what, people, beside)
	return Row{name, each, "bytes", "json", naive, quotient(naive, each), note}, err
}

// storedWithCalls measures payments that are confirmed by keypad, in real calls between
// the daemon and simulated handsets.
func storedWithCalls(ctx context.Context, people int) (stored, error) {
	x, err := openHandsets(nil, phone.Behaviour{Acts: []phone.Act{{Wait: phone.Speech, Keys: "1"}, {Wait: phone.Speech, Keys: ivrPIN}}})
	if err != nil {
		return stored{}, err
	}
	secret := pin.PIN([]byte(ivrPIN))
	p := newPayLoad(people, people/calledAtOnce)
	p.most = calledEach * people
	// A line for everyone: the receipt comes while the last words are still being spoken.
	found, err := storedBytes(ctx, p, calledTimeMax, &secret, rig.Calls(x.exchange.Addr(), people, 2*calledEach))
	return found, errors.Join(err, x.close())
}

// storedBytes registers subscribers and shops, stops the daemon, starts it again and lets
// them pay. It returns what the payments added to the files.
func storedBytes(ctx context.Context, p *payLoad, load time.Duration, secret *pin.PIN, tune rig.Tune) (found stored, err error) {
	world, err := rig.Open(ctx, p.receive, func(file *conf.File) { tune(file); rig.NoView(file) })
	if err != nil {
		return stored{}, err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	var before, after int64
	for _, step := range []func() error{
		func() error { return world.Populate(ctx, p.people, payShops, secret) },
		func() error { return world.Quiet(ctx) },
		world.End,
		func() error { before, err = storebench.DiskBytes(world.DataDir()); return err },
		func() error { return world.Start(ctx) },
		func() error { return p.pay(ctx, world, load) },
		world.End,
		func() error { after, err = storebench.DiskBytes(world.DataDir()); return err },
	} {
		if err := step(); err != nil {
			return stored{}, err
		}
	}
	return stored{after - before, len(p.took)}, nil
}

// naiveBytes returns what each of that many payments takes as rows of JSON.
func naiveBytes(payments int, calls bool) (float64, error) {
	dir, err := os.MkdirTemp("", "mpg-bench-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	all, err := storebench.JSONRows(dir, payments, calls)
	return float64(all) / float64(payments), err
}
