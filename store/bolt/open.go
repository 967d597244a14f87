package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	bbolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"mpg/store"
)

// Buckets and keys of the file.
var (
	bucketMeta    = []byte("meta")
	bucketJournal = []byte("jrn")
	bucketAge     = []byte("age")
	bucketAccount = []byte("acct")
	bucketDoc     = []byte("doc")
	bucketArchive = []byte("arch")
	bucketHold    = []byte("hold")
	bucketEnded   = []byte("ended")
	bucketOut     = []byte("out")

	keySchema = []byte("schema")
	keyState  = []byte("state")
)

// Store implements store.Store, store.Feed and store.Copier.
type Store struct {
	memory    // what is durable
	opts      Options
	lock      *os.File // the folder
	epoch     uint64
	queue     queue
	committer *committer
	once      sync.Once
	closed    error
}

var (
	_ store.Store  = (*Store)(nil)
	_ store.Feed   = (*Store)(nil)
	_ store.Copier = (*Store)(nil)
)

// Open opens the store in dir, or makes it. The folder must be of mode 0700; one
// that is missing is made. The error is store.ErrLocked while another has it
// open, and store.ErrCorrupt where the file is not as it was written.
func Open(dir string, opts Options) (*Store, error) {
	opts, err := opts.complete()
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("store: %w", err)
	}
	lock, err := lockDir(dir, lockTries, opts.Sleep)
	if err != nil {
		return nil, err
	}
	s := &Store{opts: opts, lock: lock, queue: newQueue()}
	if err := guarded(func() error { return s.open(filepath.Join(dir, FileName)) }); err != nil {
		if s.db != nil {
			err = errors.Join(err, guarded(s.db.Close))
		}
		return nil, errors.Join(err, unlock(lock))
	}
	go s.committer.run(&s.queue)
	return s, nil
}

func (s *Store) open(path string) (err error) {
	begun := s.opts.Now()
	if err := create(path); err != nil {
		return err
	}
	if err := beginOpen(path); err != nil {
		return err
	}
	if err := checkPages(path); err != nil {
		return err
	}
	if s.db, err = bbolt.Open(path, 0o600, s.opts.bbolt()); err != nil {
		return openError(path, err)
	}
	s.db.AllocSize = growBytes
	replayed, err := s.recover()
	if err != nil {
		return err
	}
	if err := s.takeOver(); err != nil {
		return err
	}
	s.opts.Log.Info("the store is open", "steps", s.state.seq, "replayed", replayed,
		"accounts", len(s.accounts.slots), "took", s.opts.Now().Sub(begun).Round(time.Millisecond))
	return nil
}

// recover restores memory to the state after the last commit, from which a committer can go
// on. It writes nothing.
func (s *Store) recover() (replayed int, err error) {
	if err := s.memory.prepare(s.db); err != nil {
		return 0, err
	}
	s.committer = newCommitter(&s.memory, &s.opts)
	r := recovery{memory: &s.memory, dedup: &s.committer.dedup}
	replayed, err = r.run()
	s.epoch = s.state.epoch
	return replayed, err
}

// takeOver begins a new epoch, and deletes from their bucket the rows that an unfinished
// round had written there: the replay has them in memory.
func (s *Store) takeOver() error {
	s.state.epoch++
	s.epoch = s.state.epoch
	return s.db.Update(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketOut).Cursor()
		for key, _ := c.Seek(uint64Key(uint64(s.state.markRow))); key != nil; key, _ = c.Seek(uint64Key(uint64(s.state.markRow))) {
			if err := c.Delete(); err != nil {
				return err
			}
		}
		return putState(tx, &s.state)
	})
}

func openError(path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return store.ErrLocked
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %s: %w", store.ErrCorrupt, path, err)
	}
	return fmt.Errorf("store: %s: %w", path, err)
}

func (o *Options) bbolt() *bbolt.Options {
	b := *bbolt.DefaultOptions
	b.Timeout = fileLockWait // the folder is locked already, so only a child of the last owner can still hold the file
	b.FreelistType = bbolt.FreelistMapType
	b.NoFreelistSync = true // a list that is not written cannot be read back wrong
	b.NoStatistics = true
	b.InitialMmapSize = o.MmapInitial
	b.NoSync = o.Failpoint != nil // save syncs by itself then, so that a test can stop between the two
	return &b
}

// create makes the file under another name, syncs it, renames it and syncs the
// folder: a power cut amid bbolt's first pages would leave a file that nothing
// opens.
func create(path string) error {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	draft := path + ".new"
	if err := os.Remove(draft); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	opts := Options{}
	db, err := bbolt.Open(draft, 0o600, opts.bbolt())
	if err != nil {
		return err
	}
	if err := errors.Join(db.Update(fillNew), db.Sync(), db.Close()); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// fillNew writes what an empty store holds.
func fillNew(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucketMeta, bucketJournal, bucketAge, bucketAccount, bucketDoc, bucketArchive, bucketHold, bucketEnded, bucketOut} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	number := binary.BigEndian.AppendUint32(make([]byte, sumBytes), schema)
	sealValue(keySchema, number)
	if err := tx.Bucket(bucketMeta).Put(keySchema, number); err != nil {
		return err
	}
	return putState(tx, &state{row: 1, markRow: 1})
}

func putState(tx *bbolt.Tx, s *state) error {
	return tx.Bucket(bucketMeta).Put(keyState, s.value(keyState))
}

// guarded turns what a damaged file makes bbolt do, which is to panic or to
// touch memory that is not there, into ErrCorrupt.
func guarded(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = damaged("%v", p)
		}
	}()
	return f()
}

// Apply implements store.Store.
func (s *Store) Apply(ctx context.Context, epoch uint64, cmds []store.Cmd) ([]store.Result, error) {
	switch {
	case epoch != s.epoch:
		return nil, store.ErrFenced
	case len(cmds) == 0:
		return nil, ctx.Err()
	}
	return s.queue.apply(ctx, cmds)
}

// Epoch implements store.Store.
func (s *Store) Epoch() uint64 { return s.epoch }

// Broken is closed when a commit has failed: the process is to end.
func (s *Store) Broken() <-chan struct{} { return s.queue.broken }

// Close implements store.Store. It writes the whole checkpoint, so that the next
// start is quick.
func (s *Store) Close() error {
	s.once.Do(func() {
		close(s.queue.quit)
		<-s.queue.stopped
		select {
		case <-s.queue.broken: // memory may differ from the file; the next start shows what is true
		default:
			if s.closed = guarded(s.committer.finish); s.closed == nil {
				s.closed = endOpen(s.db.Path())
			}
		}
		s.closed = errors.Join(s.closed, s.db.Close(), unlock(s.lock))
	})
	return s.closed
}
