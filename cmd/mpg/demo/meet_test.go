package demo

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMeeting(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "own", meetingName)
	first := meeting{URL: "http://127.0.0.1:1", Token: "one"}
	second := meeting{URL: "http://127.0.0.1:2", Token: "two"}
	for _, m := range []meeting{first, second} {
		if err := m.write(path); err != nil {
			t.Fatal(err)
		}
		if got, err := readMeeting(path); err != nil || got != m {
			t.Fatalf("read %+v, %v; want %+v", got, err, m)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v; want 0600", info.Mode(), err)
	}
	if err := first.remove(path); err != nil {
		t.Error(err)
	}
	if got, err := readMeeting(path); err != nil || got != second {
		t.Errorf("the first demo's end took the second's file: %v", err)
	}
	if err := second.remove(path); err != nil {
		t.Error(err)
	}
	if _, err := readMeeting(path); !errors.Is(err, ErrNoDemo) {
		t.Errorf("after the end: %v, want ErrNoDemo", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestMeetingIsOnesOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if err := (meeting{URL: "http://127.0.0.1:1", Token: "one"}).write(good); err != nil {
		t.Fatal(err)
	}
	link, open, empty := filepath.Join(dir, "link"), filepath.Join(dir, "open"), filepath.Join(dir, "empty")
	if err := os.Symlink(good, link); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for path, mode := range map[string]os.FileMode{open: 0o644, empty: 0o600} {
		if path == empty {
			data = []byte("{}")
		}
		if err := errors.Join(os.WriteFile(path, data, 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{link, open, empty, filepath.Join(dir, "missing")} {
		if m, err := readMeeting(path); err == nil {
			t.Errorf("%s was read: %+v", filepath.Base(path), m)
		}
	}
	wide := filepath.Join(t.TempDir(), "wide")
	if err := errors.Join(os.Mkdir(wide, 0o700), os.Chmod(wide, 0o777)); err != nil {
		t.Fatal(err)
	}
	if err := (meeting{URL: "u", Token: "t"}).write(filepath.Join(wide, meetingName)); err == nil {
		t.Error("a token was written into a folder open to all")
	}
}

// TestMeetingOfSeveral starts demos that write into one folder: the first keeps
// its place, each is found by its port, and the dead are passed over.
func TestMeetingOfSeveral(t *testing.T) {
	t.Parallel()
	place := filepath.Join(t.TempDir(), "run", meetingName)
	start := func() (meeting, string) {
		s := newStreet(t)
		m := s.meeting()
		return m, m.URL[strings.LastIndex(m.URL, ":")+1:]
	}
	find := func(which string) (meeting, error) { return findMeeting(t.Context(), place, which) }
	if _, err := find(""); !errors.Is(err, ErrNoDemo) {
		t.Errorf("before the first: %v", err)
	}
	first, firstPort := start()
	second, secondPort := start()
	third, thirdPort := start()
	for port, m := range map[string]meeting{firstPort: first, secondPort: second, thirdPort: third} {
		if err := m.write(meetingOf(place, port)); err != nil {
			t.Fatal(err)
		}
	}
	for i, m := range []meeting{first, second, third} {
		if got, err := m.claim(t.Context(), place); err != nil || got != (i == 0) {
			t.Errorf("demo %d took the place: %v, %v", i+1, got, err)
		}
	}
	for which, want := range map[string]meeting{"": first, firstPort: first, secondPort: second} {
		if got, err := find(which); err != nil || got != want {
			t.Errorf("%q finds %+v, %v", which, got, err)
		}
	}
	for _, none := range []string{"1", filepath.Join(t.TempDir(), fileName)} {
		if _, err := find(none); err == nil || errors.Is(err, ErrNoDemo) ||
			!strings.HasPrefix(err.Error(), "no demo has ") || !strings.Contains(err.Error(), firstPort) || !strings.Contains(err.Error(), secondPort) {
			t.Errorf("%s, where there is none: %v", none, err)
		}
	}
	if err := errors.Join(first.remove(place), first.remove(meetingOf(place, firstPort))); err != nil {
		t.Fatal(err)
	}
	if _, err := find(""); err == nil || !strings.Contains(err.Error(), secondPort) || !strings.Contains(err.Error(), thirdPort) {
		t.Errorf("one of two: %v", err)
	}
	dead := meeting{URL: "http://127.0.0.1:1", Token: "dead"}
	if err := errors.Join(dead.write(place), dead.write(meetingOf(place, thirdPort))); err != nil {
		t.Fatal(err)
	}
	if got, err := find(""); err != nil || got != second {
		t.Errorf("beside two that are dead: %+v, %v", got, err)
	}
	if got, err := third.claim(t.Context(), place); err != nil || !got {
		t.Errorf("the place of one that is dead was not taken: %v", err)
	}
	other := filepath.Join(t.TempDir(), fileName)
	if err := second.write(filepath.Join(filepath.Dir(other), meetingName)); err != nil {
		t.Fatal(err)
	}
	if got, err := find(other); err != nil || got != second {
		t.Errorf("by its mpg.toml: %+v, %v", got, err)
	}
}
