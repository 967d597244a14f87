package engine_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/books"
	"mpg/engine/lang"
	"mpg/store"
	"mpg/store/bolt"
)

// named are the numbers that people and banks know a payment by.
type named struct{ ref, stan, rrn string }

// byBank pays once by bank.
func (w *world) byBank(amount string) named {
	w.t.Helper()
	w.text(wang, "PAY 8001 "+amount+" BANK")
	p := w.ended()
	if p.Reason != "paid" || p.Request == nil {
		w.t.Fatalf("%+v", p)
	}
	return named{p.Ref, fmt.Sprint(p.Request.STAN), p.Request.RRN}
}

// TestRestore goes back to a backup and on from there: what was given out in the
// hours that are lost is never given out again, also after further restarts.
func TestRestore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func() { w.bank.reply = bank.Reply{Approved: true, Code: "00"} })
	pays := make([]phone, 20)
	for i := range pays {
		pays[i] = phone{keys: []string{pinOne}}
	}
	w.answers(wang, pays...)
	w.byBank("1")
	from := filepath.Join(t.TempDir(), "backup")
	if _, err := w.store.(*bolt.Store).BackupTo(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	lost := make(map[string]bool)
	for _, amount := range []string{"2", "3", "4"} {
		n := w.byBank(amount)
		lost[n.ref], lost[n.stan], lost[n.rrn] = true, true, true
	}
	w.close()

	for round := range 2 { // restored once, and once more from a copy of that
		w.dir = filepath.Join(t.TempDir(), "data")
		if _, err := bolt.Restore(t.Context(), from, w.dir, bolt.Options{}, func(s *bolt.Store) error {
			return books.Restored(context.Background(), s, w.clock())
		}); err != nil {
			t.Fatal(err)
		}
		w.open()
		for i := range 2 {
			n := w.byBank(fmt.Sprint(10*round + i + 5)) // the same again would be asked about
			if lost[n.ref] || lost[n.stan] || lost[n.rrn] {
				t.Errorf("round %d: %+v was given out in the hours that are lost", round, n)
			}
			lost[n.ref], lost[n.stan], lost[n.rrn] = true, true, true
			w.restart()
		}
		if _, err := w.e.Admin().AddUser(t.Context(), admin.Command{Key: fmt.Sprint("new", round)}, admin.NewUser{Phone: fmt.Sprint("+861380000009", round), Name: lang.Name{EN: "New"}}); err != nil {
			t.Error(err)
		}
		if a, ok, err := w.store.Account(t.Context(), store.AccountID(1<<32+3)); ok || err != nil {
			t.Errorf("the purse of a lost subscriber is used again: %+v", a)
		}
		from = filepath.Join(t.TempDir(), "again")
		if _, err := w.store.(*bolt.Store).BackupTo(t.Context(), from); err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			w.close()
		}
	}
}
