package bolt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
)

// Backup implements store.Copier. It does not delay Apply unless the file outgrows
// Options.MmapInitial meanwhile. Pages that the copy still needs are not reused until it
// ends, so the file may grow.
func (s *Store) Backup(ctx context.Context, out io.Writer) (store.Backup, error) {
	select {
	case <-s.queue.quit:
		return store.Backup{}, store.ErrClosed
	case <-s.queue.broken: // memory may hold pages that the disk does not have
		return store.Backup{}, store.ErrBroken
	default:
	}
	var b store.Backup
	err := guarded(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			kept, err := parseState(keyState, tx.Bucket(bucketMeta).Get(keyState))
			if err != nil {
				return err
			}
			b.Seq, b.Head = kept.seq, kept.head
			b.Bytes, err = tx.WriteTo(untilDone{ctx, out})
			return err
		})
	})
	if err != nil { // bbolt hides that of w
		return store.Backup{}, errors.Join(ctx.Err(), fmt.Errorf("store: backup: %w", err))
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

// BackupTo makes a backup in dir, as NewFile does.
func (s *Store) BackupTo(ctx context.Context, dir string) (b store.Backup, err error) {
	err = NewFile(dir, func(out io.Writer) error {
		b, err = s.Backup(ctx, out)
		return err
	})
	return b, err
}

// VerifyDir verifies the store in dir, which no process may have open, and changes
// nothing there.
func VerifyDir(ctx context.Context, dir string, opts Options) (report store.Report, err error) {
	err = Inspect(dir, opts, func(reader store.Reader) error {
		report, err = reader.(*Store).Verify(ctx)
		return err
	})
	return report, err
}

// restoring is the folder within the new one in which a store is restored.
const restoring = ".restoring"

// Restore verifies the backup in the folder from and copies it to dir, which must be as
// NewFile requires. change is applied to the copy before it gets its name, so that a
// crash leaves either nothing or all of it. The backup is not changed.
func Restore(ctx context.Context, from, dir string, opts Options, change func(*Store) error) (store.Report, error) {
	report, err := VerifyDir(ctx, from, opts)
	if err != nil {
		return report, err
	}
	if len(report.Faults) > 0 {
		return report, damaged("the backup in %s has %d faults; the first: %s", from, len(report.Faults), report.Faults[0])
	}
	return report, inNewDir(dir, func(folder *os.File) error {
		draft := filepath.Join(dir, restoring)
		if err := os.RemoveAll(draft); err != nil { // of a restore that was cut short
			return err
		}
		err := NewFile(draft, func(out io.Writer) error { return copyFile(ctx, out, filepath.Join(from, FileName)) })
		if err == nil {
			err = changed(draft, opts, change)
		}
		if err == nil {
			err = give(filepath.Join(draft, FileName), folder)
		}
		if err == nil {
			err = errors.Join(os.Rename(filepath.Join(draft, FileName), filepath.Join(dir, FileName)), folder.Sync())
		}
		return errors.Join(err, os.RemoveAll(draft))
	})
}

// changed opens the store in dir, has change work on it, and closes it.
func changed(dir string, opts Options, change func(*Store) error) error {
	s, err := Open(dir, opts)
	if err != nil {
		return err
	}
	return errors.Join(change(s), s.Close())
}

func copyFile(ctx context.Context, out io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(untilDone{ctx, out}, file)
	return errors.Join(err, file.Close())
}

// NewFile makes the file of a store in dir from what write writes. dir is a folder of
// mode 0700 without such a file, or does not exist yet. The file is written under
// another name, its pages are checked and it is synced before it gets FileName, so that
// a file of this name is always complete.
func NewFile(dir string, write func(w io.Writer) error) error {
	return inNewDir(dir, func(folder *os.File) error {
		draft := filepath.Join(dir, FileName+".new")
		err := fill(draft, write)
		if err == nil {
			err = checkPages(draft)
		}
		if err == nil {
			err = give(draft, folder)
		}
		if err != nil {
			return errors.Join(err, os.Remove(draft))
		}
		return errors.Join(os.Rename(draft, filepath.Join(dir, FileName)), folder.Sync())
	})
}

// inNewDir makes dir if it is missing, and lets f work in it under its lock unless it
// has a store.
func inNewDir(dir string, f func(folder *os.File) error) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("store: %w", err)
	}
	folder, err := lockDir(dir, 1, nil)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, FileName)
	for _, name := range []string{path, markOf(path)} {
		if _, statErr := os.Lstat(name); !errors.Is(statErr, os.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("store: %s: %w", name, cmp.Or(statErr, os.ErrExist)))
		}
	}
	if err == nil {
		err = f(folder)
	}
	return errors.Join(err, unlock(folder))
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

// give gives a file made by root to the owner of its folder, so that the daemon can
// open it.
func give(path string, folder *os.File) error {
	info, err := folder.Stat()
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return os.Lchown(path, int(owner.Uid), int(owner.Gid))
}
