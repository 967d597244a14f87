package view

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Read calls fn with a transaction that sees the view as of one record, and changes nothing.
// All that fn asks must be answered within Config.ReadMost. The error is ErrBuilding while
// there is no complete view, ErrDamaged if the file turns out to be of no use, ErrSlow, or
// fn's.
func (v *View) Read(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx, as AsOf) error) error {
	v.files.RLock()
	defer v.files.RUnlock()
	limited, cancel := context.WithTimeoutCause(ctx, v.cfg.ReadMost, ErrSlow)
	defer cancel()
	err := v.read(limited, fn)
	if err != nil && errors.Is(context.Cause(limited), ErrSlow) {
		return fmt.Errorf("%w (%w)", ErrSlow, err)
	}
	return err
}

// read does what Read does. The caller holds files or building, so that the file stays.
func (v *View) read(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx, as AsOf) error) error {
	file, broken := v.repairs.current()
	if v.readers == nil || broken {
		return v.absent()
	}
	err := v.inUse.lost(v.path(FileName))
	if err == nil {
		err = readFile(ctx, v.readers, fn)
	}
	if v.repairs.found(file, err) {
		return ErrDamaged
	}
	return err
}

// readFile calls fn with a transaction on a file.
func readFile(ctx context.Context, readers *sql.DB, fn func(ctx context.Context, tx *sql.Tx, as AsOf) error) error {
	tx, err := readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it has changed nothing
	_, at, _, err := readMeta(ctx, tx)
	if err != nil {
		return positionRead(err)
	}
	return fn(ctx, tx, AsOf{at.seq, at.at})
}
