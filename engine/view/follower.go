package view

import (
	"context"
	"fmt"

	"mpg/engine/follow"
	"mpg/store"
)

// Follower returns the view as a follower of the journal.
func (v *View) Follower() follow.Follower {
	return follow.Follower{Name: "view", From: v.from, Take: v.take, Keep: v.keep, Every: v.cfg.Every}
}

// from builds the file if there is none, and returns how far it has come.
func (v *View) from(ctx context.Context) (uint64, error) {
	ctx, done := v.while(ctx)
	defer done()
	if !v.complete() {
		if err := v.repairs.build(ctx); err != nil {
			return 0, err
		}
		v.repairs.forget()
	}
	at, _ := v.at()
	return at.seq, nil
}

// take adds a record to what is pending. What is pending is written first if it has become
// too much, so that a disk that is full does not fill the memory too.
func (v *View) take(ctx context.Context, entry *store.Entry) error {
	return v.follow(ctx, func() error {
		if v.pending.records >= v.cfg.Records || v.pending.size >= bytesMax {
			if err := v.write(ctx); err != nil {
				return err
			}
		}
		switch taken := v.taken(); {
		case entry.Seq <= taken:
			return nil // it came before
		case entry.Seq > taken+1:
			return fmt.Errorf("view: record %d follows %d: those in between are missing", entry.Seq, taken)
		}
		if err := v.pending.take(entry); err != nil {
			return err
		}
		if v.pending.empty() { // nothing to write, so it is as good as written
			v.moved(v.pending.last)
		}
		return nil
	})
}

// keep writes what is pending.
func (v *View) keep(ctx context.Context, _ uint64) error {
	return v.follow(ctx, func() error {
		if err := v.inUse.lost(v.path(FileName)); err != nil {
			return err
		}
		return v.write(ctx)
	})
}

// follow does a part of the work of following. While there is no file, or the one there is
// turns out to be damaged, nothing has to be done: the next one is built from the journal,
// up to its end.
func (v *View) follow(ctx context.Context, do func() error) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	file, broken := v.repairs.current()
	if v.pending == nil || broken {
		return nil
	}
	err := do()
	if err == nil {
		return nil
	}
	v.failed(ctx)
	if v.repairs.found(file, err) {
		return nil
	}
	return err
}

// write writes what is pending. After an error it is still pending. The caller holds
// writing.
func (v *View) write(ctx context.Context) error {
	if v.pending.empty() {
		return nil
	}
	if err := v.writer.write(context.WithoutCancel(ctx), v.pending); err != nil {
		return written(err)
	}
	v.moved(v.pending.last)
	v.pending = newPending(v.cfg.Zone, v.cfg.Number)
	return nil
}

// taken returns the number of the last record that was taken. The caller holds writing.
func (v *View) taken() uint64 {
	at, _ := v.at()
	return max(at.seq, v.pending.last.seq)
}
