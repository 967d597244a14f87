package till_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"mpg/engine/mac"
	"mpg/engine/payment"
	"mpg/engine/till"
	"mpg/engine/tx"
	"mpg/store/bolt"
)

// books is a unit of work over a store of its own.
func books(t *testing.T) *tx.Runner {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(dir, bolt.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return tx.NewRunner(tx.Config{Store: s, Now: time.Now, Rand: rand.Reader, Bodies: mac.New([]byte("bodies")), Numbers: mac.New([]byte("numbers")),
		Broken: func(err error) { t.Error(err) }, Closed: func() bool { return false }, Grew: func() {}})
}

// save writes a record.
func save[T any](t *testing.T, run *tx.Runner, write func(t *tx.Tx) *T) {
	t.Helper()
	if err := run.Do(t.Context(), func(step *tx.Tx) error { write(step); return nil }); err != nil {
		t.Fatal(err)
	}
}

// keep adds a till, or changes it.
func keep(t *testing.T, run *tx.Runner, one *till.Till) {
	t.Helper()
	save(t, run, func(step *tx.Tx) *till.Till {
		_, _ = tx.Read[till.Till](step, till.Table, one.ID())
		tx.Save(step, till.Table, one.ID(), one)
		return one
	})
}

// TestKeys: a key is good for its own till, as long as that is not blocked; whatever is nearly
// a key is not. What is stored does not contain the key.
func TestKeys(t *testing.T) {
	t.Parallel()
	run, keys := books(t), till.NewKeys([]byte("secret"))
	front, digest, err := keys.New("8001", "front", rand.Reader)
	back, backDigest, backErr := keys.New("8001", "back", rand.Reader)
	stolen, stolenDigest, stolenErr := keys.New("8001", "stolen", rand.Reader)
	if err := errors.Join(err, backErr, stolenErr); err != nil {
		t.Fatal(err)
	}
	keep(t, run, &till.Till{Shop: "8001", Name: "front", Digest: digest})
	keep(t, run, &till.Till{Shop: "8001", Name: "back", Digest: backDigest})
	keep(t, run, &till.Till{Shop: "8001", Name: "stolen", Digest: stolenDigest, Blocked: start})
	_, secret, _ := strings.Cut(front, ".front.")
	if len(secret) < 40 || strings.Contains(string(digest), secret[:8]) || string(digest) == string(backDigest) {
		t.Errorf("key %q, digest %x", front, digest)
	}
	for _, tt := range []struct {
		key  string
		name string
		err  error
	}{
		{front, "front", nil}, {back, "back", nil}, {stolen, "", till.ErrBlocked},
		{"", "", till.ErrKey}, {".", "", till.ErrKey}, {secret, "", till.ErrKey}, {"8001.front", "", till.ErrKey}, {"8001.front.", "", till.ErrKey},
		{front + "x", "", till.ErrKey}, {front[:len(front)-1], "", till.ErrKey}, {"8001.back." + secret, "", till.ErrKey}, {"8001.stolen." + secret, "", till.ErrKey},
		{"8002.front." + secret, "", till.ErrKey}, {"8001.nobody." + secret, "", till.ErrKey}, {"8001.FRONT." + secret, "", till.ErrKey},
		{front + strings.Repeat("x", 200), "", till.ErrKey}, {"8001.fr/ont." + secret, "", till.ErrKey},
	} {
		got, err := keys.Of(run.View(t.Context()), tt.key)
		if !errors.Is(err, tt.err) || err == nil && got.Name != tt.name {
			t.Errorf("%q: %+v, %v; want %s, %v", tt.key, got, err, tt.name, tt.err)
		}
	}
	if _, err := till.NewKeys([]byte("another secret")).Of(run.View(t.Context()), front); !errors.Is(err, till.ErrKey) {
		t.Errorf("under another secret: %v", err)
	}
	if _, _, err := keys.New("8001", "front", strings.NewReader("short")); err == nil {
		t.Error("a key without randomness")
	}
	for name, want := range map[string]bool{"a": true, "front-2": true, strings.Repeat("a", 32): true, "": false, "2": false, "-a": false, "Front": false, "fr.ont": false, "fr/ont": false,
		"前": false, strings.Repeat("a", 33): false} {
		if till.ValidName(name) != want {
			t.Errorf("%q: want %t", name, want)
		}
	}
}

// desk returns a Desk, and a way to keep payments.
func desk(t *testing.T) (d till.Desk, pay func(p *payment.Payment)) {
	t.Helper()
	run := books(t)
	number := func(written string) (uint64, error) {
		for no := range uint64(100) {
			if ref(no) == written {
				return no, nil
			}
		}
		return 0, errors.New("no reference")
	}
	return till.Desk{Run: run, Number: number, Ref: ref}, func(p *payment.Payment) {
		save(t, run, func(step *tx.Tx) *payment.Payment { step.SavePayment(p); return p })
	}
}

// TestATillSeesItsShop: a payment of another shop, or none, is not there for it.
func TestATillSeesItsShop(t *testing.T) {
	t.Parallel()
	d, pay := desk(t)
	pay(paid(1, "8001", start, payment.Posted, payment.Done))
	pay(paid(2, "8001", start, payment.Received, payment.Calling))
	back := paid(3, "8001", start, payment.Posted, payment.Done)
	refund(back)
	pay(back)
	for _, tt := range []struct {
		shop, ref string
		state     till.State
		err       error
	}{
		{"8001", ref(1), till.Paid, nil}, {"8001", ref(2), till.Open, nil}, {"8001", ref(3), till.Refunded, nil},
		{"8002", ref(1), "", till.ErrNoPayment}, {"8002", ref(3), "", till.ErrNoPayment}, {"8001", ref(4), "", till.ErrNoPayment}, {"8001", "?", "", till.ErrNoPayment},
	} {
		v, err := d.Payment(t.Context(), of(tt.shop, "front"), tt.ref)
		if !errors.Is(err, tt.err) || v.State != tt.state {
			t.Errorf("%s of %s: %+v, %v", tt.ref, tt.shop, v, err)
		}
	}
}
