// Package view follows the journal into view.db, a SQLite file with tables to list and to
// search: payments and their steps, calls, bank requests, texts, refused orders, both sides
// of each transfer, people, what the operator's people did, and sums by hour and by day.
//
// The view is never a source. All of it follows from the journal, so it may lag, be deleted,
// and be built again; no payment waits for it. Rows and the position in the journal are
// written in one transaction: after a crash the file is as it was after some earlier record,
// and the view goes on from there. It is built from the beginning if the file is of another
// schema, another time zone or other books, and whenever it turns out to be damaged.
//
//	view.go      Open, Close, the state        follower.go  Take and Keep: what engine/follow calls
//	repair.go    a damaged file
//	schema.sql   the tables                    build.go     building from the beginning, and Rebuild
//	indexes.sql  made once the rows are there  read.go      consistent reads; progress.go
//	documents.go what a record tells           check.go     entries against the ledger's counters
//	pending.go   what is not written yet; notices.go, rollup.go
//	writer.go    pending into rows; money.go, people.go, staff.go, insert.go
//	database.go  the file and its table meta
//
// Nothing secret enters: no PIN, no account number at a bank, no words of a text. Phone
// numbers and names do, so the file is for its owner alone, and who may see what of it is
// decided where it is read.
//
// The package imports store, engine/codec, engine/follow, the packages of the records that it
// reads (admin, approval, books, cdr, merchant, notice, payment, refusal, staff, user). It is
// the only one that imports modernc.org/sqlite, which is SQLite in Go, without cgo.
package view

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"mpg/store"
)

// FileName is the name of the file in data_dir.
const FileName = "view.db"

// buildName is the file that is being built.
const buildName = FileName + ".new"

// Config is what a View works with.
type Config struct {
	Dir      string // where FileName is
	Feed     store.Feed
	Ledger   store.Reader   // of the same store; Check compares the entries with its accounts
	Books    string         // what tells these books from others
	Zone     *time.Location // of local days
	Currency string         // of amounts in the operator's commands
	// Number returns the number of the payment with a reference.
	Number func(ref string) (uint64, error)
	Now    func() time.Time
	Log    *slog.Logger

	Every    time.Duration // between two commits; 0: EveryDefault
	ReadMost time.Duration // that one read may take; 0: ReadMostDefault
	Records  int           // in one transaction, at most; 0: RecordsDefault

	Retry     time.Duration // before the first new attempt to build a file; 0: RetryDefault
	RetryMost time.Duration // before later attempts, at most; 0: RetryMostDefault
}

// The defaults of Config.
const (
	EveryDefault    = 200 * time.Millisecond
	ReadMostDefault = 10 * time.Second
	RecordsDefault  = 16_384

	RetryDefault     = 5 * time.Second
	RetryMostDefault = 10 * time.Minute
)

// bytesMax bounds the documents and rows of one transaction.
const bytesMax = 32 << 20

// Errors of the view.
var (
	ErrBuilding = errors.New("the view is being built; try again when it is complete")
	ErrDamaged  = errors.New("view.db was found damaged and is being rebuilt")
	ErrBehind   = errors.New("the view is not up to date yet")
	ErrSlow     = errors.New("the question took too long; ask for less")
)

// View is view.db. It may be used by any number of goroutines.
type View struct {
	*Progress
	cfg Config

	// writing guards what is written: the file in use and what is pending for it.
	writing sync.Mutex
	db      *sql.DB
	writer  *writer
	pending *pending // nil: there is no complete file
	inUse   inUse    // guarded as readers is

	// files is held by reads, and by whoever replaces the file.
	files   sync.RWMutex
	readers *sql.DB // nil: there is no complete file

	building sync.Mutex // held while a file is built, or checked
	repairs  repairs
	life     context.Context
	stop     context.CancelFunc // ends what Rebuild, Check and repairs are doing
}

