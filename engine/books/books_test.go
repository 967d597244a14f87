package books_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"mpg/engine/books"
	"mpg/engine/mac"
	"mpg/engine/payment"
	"mpg/engine/seal"
	"mpg/engine/tx"
	"mpg/engine/user"
	"mpg/store"
	"mpg/store/bolt"
)

// with opens the books in dir under settings other than those of open.
func with(t *testing.T, dir string, change func(cfg *books.Config)) (*ledger, error) {
	t.Helper()
	s, err := bolt.Open(dir, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key := mac.New([]byte("a key of this test"))
	run := tx.NewRunner(tx.Config{Store: s, Now: time.Now, Rand: rand.Reader, Bodies: key, Numbers: key,
		Broken: func(err error) { t.Errorf("store broken: %v", err) }, Closed: func() bool { return false }, Grew: func() {}})
	cfg := books.Config{Run: run, Rand: rand.Reader, Currency: "CNY", Keys: map[books.KeyName]string{books.PINKey: "p1", books.SealKey: "s1"}}
	change(&cfg)
	b, err := books.Open(t.Context(), cfg)
	return &ledger{s, run, b}, err
}

// TestBooksStayWhatTheyAre: books do not open under another key or currency than their
// own, and say so without harm: under the right ones they open again. A further bank
// is welcome.
func TestBooksStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	for _, tt := range []struct {
		name   string
		change func(cfg *books.Config)
		want   string // empty: the books open
	}{
		{"new", func(*books.Config) {}, ""},
		{"another PIN key", func(cfg *books.Config) { cfg.Keys[books.PINKey] = "p2" }, "the pin key with the check value p1, and the one given has p2"},
		{"another seal key", func(cfg *books.Config) { cfg.Keys[books.SealKey] = "s2" }, "the seal key with the check value s1, and the one given has s2"},
		{"no key", func(cfg *books.Config) { cfg.Keys = nil }, "the pin key with the check value p1"},
		{"another currency", func(cfg *books.Config) { cfg.Currency = "USD" }, "kept in CNY, and the currency cannot be changed to USD"},
		{"one more bank", func(cfg *books.Config) { cfg.Banks = []string{"icbc", "boc"} }, ""},
		{"a bank less", func(cfg *books.Config) { cfg.Banks = []string{"boc"} }, ""},
	} {
		l, err := with(t, dir, tt.change)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		var wrongKey *books.KeyError
		if errors.As(err, &wrongKey) != strings.Contains(tt.want, "key") {
			t.Errorf("%s: %T", tt.name, err)
		}
		if fixed, err := books.ReadFixed(t.Context(), l.store); err != nil || fixed == nil || fixed.Currency != "CNY" || fixed.Keys[books.SealKey] != "s1" {
			t.Errorf("%s: the books are %+v, %v", tt.name, fixed, err)
		}
		l.close(t)
	}
}

