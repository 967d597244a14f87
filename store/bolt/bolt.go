// Package bolt is the money store on one bbolt file, ledger.db.
//
// One goroutine (commit.go) owns all money state. Callers queue; a batch is
// whatever waits while the last sync of the disk runs, and each batch is one
// bbolt transaction: a chunk of the journal (record.go), which alone is the
// truth, and the next slice of a rolling checkpoint (sweep.go). Balances,
// holds, the outbox and the documents changed of late are in memory
// (memory.go); what is read back at the start is the checkpoint and the journal
// behind it (recover.go). So no key that comes at random is written on the way
// of a payment, and the pages of a commit are few.
//
// Readers (read.go) see what is durable and nothing else. After a failed commit
// the store does nothing any more: memory and disk may differ, and only a new
// start can tell.
//
// The package imports store and store/ledger; go.etcd.io/bbolt keeps the pages.
package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// FileName is the store's file in its folder.
const FileName = "ledger.db"

// Limits and defaults.
const (
	schema           = 1
	BatchCmdsMax     = 8000             // Cmds in one commit
	DefaultRetention = 30 * time.Minute // for which ids and texts are remembered
	lockWait         = 200 * time.Millisecond
	mmapInitial      = 1 << 30 // octets of address space, so that growth stops nobody
	sweepAccounts    = 2000    // accounts looked at in a commit
	sweepDocs        = 512     // documents written in a commit
	sweepDocsBegin   = 16384   // changed documents that begin a round
)

// Buckets. Tables of documents have buckets of their own: "doc" and a number.
var (
	bucketMeta    = []byte("meta")
	bucketJournal = []byte("jrn")
	bucketAccount = []byte("acct")
)

// Tables of the store itself, above those that callers use.
const (
	tableHold   store.Table = 254
	tableOutbox store.Table = 255
	tableMax    store.Table = 253 // of callers
)

// Options are how a store is opened. The zero Options are the defaults.
type Options struct {
	Log       *slog.Logger  // nil: nothing is logged
	Retention time.Duration // for which ids and texts are remembered; 0: DefaultRetention
}

// Store implements store.Store.
type Store struct {
	db    *bbolt.DB
	log   *slog.Logger
	keep  time.Duration
	epoch uint64
	mem   *memory
	sweep sweep

	queue  chan *request
	quit   chan struct{} // closed by Close: no new work
	ended  chan struct{} // closed when the committing goroutine has ended
	once   sync.Once
	commit sync.Mutex // held from the begin of a commit until it is visible
	broken error      // under commit
	failed chan struct{}
	close  error
}

var _ store.Store = (*Store)(nil)

// Open opens or makes the store in dir, which must be the owner's alone (mode
// 0700). store.ErrLocked says that another process has it.
func Open(dir string, o Options) (*Store, error) {
	if err := checkDir(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, FileName)
	if err := create(path); err != nil {
		return nil, err
	}
	db, err := bbolt.Open(path, 0o600, options())
	if errors.Is(err, bbolt.ErrTimeout) {
		return nil, store.ErrLocked
	}
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", path, err)
	}
	s := &Store{db: db, log: o.Log, keep: o.Retention, mem: newMemory(),
		queue: make(chan *request, 1024), quit: make(chan struct{}), ended: make(chan struct{}), failed: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.keep == 0 {
		s.keep = DefaultRetention
	}
	if err := s.recover(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	go s.run()
	return s, nil
}

func options() *bbolt.Options {
	o := *bbolt.DefaultOptions
	o.Timeout = lockWait
	o.FreelistType = bbolt.FreelistMapType
	o.NoFreelistSync = true // a list that is not written cannot be read back wrong
	o.InitialMmapSize = mmapInitial
	return &o
}

func checkDir(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("store: %s is not a folder", dir)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("store: %s may be read by others (mode %04o): chmod 0700 it", dir, info.Mode().Perm())
	}
	return nil
}

// create makes the file under a temporary name, syncs it, and renames it: a
// power cut while bbolt writes its first pages would leave a file that nothing
// opens.
func create(path string) error {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, os.ErrNotExist) {
		return err
	}
	temp := path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	db, err := bbolt.Open(temp, 0o600, options())
	if err != nil {
		return err
	}
	err = db.Update(makeBuckets)
	if err = errors.Join(err, db.Sync(), db.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func makeBuckets(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucketMeta, bucketJournal, bucketAccount} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return putMeta(tx, metaSchema, schema)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Numbers in the meta bucket.
var (
	metaSchema = []byte("schema")
	metaEpoch  = []byte("epoch")
	metaMark   = []byte("mark") // all up to this number is in the checkpoint
)

func putMeta(tx *bbolt.Tx, key []byte, n uint64) error {
	return tx.Bucket(bucketMeta).Put(key, binary.BigEndian.AppendUint64(nil, n))
}

func getMeta(tx *bbolt.Tx, key []byte) uint64 {
	v := tx.Bucket(bucketMeta).Get(key)
	if len(v) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(v)
}

// Epoch implements store.Store.
func (s *Store) Epoch() uint64 { return s.epoch }

// Broken is closed when a commit has failed.
func (s *Store) Broken() <-chan struct{} { return s.failed }

// Close writes the whole checkpoint, so that the next start is quick, and
// closes the file.
func (s *Store) Close() error {
	s.once.Do(func() {
		close(s.quit)
		<-s.ended
		if s.broken == nil {
			s.close = s.checkpoint()
		}
		s.close = errors.Join(s.close, s.db.Close())
	})
	return s.close
}
