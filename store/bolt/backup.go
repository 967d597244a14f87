package bolt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// Backup says what a copy of the store holds.
type Backup struct {
	Seq   uint64   // of the last Cmd
	Head  [32]byte // of the journal's chain at Seq
	Bytes int64    // size of the file
}

// Backup writes a copy of the file to w, as it was after one commit. Each Cmd that
// was acknowledged before the call is in it. It holds up no Apply, unless the file
// outgrows Options.MmapInitial meanwhile; pages that the copy still needs are not
// used again until it ends, so the file may grow. An error leaves w with a part that
// does not open.
func (s *Store) Backup(ctx context.Context, w io.Writer) (Backup, error) {
	select {
	case <-s.quit:
		return Backup{}, store.ErrClosed
	case <-s.broken: // memory may hold pages that the disk does not have
		return Backup{}, store.ErrBroken
	default:
	}
	var b Backup
	err := guarded(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			kept, err := parseState(keyState, tx.Bucket(bucketMeta).Get(keyState))
			if err != nil {
				return err
			}
			b.Seq, b.Head = kept.seq, kept.head
			b.Bytes, err = tx.WriteTo(untilDone{ctx, w})
			return err
		})
	})
	if err != nil { // bbolt hides that of w
		return Backup{}, errors.Join(ctx.Err(), fmt.Errorf("store: backup: %w", err))
	}
	return b, nil
}

// untilDone is a writer that ends with its context.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

func (u untilDone) Write(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.w.Write(b)
}

// BackupTo makes a backup in dir, a folder of mode 0700 that has no store yet or is
// missing. The copy is complete and on the disk once its name is FileName.
func (s *Store) BackupTo(ctx context.Context, dir string) (b Backup, err error) {
	err = newFile(dir, func(w io.Writer) error {
		b, err = s.Backup(ctx, w)
		return err
	})
	return b, err
}

// Restore verifies the backup in the folder from, as VerifyDir does, and copies it to
// dir, which must be as in BackupTo. The backup is left as it is.
func Restore(ctx context.Context, from, dir string, opts Options) (store.Report, error) {
	report, err := VerifyDir(ctx, from, opts)
	if err != nil {
		return report, err
	}
	if len(report.Faults) > 0 {
		return report, damaged("the backup in %s has %d faults; the first: %s", from, len(report.Faults), report.Faults[0])
	}
	return report, newFile(dir, func(w io.Writer) error {
		file, err := os.Open(filepath.Join(from, FileName))
		if err != nil {
			return err
		}
		_, err = io.Copy(untilDone{ctx, w}, file)
		return errors.Join(err, file.Close())
	})
}

// VerifyDir verifies the store in dir, which no process may have open, and changes
// nothing there.
func VerifyDir(ctx context.Context, dir string, opts Options) (report store.Report, err error) {
	err = Inspect(dir, opts, func(r store.Reader) error {
		report, err = r.(*Store).Verify(ctx)
		return err
	})
	return report, err
}

// newFile makes the file of a store in dir under another name, checks its pages,
// syncs it and renames it, as create does. The folder is locked meanwhile.
func newFile(dir string, write func(w io.Writer) error) (err error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("store: %w", err)
	}
	folder, err := lockDir(dir, 1, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock(folder)) }()
	path := filepath.Join(dir, FileName)
	for _, name := range []string{path, markOf(path)} {
		if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("store: %s is there already: %w", name, errors.Join(err, os.ErrExist))
		}
	}
	draft := path + ".new"
	if err = fill(draft, write); err == nil {
		err = checkPages(draft)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	return errors.Join(os.Rename(draft, path), folder.Sync())
}

// fill writes a file that only its owner may read, and syncs it.
func fill(path string, write func(w io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
