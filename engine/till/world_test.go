package till_test

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/codec"
	"mpg/engine/payment"
	"mpg/engine/till"
	"mpg/store"
)

// journal is a feed in memory.
type journal struct {
	store.Feed // what is not called

	mu      sync.Mutex
	entries []store.Entry
	grew    chan struct{}
	fault   error // of the next reading
}

func newJournal() *journal { return &journal{grew: make(chan struct{})} }

var start = time.Date(2026, 11, 26, 2, 0, 0, 0, time.UTC)

// next returns the number and the time of the next record.
func (j *journal) next() (uint64, time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	seq := uint64(len(j.entries) + 1)
	return seq, start.Add(time.Duration(seq) * time.Second)
}

// add appends a record.
func (j *journal) add(writes ...store.Write) {
	seq, at := j.next()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, store.Entry{Seq: seq, At: at, Writes: writes})
	close(j.grew)
	j.grew = make(chan struct{})
}

func (j *journal) Seq() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return uint64(len(j.entries))
}

func (j *journal) Wait(ctx context.Context, after uint64) (uint64, error) {
	for {
		j.mu.Lock()
		seq, grew := uint64(len(j.entries)), j.grew
		j.mu.Unlock()
		if seq > after {
			return seq, nil
		}
		select {
		case <-grew:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (j *journal) Records(ctx context.Context, from uint64) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for seq := from; ; seq++ {
			j.mu.Lock()
			fault := j.fault
			j.fault = nil
			var entry store.Entry
			if seq <= uint64(len(j.entries)) {
				entry = j.entries[seq-1]
			}
			j.mu.Unlock()
			switch {
			case fault != nil:
				yield(store.Entry{}, fault)
				return
			case ctx.Err() != nil, entry.Seq == 0:
				return
			case !yield(entry, nil):
				return
			}
		}
	}
}

// breaks has the next reading fail.
func (j *journal) breaks(fault error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.fault = fault
}

// feed returns a Feed of the journal, not running.
func (j *journal) feed(resume uint64) *till.Feed {
	return till.NewFeed(till.FeedConfig{Feed: j, Identity: "a1-0", Ref: ref, Resume: resume, Log: slog.New(slog.DiscardHandler), Retry: time.Millisecond, Recent: 16})
}

// ref returns the reference of a payment.
func ref(no uint64) string { return fmt.Sprintf("REF%05d", no) }

// written returns a write of a record.
func written(t rapid.TB, table store.Table, key string, record any) store.Write {
	t.Helper()
	data, err := codec.Encode(record)
	if err != nil {
		t.Fatal(err)
	}
	return store.Write{Table: table, Key: key, Data: data}
}

// paid returns a payment of 128.50 to a shop that has come through states, the last of them
// at a time.
func paid(no uint64, shop string, at time.Time, states ...payment.State) *payment.Payment {
	p := &payment.Payment{No: no, Ref: ref(no), State: states[len(states)-1], Plan: payment.Plan{Product: payment.MPurse},
		Payer: payment.Party{User: 1, Phone: "+8613800000001"}, Payee: payment.Party{Code: shop},
		Amounts: payment.Amounts{Ordered: 12850, Charged: 12978, Received: 12750, Fee: 228, PayeeFee: 100, Currency: "CNY"}}
	for i, s := range states {
		p.Steps = append(p.Steps, payment.Step{At: at.Add(time.Duration(i-len(states)+1) * time.Millisecond), State: s})
	}
	return p
}

// pays adds a record in which a shop is paid.
func (j *journal) pays(t rapid.TB, no uint64, shop string) {
	t.Helper()
	_, at := j.next()
	j.add(written(t, payment.Table, payment.Key(no), paid(no, shop, at, payment.Received, payment.Confirmed, payment.Posted, payment.Done)))
}

// blocks adds a record in which a till is blocked.
func (j *journal) blocks(t rapid.TB, shop, name string) {
	t.Helper()
	_, at := j.next()
	one := &till.Till{Shop: shop, Name: name, Created: start, Blocked: at}
	j.add(written(t, till.Table, one.ID(), one))
}

// of returns a till.
func of(shop, name string) *till.Till { return &till.Till{Shop: shop, Name: name} }
