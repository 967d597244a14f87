package pin_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mpg/engine/pin"
)

func key(t testing.TB, digit string) pin.Key {
	t.Helper()
	k, err := pin.ParseKey(strings.Repeat(digit, 64))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func read(t testing.TB, s string) pin.PIN {
	t.Helper()
	p, ok := pin.Read([]byte(s))
	if !ok {
		t.Fatalf("%d digits refused", len(s))
	}
	return p
}

func TestRightOnlyUnderTheSamePINAndKey(t *testing.T) {
	t.Parallel()
	h := pin.NewHasher(pin.Config{Key: key(t, "a"), Parallel: 2}, rand.Reader)
	p, q := read(t, "582193"), read(t, "582194")
	r, err := h.Make(&p)
	if err != nil {
		t.Fatal(err)
	}
	if !h.Right(&p, r) {
		t.Error("the right PIN is refused")
	}
	if h.Right(&q, r) {
		t.Error("a wrong PIN is taken")
	}
	if h.Right(&p, pin.Record{}) {
		t.Error("a PIN is right though none was chosen")
	}
	if other := pin.NewHasher(pin.Config{Key: key(t, "b"), Parallel: 2}, rand.Reader); other.Right(&p, r) {
		t.Error("a record is right under another key")
	}
	again, err := h.Make(&p)
	if err != nil || string(again.Hash) == string(r.Hash) {
		t.Errorf("two records of one PIN are equal (%v)", err)
	}
}

func TestPINPrintsAsAsterisks(t *testing.T) {
	t.Parallel()
	p := read(t, "582193")
	text, err := json.Marshal(map[string]any{"pin": p, "ptr": &p})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(p), fmt.Sprintf("%v %+v %#v %s %q %x %d", p, p, p, p, p, p, p), p.LogValue().String(), string(text)} {
		for _, bad := range []string{"582193", "353832313933", "53 56 50"} {
			if strings.Contains(s, bad) {
				t.Errorf("%q shows the PIN", s)
			}
		}
	}
	p.Wipe()
	if p != (pin.PIN{}) {
		t.Error("not wiped")
	}
}

func TestReadAndWeak(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "12345", "1234567", "12a456", "１２３４５６"} {
		if _, ok := pin.Read([]byte(bad)); ok {
			t.Errorf("%q is taken as a PIN", bad)
		}
	}
	for s, want := range map[string]bool{"111111": true, "123456": true, "987654": true, "000000": true, "582193": false, "112233": false, "890123": false} {
		if p := read(t, s); p.Weak() != want {
			t.Errorf("Weak(%s) = %v", s, !want)
		}
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pin.key")
	made, err := pin.LoadKey(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o400 {
		t.Errorf("mode %04o", info.Mode().Perm())
	}
	again, err := pin.LoadKey(path, rand.Reader)
	if err != nil || again.Name != made.Name {
		t.Errorf("read back %v, %v", again, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := pin.LoadKey(path, rand.Reader); err == nil || !strings.Contains(err.Error(), "chmod") {
		t.Errorf("a key that others may read: %v", err)
	}
	if _, err := pin.ParseKey("short"); err == nil {
		t.Error("a short key is taken")
	}
}

func BenchmarkRight(b *testing.B) {
	h := pin.NewHasher(pin.Config{Key: key(b, "a"), Parallel: 2}, rand.Reader)
	p := read(b, "582193")
	r, err := h.Make(&p)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		h.Right(&p, r)
	}
}
