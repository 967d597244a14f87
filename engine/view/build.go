package view

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"mpg/store"
)

// Rebuilt says what a Rebuild has done.
type Rebuilt struct {
	Records uint64 `json:"records"` // of the journal, all of which were read
}

// Rebuild builds a new file beside the one in use, which is read and followed meanwhile, and
// replaces it. progress is told how many records were read, and of how many. The error is
// ErrBuilding if a file is being built already.
func (v *View) Rebuild(ctx context.Context, progress func(read, of uint64)) (Rebuilt, error) {
	if !v.building.TryLock() {
		return Rebuilt{}, ErrBuilding
	}
	defer v.building.Unlock()
	ctx, done := v.while(ctx)
	defer done()
	file, _ := v.repairs.current()
	rebuilt, err := v.renew(ctx, progress)
	if err != nil && !v.complete() {
		v.repairs.found(file, fmt.Errorf("%w: %w", errLost, err)) // the old file was closed, and the new one could not be opened
	}
	return rebuilt, err
}

// renew builds a new file and puts it in place of the one in use, if there is one. The
// caller holds building.
func (v *View) renew(ctx context.Context, progress func(read, of uint64)) (Rebuilt, error) {
	b, err := newBuild(ctx, v)
	if err != nil {
		return Rebuilt{}, err
	}
	b.progress = progress
	if err := b.whole(ctx); err != nil {
		return Rebuilt{}, errors.Join(err, b.drop())
	}
	return Rebuilt{Records: b.at.seq}, nil
}

// replace puts a file that was built in place of the one in use. The caller holds writing.
func (v *View) replace(ctx context.Context, b *build) error {
	if err := b.close(); err != nil {
		return err
	}
	v.files.Lock()
	defer v.files.Unlock()
	if err := v.detach(); err != nil {
		v.cfg.Log.Warn("the view that is being replaced was not closed properly", "err", err.Error())
	}
	err := removeDatabase(v.path(FileName))
	if err == nil {
		err = os.Rename(v.path(buildName), v.path(FileName))
	}
	if err != nil {
		return err
	}
	return v.attach(context.WithoutCancel(ctx))
}

// build is a file that is being built. Nobody reads it.
type build struct {
	view     *View
	db       *sql.DB
	writer   *writer
	at       position
	progress func(read, of uint64) // nil: nobody asks
}

// newBuild makes an empty file.
func newBuild(ctx context.Context, v *View) (*build, error) {
	path := v.path(buildName)
	if err := createDatabase(path); err != nil {
		return nil, err
	}
	db, err := openDatabase(path, "rw", pragmasBuild)
	if err != nil {
		return nil, err
	}
	b := &build{view: v, db: db}
	conn, err := db.Conn(ctx)
	if err == nil {
		err = makeTables(ctx, conn, v.identity())
	}
	if err == nil {
		b.writer, err = newWriter(ctx, conn, v.cfg.Zone, v.cfg.Currency)
	}
	if err != nil {
		return nil, errors.Join(err, b.drop())
	}
	return b, nil
}

// whole fills the file up to the end of the journal, and puts it in place. Following goes on
// meanwhile, except during the last few records. All records there are get read, so that it
// does not matter if the follower was given some while there was no file to write them to.
func (b *build) whole(ctx context.Context) error {
	v := b.view
	for _, then := range [...]func(context.Context) error{b.finish, func(context.Context) error { return nil }} {
		v.writing.Lock()
		last := b.end()
		v.writing.Unlock()
		if err := errors.Join(b.fill(ctx, last), then(ctx)); err != nil {
			return err
		}
	}
	v.writing.Lock()
	defer v.writing.Unlock()
	if err := b.fill(ctx, b.end()); err != nil {
		return err
	}
	return v.replace(ctx, b)
}

// end returns the number of the last record there is. The caller holds writing.
func (b *build) end() uint64 {
	end := b.view.cfg.Feed.Seq()
	if b.view.pending != nil {
		end = max(end, b.view.taken())
	}
	return end
}

// fill reads the records up to a number, in one goroutine, and writes them in another.
func (b *build) fill(ctx context.Context, last uint64) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	b.view.built(b.at.seq, last)
	parts := make(chan *pending, 1)
	go func() {
		defer close(parts)
		if err := b.read(ctx, last, parts); err != nil {
			stop(err)
		}
	}()
	for part := range parts {
		if err := b.writer.write(context.WithoutCancel(ctx), part); err != nil {
			stop(err)
			for range parts { // until the reader has ended
			}
			return err
		}
		b.at = part.last
		b.view.built(b.at.seq, last)
		if b.progress != nil {
			b.progress(b.at.seq, last)
		}
	}
	return context.Cause(ctx)
}

// read sends the records up to a number in parts.
func (b *build) read(ctx context.Context, last uint64, parts chan<- *pending) error {
	cfg := &b.view.cfg
	part := newPending(cfg.Zone, cfg.Number)
	send := func() error {
		if part.records == 0 {
			return nil
		}
		select {
		case parts <- part:
			part = newPending(cfg.Zone, cfg.Number)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for entry, err := range records(ctx, cfg.Feed, b.at.seq+1, last) {
		if err != nil {
			return err
		}
		if err := part.take(&entry); err != nil {
			return err
		}
		if part.records >= cfg.Records || part.size >= bytesMax {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return send()
}

// records walks the records from one to another.
func records(ctx context.Context, feed store.Feed, first, last uint64) func(yield func(store.Entry, error) bool) {
	return func(yield func(store.Entry, error) bool) {
		if first > last {
			return
		}
		for entry, err := range feed.Records(ctx, first) {
			if err == nil && entry.Seq > last || !yield(entry, err) {
				return
			}
		}
	}
}

// finish makes the indexes, and marks the file as complete.
func (b *build) finish(ctx context.Context) error {
	if _, err := b.writer.conn.ExecContext(ctx, indexes); err != nil {
		return err
	}
	return b.writer.exec(ctx, "meta", 1, metaBuilt)
}

// close closes the file once all of it is on the disk.
func (b *build) close() error {
	err := errors.Join(b.writer.close(), b.db.Close())
	b.writer, b.db = nil, nil
	if err != nil {
		return err
	}
	file, err := os.OpenFile(b.view.path(buildName), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// drop removes a file that was not completed.
func (b *build) drop() error {
	var errs []error
	if b.writer != nil {
		errs = append(errs, b.writer.close())
	}
	if b.db != nil {
		errs = append(errs, b.db.Close())
	}
	return errors.Join(append(errs, removeDatabase(b.view.path(buildName)))...)
}
