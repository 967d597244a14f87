// Package storebench measures how many small transfers a second become durable when
// many callers wait, each for its own: of the store (Ours, Payments, Bulk), and
// of what it is compared with on the same disk (Update, Batch, WAL).
//
// All do the same work: a transfer of 1 between two accounts drawn at random,
// with an id of 16 bytes that must be known again, durable before the caller
// goes on. They run in a closed loop and print nothing. Each is given an empty
// folder and a time; it stops early with ctx. They serve the benchmarks of
// store/bolt and the operator's bench command.
//
// The package imports store and store/bolt; go.etcd.io/bbolt is itself a
// yardstick here, and golang.org/x/sys gives fdatasync.
package storebench

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"mpg/store"
)

// Figure is what a run measured.
type Figure struct {
	Rate     float64       // done in a second
	P50, P99 time.Duration // from the call to the durable answer
	Count    int
}

// Load says how a run is loaded.
type Load struct {
	Callers  int // at once, each with one transfer at a time
	Accounts int // the transfers are between them; at least 2
	For      time.Duration

	turn uint64 // of several loads on one store: each draws its own transfers
}

// errLoad says that a Load makes no sense.
var errLoad = errors.New("storebench: a load needs callers, two accounts and a time")

func (l Load) check() error {
	if l.Callers < 1 || l.Accounts < 2 || l.For <= 0 {
		return errLoad
	}
	return nil
}

// pair is one transfer to be made.
type pair struct {
	id       [16]byte
	from, to uint64
}

// draw draws a transfer. Account numbers begin at 1.
func draw(random *rand.Rand, accounts int) pair {
	p := pair{from: 1 + random.Uint64N(uint64(accounts)), to: 1 + random.Uint64N(uint64(accounts))}
	if p.to == p.from {
		p.to = 1 + p.from%uint64(accounts)
	}
	binary.BigEndian.PutUint64(p.id[:], random.Uint64())
	binary.BigEndian.PutUint64(p.id[8:], random.Uint64())
	return p
}

// drive runs the callers until the time is over, and measures each call.
func drive(ctx context.Context, load Load, call func(r *rand.Rand) error) (Figure, error) {
	if err := load.check(); err != nil {
		return Figure{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, load.For)
	defer cancel()
	took := make([][]time.Duration, load.Callers)
	errs := make([]error, load.Callers)
	begun := time.Now()
	var wg sync.WaitGroup
	for i := range load.Callers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 1+load.turn))
			took[i] = make([]time.Duration, 0, 1<<12)
			for ctx.Err() == nil && errs[i] == nil {
				t := time.Now()
				errs[i] = call(r)
				took[i] = append(took[i], time.Since(t))
			}
		})
	}
	wg.Wait()
	return figure(slices.Concat(took...), time.Since(begun)), errors.Join(errs...)
}

func figure(took []time.Duration, elapsed time.Duration) Figure {
	if len(took) == 0 {
		return Figure{}
	}
	slices.Sort(took)
	return Figure{Rate: float64(len(took)) / elapsed.Seconds(), Count: len(took),
		P50: took[len(took)/2], P99: took[len(took)*99/100]}
}

// noon is the time of all Cmds here: a clock is not what is measured.
func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// with returns the figure of two consecutive runs that lasted equally long. Its times are
// the longer ones of the two.
func (f Figure) with(later Figure) Figure {
	if f.Count == 0 {
		return later
	}
	count := f.Count + later.Count
	lasted := float64(f.Count)/f.Rate + float64(later.Count)/later.Rate
	return Figure{Rate: float64(count) / lasted, Count: count, P50: max(f.P50, later.P50), P99: max(f.P99, later.P99)}
}

func cmdOf(move *pair) store.Cmd {
	return store.Cmd{ID: move.id, At: noon(), Transfers: []store.Transfer{{Op: store.Post, Debit: store.AccountID(move.from), Credit: store.AccountID(move.to), Amount: 1}}}
}
