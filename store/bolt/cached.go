package bolt

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

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
