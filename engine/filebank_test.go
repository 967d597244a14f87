package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/bank"
	"mpg/engine/bank/filebank"
)

// TestPaymentsByFile: a payment from an account at a bank that takes files waits for its
// answer across a stop, and is asked for once. An answer that comes when nobody waits for it
// any more is recorded before its file is put away.
func TestPaymentsByFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		timeout time.Duration
		while   bool // the answer comes while mpg is stopped
		status  string
		ends    string
	}{
		{"approved", time.Hour, false, "approved", "paid"},
		{"declined", time.Hour, false, "declined", "declined"},
		{"approved meanwhile", time.Hour, true, "approved", "paid"},
		{"never answered", time.Minute, false, "", "reversed"},
		{"approved when its time is over", time.Minute, false, "approved late", "reversed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := fileWorld(t, tt.timeout)
			ref := f.payByBank()
			key := f.asked("debit")
			f.again(func() {
				if tt.while {
					f.answers(1, key, tt.status)
				}
			})
			switch {
			case tt.ends == "reversed":
				f.pass(2 * tt.timeout) // which the next start finds
				f.again(func() {})
				undo, number := f.asked("reversal"), 1
				if tt.status != "" {
					f.answers(number, key, "approved")
					number++
					f.until("the late approval", func() bool { return f.e.Stats().LateApprovals.Load() == 1 })
				}
				f.answers(number, undo, "reversed")
			case !tt.while:
				f.answers(1, key, tt.status)
			}
			p := f.settled(ref, false)
			if p.Reason != tt.ends {
				t.Errorf("ended as %s, want %s: %+v", p.Reason, tt.ends, p.Request)
			}
			want := "0.00"
			if tt.ends == "paid" {
				want = "45.00"
			}
			f.balance("bank:icbc", want, want)
			if debits := strings.Count(f.sent(), ",debit,"); debits != 1 {
				t.Errorf("it was asked for %d times: %q", debits, f.sent())
			}
			f.again(func() {}) // the checkpoint is written
			if !strings.Contains(f.sent(), accountOfWang) {
				t.Error("the file to the bank does not name the account")
			}
			if f.mu.Lock(); strings.Contains(f.logged.String(), accountOfWang) {
				t.Errorf("the log names an account: %s", f.logged.String())
			}
			f.mu.Unlock()
			if bytes.Contains(f.allBytes(), []byte(accountOfWang)) {
				t.Error("the books name an account")
			}
		})
	}
}

// TestPowerIsLostInAPaymentByFile at each commit of it, before and after it: the bank gets no
// line that is not in the books, and once mpg runs again the books agree with the bank's.
func TestPowerIsLostInAPaymentByFile(t *testing.T) {
	t.Parallel()
	for n := 2; n <= 3; n++ { // the first takes the order in
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("commit %d, after it %v", n, after), func(t *testing.T) {
				t.Parallel()
				f := fileWorld(t, time.Hour)
				lost := f.losesPower(n, after)
				ref := f.payByBank()
				f.until("the end of the power", func() bool {
					f.serve()
					select {
					case <-lost:
						return true
					default:
						return false
					}
				})
				f.writesOn()
				f.again(func() {})
				if f.shown(ref).State == "waiting" { // its call was cut off, and nothing was asked
					f.text(wang, "NO")
				}
				f.until("the end", func() bool { f.serve(); return f.shown(ref).State == "done" })
				booked, want := 0, "0.00" // a line that was in no file may not be asked for again
				if f.shown(ref).Outcome == "paid" {
					booked, want = 1, "45.00"
				}
				if f.booked != booked {
					t.Errorf("the payment is %+v, and the bank has booked %d debits", f.shown(ref), f.booked)
				}
				f.balance("bank:icbc", want, want)
			})
		}
	}
}

// accountOfWang is what only the bank may read.
const accountOfWang = "6222020200001"

// files is a world whose bank takes files.
type files struct {
	*world
	folder    string
	timeout   time.Duration
	ended     chan struct{}
	connector *filebank.Connector
	logged    strings.Builder
	served    map[string]bool // keys of lines that the bank has answered
	booked    int             // debits that it has booked and not reversed
	came      int             // files from the bank
}

// Write takes in what is logged.
func (f *files) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.logged.Write(line)
}

