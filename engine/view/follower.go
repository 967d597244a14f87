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
	v.writing.Lock()
	open := v.pending != nil
	v.writing.Unlock()
	if !open {
		if err := v.begin(ctx); err != nil {
			v.failed(ctx)
			return 0, err
		}
	}
	at, _ := v.at()
	return at.seq, nil
}

// take adds a record to what is pending. What is pending is written first if it has become
// too much, so that a disk that is full does not fill the memory too.
func (v *View) take(ctx context.Context, entry *store.Entry) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	err := v.takeLocked(ctx, entry)
	if err != nil {
		v.failed(ctx)
	}
	return err
}

func (v *View) takeLocked(ctx context.Context, entry *store.Entry) error {
	if v.pending == nil { // a file that was being replaced could not be opened
		if err := v.attach(ctx); err != nil {
			return err
		}
	}
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
}

// keep writes what is pending.
func (v *View) keep(ctx context.Context, _ uint64) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	err := v.write(ctx)
	if err != nil {
		v.failed(ctx)
	}
	return err
}

// write writes what is pending. After an error it is still pending. The caller holds
// writing.
func (v *View) write(ctx context.Context) error {
	if v.pending == nil || v.pending.empty() {
		return nil
	}
	if err := v.writer.write(context.WithoutCancel(ctx), v.pending); err != nil {
		return err
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
