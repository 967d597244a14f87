package conf

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Rights that access(2) asks about.
const (
	mayRead  = 4
	mayWrite = 2
	mayEnter = 1
)

// ledgerFiles matches the ledger in data_dir and the store's files beside it.
const ledgerFiles = "ledger*"

// usable reports why this user lacks some of the rights to path. The kernel decides, so
// that read-only file systems and access lists count.
func usable(path string, rights uint32) error {
	if err := syscall.Access(path, rights); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// makeable reports why the folder at path, and those above it, cannot be made.
func makeable(path string) error {
	above := filepath.Dir(path)
	info, err := os.Stat(above)
	switch {
	case os.IsNotExist(err) && above != path:
		return makeable(above)
	case err != nil:
		return plain(err)
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", above)
	}
	return usable(above, mayWrite|mayEnter)
}
