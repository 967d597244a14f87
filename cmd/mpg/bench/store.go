package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"mpg/cmd/mpg/rig"
	"mpg/store/storebench"
)

// Settings of the store's figures.
const (
	storePeople = 20_000 // who pay in turn
	storeTrial  = 1000   // the same, in a trial
)

// benchStore measures what a payment without a call takes on disk once everything is
// written: the difference between the files of a daemon that has subscribers and shops,
// and those of a daemon whose subscribers have paid too.
func benchStore(ctx context.Context, seconds int) ([]Row, error) {
	people, load := storePeople, max(time.Duration(seconds)*time.Second, payTimeMin)
	if seconds == 1 { // a trial
		people, load = storeTrial, time.Second
	}
	before, _, err := storedBytes(ctx, people, 0)
	if err != nil {
		return nil, err
	}
	after, payments, err := storedBytes(ctx, people, load)
	if err != nil {
		return nil, err
	}
	if payments == 0 {
		return nil, errors.New("no payment was made")
	}
	naive, err := naiveBytes(payments)
	if err != nil {
		return nil, err
	}
	each := float64(after-before) / float64(payments)
	note := fmt.Sprintf("all files of data_dir after the daemon has stopped, %d mPurse payments without a call, by %d subscribers; beside it one JSON row each in bbolt, without receipts, balances or a journal", payments, people)
	return []Row{{"store/bytes-per-payment", each, "bytes", "json", naive, quotient(naive, each), note}}, nil
}

// storedBytes returns what the files of a daemon take after its end, and how many
// payments were made in that time.
func storedBytes(ctx context.Context, people int, load time.Duration) (size int64, payments int, err error) {
	p := newPayLoad(people)
	world, err := rig.Open(ctx, p.receive, rig.NoCalls)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, world.Close()) }()
	if load > 0 {
		err = p.run(ctx, world, load)
	} else if err = world.Populate(ctx, people, payShops, nil); err == nil {
		err = world.Quiet(ctx)
	}
	if err == nil {
		err = world.End()
	}
	if err != nil {
		return 0, 0, err
	}
	size, err = storebench.DiskBytes(world.DataDir())
	return size, len(p.took), err
}

// naiveBytes returns what each of so many payments takes as a row of JSON.
func naiveBytes(payments int) (float64, error) {
	dir, err := os.MkdirTemp("", "mpg-bench-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	all, err := storebench.JSONRows(dir, payments)
	return float64(all) / float64(payments), err
}
