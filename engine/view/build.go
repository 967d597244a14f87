package view

import (
	"context"
	"database/sql"
	"errors"
	"os"

	"mpg/store"
)

// begin builds the file from the beginning up to the end of the journal, and opens it.
func (v *View) begin(ctx context.Context) error {
	if !v.building.TryLock() {
		return ErrBuilding
	}
	defer v.building.Unlock()
	b, err := v.newBuild(ctx)
	if err != nil {
		return err
	}
	end := v.cfg.Feed.Seq()
	if end > 0 {
		v.cfg.Log.Info("the view is being built", "records", end)
	}
	if err := errors.Join(b.fill(ctx, end), b.finish(ctx)); err != nil {
		return errors.Join(err, b.drop())
	}
	v.writing.Lock()
	defer v.writing.Unlock()
	return v.replace(ctx, b)
}

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
	b, err := v.newBuild(ctx)
	if err != nil {
		return Rebuilt{}, err
	}
	b.progress = progress
	if err := v.rebuild(ctx, b); err != nil {
		return Rebuilt{}, errors.Join(err, b.drop())
	}
	return Rebuilt{Records: b.at.seq}, nil
}

// rebuild fills the new file up to the record that the one in use has come to. Following
// goes on but for the last few records.
func (v *View) rebuild(ctx context.Context, b *build) error {
	end := func() (uint64, error) {
		v.writing.Lock()
		defer v.writing.Unlock()
		if v.pending == nil {
			return 0, ErrBuilding
		}
		return v.taken(), nil
	}
	for _, then := range [...]func(context.Context) error{b.finish, func(context.Context) error { return nil }} {
		last, err := end()
		if err != nil {
			return err
		}
		if err := errors.Join(b.fill(ctx, last), then(ctx)); err != nil {
			return err
		}
	}
	v.writing.Lock()
	defer v.writing.Unlock()
	if v.pending == nil {
		return ErrBuilding
	}
	if err := b.fill(ctx, v.taken()); err != nil {
		return err
	}
	return v.replace(ctx, b)
}

// replace puts a file that was built in place of the one in use. The caller holds writing.
func (v *View) replace(ctx context.Context, b *build) error {
	if err := b.close(); err != nil {
		return err
	}
	v.files.Lock()
	defer v.files.Unlock()
	err := errors.Join(v.detach(), removeDatabase(v.path(FileName)))
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
func (v *View) newBuild(ctx context.Context) (*build, error) {
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

// fill reads the records up to a number, in one goroutine, and writes them in another.
func (b *build) fill(ctx context.Context, last uint64) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
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
