package bolt

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mpg/store"
	"mpg/store/ledger"
)

// TestAssertionsStopTheStore spoils the memory of a store in ways that no Cmd may
// build upon. The next Cmd must break the store before anything of it is in the
// file, and a new start must find the file as it was.
func TestAssertionsStopTheStore(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(s *Store){
		"less is pending than is held": func(s *Store) {
			a, slot, _ := s.accounts.get(anna)
			a.DebitsPending = 2
			s.accounts.set(slot, &a)
		},
		"a hold of more than it was made for": func(s *Store) {
			s.holds.put(2, heldMoney{ledger.Hold{ID: 2, Debit: anna, Credit: berta, Amount: 15, First: 3, Open: true}, 1}, true)
		},
		"another number":  func(s *Store) { s.state.seq++ },
		"another head":    func(s *Store) { s.state.head[7]++ },
		"another row":     func(s *Store) { s.state.row++ },
		"another mark":    func(s *Store) { s.state.mark++ },
		"a later owner":   func(s *Store) { s.state.epoch-- },
		"another account": func(s *Store) { slot, _ := s.accounts.slot.find(till); s.accounts.slot.set(anna, slot) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := smallLedger(t)
			s, err := Open(dir, Options{})
			if err != nil {
				t.Fatal(err)
			}
			at := time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)
			first := store.Cmd{ID: store.ID{199}, At: at, Outbox: []store.Row{{Data: []byte("a notice")}}}
			if _, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{first}); err != nil {
				t.Fatal(err)
			}
			s.mu.Lock() // the committer has answered, and waits
			spoil(s)
			s.mu.Unlock()
			before := fileOf(t, dir)
			c := store.Cmd{ID: store.ID{200}, At: at,
				Transfers: []store.Transfer{{Op: store.PostHold, Hold: 2, Amount: 4}}}
			if res, err := s.Apply(context.Background(), s.Epoch(), []store.Cmd{c}); !errors.Is(err, store.ErrBroken) {
				t.Fatalf("%+v, %v", res, err)
			}
			select {
			case <-s.Broken():
			default:
				t.Error("Broken is still open")
			}
			_ = s.Close() // whatever it says: the next start tells
			if string(fileOf(t, dir)) != string(before) {
				t.Error("the file has changed")
			}
			if faults := faultsOf(t, dir); len(faults) > 0 {
				t.Error(faults)
			}
		})
	}
}

func fileOf(t *testing.T, dir string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
