package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mpg/store"
)

// LockedError is the store.ErrLocked of Open: another process has the folder.
type LockedError struct {
	Dir     string
	Holders []string // such as "mpg (process 4711)"; only processes that this user may see
}

// Error names the folder and who holds it.
func (e *LockedError) Error() string {
	text := fmt.Sprintf("%v: %s", store.ErrLocked, e.Dir)
	if len(e.Holders) > 0 {
		text += ", held by " + strings.Join(e.Holders, ", ")
	}
	return text
}

// Unwrap returns store.ErrLocked.
func (e *LockedError) Unwrap() error { return store.ErrLocked }

// lockDir checks that only its owner can read the folder, and locks it for this
// process until the file is closed. It tries for a while: if the last owner was
// killed just after forking a child, the child holds a copy of the descriptor until
// its exec, which takes long on a busy machine.
func lockDir(dir string, tries int, sleep func(time.Duration)) (*os.File, error) {
	f, err := openDir(dir)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch tries--; {
		case err == nil:
			return f, nil
		case !errors.Is(err, unix.EWOULDBLOCK):
			return nil, errors.Join(fmt.Errorf("store: locking %s: %w", dir, err), f.Close())
		case tries <= 0:
			return nil, errors.Join(&LockedError{dir, holders(f)}, f.Close())
		}
		sleep(lockPause)
	}
}

func openDir(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.IsDir():
		err = fmt.Errorf("store: %s is not a folder", dir)
	case info.Mode().Perm()&0o077 != 0:
		err = fmt.Errorf("store: others may open %s (mode %04o); make it 0700", dir, info.Mode().Perm())
	default:
		return f, nil
	}
	return nil, errors.Join(err, f.Close())
}

// unlock releases the folder. Closing it would not do: a child that was just forked
// holds a copy of the descriptor until its exec.
func unlock(dir *os.File) error {
	return errors.Join(unix.Flock(int(dir.Fd()), unix.LOCK_UN), dir.Close())
}

// holders names the processes that have a lock on the folder, which proc(5) shows
// in fdinfo. Those of other users may be invisible.
func holders(dir *os.File) []string {
	ours, err := dir.Stat()
	if err != nil {
		return nil
	}
	infos, _ := filepath.Glob("/proc/[0-9]*/fdinfo/*") // the pattern is right
	var found []string
	for _, info := range infos {
		parts := strings.Split(info, "/") // "", proc, PID, fdinfo, FD
		opened, err := os.Stat(filepath.Join("/proc", parts[2], "fd", parts[4]))
		if err != nil || !os.SameFile(ours, opened) {
			continue
		}
		text, err := os.ReadFile(info)
		if err != nil || !strings.Contains(string(text), "FLOCK") {
			continue
		}
		name, err := os.ReadFile(filepath.Join("/proc", parts[2], "comm"))
		if err != nil {
			continue
		}
		found = append(found, fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), parts[2]))
	}
	slices.Sort(found)
	return slices.Compact(found)
}
