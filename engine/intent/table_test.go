package intent

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/mac"
	"mpg/engine/notice"
	"mpg/engine/order"
	"mpg/engine/refusal"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/bolt"
)

// TestEveryIntentHasAHandler, and a class: one that is wrong lets a copy of a text act.
func TestEveryIntentHasAHandler(t *testing.T) {
	t.Parallel()
	want := map[order.Intent]Class{
		order.Pay: Pays, order.Send: Pays, order.Refund: Pays, order.TopUp: Pays, order.Out: Pays, order.In: Pays, order.Ask: Pays, order.AskOff: Asks, order.AskOn: Asks, order.Receive: Asks,
		order.Name: Asks, order.Names: Asks, order.Unname: Asks,
		order.Balance: Asks, order.Last: Asks, order.Help: Asks, order.Lang: Asks,
		order.Yes: Acts, order.No: Acts, order.Again: Acts, order.Stop: Acts, order.Start: Acts, order.PIN: Acts,
	}
	s := New(Config{})
	for name, class := range want {
		if entry := s.table[name]; entry.Do == nil || entry.Class != class {
			t.Errorf("%s: class %d, want %d", name, entry.Class, class)
		}
	}
	if len(s.table) != len(want) {
		t.Errorf("%d intents, want %d", len(s.table), len(want))
	}
}

// TestRegister: a module adds an intent, and replaces none.
func TestRegister(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	does := func(*tx.Tx, *Request) error { return nil }
	for name, c := range map[string]struct {
		intent order.Intent
		entry  Entry
		ok     bool
	}{
		"new":        {"points", Entry{Do: does, Class: Asks}, true},
		"builtin":    {order.Pay, Entry{Do: does, Class: Pays}, false},
		"no name":    {"", Entry{Do: does, Class: Asks}, false},
		"no handler": {"stamps", Entry{Class: Asks}, false},
		"no class":   {"stamps", Entry{Do: does}, false},
	} {
		if err := s.Register(c.intent, c.entry); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Register("points", Entry{Do: does, Class: Asks}); err == nil {
		t.Error("one name twice")
	}
}

const (
	wang     = "+8613800000001" // registered
	stranger = "+8613800000002"
)

// opened returns a Runner on an empty store, with one subscriber.
func opened(t *testing.T) (*tx.Runner, store.Store) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "books")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	disk, err := bolt.Open(dir, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := disk.Close(); err != nil {
			t.Error(err)
		}
	})
	key := mac.New([]byte("a key of this test"))
	run := tx.NewRunner(tx.Config{Store: disk, Now: time.Now, Rand: rand.Reader, Bodies: key, Numbers: key,
		Broken: func(err error) { t.Errorf("store broken: %v", err) }, Closed: func() bool { return false }, Grew: func() {}})
	err = run.Do(t.Context(), func(t *tx.Tx) error {
		u := &user.User{No: 1, Phone: wang, Lang: lang.ZH}
		t.SaveUser(u)
		t.SaveAlias(u)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return run, disk
}

// TestAModuleAnswers: the intent of a module is done for subscribers, in their language;
// others are told how to register, unless the module serves them too.
func TestAModuleAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from      string
		strangers bool
		want      lang.Key
		in        lang.Lang
		refused   int64
	}{
		"subscriber":       {from: wang, want: lang.LastNone, in: lang.ZH},
		"stranger":         {from: stranger, want: lang.NotRegistered, in: lang.EN, refused: 1},
		"welcome stranger": {from: stranger, strangers: true, want: lang.LastNone, in: lang.EN},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run, disk := opened(t)
			s := New(Config{Books: &books.Books{}, Place: local.Place{Language: lang.EN}, Counts: &OrderCounts{}})
			err := s.Register("points", Entry{Class: Asks, Strangers: c.strangers,
				Do: func(t *tx.Tx, req *Request) error { return s.Reply(t, req, lang.LastNone, lang.Args{}) }})
			if err != nil {
				t.Fatal(err)
			}
			req := &Request{Via: "main", Code: "8888", Phone: c.from, Rules: Rules{UnreadPerHour: 3}, read: order.Order{Intent: "points"}, answer: s.obey}
			err = run.Do(t.Context(), func(t *tx.Tx) error {
				var err error
				if req.Sender, err = t.UserOf(req.Phone); err != nil {
					return err
				}
				return s.Handle(t, req)
			})
			if err != nil {
				t.Fatal(err)
			}
			var told []notice.Notice
			for row, err := range disk.Outbox(t.Context(), 0, 0) {
				n, unread := notice.Read(row)
				if err != nil || unread != nil {
					t.Fatal(err, unread)
				}
				told = append(told, *n)
			}
			if len(told) != 1 || told[0].Text != c.want || told[0].Lang != c.in || told[0].To != c.from {
				t.Errorf("told %+v", told)
			}
			if got := s.Refused.Load(refusal.NotRegistered); got != c.refused {
				t.Errorf("%d refused, want %d", got, c.refused)
			}
		})
	}
}
