package view

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// errLost says that the file in use is no longer where it was.
var errLost = errors.New("its file was deleted, replaced or emptied")

// errContradiction says that the file does not hold what was written into it.
var errContradiction = errors.New("it does not hold what was written into it")

// damage reports whether an error says that the file in use is of no use any more. One that
// may pass, such as that of a full disk or of a question that took too long, does not.
func damage(err error) bool {
	return errors.Is(err, errLost) || errors.Is(err, errContradiction) || isSQLite(err, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR)
}

// isSQLite reports whether an error is one of SQLite's, of one of these kinds.
func isSQLite(err error, kinds ...int) bool {
	const kind = 0xff // the part of a code that tells it
	var failed *sqlite.Error
	return errors.As(err, &failed) && slices.Contains(kinds, failed.Code()&kind)
}

// written adds to an error of writing what it shows: that a row is there although the
// journal has only now told of it, or that the file cannot be written to.
func written(err error) error {
	if isSQLite(err, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_READONLY) {
		return fmt.Errorf("%w: %w", errContradiction, err)
	}
	return err
}

// positionRead adds to an error of reading the position what it shows: every sound file has
// the table of it.
func positionRead(err error) error {
	if isSQLite(err, sqlite3.SQLITE_ERROR) {
		return fmt.Errorf("%w: %w", errContradiction, err)
	}
	return err
}

// inUse holds the files of the database in use, as they were when it was opened.
type inUse []os.FileInfo

// heldSuffixes are the suffixes of the files that must stay while a database is open. If one
// of them is deleted, SQLite goes on with a file that the next process will not see.
var heldSuffixes = [...]string{"", "-wal"}

// filesOf returns the files of an open database.
func filesOf(path string) (files inUse, err error) {
	for _, suffix := range heldSuffixes {
		info, err := os.Stat(path + suffix)
		if err != nil {
			return nil, err
		}
		files = append(files, info)
	}
	return files, nil
}

// lost returns errLost if the files are no longer the ones that were opened.
func (f inUse) lost(path string) error {
	for i, was := range f {
		switch info, err := os.Stat(path + heldSuffixes[i]); {
		case errors.Is(err, os.ErrNotExist):
			return errLost
		case err == nil && (!os.SameFile(was, info) || i == 0 && info.Size() == 0):
			return errLost
		}
	}
	return nil
}

// repairs notes that the file in use is damaged, and has it rebuilt.
type repairs struct {
	view  *View
	count atomic.Int64 // files that were damaged

	mu     sync.Mutex
	file   int  // which file is in use, counted since Open
	broken bool // that file is damaged
	closed bool
	pauses pauses
	under  sync.WaitGroup // the repair that is under way
}

// attached notes that another file is in use.
func (r *repairs) attached() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.file, r.broken = r.file+1, false
}

// current returns which file is in use, and whether it is damaged.
func (r *repairs) current() (file int, broken bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.file, r.broken
}

// found has a file rebuilt if err says that it is damaged, and reports whether it does.
// Of many who find the same file damaged, only the first counts.
func (r *repairs) found(file int, err error) bool {
	if !damage(err) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.broken || file != r.file {
		return true
	}
	r.broken = true
	r.count.Add(1)
	r.view.cfg.Log.Error("the view is damaged and is being rebuilt from the ledger; lists and searches wait for it, payments do not", "why", err.Error())
	r.under.Go(r.run)
	return true
}

// run deletes the damaged file, so that a restart does not use it, and builds another.
func (r *repairs) run() {
	v := r.view
	v.building.Lock() // a check may still read it
	err := r.abandon()
	v.building.Unlock()
	if err != nil {
		v.cfg.Log.Warn("the damaged view could not be deleted; it will be replaced once a new one is complete", "err", err)
	}
	if err := r.build(v.life); err == nil {
		v.cfg.Log.Info("the view was rebuilt", "record", v.AsOf().Seq)
	}
}

// build builds a file, unless somebody else has done so. After each failure it waits longer
// before it tries again. The error is that of ctx.
func (r *repairs) build(ctx context.Context) error {
	for {
		pause := r.pause()
		if !rest(ctx, pause) {
			return ctx.Err()
		}
		err := r.buildOnce(ctx)
		if r.ended(); err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		r.view.failed(ctx)
		r.view.cfg.Log.Error("the view could not be built; this will be tried again", "err", err.Error())
	}
}

// abandon closes the file in use and deletes it. The caller holds building.
func (r *repairs) abandon() error {
	v := r.view
	v.writing.Lock()
	defer v.writing.Unlock()
	v.files.Lock()
	defer v.files.Unlock()
	_ = v.detach() // that the file is damaged is known already
	return removeDatabase(v.path(FileName))
}

// buildOnce builds a file, unless there is one.
func (r *repairs) buildOnce(ctx context.Context) error {
	v := r.view
	v.building.Lock()
	defer v.building.Unlock()
	if v.complete() {
		return nil
	}
	if end := v.cfg.Feed.Seq(); end > 0 {
		v.cfg.Log.Info("the view is being built", "records", end)
	}
	_, err := v.renew(ctx, nil)
	return err
}

// pause returns how long to wait before the next attempt to build a file.
func (r *repairs) pause() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pauses.next(r.view.cfg.Now())
}

// ended notes that an attempt has ended.
func (r *repairs) ended() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pauses.last = r.view.cfg.Now()
}

// forget makes the next pause a short one again.
func (r *repairs) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pauses.last = time.Time{}
}

// close waits for the repair that is under way, which the end of the View's life ends.
func (r *repairs) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.under.Wait()
}

// pauses says how long to wait before something is tried once more. The first attempt is
// made at once, and each later one waits twice as long, until for a while nothing has had to
// be tried.
type pauses struct {
	first, most time.Duration
	wait        time.Duration // before the next attempt
	last        time.Time     // end of the last attempt; zero: there was none
}

// next returns how long to wait before an attempt.
func (p *pauses) next(now time.Time) time.Duration {
	if p.last.IsZero() || now.Sub(p.last) > 2*p.most {
		p.wait = 0
	}
	wait := p.wait
	p.wait = min(max(p.first, 2*p.wait), p.most)
	return wait
}

// rest waits, and reports false if ctx ended meanwhile.
func rest(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// complete reports whether there is a complete file.
func (v *View) complete() bool {
	v.writing.Lock()
	defer v.writing.Unlock()
	return v.pending != nil
}
