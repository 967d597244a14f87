package intake_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mpg/engine/clock"
	"mpg/engine/intake"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/mac"
	"mpg/engine/phone"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/bolt"
)

const (
	wang     = "+8613800000001" // registered
	stranger = "+8613800000002"
)

// script is a handler that does what a test says.
type script struct {
	class   intent.Class
	handle  intent.Handler
	instead intent.Handler
	remind  func(t *tx.Tx, r *intent.Request) (string, error)
}

func (s script) Read(r *intent.Request)                   { r.Class = s.class }
func (s script) Handle(t *tx.Tx, r *intent.Request) error { return s.handle(t, r) }
func (s script) Instead(_ *intent.Request, _ tx.Refused) intent.Handler {
	return s.instead
}
func (s script) Remind(t *tx.Tx, r *intent.Request) (string, error) { return s.remind(t, r) }

// help answers with the help.
func help(t *tx.Tx, r *intent.Request) error { return t.Notify(r.Notice(lang.HelpText, lang.Args{})) }

// desk is a Receiver over a store of its own.
type desk struct {
	t      *testing.T
	books  store.Store
	in     *intake.Receiver
	counts intake.TextCounts

	mu  sync.Mutex
	now time.Time
}

func newDesk(t *testing.T, handler intake.Handler) *desk {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "books")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	books, err := bolt.Open(dir, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	d := &desk{t: t, books: books, now: start}
	key := mac.New([]byte("a key of this test"))
	run := tx.NewRunner(tx.Config{Store: books, Now: d.clock, Rand: rand.Reader, Bodies: key, Numbers: key,
		Broken: func(err error) { t.Errorf("store broken: %v", err) }, Closed: func() bool { return false }, Grew: func() {}})
	err = run.Do(t.Context(), func(t *tx.Tx) error {
		u := &user.User{No: 1, Phone: wang}
		t.SaveUser(u)
		t.SaveAlias(u)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d.in = intake.New(intake.Config{Run: run, Handler: handler, Digests: key, Numbers: phone.NewReader("CN"),
		Code: func(_, code string) bool { return code == "8888" }, Rules: func() intent.Rules {
			return intent.Rules{Redelivery: 10 * time.Minute, Repeat: 24 * time.Hour}
		},
		Clock: clock.New(d.clock, func() time.Duration { return d.clock().Sub(start) }), Now: d.clock, Closed: func() bool { return false },
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Counts: &d.counts})
	ctx, stop := context.WithCancel(t.Context())
	var runs sync.WaitGroup
	runs.Go(func() { d.in.Run(ctx) })
	t.Cleanup(func() {
		stop()
		runs.Wait()
		if err := books.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// pass moves the clock.
func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// deliver hands a text in, waits until it is acknowledged, and returns whether it was
// taken and how many notices were durable then. proved says whether the SMSC is known to
// have the acknowledgement.
func (d *desk) deliver(from string, proved bool) (took bool, notices int) {
	d.t.Helper()
	answered := make(chan bool, 1)
	ok := d.in.Receive(intake.Text{Via: "main", From: from, To: "8888", Body: "A WORD", Kind: intake.Plain, Ack: func(took bool) func() bool {
		for _, err := range d.books.Outbox(d.t.Context(), 0, 0) {
			if err != nil {
				d.t.Error(err)
			}
			notices++
		}
		answered <- took
		return func() bool { return proved }
	}})
	if !ok {
		d.t.Fatal("the queue is full")
	}
	return <-answered, notices
}

// TestAcknowledgedAfterTheCommit: what a text did is on disk when it is acknowledged, and
// one that could not be answered is delivered again.
func TestAcknowledgedAfterTheCommit(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	fails := true
	d := newDesk(t, script{class: intent.Pays, handle: func(t *tx.Tx, r *intent.Request) error {
		mu.Lock()
		defer mu.Unlock()
		if fails {
			return errors.New("no")
		}
		return help(t, r)
	}})
	if took, n := d.deliver(wang, true); took || n != 0 {
		t.Errorf("a text that failed: taken %t, %d notices", took, n)
	}
	mu.Lock()
	fails = false
	mu.Unlock()
	if took, n := d.deliver(wang, true); !took || n != 1 {
		t.Errorf("delivered again: taken %t, %d notices", took, n)
	}
}

// TestWhatNobodySentIsNotHandled: it is acknowledged and counted.
func TestWhatNobodySentIsNotHandled(t *testing.T) {
	t.Parallel()
	d := newDesk(t, script{handle: help})
	if took, n := d.deliver("BANK", true); !took || n != 0 {
		t.Errorf("taken %t, %d notices", took, n)
	}
	if d.counts.Senders.Load(phone.SenderCharacters) != 1 || d.counts.Unusable.Load() != 1 {
		t.Errorf("%d senders refused, %d unusable", d.counts.Senders.Load(phone.SenderCharacters), d.counts.Unusable.Load())
	}
}

// TestEqualTexts: an equal text does its work again only if the SMSC is known to have had
// the acknowledgement of the last one. A word that acts and may be a copy reminds its
// sender once of what is open.
func TestEqualTexts(t *testing.T) {
	t.Parallel()
	remind := func(about string) func(t *tx.Tx, r *intent.Request) (string, error) {
		return func(t *tx.Tx, r *intent.Request) (string, error) {
			if about == "" {
				return "", nil
			}
			return about, t.Notify(r.Notice(lang.ReplyYes, lang.Args{}))
		}
	}
	for name, c := range map[string]struct {
		from   string
		class  intent.Class
		about  string // what a reminder is about
		proved bool
		wait   time.Duration
		want   int // notices after three deliveries
		copies int64
	}{
		"an order, acknowledged":          {from: wang, class: intent.Pays, proved: true, want: 3},
		"an order, perhaps not":           {from: wang, class: intent.Pays, want: 1, copies: 2},
		"an order after the window":       {from: wang, class: intent.Pays, wait: 11 * time.Minute, want: 3},
		"a question, acknowledged":        {from: wang, class: intent.Asks, proved: true, want: 3},
		"a question, perhaps not":         {from: wang, class: intent.Asks, want: 1, copies: 2},
		"a question later":                {from: wang, class: intent.Asks, wait: 31 * time.Second, want: 3},
		"an act, acknowledged":            {from: wang, class: intent.Acts, proved: true, want: 3},
		"an act, perhaps not":             {from: wang, class: intent.Acts, want: 1, copies: 2},
		"an act, perhaps not, later":      {from: wang, class: intent.Acts, wait: 31 * time.Second, want: 1, copies: 2},
		"an act with a reminder":          {from: wang, class: intent.Acts, about: "order 7", want: 2, copies: 1},
		"a stranger's act, acknowledged":  {from: stranger, class: intent.Acts, proved: true, want: 3},
		"a stranger's act, perhaps not":   {from: stranger, class: intent.Acts, want: 1, copies: 2},
		"a stranger's order, perhaps not": {from: stranger, class: intent.Pays, want: 1, copies: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, script{class: c.class, handle: help, remind: remind(c.about)})
			notices := 0
			for i := range 3 {
				var took bool
				if took, notices = d.deliver(c.from, c.proved); !took {
					t.Fatalf("delivery %d is not taken", i+1)
				}
				d.pass(c.wait)
			}
			if notices != c.want || d.counts.Redelivered.Load() != c.copies {
				t.Errorf("%d notices and %d copies, want %d and %d", notices, d.counts.Redelivered.Load(), c.want, c.copies)
			}
		})
	}
}

// TestWhatTheStoreRefusesIsAnswered: in a commit of its own, with nothing of the first,
// after which a copy is still known.
func TestWhatTheStoreRefusesIsAnswered(t *testing.T) {
	t.Parallel()
	broke := func(t *tx.Tx, r *intent.Request) error {
		t.Transfer(store.Transfer{Op: store.Post, Code: 1, Debit: 998, Credit: 999, Amount: 1})
		return errors.Join(help(t, r), help(t, r))
	}
	d := newDesk(t, script{class: intent.Pays, handle: broke, instead: help})
	for range 2 {
		if took, n := d.deliver(wang, false); !took || n != 1 {
			t.Errorf("taken %t, %d notices", took, n)
		}
	}
	none := newDesk(t, script{class: intent.Pays, handle: broke})
	if took, n := none.deliver(wang, false); took || n != 0 {
		t.Errorf("without an answer: taken %t, %d notices", took, n)
	}
}