// TestNoBooksYet: before the first start nothing is fixed, and every key may be made.
func TestNoBooksYet(t *testing.T) {
	t.Parallel()
	s, err := bolt.Open(privateDir(t), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // only this test's
	fixed, err := books.ReadFixed(t.Context(), s)
	checks, err2 := books.KeyChecks(t.Context(), s)
	if fixed != nil || checks != nil || err != nil || err2 != nil {
		t.Errorf("%+v, %v; %v, %v", fixed, err, checks, err2)
	}
	if err := books.Restored(t.Context(), s, time.Now()); err == nil {
		t.Error("a backup without books was restored")
	}
}

// TestNumbersGoOn: after a restart numbers follow the last records, and after a restore
// they are far above all that may have been given out since the backup; a second restore
// of the same backup goes on from the first.
func TestNumbersGoOn(t *testing.T) {
	t.Parallel()
	dir, backup, restored := privateDir(t), privateDir(t), privateDir(t)
	l := open(t, dir)
	if err := l.books.Resume(t.Context()); err != nil || l.books.Payments.Load() != 0 || l.books.Users.Load() != 0 {
		t.Errorf("new books begin at %d, %d, %v", l.books.Payments.Load(), l.books.Users.Load(), err)
	}
	err := l.run.Do(t.Context(), func(t *tx.Tx) error {
		t.SaveUser(&user.User{No: 0x1f, Phone: "+8613800000001"})
		t.SaveUser(&user.User{No: 0x9, Phone: "+8613800000002"})
		t.SavePayment(&payment.Payment{No: 300, State: payment.Calling})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.store.BackupTo(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	l.close(t)
	l = open(t, dir)
	if err := l.books.Resume(t.Context()); err != nil || l.books.Payments.Load() != 300 || l.books.Users.Load() != 0x1f || l.books.Requests.Load() != 0 {
		t.Errorf("after a restart %d payments, %d users, %d requests, %v", l.books.Payments.Load(), l.books.Users.Load(), l.books.Requests.Load(), err)
	}
	l.close(t)
	change := func(s *bolt.Store) error {
		return errors.Join(books.Restored(t.Context(), s, time.Now()), books.Restored(t.Context(), s, time.Now()))
	}
	if _, err := bolt.Restore(t.Context(), backup, restored, bolt.Options{}, change); err != nil {
		t.Fatal(err)
	}
	l = open(t, restored)
	defer l.close(t)
	const traces = 1_000_000 // numbers of a bank's messages, which begin anew after them
	if err := l.books.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, numbers := range map[string][2]uint64{
		"payments": {300, l.books.Payments.Load()}, "users": {0x1f, l.books.Users.Load()}, "requests": {0, l.books.Requests.Load()},
	} {
		gap := numbers[1] - numbers[0]
		if gap < 2*traces || gap%traces < traces/10 || gap%traces > traces*9/10 {
			t.Errorf("%s: after two restores %d follows %d", name, numbers[1], numbers[0])
		}
	}
}

// TestAccountNumbersAtRest: what is stored of an account number is sealed for its own
// document, people see at most its end, and an older document keeps its number.
func TestAccountNumbersAtRest(t *testing.T) {
	t.Parallel()
	const first, second = "6222020200001234567", "62220212345" // both begin with 62220
	key, err := seal.ParseKey(strings.Repeat("0123456789abcdef", 4), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	dir := privateDir(t)
	l, err := with(t, dir, func(cfg *books.Config) { cfg.Seal = key })
	if err != nil {
		t.Fatal(err)
	}
	defer l.close(t)
	var nos []uint64
	err = l.run.Do(t.Context(), func(t *tx.Tx) error {
		nos = nil
		for account, want := range map[string]string{first: "****4567", second: "****", "": ""} {
			no, mask := l.books.SealAccount(t, account)
			if mask != want || (no == 0) != (account == "") {
				return errors.New(account + " is shown as " + mask)
			}
			if account != "" {
				nos = append(nos, no)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	read := make(map[string]bool)
	for _, no := range nos {
		account, err := l.books.OpenAccount(l.run.View(t.Context()), no)
		if err != nil {
			t.Error(err)
		}
		read[account] = true
	}
	if !read[first] || !read[second] || len(read) != 2 {
		t.Errorf("read back %v", read)
	}
	if _, err := l.books.OpenAccount(l.run.View(t.Context()), 99); err == nil {
		t.Error("a number that was never given has an account")
	}
	swap(t, l, nos)
	for _, no := range nos {
		if account, err := l.books.OpenAccount(l.run.View(t.Context()), no); err == nil {
			t.Errorf("document %d, exchanged with another, opens as an account that ends in %s", no, account[len(account)-4:])
		}
	}
}

// swap exchanges what two documents of account numbers hold.
func swap(t *testing.T, l *ledger, nos []uint64) {
	t.Helper()
	const sealedTable store.Table = 45
	var docs []store.Doc
	for _, no := range nos {
		doc, ok, err := l.store.Doc(t.Context(), sealedTable, payment.Key(no))
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if bytes.Contains(doc.Data, []byte("62220")) {
			t.Errorf("document %d has an account number in the clear", no)
		}
		docs = append(docs, doc)
	}
	var writes []store.Write
	for i, doc := range docs {
		writes = append(writes, store.Write{Table: sealedTable, Key: doc.Key, Expect: doc.Version, Data: docs[1-i].Data})
	}
	res, err := l.store.Apply(t.Context(), l.store.Epoch(), []store.Cmd{{ID: l.run.NewID(), At: time.Now(), Writes: writes}})
	if err != nil || res[0].Refusal != store.None {
		t.Fatal(res, err)
	}
}

// Purses and shops never share an account, whatever their numbers and codes.
func TestAccountsByArithmetic(t *testing.T) {
	t.Parallel()
	seen := make(map[store.AccountID]string)
	note := func(id store.AccountID, who string) {
		if other, taken := seen[id]; taken {
			t.Errorf("%s has the account of %s", who, other)
		}
		seen[id] = who
	}
	for _, no := range []uint64{1, 2, 300, 10_400_000, 4_000_000_000} {
		note(books.Purse(no), "purse")
	}
	for _, code := range []string{"0000", "00000", "000000", "0001", "00001", "1000", "9999", "999999", "010000", "10000"} {
		note(books.Merchant(code), code)
	}
	defer func() {
		if recover() == nil {
			t.Error("a code that is none has an account")
		}
	}()
	books.Merchant("80o1")
}
