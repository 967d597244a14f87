package view_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/view"
)

// diary is a log that a test reads while it is written.
type diary struct {
	mu   sync.Mutex
	text strings.Builder
}

func (d *diary) Write(line []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(line)
}

func (d *diary) count(words string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Count(d.text.String(), words)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}

// zero overwrites a file with zeros from a place on.
func zero(t *testing.T, path string, from int64) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err == nil {
		_, err = file.WriteAt(make([]byte, info.Size()-from), from)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestADamagedFileIsBuiltAnew, once, whatever has happened to it while it was open, and
// nothing that was committed meanwhile is missing.
func TestADamagedFileIsBuiltAnew(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, damage := range map[string]func(t *testing.T, file string){
		"zeros":        func(t *testing.T, file string) { zero(t, file, 0) },
		"zeros inside": func(t *testing.T, file string) { zero(t, file, 4096) },
		"emptied":      func(t *testing.T, file string) { must(os.Truncate(file, 0)) },
		"deleted":      func(t *testing.T, file string) { must(os.Remove(file)) },
		"log deleted":  func(t *testing.T, file string) { must(os.Remove(file + "-wal")) },
		"all deleted": func(t *testing.T, file string) {
			must(errors.Join(os.Remove(file), os.Remove(file+"-wal"), os.Remove(file+"-shm")))
		},
		"replaced": func(t *testing.T, file string) {
			must(os.WriteFile(file+"-other", []byte("another file"), 0o600))
			must(os.Rename(file+"-other", file))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, t.TempDir(), 12)
			defer d.close()
			d.live(60)
			var log diary
			d.open(func(cfg *view.Config) {
				cfg.Every, cfg.Log = time.Millisecond, slog.New(slog.NewTextHandler(&log, nil))
			})
			stop := d.follows(d.view)
			defer stop()
			d.live(60)
			d.shows(d.view)
			damage(t, filepath.Join(d.dir, view.FileName))
			var refused error
			d.until("it is found damaged", func() bool {
				d.live(5)
				if _, err := viewDump(d.view); err != nil {
					refused = err
				}
				return d.view.Repairs() > 0
			})
			d.live(20)
			d.until("it is rebuilt", func() bool { return log.count("the view was rebuilt") == 1 })
			d.shows(d.view)
			if refused != nil && !errors.Is(refused, view.ErrDamaged) && !errors.Is(refused, view.ErrBuilding) {
				t.Errorf("a list said %v", refused)
			}
			stop()
			if n := d.view.Repairs(); n != 1 || log.count("the view is damaged") != 1 || log.count("level=ERROR") != 1 {
				t.Errorf("%d repairs: %s", n, &log)
			}
			d.taken = d.view.AsOf().Seq
			d.sameAsNew()
		})
	}
}

// TestAFileThatIsDamagedAgain waits longer each time, and a rebuild by hand does not.
func TestAFileThatIsDamagedAgain(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	d := newDesk(t, t.TempDir(), 13)
	defer d.close()
	var log diary
	d.open(func(cfg *view.Config) {
		cfg.Every, cfg.Retry, cfg.RetryMost, cfg.Log = time.Millisecond, time.Hour, time.Hour, slog.New(slog.NewTextHandler(&log, nil))
	})
	stop := d.follows(d.view)
	defer stop()
	file := filepath.Join(d.dir, view.FileName)
	for damaged := 1; damaged <= 2; damaged++ {
		d.live(20)
		d.shows(d.view)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		d.until("a list finds it", func() bool { _, err := viewDump(d.view); return err != nil })
		if damaged == 1 { // at once
			d.until("the first repair", func() bool { return log.count("the view was rebuilt") == 1 })
		}
	}
	d.live(20)
	if _, err := viewDump(d.view); !errors.Is(err, view.ErrBuilding) {
		t.Errorf("a list said %v", err)
	}
	if _, err := d.view.Check(t.Context()); !errors.Is(err, view.ErrBuilding) && !errors.Is(err, view.ErrBehind) {
		t.Errorf("a check said %v", err)
	}
	d.until("a rebuild by hand", func() bool { // which may have to wait until the file is abandoned
		_, err := d.view.Rebuild(t.Context(), nil)
		return err == nil
	})
	d.live(20)
	d.shows(d.view)
	if n := log.count("the view was rebuilt"); n != 1 || d.view.Repairs() != 2 {
		t.Errorf("%d repairs, %d of them at once: %s", d.view.Repairs(), n, &log)
	}
	stop()
	d.taken = d.view.AsOf().Seq
	d.sameAsNew()
}

// TestAFileThatCannotBeBuilt is tried again and again, and does not stop the end.
func TestAFileThatCannotBeBuilt(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	d := newDesk(t, t.TempDir(), 14)
	defer d.close()
	d.live(40)
	var log diary
	v, err := view.Open(context.Background(), func() view.Config {
		cfg := d.config(d.dir)
		cfg.Retry, cfg.RetryMost, cfg.Log = time.Millisecond, 10*time.Millisecond, slog.New(slog.NewTextHandler(&log, nil))
		return cfg
	}())
	if err != nil {
		t.Fatal(err)
	}
	d.view = v
	obstacle := filepath.Join(d.dir, view.FileName+".new")
	if err := os.MkdirAll(filepath.Join(obstacle, "a folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	stop := d.follows(v)
	defer stop()
	d.until("several failures", func() bool {
		return v.Failures() > 5 && log.count("the view could not be built; this will be tried again") > 5
	})
	if err := os.RemoveAll(obstacle); err != nil {
		t.Fatal(err)
	}
	d.shows(v)
	stop()
	d.taken = v.AsOf().Seq
	d.sameAsNew()
}
