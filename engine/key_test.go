package engine_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"mpg/engine"
	"mpg/engine/books"
	"mpg/engine/codec"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/seal"
	"mpg/engine/user"
	"mpg/store"
)

func pinKey(t *testing.T, digit string) pin.Key {
	t.Helper()
	k, err := pin.ParseKey(strings.Repeat(digit, 64))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sealKey(t *testing.T, digit string) seal.Key {
	t.Helper()
	k, err := seal.ParseKey(strings.Repeat(digit, 64), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Over books that were made under another key the engine does not start: it could
// check no PIN, or open no account number.
func TestAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, c := range map[books.KeyName]func(*engine.Config){
		books.PINKey:  func(c *engine.Config) { c.PIN.Key = pinKey(t, "8") },
		books.SealKey: func(c *engine.Config) { c.SealKey = sealKey(t, "8") },
	} {
		cfg := w.config()
		c(&cfg)
		_, err := engine.New(cfg)
		var other *books.KeyError
		if !errors.As(err, &other) || other.Key != name || other.Given == other.Want {
			t.Errorf("%s: %v", name, err)
		}
	}
	cfg := w.config()
	cfg.SealKey = seal.Key{}
	if _, err := engine.New(cfg); err == nil {
		t.Error("an engine without a key to seal starts")
	}
	checks, err := books.KeyChecks(t.Context(), w.store)
	if err != nil || checks[books.PINKey] != w.key.CheckValue() || checks[books.SealKey] != w.seal.CheckValue() {
		t.Errorf("the books say %v, %v", checks, err)
	}
	w.restart() // the right keys start it again
}

// An engine that is told no cost hashes PINs at the cost for people.
func TestPINsCostTheDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.argon = pin.Argon{} })
	doc, ok, err := w.store.Doc(t.Context(), user.Table, payment.Key(1))
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	var u user.User
	if err := codec.Decode(doc.Data, &u); err != nil {
		t.Fatal(err)
	}
	digits, _ := pin.Read([]byte(pinOne))
	for cost, right := range map[pin.Argon]bool{pin.DefaultArgon(): true, cheap(): false} {
		if pin.NewHasher(pin.Config{Key: w.key, Argon: cost}, rand.Reader).Right(&digits, u.PIN) != right {
			t.Errorf("at the cost %+v, that the PIN is right: %t", cost, !right)
		}
	}
}

// Books of a newer build are not touched: their documents may have fields that
// this build would drop.
func TestNewerBooksAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.rewriteSettings(func(s map[int]any) { s[1], s[99] = 99, "of another build" })
	if _, err := engine.New(w.config()); err == nil || !strings.Contains(err.Error(), "format 99") {
		t.Error(err)
	}
	if _, err := books.KeyChecks(t.Context(), w.store); err == nil || !strings.Contains(err.Error(), "format 99") {
		t.Error(err)
	}
}

// rewriteSettings changes the settings behind the engine's back.
func (w *world) rewriteSettings(change func(s map[int]any)) {
	w.t.Helper()
	const table, key = 8, "engine"
	doc, ok, err := w.store.Doc(w.t.Context(), table, key)
	if err != nil || !ok {
		w.t.Fatal(ok, err)
	}
	s := make(map[int]any)
	if err := codec.Decode(doc.Data, &s); err != nil {
		w.t.Fatal(err)
	}
	change(s)
	data, err := codec.Encode(s)
	if err != nil {
		w.t.Fatal(err)
	}
	c := store.Cmd{At: w.clock(), Writes: []store.Write{{Table: table, Key: key, Expect: doc.Version, Data: data}}}
	if _, err := rand.Read(c.ID[:]); err != nil {
		w.t.Fatal(err)
	}
	if res, err := w.store.Apply(context.Background(), w.store.Epoch(), []store.Cmd{c}); err != nil || res[0].Refusal != store.None {
		w.t.Fatal(res, err)
	}
}

// Where a PIN was made under a key that is not there, it cannot be checked: that
// is the operator's fault, and locks no subscriber.
func TestAnotherPINKeyLocksNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.key = pinKey(t, "8")
	w.rewriteSettings(func(s map[int]any) {
		s[2] = map[string]string{"pin": w.key.CheckValue(), "seal": w.seal.CheckValue()}
	})
	w.restart()
	right := phone{keys: []string{pinOne, pinOne, pinOne}}
	w.answers(wang, right)
	w.text(wang, "PAY 8001 1")
	w.expect(wang, "AGAIN", "could not reach you")
	if u, err := w.e.Admin().User(t.Context(), wang); err != nil || u.State != "active" {
		t.Errorf("%+v %v", u, err)
	}
	w.answers(wang, right)
	w.text(wang, "NO")
	w.text(wang, "PIN")
	w.expect(wang, "PIN was not changed")
	if u, err := w.e.Admin().User(t.Context(), wang); err != nil || u.State != "active" {
		t.Errorf("after a call to choose a PIN: %+v %v", u, err)
	}
}
