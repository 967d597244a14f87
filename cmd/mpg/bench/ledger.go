package bench

import (
	"context"
	"fmt"
	"os"
	"time"

	"mpg/store/storebench"
)

// The load of the ledger's figures.
const (
	ledgerAccounts = 1_000_000 // that transfers are drawn between
	ledgerTrial    = 10_000    // the same, in a trial
	bulkCmds       = 8000      // transfers in a call, of the batch figure
	restartCmds    = 10_000_000
	scaleCallers   = 256
	scaleTimes     = 10 // how many times as many accounts benchScale uses
)

// ledgerRun is one way to make transfers durable.
type ledgerRun func(ctx context.Context, dir string, l storebench.Load) (storebench.Figure, error)

// benchLedger measures transfers between random accounts, each reply durable.
func benchLedger(ctx context.Context, seconds int) ([]Row, error) {
	var rows []Row
	d, accounts := time.Duration(seconds)*time.Second, ledgerAccounts
	if seconds == 1 { // a trial
		accounts = ledgerTrial
	}
	for _, callers := range []int{64, 256} {
		load := storebench.Load{Callers: callers, Accounts: accounts, For: d}
		ours, err := measureLedger(ctx, storebench.Ours, load)
		if err != nil {
			return nil, err
		}
		beside, err := besideLedger(ctx, fmt.Sprintf("ledger/apply/callers=%d", callers), load, ours)
		if err != nil {
			return nil, err
		}
		rows = append(rows, beside...)
	}
	bulk, err := benchBulk(ctx, accounts, d)
	if err != nil {
		return nil, err
	}
	scale, err := benchScale(ctx, accounts, d)
	if err != nil || accounts == ledgerTrial {
		return append(rows, bulk, scale), err
	}
	restart, err := benchRestart(ctx)
	return append(rows, bulk, scale, restart), err
}

// benchScale measures what ten times as many accounts cost.
func benchScale(ctx context.Context, accounts int, lasting time.Duration) (Row, error) {
	dir, err := os.MkdirTemp("", "mpg-bench-")
	if err != nil {
		return Row{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	load := storebench.Load{Callers: scaleCallers, Accounts: accounts, For: lasting}
	scaled, err := storebench.Scale(ctx, dir, load, scaleTimes*accounts)
	note := fmt.Sprintf("%d callers; with %d accounts, compared with %d; in turn, p99 %s and %s", scaleCallers, scaleTimes*accounts, accounts,
		scaled.Many.P99.Round(time.Microsecond), scaled.Few.P99.Round(time.Microsecond))
	return moreIsBetter("ledger/rate-10M-of-1M", scaled.Many.Rate, "1/s", "1M", scaled.Few.Rate, note), err
}

// benchRestart measures a start after a crash with a long journal.
func benchRestart(ctx context.Context) (Row, error) {
	dir, err := os.MkdirTemp("", "mpg-bench-")
	if err != nil {
		return Row{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	r, err := storebench.Restart(ctx, dir, ledgerAccounts, restartCmds)
	note := fmt.Sprintf("from Open to the first answer, %d transfers between %d accounts in the journal; beside it, to read the file", restartCmds, ledgerAccounts)
	return lessIsBetter("ledger/restart-10M", r.Start.Seconds(), "raw", r.Read.Seconds(), note), err
}

// besideLedger measures each yardstick with the same callers on the same disk.
func besideLedger(ctx context.Context, name string, load storebench.Load, ours storebench.Figure) ([]Row, error) {
	var rows []Row
	for _, y := range []struct {
		name, what string
		run        ledgerRun
	}{
		{"batch", "bbolt db.Batch, a Put for each record", storebench.Batch},
		{"update", "bbolt, one Update a transfer", storebench.Update},
		{"wal", "a write-ahead file with grouped fdatasync", storebench.WAL},
	} {
		f, err := measureLedger(ctx, y.run, load)
		if err != nil {
			return nil, err
		}
		note := fmt.Sprintf("%s; %d accounts; p99 ours %s, its %s", y.what, load.Accounts,
			ours.P99.Round(time.Microsecond), f.P99.Round(time.Microsecond))
		rows = append(rows, moreIsBetter(name, ours.Rate, "1/s", y.name, f.Rate, note))
	}
	return append(rows, missing(name, ours.Rate, "1/s", "postgres", "this build has no PostgreSQL engine")), nil
}

// benchBulk measures calls that hand over many transfers at once.
func benchBulk(ctx context.Context, accounts int, lasting time.Duration) (Row, error) {
	bulk := func(ctx context.Context, dir string, load storebench.Load) (storebench.Figure, error) {
		return storebench.Bulk(ctx, dir, load, bulkCmds)
	}
	ours, err := measureLedger(ctx, bulk, storebench.Load{Callers: 2, Accounts: accounts, For: lasting})
	if err != nil {
		return Row{}, err
	}
	ceiling, err := measureLedger(ctx, storebench.WAL, storebench.Load{Callers: bulkCmds, Accounts: accounts, For: lasting})
	note := fmt.Sprintf("2 callers with %d transfers a call; the file with as many callers", bulkCmds)
	return moreIsBetter(fmt.Sprintf("ledger/apply/batch=%d", bulkCmds), ours.Rate, "1/s", "wal", ceiling.Rate, note), err
}

// measureLedger runs in a folder of its own.
func measureLedger(ctx context.Context, run ledgerRun, load storebench.Load) (storebench.Figure, error) {
	dir, err := os.MkdirTemp("", "mpg-bench-")
	if err != nil {
		return storebench.Figure{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	return run(ctx, dir, load)
}
