package bolt

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// markOf returns the path of the mark, a file that exists while a process has the
// store open. A mark found when opening was left by a process that was killed, or
// whose commit failed: the kernel's memory may then hold pages of the file that are
// not on the disk. The mark needs no sync, as a power cut empties that memory.
func markOf(path string) string { return path + ".open" }

// beginOpen marks the file as open. If the last owner left it marked, what is read
// next comes from the disk.
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

// endOpen removes the mark once everything written is on the disk.
func endOpen(path string) error {
	return os.Remove(markOf(path))
}

// dropCached makes what is read from the file next come from the disk. When an fsync
// fails, Linux marks the pages as clean nevertheless, and a later read finds in
// memory what the disk does not have: a start that believed it would build on pages
// that the next power cut takes away. So dirty pages are written first, and clean
// ones are then dropped: posix_fadvise(2), POSIX_FADV_DONTNEED.
func dropCached(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) // so that fsync(2) reports write-back errors
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	err = f.Sync()
	if err == nil {
		err = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	}
	if errors.Is(err, unix.ESPIPE) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		err = nil // the file system does not cache pages
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("store: writing %s to the disk: %w", path, err)
	}
	return nil
}
