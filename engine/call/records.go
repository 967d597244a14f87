package call

import (
	"context"
	"sync"
	"time"

	"mpg/engine/cdr"
	"mpg/engine/tx"
)

// storeEvery is the interval for storing records that were not part of another
// commit.
const storeEvery = 200 * time.Millisecond

// Limits of recordLog.
const (
	recordsPerCommit = 32
	recordsWaitMax   = 10_000 // that may wait while the store is slow
)

// recordLog holds records of calls that ended well, or that ended after their payment.
// They are stored many at a time, so that a successful payment costs no extra commit.
type recordLog struct {
	mu      sync.Mutex
	waiting []cdr.Record
}

func (l *recordLog) add(record cdr.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) < recordsWaitMax {
		l.waiting = append(l.waiting, record)
	}
}

// take removes up to recordsPerCommit records.
func (l *recordLog) take() []cdr.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.waiting), recordsPerCommit)
	taken := l.waiting[:n:n]
	l.waiting = l.waiting[n:]
	return taken
}

func (l *recordLog) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting) == 0
}

// Run stores records of calls until ctx ends.
func (d *Dialer) Run(ctx context.Context) {
	tick := time.NewTicker(storeEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			d.StoreRecords(context.WithoutCancel(ctx))
		case <-ctx.Done():
			return
		}
	}
}

// StoreRecords stores the records that wait. It is called once more after Wait.
func (d *Dialer) StoreRecords(ctx context.Context) {
	for records := d.records.take(); len(records) > 0; records = d.records.take() {
		err := d.cfg.Run.Do(ctx, func(t *tx.Tx) error {
			for i := range records {
				if err := keepRecord(t, &records[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if d.failed(err) {
			d.cfg.Log.Error("storing records of calls failed", "err", err)
		}
	}
}

// keepRecord makes record part of this commit. If the call already has a record, that one
// stays.
func keepRecord(t *tx.Tx, record *cdr.Record) error {
	old, err := tx.Read[cdr.Record](t, cdr.Table, record.Key())
	if err == nil && old == nil {
		tx.Save(t, cdr.Table, record.Key(), record)
	}
	return err
}

// recordOf returns the record of a call in which wrong PINs were keyed.
func recordOf(out outcome, wrong int) cdr.Record {
	return cdr.Record{At: out.placedAt.UTC(), End: out.End.String(), Answered: out.Answered,
		Ring: out.Ring.Milliseconds(), Talk: out.Talk.Milliseconds(), HungUp: out.HungUp,
		SIP: out.SIP, Cause: out.Cause, Text: cdr.Words(out.Text), Step: out.Step, Wrong: wrong}
}
