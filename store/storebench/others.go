package storebench

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"

	bbolt "go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// Update measures bbolt as it is used at first: one transaction for each
// transfer, which changes two balances, and adds a record and an id.
func Update(ctx context.Context, dir string, load Load) (Figure, error) {
	return withPlain(dir, load, func(db *bbolt.DB) (Figure, error) {
		return drive(ctx, load, func(random *rand.Rand) error {
			p := draw(random, load.Accounts)
			return db.Update(func(tx *bbolt.Tx) error { return transferPlain(tx, &p) })
		})
	})
}

// Batch is Update with bbolt's own batching, db.Batch with its defaults.
func Batch(ctx context.Context, dir string, load Load) (Figure, error) {
	return withPlain(dir, load, func(db *bbolt.DB) (Figure, error) {
		return drive(ctx, load, func(random *rand.Rand) error {
			p := draw(random, load.Accounts)
			return db.Batch(func(tx *bbolt.Tx) error { return transferPlain(tx, &p) })
		})
	})
}

// Buckets of the plain ledger.
var (
	plainAccounts  = []byte("a")
	plainTransfers = []byte("t")
	plainIDs       = []byte("i")
)

// Sizes of the plain ledger's values, in bytes.
const (
	plainAccountBytes  = 64
	plainTransferBytes = 96
	plainFill          = 50_000 // accounts made in one transaction
)

func withPlain(dir string, load Load, run func(*bbolt.DB) (Figure, error)) (Figure, error) {
	db, err := bbolt.Open(filepath.Join(dir, "plain.db"), 0o600, nil)
	if err != nil {
		return Figure{}, err
	}
	var f Figure
	for first := 1; first <= load.Accounts && err == nil; first += plainFill {
		err = db.Update(func(tx *bbolt.Tx) error { return fillPlain(tx, first, min(first+plainFill, load.Accounts+1)) })
	}
	if err == nil {
		f, err = run(db)
	}
	return f, errors.Join(err, db.Close())
}

func fillPlain(tx *bbolt.Tx, from, to int) error {
	for _, name := range [][]byte{plainAccounts, plainTransfers, plainIDs} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	for id := from; id < to; id++ {
		if err := tx.Bucket(plainAccounts).Put(number(uint64(id)), make([]byte, plainAccountBytes)); err != nil {
			return err
		}
	}
	return nil
}

func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func transferPlain(tx *bbolt.Tx, move *pair) error {
	ids, accounts, transfers := tx.Bucket(plainIDs), tx.Bucket(plainAccounts), tx.Bucket(plainTransfers)
	if ids.Get(move.id[:]) != nil {
		return nil
	}
	seq, err := transfers.NextSequence()
	if err != nil {
		return err
	}
	for side, id := range [2]uint64{move.from, move.to} {
		key := number(id)
		value := append([]byte(nil), accounts.Get(key)...)
		binary.BigEndian.PutUint64(value[side*8:], binary.BigEndian.Uint64(value[side*8:])+1)
		if err := accounts.Put(key, value); err != nil {
			return err
		}
	}
	if err := transfers.Put(number(seq), appendPlain(nil, move, seq)); err != nil {
		return err
	}
	return ids.Put(move.id[:], number(seq))
}

// appendPlain writes the record of a transfer.
func appendPlain(dst []byte, move *pair, seq uint64) []byte {
	be := binary.BigEndian
	start := len(dst)
	dst = be.AppendUint64(dst, seq)
	dst = append(dst, move.id[:]...)
	dst = be.AppendUint64(dst, move.from)
	dst = be.AppendUint64(dst, move.to)
	dst = be.AppendUint64(dst, 1)
	return append(dst, make([]byte, plainTransferBytes-(len(dst)-start))...)
}

// WAL measures what the disk allows: records appended to a file that was
// allocated before, balances in memory, one fdatasync for all callers that wait.
// No ledger that keeps its word in one file can be faster.
func WAL(ctx context.Context, dir string, load Load) (Figure, error) {
	file, err := os.Create(filepath.Join(dir, "wal"))
	if err != nil {
		return Figure{}, err
	}
	w := &wal{file: file, queue: make(chan *walCall, load.Callers+1), balances: make([][2]uint64, load.Accounts+1), ids: make(map[[16]byte]uint64)}
	if err := w.allocate(); err != nil {
		return Figure{}, errors.Join(err, file.Close())
	}
	ended := make(chan error, 1)
	go func() { ended <- w.run() }()
	f, err := drive(ctx, load, func(random *rand.Rand) error {
		c := walCall{pair: draw(random, load.Accounts), done: make(chan error, 1)}
		w.queue <- &c
		return <-c.done
	})
	close(w.queue)
	return f, errors.Join(err, <-ended, file.Close())
}

// walBytes is the size of the file, which is written over from its start again.
const walBytes = 256 << 20

type walCall struct {
	pair
	done chan error
}

type wal struct {
	file     *os.File
	queue    chan *walCall
	balances [][2]uint64 // debits and credits
	ids      map[[16]byte]uint64
	seq      uint64
	at       int64
}

func (w *wal) allocate() error {
	zeros := make([]byte, 1<<20)
	for range walBytes / len(zeros) {
		if _, err := w.file.Write(zeros); err != nil {
			return err
		}
	}
	return w.file.Sync()
}

func (w *wal) run() error {
	var batch []*walCall
	var buf []byte
	for c := range w.queue {
		batch, buf = append(batch[:0], c), w.record(buf[:0], c)
		for more := true; more; {
			select {
			case c, more = <-w.queue:
				if more {
					batch, buf = append(batch, c), w.record(buf, c)
				}
			default:
				more = false
			}
		}
		err := w.write(buf)
		for _, c := range batch {
			c.done <- err
		}
	}
	return nil
}

func (w *wal) record(buf []byte, c *walCall) []byte {
	if w.ids[c.id] != 0 {
		return buf
	}
	w.seq++
	w.ids[c.id] = w.seq
	w.balances[c.from][0]++
	w.balances[c.to][1]++
	return appendPlain(buf, &c.pair, w.seq)
}

func (w *wal) write(buf []byte) error {
	if w.at+int64(len(buf)) > walBytes {
		w.at = 0
	}
	if _, err := w.file.WriteAt(buf, w.at); err != nil {
		return err
	}
	w.at += int64(len(buf))
	return unix.Fdatasync(int(w.file.Fd()))
}
