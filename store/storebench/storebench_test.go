package storebench

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"mpg/store"
	"mpg/store/bolt"
)

// private is an empty folder as the store wants it.
func private(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Each way makes transfers durable and counts what it did; the machine is not the
// test's alone, so that no rate is judged.
func TestEachWayMakesTransfers(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(ctx context.Context, dir string, load Load) (Figure, error){
		"ours": Ours, "payments": Payments, "update": Update, "batch": Batch, "wal": WAL,
		"bulk": func(ctx context.Context, dir string, load Load) (Figure, error) { return Bulk(ctx, dir, load, 50) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := run(t.Context(), private(t), Load{Callers: 4, Accounts: 100, For: 100 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if f.Count < 1 || f.Rate <= 0 || f.P50 <= 0 || f.P99 < f.P50 || name == "bulk" && f.Count%50 != 0 {
				t.Errorf("%+v", f)
			}
			if _, err := run(t.Context(), private(t), Load{Callers: 4, Accounts: 1, For: time.Second}); !errors.Is(err, errLoad) && name != "payments" {
				t.Errorf("a load between one account: %v", err)
			}
		})
	}
}

// What Ours has counted is in the books: each transfer moved 1.
func TestOursIsInTheBooks(t *testing.T) {
	t.Parallel()
	dir := private(t)
	f, err := Ours(t.Context(), dir, Load{Callers: 3, Accounts: 50, For: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	report, err := bolt.VerifyDir(t.Context(), dir, bolt.Options{})
	if err != nil || len(report.Faults) > 0 || len(report.Trial) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	// A call that the end of the time cut off may have been made all the same, or not.
	if got := int(report.Trial[0].Debits); got > f.Count || got < f.Count-3 {
		t.Errorf("%d were counted, and the books have %d", f.Count, got)
	}
}

// The two stores of Scale are loaded in turn, and each turn draws new transfers: known
// ones would be answered from memory.
func TestScale(t *testing.T) {
	t.Parallel()
	dir := private(t)
	scaled, err := Scale(t.Context(), dir, Load{Callers: 2, Accounts: 100, For: 150 * time.Millisecond}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		accounts int
		f        Figure
	}{"few": {100, scaled.Few}, "many": {1000, scaled.Many}} {
		report, err := bolt.VerifyDir(t.Context(), filepath.Join(dir, name), bolt.Options{})
		if err != nil || len(report.Faults) > 0 {
			t.Fatalf("%s: %+v, %v", name, report, err)
		}
		if got := int(report.Trial[0].Debits); report.Accounts != want.accounts || got > want.f.Count || got < want.f.Count-2*scaleRounds {
			t.Errorf("%s: %d accounts with %d transfers, want %d with %d", name, report.Accounts, got, want.accounts, want.f.Count)
		}
	}
	if _, err := Scale(t.Context(), private(t), Load{Callers: 2, Accounts: 100}, 1000); !errors.Is(err, errLoad) {
		t.Errorf("a load without a time: %v", err)
	}
}

// A start after a crash has every transfer.
func TestRestartReadsAll(t *testing.T) {
	t.Parallel()
	dir := private(t)
	const accounts, transfers = 100, bulkCmds + 5
	took, err := Restart(t.Context(), dir, accounts, transfers)
	if err != nil || took.Start <= 0 || took.Read <= 0 {
		t.Fatalf("%+v, %v", took, err)
	}
	report, err := bolt.VerifyDir(t.Context(), filepath.Join(dir, "crashed"), bolt.Options{})
	if err != nil || len(report.Faults) > 0 || report.Accounts != accounts || report.Trial[0].Debits != transfers {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestFiguresOfTurnsAreJoined(t *testing.T) {
	t.Parallel()
	first := Figure{Rate: 100, Count: 200, P50: 1, P99: 9}  // 2 s
	second := Figure{Rate: 400, Count: 800, P50: 3, P99: 4} // 2 s
	if got := first.with(second); got != (Figure{Rate: 250, Count: 1000, P50: 3, P99: 9}) {
		t.Errorf("%+v", got)
	}
	if got := (Figure{}).with(first); got != first {
		t.Errorf("%+v", got)
	}
}

func TestFigure(t *testing.T) {
	t.Parallel()
	var took []time.Duration
	for i := range 100 {
		took = append(took, time.Duration(100-i))
	}
	if got := figure(took, 2*time.Second); got != (Figure{Rate: 50, Count: 100, P50: 51, P99: 100}) {
		t.Errorf("%+v", got)
	}
	if got := figure(nil, time.Second); got != (Figure{}) {
		t.Errorf("nothing was done: %+v", got)
	}
}

// No transfer goes from an account to itself, and all are between the accounts there are.
func TestDraw(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	ids := make(map[[16]byte]bool)
	for range 10_000 {
		p := draw(random, 3)
		if p.from == p.to || min(p.from, p.to) < 1 || max(p.from, p.to) > 3 || ids[p.id] {
			t.Fatalf("%+v", p)
		}
		ids[p.id] = true
	}
}

// The yardstick does the same work: the transfer is recorded once, however often it is
// sent, and moves 1 from one account to the other.
func TestPlainLedgerKnowsARepeat(t *testing.T) {
	t.Parallel()
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "plain.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // only this test's
	p := pair{id: [16]byte{1}, from: 1, to: 2}
	err = db.Update(func(tx *bbolt.Tx) error { return fillPlain(tx, 1, 3) })
	for range 3 {
		err = errors.Join(err, db.Update(func(tx *bbolt.Tx) error { return transferPlain(tx, &p) }))
	}
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		if n := tx.Bucket(plainTransfers).Stats().KeyN; n != 1 {
			t.Errorf("%d transfers are recorded", n)
		}
		for id, want := range map[uint64][2]uint64{1: {1, 0}, 2: {0, 1}} {
			value := tx.Bucket(plainAccounts).Get(number(id))
			if got := [2]uint64{binary.BigEndian.Uint64(value), binary.BigEndian.Uint64(value[8:])}; got != want {
				t.Errorf("account %d: debits and credits %v, want %v", id, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Room that a file only sets aside is not counted.
func TestDiskBytesCountsWhatIsWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(file.Truncate(64<<20), file.Sync(), file.Close()); err != nil {
		t.Fatal(err)
	}
	empty, err := DiskBytes(dir)
	if err != nil || empty > 1<<20 {
		t.Errorf("a file of 64 MiB without content takes %d, %v", empty, err)
	}
	written := make([]byte, 3<<20)
	if err := os.Mkdir(filepath.Join(dir, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	full, err := os.Create(filepath.Join(dir, "below", "full"))
	if err != nil {
		t.Fatal(err)
	}
	rand.NewChaCha8([32]byte{}).Read(written)
	_, err = full.Write(written)
	if err := errors.Join(err, full.Sync(), full.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := DiskBytes(dir); err != nil || got-empty < int64(len(written)) || got-empty > int64(len(written))+1<<20 {
		t.Errorf("3 MiB more take %d, %v", got-empty, err)
	}
	if _, err := DiskBytes(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there takes something")
	}
}

// A row for each payment, and with calls one for each call.
func TestJSONRows(t *testing.T) {
	t.Parallel()
	const payments = jsonBatch + 7
	var sizes []int64
	for _, calls := range []bool{false, true} {
		dir := t.TempDir()
		size, err := JSONRows(dir, payments, calls)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, size)
		db, err := bbolt.Open(filepath.Join(dir, "rows.db"), 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.View(func(tx *bbolt.Tx) error {
			for bucket, want := range map[string]bool{"payments": true, "calls": calls} {
				rows := tx.Bucket([]byte(bucket))
				if (rows != nil) != want || want && rows.Stats().KeyN != payments {
					t.Errorf("calls %t: bucket %s is there: %t", calls, bucket, rows != nil)
				}
			}
			return nil
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if sizes[0] < payments*200 || sizes[1] < sizes[0]+payments*100 {
		t.Errorf("%d payments take %d bytes, with calls %d", payments, sizes[0], sizes[1])
	}
}

// A transfer that is refused is an error and not a figure.
func TestRefusalsAreErrors(t *testing.T) {
	t.Parallel()
	s, err := bolt.Open(private(t), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // only this test's
	if err := OpenAccounts(s, 2*store.OpensMax+1); err != nil {
		t.Fatal(err)
	}
	known := pair{id: [16]byte{1}, from: 1, to: 2*store.OpensMax + 1}
	if err := apply(t.Context(), s, []store.Cmd{cmdOf(&known)}); err != nil {
		t.Errorf("between the first account and the last: %v", err)
	}
	unknown := pair{id: [16]byte{2}, from: 1, to: 2*store.OpensMax + 2}
	if err := apply(t.Context(), s, []store.Cmd{cmdOf(&unknown)}); err == nil {
		t.Error("a transfer to an account that nobody opened was made")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := apply(ended, s, []store.Cmd{cmdOf(&pair{id: [16]byte{3}, from: 1, to: 2})}); err != nil {
		t.Errorf("a call that the end of the time cut off: %v", err)
	}
}
