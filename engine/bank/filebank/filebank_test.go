package filebank_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/filebank"
	"mpg/store/money"
)

const account = "6222000000000001"

// desk is a connector and its folder.
type desk struct {
	*testing.T
	folder    string
	connector *filebank.Connector
	stop      func()

	mu       sync.Mutex
	late     []bank.Late
	refusing bool // what is late cannot be recorded
}

func (d *desk) hear(late bank.Late) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refusing {
		return errors.New("the disk is full")
	}
	d.late = append(d.late, late)
	return nil
}

func (d *desk) heard() []bank.Late { d.mu.Lock(); defer d.mu.Unlock(); return d.late }

func (d *desk) refuse(on bool) { d.mu.Lock(); defer d.mu.Unlock(); d.refusing = on }

const timeout = 36 * time.Hour

// start opens a connector on the folder and runs it until stop.
func (d *desk) start() {
	c, err := filebank.Open(filebank.Config{Name: "icbc", Folder: d.folder, Timeout: timeout, Every: time.Minute, OnLate: d.hear})
	if err != nil {
		d.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Run(context.Background()) }()
	synctest.Wait()
	d.connector, d.stop = c, func() {
		if err := errors.Join(c.Close(), <-ended); err != nil {
			d.Error(err)
		}
	}
}

// open returns a desk in a bubble. Its folder is made outside of the clock of the bubble.
func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{T: t, folder: t.TempDir()}
	d.start()
	return d
}

// packed prepares a request; number names it.
func (d *desk) packed(number uint32, change func(*bank.Request)) bank.Packed {
	d.Helper()
	cny, _ := money.Lookup("CNY")
	r := bank.Request{STAN: number, RRN: bank.RRN(time.Now().UTC(), uint64(number)), At: time.Now(), Account: account, Amount: 12_850, Currency: cny, Merchant: "8001", Ref: "K7QH2M9X"}
	if change != nil {
		change(&r)
	}
	p, err := d.connector.Prepare(r)
	if err != nil {
		d.Fatal(err)
	}
	return p
}

// key returns the key of a request that was prepared at the time of the bubble's begin.
func key(number uint32) string {
	return fmt.Sprintf("%s-%06d", bank.RRN(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), uint64(number)), number)
}

// asked is what a call of Authorize returned.
type asked struct {
	reply bank.Reply
	err   error
}

// ask asks in the background.
func (d *desk) ask(packed bank.Packed) <-chan asked {
	c := d.connector
	came := make(chan asked, 1)
	go func() {
		reply, err := c.Authorize(d.Context(), packed)
		came <- asked{reply, err}
	}()
	synctest.Wait()
	return came
}

// looks lets the connector look as often as it takes to take in a file.
func (d *desk) looks() {
	time.Sleep(2*time.Minute + time.Second)
	synctest.Wait()
}

// files returns what is in a folder, by name.
func (d *desk) files(folder string) map[string]string {
	d.Helper()
	all := make(map[string]string)
	entries, err := os.ReadDir(filepath.Join(d.folder, folder))
	if err != nil {
		d.Fatal(err)
	}
	for _, file := range entries {
		text, err := os.ReadFile(filepath.Join(d.folder, folder, file.Name()))
		if err != nil {
			d.Fatal(err)
		}
		all[file.Name()] = string(text)
	}
	return all
}

func approved(number uint32) []string {
	return []string{key(number), "approved", "128.50", "CNY", "00", "", "A" + fmt.Sprint(number), "2000-01-02"}
}

