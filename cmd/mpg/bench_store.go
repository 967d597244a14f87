package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mpg/store/storebench"
)

// Settings of the store's figures.
const (
	storePeople = 20_000 // who pay in turn
	storeShops  = 100
)

// benchStore measures what a payment without a call takes on the disk once all is
// written: the difference between the files of a daemon that has subscribers and shops,
// and of one where they have paid too.
func benchStore(ctx context.Context, seconds int) ([]benchRow, error) {
	people, load := storePeople, max(time.Duration(seconds)*time.Second, payTimeMin)
	if seconds == 1 { // a trial
		people, load = storePeople/20, time.Second
	}
	before, _, err := storedBytes(ctx, people, 0)
	if err != nil {
		return nil, err
	}
	after, payments, err := storedBytes(ctx, people, load)
	if err != nil {
		return nil, err
	}
	naive, err := naiveBytes(payments)
	if err != nil {
		return nil, err
	}
	each := float64(after-before) / float64(payments)
	note := fmt.Sprintf("all files of data_dir, after a checkpoint; %d payments by mPurse, without a call, of %d subscribers; beside it a JSON row each in bbolt, without receipts, balances and record", payments, people)
	return []benchRow{{"store/bytes-per-payment", each, "bytes", "json", naive, quotient(naive, each), note}}, nil
}

// storedBytes is what the files of a daemon take after its end, and how many payments
// were made for that long.
func storedBytes(ctx context.Context, people int, load time.Duration) (bytes int64, payments int, err error) {
	p := newPayLoad(people)
	rig, err := openRig(ctx, p.receive, payRules)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, rig.close()) }()
	if load > 0 {
		err = p.run(ctx, rig, load)
	} else if err = rig.settle(ctx, people, storeShops, nil); err == nil {
		err = rig.quiet(ctx)
	}
	if err == nil {
		err = rig.end()
	}
	if err != nil {
		return 0, 0, err
	}
	bytes, err = storebench.DiskBytes(filepath.Join(rig.dir, "data"))
	return bytes, len(p.took), err
}

// naiveBytes is what a payment takes as a row of JSON.
func naiveBytes(payments int) (float64, error) {
	dir, err := os.MkdirTemp("", "mpg-bench-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	all, err := storebench.JSONRows(dir, payments)
	return float64(all) / float64(payments), err
}
