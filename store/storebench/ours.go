package storebench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"mpg/store"
	"mpg/store/bolt"
)

// Sizes of what a payment of the engine writes, in bytes.
const (
	paymentBytes    = 450
	subscriberBytes = 350
	noticeBytes     = 200
)

// Tables of the documents that Payments writes.
const (
	tablePayment store.Table = 1 + iota
	tableSubscriber
	tableOpen
)

// Ours measures the store: one Cmd with one Post for each call.
func Ours(ctx context.Context, dir string, load Load) (Figure, error) {
	return withStore(dir, load, func(ledger *bolt.Store) (Figure, error) { return transfers(ctx, ledger, load) })
}

// transfers drives an open store: one Cmd with one Post for each call.
func transfers(ctx context.Context, ledger *bolt.Store, load Load) (Figure, error) {
	return drive(ctx, load, func(random *rand.Rand) error {
		p := draw(random, load.Accounts)
		return apply(ctx, ledger, []store.Cmd{cmdOf(&p)})
	})
}

// Bulk measures the store with calls of count Cmds each, as a bulk payment makes
// them. The Figure counts Cmds; its times are of calls.
func Bulk(ctx context.Context, dir string, load Load, count int) (Figure, error) {
	return withStore(dir, load, func(ledger *bolt.Store) (Figure, error) {
		f, err := drive(ctx, load, func(random *rand.Rand) error {
			cmds := make([]store.Cmd, count)
			for i := range cmds {
				p := draw(random, load.Accounts)
				cmds[i] = cmdOf(&p)
			}
			return apply(ctx, ledger, cmds)
		})
		f.Rate, f.Count = f.Rate*float64(count), f.Count*count
		return f, err
	})
}

// Payments measures the store with what the engine commits for a payment: a
// dedup key, a transfer, the documents of payment and subscriber and of the list of
// open ones, and two notices; the notices of earlier payments are marked done on
// the way. Accounts is the number of subscribers.
func Payments(ctx context.Context, dir string, load Load) (Figure, error) {
	return withStore(dir, load, func(ledger *bolt.Store) (Figure, error) {
		w := &payments{s: ledger, versions: make([]subscriber, load.Accounts+1)}
		return drive(ctx, load, func(random *rand.Rand) error { return w.pay(ctx, random, load.Accounts) })
	})
}

type payments struct {
	s        *bolt.Store
	number   atomic.Uint64
	versions []subscriber
	mu       sync.Mutex
	done     []store.RowID
}

// subscriber is held while its payment is under way, as the engine holds it by
// the version of its document.
type subscriber struct {
	mu      sync.Mutex
	version uint64
}

func (w *payments) pay(ctx context.Context, random *rand.Rand, accounts int) error {
	p := draw(random, accounts)
	sub := &w.versions[p.from]
	sub.mu.Lock()
	defer sub.mu.Unlock()
	key := fmt.Sprintf("%016x", w.number.Add(1))
	c := cmdOf(&p)
	c.Dedup = &store.DedupKey{Digest: store.Digest(p.id), Window: store.WindowMax}
	c.Writes = []store.Write{
		{Table: tablePayment, Key: key, Data: make([]byte, paymentBytes)},
		{Table: tableSubscriber, Key: fmt.Sprintf("+86138%08d", p.from), Expect: sub.version, Data: make([]byte, subscriberBytes)},
		{Table: tableOpen, Key: key, Data: []byte{1}},
	}
	c.Outbox = []store.Row{{Data: make([]byte, noticeBytes), Stamp: store.AccountID(p.from)}, {Data: make([]byte, noticeBytes), Stamp: store.AccountID(p.to)}}
	c.Done = w.take()
	res, err := w.s.Apply(ctx, w.s.Epoch(), []store.Cmd{c})
	if err != nil {
		return ignoreEnd(err)
	}
	if res[0].Refusal != store.None {
		return fmt.Errorf("storebench: a payment was refused: %v", res[0].Refusal)
	}
	sub.version++
	w.sent(res[0].Rows)
	binary.BigEndian.PutUint64(p.id[:8], ^binary.BigEndian.Uint64(p.id[:8]))
	return apply(ctx, w.s, []store.Cmd{{ID: p.id, At: noon(), Writes: []store.Write{{Table: tableOpen, Key: key, Expect: 1, Mode: store.Delete}}}})
}

func (w *payments) sent(rows []store.OutRow) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range rows {
		w.done = append(w.done, rows[i].ID)
	}
}

// take returns the notices delivered, once there are some.
func (w *payments) take() []store.RowID {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.done) < 256 {
		return nil
	}
	ids := w.done
	w.done = nil
	return ids
}

func apply(ctx context.Context, ledger *bolt.Store, cmds []store.Cmd) error {
	res, err := ledger.Apply(ctx, ledger.Epoch(), cmds)
	if err != nil {
		return ignoreEnd(err)
	}
	for i := range res {
		if res[i].Refusal != store.None {
			return fmt.Errorf("storebench: refused: %v", res[i].Refusal)
		}
	}
	return nil
}

// ignoreEnd drops the error of a call that waited in the queue when the time was
// over.
func ignoreEnd(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// withStore opens a store with the accounts of a load and closes it after.
func withStore(dir string, load Load, run func(*bolt.Store) (Figure, error)) (Figure, error) {
	s, err := bolt.Open(dir, bolt.Options{})
	if err != nil {
		return Figure{}, err
	}
	var f Figure
	if err = OpenAccounts(s, load.Accounts); err == nil {
		f, err = run(s)
	}
	return f, errors.Join(err, s.Close())
}

// OpenAccounts opens accounts 1 to count, which may all run up debits.
func OpenAccounts(ledger store.Store, count int) error {
	var cmds []store.Cmd
	for first := 1; first <= count; first += store.OpensMax {
		c := store.Cmd{At: noon()}
		binary.BigEndian.PutUint64(c.ID[:], uint64(first))
		for id := first; id < min(first+store.OpensMax, count+1); id++ {
			c.Opens = append(c.Opens, store.Open{ID: store.AccountID(id), Kind: store.Asset, Currency: "CNY"})
		}
		cmds = append(cmds, c)
		if len(cmds) == 256 || first+store.OpensMax > count {
			if _, err := ledger.Apply(context.Background(), ledger.Epoch(), cmds); err != nil {
				return err
			}
			cmds = nil
		}
	}
	return nil
}