// TestFileToTheBank: its name, its octets, its rights, its copy; and the next file has the
// next number.
func TestFileToTheBank(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		first := d.ask(d.packed(1, nil))
		second := d.ask(d.packed(2, func(r *bank.Request) { r.Kind, r.Amount, r.Merchant = bank.Refund, 150, `Fish, "Chips"` }))
		time.Sleep(time.Minute)
		synctest.Wait()
		const name = "requests-20000101-000001.csv"
		want := "mpg-requests,1,icbc,20000101,1,2,130.00,CNY\n" +
			"key,kind,of,account,amount,currency,merchant,reference,at\n" +
			key(1) + ",debit,,6222000000000001,128.50,CNY,8001,K7QH2M9X,2000-01-01T00:00:00Z\n" +
			key(2) + ",refund,,6222000000000001,1.50,CNY,\"Fish, \"\"Chips\"\"\",K7QH2M9X,2000-01-01T00:00:00Z\n"
		for _, folder := range []string{"outgoing", "sent"} {
			if got := d.files(folder); len(got) != 1 || got[name] != want {
				t.Errorf("%s: %q", folder, got)
			}
			if info, err := os.Stat(filepath.Join(d.folder, folder, name)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", folder, info.Mode(), err)
			}
		}
		if open := filebank.TooOpen(d.folder); len(open) != 1 || !strings.Contains(open[0], d.folder+" ") { // the folder of the test itself
			t.Errorf("others may use %q", open)
		}
		putFile(t, d.folder, answersFile(t, 1, approved(1), []string{key(2), "declined", "1.50", "CNY", "NOACC", "account", "", ""}))
		d.looks()
		if got := <-first; got.err != nil || !got.reply.Approved || got.reply.AuthID != "A1" || got.reply.Settlement != "0102" {
			t.Errorf("first: %+v", got)
		}
		if got := <-second; got.err != nil || got.reply.Reason != bank.Account || got.reply.Code != "NOACC" {
			t.Errorf("second: %+v", got)
		}
		d.ask(d.packed(3, nil))
		d.looks()
		if got := d.files("outgoing"); len(got) != 2 || got["requests-20000101-000002.csv"] == "" {
			t.Errorf("outgoing: %q", got)
		}
		if got := d.files("incoming"); len(got) != 0 {
			t.Errorf("left in incoming: %q", got)
		}
		d.stop()
	})
}

// TestAskedAgain: a request that was asked before a restart is not written again, and its
// answer is found, whether it came before the stop, while nothing ran, or later.
func TestAskedAgain(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(d *desk, put func()){
		"before":   func(d *desk, put func()) { put(); d.looks(); d.stop(); d.start() },
		"meantime": func(d *desk, put func()) { d.stop(); put(); d.start() },
		"later":    func(d *desk, put func()) { d.stop(); d.start(); d.looks(); put() },
		"too late": func(d *desk, put func()) { d.stop(); put(); time.Sleep(timeout); d.start() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := open(t)
				p := d.packed(1, nil)
				gone := d.ask(p)
				time.Sleep(time.Minute)
				synctest.Wait()
				var again <-chan asked
				answer(d, func() {
					if name == "later" {
						again = d.ask(p)
					}
					putFile(t, d.folder, answersFile(t, 1, approved(1)))
				})
				if again == nil {
					again = d.ask(p)
				}
				d.looks()
				if got := <-again; got.err != nil || !got.reply.Approved {
					t.Errorf("asked again: %+v", got)
				}
				if sent := d.files("sent"); len(sent) != 1 {
					t.Errorf("sent: %q", sent)
				}
				if name != "before" {
					time.Sleep(timeout)
				}
				<-gone
				d.stop()
			})
		})
	}
}

// TestTimeIsOver: without an answer the outcome is unknown; what was in no file is known not
// to have left, and is in no later file either.
func TestTimeIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		first := d.packed(1, nil)
		silent := d.ask(first)
		time.Sleep(timeout + time.Second)
		if got := <-silent; !errors.Is(got.err, bank.ErrUnknown) || bank.Cause(got.err) != bank.CauseTimeout {
			t.Errorf("without an answer: %+v", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		p := d.packed(2, nil)
		came := make(chan error, 1)
		go func() { _, err := d.connector.Authorize(ctx, p); came <- err }()
		synctest.Wait()
		cancel()
		if err := <-came; !errors.Is(err, bank.ErrDown) {
			t.Errorf("given up before it was written: %v", err)
		}
		time.Sleep(timeout + time.Second)
		if _, err := d.connector.Authorize(t.Context(), p); !errors.Is(err, bank.ErrDown) {
			t.Errorf("asked when its time is over: %v", err)
		}
		d.stop()
		d.start()
		cancelled, stop := context.WithCancel(t.Context())
		stop()
		if _, err := d.connector.Authorize(cancelled, first); !errors.Is(err, bank.ErrUnknown) {
			t.Errorf("asked again, which the bank may have read, by a process that is stopping: %v", err)
		}
		if _, err := d.connector.Authorize(cancelled, p); !errors.Is(err, bank.ErrDown) {
			t.Errorf("in no file, and asked by a process that is stopping: %v", err)
		}
		if sent := d.files("sent"); len(sent) != 1 {
			t.Errorf("sent: %q", sent)
		}
		d.stop()
	})
}

