package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// meeting is how `mpg phone` finds a running demo: a file that only its owner
// can read, because the token in it is a key to the handsets.
type meeting struct {
	URL   string `json:"url"` // of the page, without the token
	Token string `json:"token"`
}

const meetingName = "mpg-demo.json"

// ErrNoDemo says that no running demo was found.
var ErrNoDemo = errors.New("no demo is running")

// ErrAddress says that the page cannot have such an address.
var ErrAddress = errors.New("this is not a loopback address with a port")

// ErrTaken says that another program has the page's address.
var ErrTaken = errors.New("the address is in use")

// meetingPlace is the file's path: in the user's runtime directory, else in a
// folder of the user's own among the temporary files.
func meetingPlace() string {
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return filepath.Join(dir, meetingName)
	}
	return filepath.Join(os.TempDir(), fmt.Sprintf("mpg-%d", os.Getuid()), meetingName)
}

// meetingOf returns the path of the file of the demo on a port, beside the one at place.
func meetingOf(place, port string) string {
	return filepath.Join(filepath.Dir(place), strings.TrimSuffix(meetingName, ".json")+"-"+port+".json")
}

// answerMax is how long a demo may take to show that it is still running.
const answerMax = 2 * time.Second

// runs reports whether the demo is still running. One that answers too slowly counts as
// running.
func (m meeting) runs(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, answerMax)
	defer cancel()
	_, err := join(ctx, m, "")
	return err == nil || ctx.Err() != nil
}

// claim puts the file at path unless a running demo has put its own there, and reports
// whether it did.
func (m meeting) claim(ctx context.Context, path string) (bool, error) {
	if other, err := readMeeting(path); err == nil && other.runs(ctx) {
		return false, nil
	}
	return true, m.write(path)
}

// findMeeting finds a demo by its port or its mpg.toml, or, if which is empty, the one
// at place or else the only one that is running.
func findMeeting(ctx context.Context, place, which string) (meeting, error) {
	switch {
	case which == "":
		if m, err := readMeeting(place); err == nil && m.runs(ctx) {
			return m, nil
		} else if err != nil && !errors.Is(err, ErrNoDemo) {
			return meeting{}, err
		}
		return onlyMeeting(ctx, place)
	case allIn(which, "0123456789"):
		return namedMeeting(ctx, place, meetingOf(place, which), "no demo has port "+which)
	}
	return namedMeeting(ctx, place, filepath.Join(filepath.Dir(which), meetingName), "no demo has "+which)
}

// namedMeeting reads the file of the demo that was named. Where that one does not
// run, and others do, the error says which.
func namedMeeting(ctx context.Context, place, file, missing string) (meeting, error) {
	m, err := readMeeting(file)
	if err == nil && m.runs(ctx) {
		return m, nil
	}
	if err != nil && !errors.Is(err, ErrNoDemo) {
		return meeting{}, err
	}
	_, ports, err := runningMeetings(ctx, place)
	switch {
	case err != nil:
		return meeting{}, err
	case len(ports) == 0:
		return meeting{}, ErrNoDemo
	}
	return meeting{}, fmt.Errorf("%s; those that run have %s", missing, strings.Join(ports, ", "))
}

// runningMeetings finds every demo that runs, and its port.
func runningMeetings(ctx context.Context, place string) (found []meeting, ports []string, err error) {
	files, err := filepath.Glob(meetingOf(place, "*"))
	for _, file := range files {
		if m, err := readMeeting(file); err == nil && m.runs(ctx) {
			found = append(found, m)
			ports = append(ports, m.URL[strings.LastIndex(m.URL, ":")+1:])
		}
	}
	return found, ports, err
}

// onlyMeeting finds the running demo, if there is just one.
func onlyMeeting(ctx context.Context, place string) (meeting, error) {
	found, ports, err := runningMeetings(ctx, place)
	switch {
	case err != nil:
		return meeting{}, err
	case len(found) == 0:
		return meeting{}, ErrNoDemo
	case len(found) == 1:
		return found[0], nil
	}
	return meeting{}, fmt.Errorf("several demos are running: choose one by its port with --demo: %s", strings.Join(ports, ", "))
}

// write puts the file at path, whole or not at all.
func (m meeting) write(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := own(filepath.Dir(path), 0o022); err != nil {
		return err
	}
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), meetingName+".*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}

// remove takes the file away unless another demo has put its own there.
func (m meeting) remove(path string) error {
	if there, err := readMeeting(path); err != nil || there != m {
		return nil
	}
	return os.Remove(path)
}

// readMeeting reads the file and refuses one that somebody else may have put
// there or may read.
func readMeeting(path string) (meeting, error) {
	var m meeting
	if err := own(path, 0o077); errors.Is(err, fs.ErrNotExist) {
		return m, ErrNoDemo
	} else if err != nil {
		return m, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(data, &m); err != nil || m.URL == "" || m.Token == "" {
		return m, fmt.Errorf("%s is not a demo's: %w", path, ErrNoDemo)
	}
	return m, nil
}

// own refuses a path that is a link, another user's, or open to others by any
// of the bits.
func own(path string, bits fs.FileMode) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	sys, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a link", path)
	case ok && int(sys.Uid) != os.Getuid():
		return fmt.Errorf("%s belongs to another user", path)
	case info.Mode().Perm()&bits != 0:
		return fmt.Errorf("%s is open to other users", path)
	}
	return nil
}
