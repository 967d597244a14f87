package seal_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"mpg/engine/seal"
)

func key(t testing.TB, digit string) seal.Key {
	t.Helper()
	k, err := seal.ParseKey(strings.Repeat(digit, 64), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	k := key(t, "a")
	for _, plain := range []string{"", "6", "6222020200001234567", strings.Repeat("0200", 2000)} {
		sealed := k.Seal([]byte(plain), "account/5")
		if len(sealed) != len(plain)+seal.Overhead {
			t.Errorf("%d bytes become %d", len(plain), len(sealed))
		}
		if len(plain) > 1 && bytes.Contains(sealed, []byte(plain)) {
			t.Errorf("%q is in the clear", plain)
		}
		opened, err := k.Open(sealed, "account/5")
		if err != nil || string(opened) != plain {
			t.Errorf("%q, %v", opened, err)
		}
		if again := k.Seal([]byte(plain), "account/5"); bytes.Equal(again, sealed) {
			t.Error("sealed twice, it is the same")
		}
	}
}

// TestOpensNothingElse: another key, another thing, any changed bit.
func TestOpensNothingElse(t *testing.T) {
	t.Parallel()
	k := key(t, "a")
	sealed := k.Seal([]byte("6222020200001234567"), "account/5")
	for _, about := range []string{"", "account/6", "account/55", "account", "request/5"} {
		if _, err := k.Open(sealed, about); !errors.Is(err, seal.ErrSeal) {
			t.Errorf("about %q: %v", about, err)
		}
	}
	if _, err := key(t, "b").Open(sealed, "account/5"); !errors.Is(err, seal.ErrKey) {
		t.Errorf("under another key: %v", err)
	}
	for i := range len(sealed) * 8 {
		changed := bytes.Clone(sealed)
		changed[i/8] ^= 1 << (i % 8)
		if _, err := k.Open(changed, "account/5"); err == nil {
			t.Fatalf("bit %d may be changed", i)
		}
	}
	for n := range sealed {
		if _, err := k.Open(sealed[:n], "account/5"); err == nil {
			t.Fatalf("%d bytes of it open", n)
		}
	}
	if _, err := k.Open(append(sealed, 0), "account/5"); err == nil {
		t.Error("a byte may be added")
	}
}

func TestCheckValue(t *testing.T) {
	t.Parallel()
	a, b := key(t, "a").CheckValue(), key(t, "b").CheckValue()
	if a == b || a != key(t, "a").CheckValue() || len(a) != 16 {
		t.Errorf("check values %s and %s", a, b)
	}
	if strings.Contains(a, "aaaa") {
		t.Errorf("%s tells of the key", a)
	}
}

func TestKeyPrintsAsAsterisks(t *testing.T) {
	t.Parallel()
	k := key(t, "a")
	text, err := json.Marshal(map[string]any{"key": k, "pointer": &k})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{fmt.Sprint(k, &k), fmt.Sprintf("%v %+v %#v %s %q %x %X %d", k, k, k, k, k, k, k, k), k.String(), k.LogValue().String(), string(text)} {
		if lower := strings.ToLower(s); strings.Contains(lower, "aaaa") || strings.Contains(lower, "170") || !strings.Contains(s, "******") {
			t.Errorf("%q shows the key", s)
		}
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "seal.key")
	if _, err := seal.OpenKey(path, rand.Reader); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing key: %v", err)
	}
	made, err := seal.LoadKey(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := seal.OpenKey(path, rand.Reader)
	if err != nil || opened.CheckValue() != made.CheckValue() || !opened.Given() {
		t.Errorf("%v, %v", opened.CheckValue(), err)
	}
	read, err := seal.ReadKey(path, rand.Reader)
	if err != nil || read.CheckValue() != made.CheckValue() {
		t.Errorf("%v, %v", read.CheckValue(), err)
	}
	if (seal.Key{}).Given() {
		t.Error("the zero Key is given")
	}
}

func FuzzOpen(f *testing.F) {
	k := key(f, "a")
	f.Add(k.Seal([]byte("6222020200001234567"), "account/5"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		plain, err := k.Open(sealed, "account/6")
		if err == nil {
			t.Errorf("%x opens as %q", sealed, plain)
		}
	})
}
