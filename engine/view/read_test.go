package view_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/engine/follow"
	"mpg/engine/view"
)

// follows has the view follow the store until the returned func ends it.
func (d *desk) follows(v *view.View) (stop func()) {
	d.t.Helper()
	runner, err := follow.New(follow.Config{Feed: d.store, Followers: []follow.Follower{v.Follower()}, Log: slog.New(slog.DiscardHandler), Retry: time.Millisecond})
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { runner.Run(ctx); close(ended) }()
	return sync.OnceFunc(func() { cancel(); <-ended })
}

// shows waits until the view shows all that there is now.
func (d *desk) shows(v *view.View) {
	d.t.Helper()
	for deadline, end := time.Now().Add(patience), d.store.Seq(); v.AsOf().Seq < end; {
		if err := v.CatchUp(context.Background(), end); err != nil && !errors.Is(err, view.ErrBehind) {
			d.t.Fatal(err)
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("as of %d after %s, want %d", v.AsOf().Seq, patience, end)
		}
	}
}

// TestReadsWhileItFollows: each read sees one record's state, in which every payment has its
// entries, while records are written, and while the file is replaced.
func TestReadsWhileItFollows(t *testing.T) {
	t.Parallel()
	d := newDesk(t, t.TempDir(), 5)
	defer d.close()
	d.open(func(cfg *view.Config) { cfg.Every = time.Millisecond })
	stop := d.follows(d.view)
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	reads := make([]int, 2)
	for i := range reads {
		all.Go(func() {
			for last := uint64(0); ctx.Err() == nil; reads[i]++ {
				err := d.view.Read(context.Background(), func(ctx context.Context, tx *sql.Tx, as view.AsOf) error {
					var seq uint64
					var wrong int
					err := tx.QueryRowContext(ctx, `SELECT (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'seq'),
						(SELECT count(*) FROM payment p WHERE outcome = 'paid' AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.payment = p.no))`).Scan(&seq, &wrong)
					if err == nil && (seq != as.Seq || wrong != 0 || as.Seq < last) {
						err = fmt.Errorf("as of %d: %d in the file, %d before; %d payments without entries", as.Seq, seq, last, wrong)
					}
					last = as.Seq
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 3 {
		d.live(40)
		if _, err := d.view.Rebuild(t.Context(), nil); err != nil {
			t.Error(err)
		}
	}
	d.shows(d.view)
	cancel()
	all.Wait()
	if reads[0] == 0 || reads[1] == 0 {
		t.Errorf("%d reads", reads)
	}
	stop()
	d.taken = d.view.AsOf().Seq
	d.sameAsNew()
}

// TestWhatIsCommittedIsSoonShown: the view keeps up with payments, with one commit for many
// records, and never has more pending than one transaction may hold.
func TestWhatIsCommittedIsSoonShown(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	d := newDesk(t, t.TempDir(), 6)
	defer d.close()
	d.open(func(cfg *view.Config) { cfg.Every, cfg.Records = 20*time.Millisecond, 5000 })
	f := d.view.Follower()
	commits, taken, most := 0, uint64(0), uint64(0)
	take, keep := f.Take, f.Keep
	counted := d.view.Follower()
	counted.Keep = func(ctx context.Context, seq uint64) error {
		commits, most, taken = commits+1, max(most, taken), 0
		return keep(ctx, seq)
	}
	counted.Take = take
	runner, err := follow.New(follow.Config{Feed: d.store, Followers: []follow.Follower{counted}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { runner.Run(ctx); close(ended) }()
	for range 10 {
		if err := d.life.Pay(t.Context(), 200); err != nil {
			t.Fatal(err)
		}
		d.shows(d.view) // before the next payments are made
		if got, want := d.query("SELECT count(*) FROM payment WHERE product = 'mpurse'"), d.query("SELECT count(DISTINCT payment) FROM entry WHERE code = 1"); got != want {
			t.Errorf("%s payments, %s with entries", got, want)
		}
	}
	cancel()
	<-ended
	if commits == 0 || commits > 500 {
		t.Errorf("%d commits of 2000 payments", commits)
	}
}

// TestReadsAreBounded: in time, and to reading.
func TestReadsAreBounded(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	d := newDesk(t, t.TempDir(), 7)
	defer d.close()
	ctx := t.Context()
	v, err := view.Open(ctx, d.config(d.dir))
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(context.Context, *sql.Tx, view.AsOf) error { return nil }
	if err := v.Read(ctx, nothing); !errors.Is(err, view.ErrBuilding) {
		t.Errorf("before the first record: %v", err)
	}
	if _, err := v.Check(ctx); err == nil {
		t.Error("a check before the first record")
	}
	if _, err := v.Rebuild(ctx, nil); err != nil {
		t.Errorf("a rebuild before there is a file: %v", err)
	}
	if err := v.Read(ctx, nothing); err != nil {
		t.Errorf("after it: %v", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	d.open(func(cfg *view.Config) { cfg.ReadMost = 50 * time.Millisecond })
	err = d.view.Read(ctx, reading("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", nil, func(string) {}))
	if !errors.Is(err, view.ErrSlow) {
		t.Errorf("an endless question: %v", err)
	}
	for _, change := range []string{"DELETE FROM payment", "CREATE TABLE x (y)", "PRAGMA user_version = 7"} {
		err := d.view.Read(ctx, func(ctx context.Context, tx *sql.Tx, _ view.AsOf) error {
			_, err := tx.ExecContext(ctx, change)
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "readonly") {
			t.Errorf("%s: %v", change, err)
		}
	}
	own := errors.New("an answer of its own")
	if err := d.view.Read(ctx, func(context.Context, *sql.Tx, view.AsOf) error { return own }); !errors.Is(err, own) {
		t.Errorf("%v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := d.view.CatchUp(gone, 1<<40); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestCheckFindsDifferences, of any kind.
func TestCheckFindsDifferences(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	for name, tt := range map[string]struct{ spoil, says string }{
		"an amount":         {"UPDATE entry SET amount = amount + 1 WHERE account = 4294967297 AND seq = (SELECT max(seq) FROM entry WHERE account = 4294967297)", "add up to"},
		"a balance":         {"UPDATE entry SET balance = balance + 1 WHERE account = 4294967297 AND seq = (SELECT max(seq) FROM entry WHERE account = 4294967297)", "do not follow"},
		"a missing entry":   {"DELETE FROM entry WHERE account = 4294967297 AND seq = (SELECT max(seq) FROM entry WHERE account = 4294967297)", "add up to"},
		"a counter":         {"UPDATE account SET credits = credits + 1 WHERE id = 1", "the ledger has"},
		"what is held":      {"UPDATE account SET held_debits = held_debits + 1 WHERE id = 4294967297", "the ledger has"},
		"a missing account": {"DELETE FROM account WHERE id = 4294967297", "is not in the view"},
		"an account more":   {"INSERT INTO account (id, currency, kind, seq) VALUES (99, 'CNY', 'asset', 1)", "is not in the ledger"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, t.TempDir(), 8)
			defer d.close()
			d.live(80)
			d.open()
			d.agrees()
			d.shut()
			db, err := sql.Open("sqlite", filepath.Join(d.dir, view.FileName))
			if err == nil {
				_, err = db.Exec(tt.spoil)
			}
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			d.open()
			found, err := d.view.Check(t.Context())
			if err != nil || found.Differences == 0 || !strings.Contains(strings.Join(found.Faults, "; "), tt.says) || d.view.Differences() != int64(found.Differences) {
				t.Errorf("%+v %v", found, err)
			}
			if _, err := d.view.Rebuild(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			d.agrees()
		})
	}
}

// TestCheckWhilePaymentsGoOn: accounts that change meanwhile are no differences.
func TestCheckWhilePaymentsGoOn(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	d := newDesk(t, t.TempDir(), 9)
	defer d.close()
	d.open(func(cfg *view.Config) { cfg.Every = time.Millisecond })
	stop := d.follows(d.view)
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			d.live(1)
		}
	}()
	checks := 0
	for deadline := time.Now().Add(patience); checks < 20; {
		found, err := d.view.Check(t.Context())
		if errors.Is(err, view.ErrBehind) && time.Now().Before(deadline) {
			continue
		}
		if checks++; err != nil || found.Differences != 0 {
			t.Fatalf("%+v %v", found, err)
		}
	}
	cancel()
	<-ended
}

// TestTheNightlyCheck runs once in each night, whenever the clock is looked at.
func TestTheNightlyCheck(t *testing.T) {
	t.Parallel()
	notUnderRace(t)
	d := newDesk(t, t.TempDir(), 10)
	defer d.close()
	var log strings.Builder
	d.open(func(cfg *view.Config) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	ctx, cancel := context.WithCancel(t.Context())
	ticks, ended := make(chan time.Time), make(chan struct{})
	go func() { d.view.CheckNightly(ctx, ticks); close(ended) }()
	zone, _ := time.LoadLocation("Asia/Shanghai")
	for at := time.Date(2026, 11, 22, 12, 0, 0, 0, zone); at.Before(time.Date(2026, 11, 25, 12, 0, 0, 0, zone)); at = at.Add(20 * time.Minute) {
		d.mu.Lock()
		d.now = at
		d.mu.Unlock()
		ticks <- at
	}
	cancel()
	<-ended
	if n := strings.Count(log.String(), "the view agrees with the ledger"); n != 3 {
		t.Errorf("%d checks in three nights: %s", n, &log)
	}
}