func fileWorld(t *testing.T, timeout time.Duration) *files {
	t.Helper()
	f := &files{folder: t.TempDir(), timeout: timeout, served: map[string]bool{}}
	f.world = newWorld(t, func(w *world) {
		f.world, w.log = w, slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug}))
		f.connect()
		w.rules.Reversals = map[string]acquirer.Reversal{"icbc": {Retry: 20 * time.Millisecond, For: 24 * time.Hour}}
	})
	f.run()
	t.Cleanup(f.end)
	return f
}

// connect opens the connector; it does not run yet.
func (f *files) connect() {
	c, err := filebank.Open(filebank.Config{Name: "icbc", Folder: f.folder, Timeout: f.timeout, Every: 5 * time.Millisecond, Now: f.clock,
		OnLate: f.record, Log: f.log})
	if err != nil {
		f.t.Fatal(err)
	}
	f.connector = c
	f.banks = map[string]acquirer.Bank{"icbc": c}
}

// run sets the connector going, as the daemon does once the engine has found what it had
// asked.
func (f *files) run() {
	f.ended = make(chan struct{})
	go func(c *filebank.Connector, ended chan struct{}) { _ = c.Run(context.Background()); close(ended) }(f.connector, f.ended)
	f.until("the bank to be up", f.connector.Up)
}

// again stops both, calls meanwhile, and starts both with what they have left.
func (f *files) again(meanwhile func()) {
	f.t.Helper()
	f.end()
	f.close()
	meanwhile()
	f.connect()
	f.open()
	f.run()
}

func (f *files) end() {
	if err := f.connector.Close(); err != nil {
		f.t.Error(err)
	}
	<-f.ended
}

// record is what the daemon has take in late answers.
func (f *files) record(late bank.Late) error { return acquirer.RecordLate(f.e.Banks(), "icbc", late) }

// sent returns all files to the bank.
func (f *files) sent() string {
	f.t.Helper()
	paths, err := filepath.Glob(filepath.Join(f.folder, "sent", "*.csv"))
	if err != nil {
		f.t.Fatal(err)
	}
	var all strings.Builder
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// asked waits for a line of that kind, and returns its key.
func (f *files) asked(kind string) (key string) {
	f.t.Helper()
	f.until("a "+kind+" in a file", func() bool {
		for _, line := range strings.Split(f.sent(), "\n") {
			if cells := strings.Split(line, ","); len(cells) > 1 && cells[1] == kind {
				key = cells[0]
			}
		}
		return key != ""
	})
	return key
}

// serve has the bank book and answer each line that it has not answered.
func (f *files) serve() {
	f.t.Helper()
	for _, line := range strings.Split(f.sent(), "\n") {
		cells := strings.Split(line, ",")
		if len(cells) < 2 || f.served[cells[0]] || cells[1] != "debit" && cells[1] != "reversal" {
			continue
		}
		f.served[cells[0]] = true
		status := "approved"
		if f.booked++; cells[1] == "reversal" {
			f.booked -= 2
			status = "reversed"
		}
		f.came++
		f.answers(f.came, cells[0], status)
	}
}

// writesOn waits until the connector has written what was to be written: it takes a file at
// its second look, and writes at each.
func (f *files) writesOn() {
	f.t.Helper()
	f.came++
	f.puts(f.came, fmt.Sprintf("mpg-answers,1,icbc,20261122,%d,0,0.00,CNY\n%s\n", f.came, answerColumns))
	f.until("a file to be taken", func() bool {
		taken, err := filepath.Glob(filepath.Join(f.folder, "done", fmt.Sprintf("%06d-*", f.came)))
		return err == nil && len(taken) == 1
	})
	f.serve()
}

// answerColumns are those of a file from the bank.
const answerColumns = "key,status,amount,currency,code,reason,authorization,settlement_date"

// answers has the bank answer one line.
func (f *files) answers(number int, key, status string) {
	f.t.Helper()
	f.puts(number, fmt.Sprintf("mpg-answers,1,icbc,20261122,%d,1,45.00,CNY\n%s\n%s,%s,45.00,CNY,,,,\n", number, answerColumns, key, status))
}

// puts has a file from the bank come.
func (f *files) puts(number int, text string) {
	f.t.Helper()
	path := filepath.Join(f.folder, "incoming", fmt.Sprintf("%d.csv", number))
	if err := os.WriteFile(path+".part", []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		f.t.Fatal(err)
	}
}