// TestCrashWhileWriting: a file that was written, but not put into outgoing, is put there at
// the next start, as it was.
func TestCrashWhileWriting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		p := d.packed(1, nil)
		gone := d.ask(p)
		time.Sleep(time.Minute)
		synctest.Wait()
		d.stop()
		const name = "requests-20000101-000001.csv"
		want := d.files("sent")[name]
		sent, outgoing := filepath.Join(d.folder, "sent", name), filepath.Join(d.folder, "outgoing", name)
		if err := errors.Join(os.Rename(sent, sent+".due"), os.Rename(outgoing, outgoing+".new"), os.WriteFile(outgoing+".new", []byte("half"), 0o600)); err != nil {
			t.Fatal(err)
		}
		d.start()
		again := d.ask(p)
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, folder := range []string{"outgoing", "sent"} {
			if got := d.files(folder); len(got) != 1 || got[name] != want || want == "" {
				t.Errorf("%s: %q", folder, got)
			}
		}
		time.Sleep(timeout)
		<-gone
		<-again
		d.stop()
	})
}

// TestReversal: it is one line however often it is sent, but for a bank that says that it does
// not know the request.
func TestReversal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := open(t)
		p := d.packed(1, nil)
		undo := func(repeat bool, status string, number int) bank.Undo {
			came := make(chan bank.Undo, 1)
			go func() { got, _ := d.connector.Reverse(t.Context(), p, repeat); came <- got }()
			synctest.Wait()
			time.Sleep(time.Minute)
			if status != "" {
				putFile(t, d.folder, answersFile(t, number, []string{key(1) + "-R", status, "128.50", "CNY", "", "", "", ""}))
			}
			d.looks()
			return <-came
		}
		for i, want := range []struct {
			status  string
			outcome bank.UndoOutcome
			sent    int
		}{{"absent", bank.UndoAbsent, 1}, {"refused", bank.UndoOperator, 2}, {"reversed", bank.UndoDone, 3}, {"", bank.UndoDone, 3}} {
			if got := undo(i > 0, want.status, i+1); got.Outcome != want.outcome {
				t.Errorf("%q: %+v", want.status, got)
			}
			if sent := d.files("sent"); len(sent) != want.sent {
				t.Errorf("%q: sent %q", want.status, sent)
			}
		}
		lines := make(map[string]bool)
		for _, text := range d.files("sent") {
			lines[strings.Split(text, "\n")[2]] = true
		}
		if len(lines) != 1 {
			t.Errorf("lines: %v", lines)
		}
		d.stop()
	})
}

// TestKinds: what no file can carry is refused before it is stored.
func TestKinds(t *testing.T) {
	t.Parallel()
	c, err := filebank.Open(filebank.Config{Name: "icbc", Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	cny, _ := money.Lookup("CNY")
	for _, kind := range []bank.Kind{bank.PreAuth, bank.Completion, bank.Verify} {
		r := bank.Request{Kind: kind, STAN: 1, RRN: bank.RRN(time.Now(), 1), At: time.Now(), Account: account, Amount: 100, Currency: cny}
		if kind == bank.Verify {
			r.Amount = 0
		}
		if kind == bank.Completion {
			r.Of = bank.Packed("file\nx")
		}
		if _, err := c.Prepare(r); !errors.Is(err, bank.ErrInvalid) || !strings.Contains(err.Error(), "takes files") {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := c.Advise(t.Context(), nil, false); !errors.Is(err, bank.ErrInvalid) {
		t.Errorf("advise: %v", err)
	}
	if _, err := filebank.Open(filebank.Config{Name: "icbc"}); err == nil {
		t.Error("without a folder")
	}
}

// TestFolderIsGone: nothing is asked of a bank whose folder cannot be used, and nothing is
// made in its place; once it is back, all goes on.
func TestFolderIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{T: t, folder: filepath.Join(t.TempDir(), "mount")}
		d.start()
		if d.connector.Up() || d.connector.Try(t.Context(), false) == nil {
			t.Error("up without a folder")
		}
		p := d.packed(1, nil)
		if _, err := d.connector.Authorize(t.Context(), p); !errors.Is(err, bank.ErrDown) || errors.Is(err, bank.ErrInvalid) {
			t.Errorf("authorize: %v", err)
		}
		if undo, err := d.connector.Reverse(t.Context(), p, false); !errors.Is(err, bank.ErrDown) || undo.Outcome != bank.UndoAgain {
			t.Errorf("reverse: %+v, %v", undo, err)
		}
		d.looks()
		if _, err := os.Stat(d.folder); err == nil {
			t.Error("the folder was made")
		}
		if err := os.Mkdir(d.folder, 0o700); err != nil {
			t.Fatal(err)
		}
		d.looks()
		if !d.connector.Up() || d.connector.Try(t.Context(), false) != nil || len(filebank.TooOpen(d.folder)) != 0 {
			t.Error("down with a folder")
		}
		d.stop()
	})
}