// Open opens the view. A file that does not fit the books is deleted; it is built from the
// beginning as soon as the follower runs.
func Open(ctx context.Context, cfg Config) (*View, error) {
	if cfg.Every <= 0 {
		cfg.Every = EveryDefault
	}
	if cfg.ReadMost <= 0 {
		cfg.ReadMost = ReadMostDefault
	}
	if cfg.Records <= 0 {
		cfg.Records = RecordsDefault
	}
	cfg.Retry, cfg.RetryMost = cmp.Or(cfg.Retry, RetryDefault), cmp.Or(cfg.RetryMost, RetryMostDefault)
	v := &View{cfg: cfg, Progress: newProgress(cfg.Feed, cfg.Now)}
	v.repairs.view, v.repairs.pauses = v, pauses{first: cfg.Retry, most: cfg.RetryMost}
	v.life, v.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := removeDatabase(v.path(buildName)); err != nil {
		return nil, err
	}
	switch _, err := os.Stat(v.path(FileName)); {
	case errors.Is(err, os.ErrNotExist):
		return v, nil
	case err != nil:
		return nil, err
	}
	if why := v.unfit(ctx); why != nil {
		cfg.Log.Warn("the view is deleted and rebuilt from the beginning", "why", why.Error())
		return v, removeDatabase(v.path(FileName))
	}
	if err := v.attach(ctx); err != nil {
		cfg.Log.Warn("the view is deleted and rebuilt from the beginning", "why", err.Error())
		return v, errors.Join(v.detach(), removeDatabase(v.path(FileName)))
	}
	return v, nil
}

func (v *View) path(name string) string { return filepath.Join(v.cfg.Dir, name) }

// identity returns what the file must be of.
func (v *View) identity() identity {
	return identity{books: v.cfg.Books, zone: v.cfg.Zone.String(), schema: schemaVersion()}
}

// unfit returns why the file cannot be used, or nil.
func (v *View) unfit(ctx context.Context) error {
	db, err := openDatabase(v.path(FileName), "rw", pragmasLive)
	if err != nil {
		return err
	}
	of, at, built, err := readMeta(ctx, db)
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("it cannot be read: %w", err)
	}
	switch want := v.identity(); {
	case of.schema != want.schema:
		return errors.New("its tables are those of another build")
	case of.zone != want.zone:
		return errors.New("its days are those of another time zone")
	case of.books != want.books:
		return errors.New("it belongs to other books")
	case !built:
		return errors.New("it was never completed")
	case at.seq > v.cfg.Feed.Seq():
		return errors.New("it has records that the journal does not have")
	case at.seq > 0:
		return sameRecord(ctx, v.cfg.Feed, at)
	}
	return nil
}

// sameRecord returns an error if the journal has another record at the position.
func sameRecord(ctx context.Context, feed store.Feed, at position) error {
	for entry, err := range feed.Records(ctx, at.seq) {
		switch {
		case err != nil:
			return err
		case entry.Seq != at.seq || entry.ID != at.id:
			return errors.New("it has followed another journal")
		}
		return nil
	}
	return errors.New("the journal has no such record")
}

// attach opens the file for writing and for reading. The caller holds writing, or nobody
// else has the View yet.
func (v *View) attach(ctx context.Context) error {
	db, err := openDatabase(v.path(FileName), "rw", pragmasLive)
	if err != nil {
		return err
	}
	v.db = db
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	if v.writer, err = newWriter(ctx, conn, v.cfg.Zone, v.cfg.Currency); err != nil {
		return err
	}
	_, at, _, err := readMeta(ctx, conn)
	if err != nil {
		return err
	}
	if v.inUse, err = filesOf(v.path(FileName)); err != nil {
		return err
	}
	if v.readers, err = openDatabase(v.path(FileName), "ro", pragmasRead); err != nil {
		return err
	}
	v.readers.SetMaxOpenConns(readersMax)
	v.readers.SetMaxIdleConns(readersMax)
	v.pending = newPending(v.cfg.Zone, v.cfg.Number)
	v.moved(at)
	v.repairs.attached()
	return nil
}

// readersMax bounds the reads at once; further ones wait.
const readersMax = 4

// detach closes the file. The caller holds writing and files, or nobody else has the View.
func (v *View) detach() error {
	var errs []error
	if v.readers != nil {
		errs = append(errs, v.readers.Close())
	}
	if v.writer != nil {
		errs = append(errs, v.writer.close())
	}
	if v.db != nil {
		errs = append(errs, v.db.Close())
	}
	v.readers, v.writer, v.db, v.pending = nil, nil, nil, nil
	return errors.Join(errs...)
}

// while returns ctx, which then ends with the View too.
func (v *View) while(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(v.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// Repairs returns how often a file that was in use turned out to be damaged and was
// rebuilt.
func (v *View) Repairs() int64 { return v.repairs.count.Load() }

// Close ends a Rebuild and a Check, and closes the file. What is pending is not written: the
// follower has it written when it ends.
func (v *View) Close() error {
	v.stop()
	v.repairs.close()
	v.building.Lock()
	defer v.building.Unlock()
	v.writing.Lock()
	defer v.writing.Unlock()
	v.files.Lock()
	defer v.files.Unlock()
	return v.detach()
}
