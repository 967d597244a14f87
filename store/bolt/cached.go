package bolt

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// markOf names the mark: a file beside the store's while a process has that open.
// One that is found at an open was left by a process that was killed, or whose
// commit failed: what memory holds of the file may then not be on the disk. The
// mark needs no sync, for after a power cut memory is empty anyway.
func markOf(path string) string { return path + ".open" }

// beginOpen marks the file as open. If the last owner has left it so, what is
// read next comes from the disk.
func beginOpen(path string) error {
	mark := markOf(path)
	_, err := os.Stat(mark)
	switch {
	case err == nil:
		return dropCached(path)
	case !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("store: %w", err)
	}
	f, err := os.OpenFile(mark, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return f.Close()
}

// endOpen takes the mark away after all that was written is on the disk.
func endOpen(path string) error {
	return os.Remove(markOf(path))
}

// dropCached makes what is read from the file next come from the disk. Where an
// fsync fails, Linux marks the pages as clean all the same, and a later read finds
// in memory what the disk has not: a start that believed it would build on pages
// that the next power cut takes away. So what is still dirty is written first, and
// what is clean then is dropped: posix_fadvise(2), POSIX_FADV_DONTNEED.
func dropCached(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) // for fsync(2) to report an error of writing back
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	err = f.Sync()
	if err == nil {
		err = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	}
	if errors.Is(err, unix.ESPIPE) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		err = nil // the file system has no such pages to drop
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("store: writing %s to the disk: %w", path, err)
	}
	return nil
}
