package keyring_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mpg/engine/bank/cbcmac"
	"mpg/engine/bank/keyring"
)

// lastFill makes the key that has come last.
const lastFill = 3

// withKeys returns a file with a zone master key, a key in use, the one before and the next.
func withKeys(t testing.TB) string {
	t.Helper()
	path := withZone(t)
	r := open(t, path)
	for _, fill := range []byte{1, 2, lastFill} {
		digits, value, _ := sealed(t, fill)
		if _, err := r.Offer(at(), digits, value); err != nil {
			t.Fatal(err)
		}
		if fill == lastFill {
			break // the bank has not been told
		}
		if err := r.Use(at()); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// secrets are the texts of a key file that must never be told.
func secrets(text []byte) []string {
	var all []string
	for line := range bytes.Lines(text) {
		if _, digits, found := bytes.Cut(line, []byte(`"secret": "`)); found {
			all = append(all, string(digits[:8]))
		}
	}
	return all
}

// TestDamagedFiles: a file in which one octet is changed, or which ends early, is either
// refused or means just what it meant, and the error tells no key. Under a damaged key every
// answer of the bank would seem to be forged.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	path := withKeys(t)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data := []byte("0210")
	want, err := open(t, path).Sum(data)
	if err != nil {
		t.Fatal(err)
	}
	told := secrets(good)
	if len(told) != 4 {
		t.Fatalf("%d keys in the file, want 4", len(told))
	}
	damaged := filepath.Join(t.TempDir(), "bank-boc.key")
	rapid.Check(t, func(t *rapid.T) {
		text := bytes.Clone(good)
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		if rapid.Bool().Draw(t, "cut") {
			text = text[:at]
		} else {
			text[at] = rapid.SampledFrom([]byte("09afAFx\"{}\x00 ")).Draw(t, "octet")
		}
		if err := os.WriteFile(damaged, text, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := keyring.Open(keyring.Config{Path: damaged, Algorithm: cbcmac.X919, Padding: cbcmac.Zeros, Grace: time.Minute})
		if err != nil {
			for _, secret := range told {
				if strings.Contains(strings.ToUpper(err.Error()), strings.ToUpper(secret)) {
					t.Fatalf("the error tells a key: %v", err)
				}
			}
			return
		}
		if code, err := r.Sum(data); err == nil && code != want {
			t.Fatalf("another key is in use, after %q at %d", text[at], at)
		}
	})
}

// TestKeysThatAreNotWhatTheySay: a key whose check value is another one is refused in each
// place, and so is a zone master key.
func TestKeysThatAreNotWhatTheySay(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile(withKeys(t))
	if err != nil {
		t.Fatal(err)
	}
	for i, secret := range secrets(good) {
		for name, change := range map[string]func(text []byte) []byte{
			"another digit": func(text []byte) []byte {
				digit := map[bool]string{true: "8", false: "0"}[secret[0] == '0']
				return bytes.Replace(text, []byte(secret), []byte(digit+secret[1:]), 1)
			},
			"not hexadecimal": func(text []byte) []byte {
				return bytes.Replace(text, []byte(secret), []byte("x"+secret[1:]), 1)
			},
			"too short": func(text []byte) []byte { return bytes.Replace(text, []byte(secret), nil, 1) },
			"other check": func(text []byte) []byte {
				at := bytes.Index(text, []byte(secret))
				return append(bytes.Clone(text[:at]), bytes.Replace(text[at:], []byte(`"check": "`), []byte(`"check": "0`), 1)...)
			},
			"no check": func(text []byte) []byte {
				at := bytes.Index(text, []byte(secret))
				return append(bytes.Clone(text[:at]), bytes.Replace(text[at:], []byte(`"check"`), []byte(`"chock"`), 1)...)
			},
		} {
			path := file(t)
			if err := os.WriteFile(path, change(good), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := keyring.Open(keyring.Config{Path: path, Algorithm: cbcmac.X919, Padding: cbcmac.Zeros})
			if err == nil || strings.Contains(err.Error(), secret[2:]) || !strings.Contains(err.Error(), path) {
				t.Errorf("key %d, %s: %v", i, name, err)
			}
		}
	}
}

// TestFilesOfOthers: a file that anybody else may read or write is refused, to read and to
// change, and stays as it is.
func TestFilesOfOthers(t *testing.T) {
	t.Parallel()
	for _, mode := range []os.FileMode{0o604, 0o640, 0o602, 0o620, 0o660, 0o666, 0o601, 0o610, 0o777} {
		path := withZone(t)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r := open(t, path)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, openErr := keyring.Open(keyring.Config{Path: path, Algorithm: cbcmac.X919, Padding: cbcmac.Zeros})
		_, enterErr := keyring.Enter(path, at(), entry(half, halfCheck, "Li"))
		digits, value, _ := sealed(t, 1)
		_, offerErr := r.Offer(at(), digits, value)
		for name, err := range map[string]error{"open": openErr, "enter": enterErr, "offer": offerErr, "use": r.Use(at())} {
			if !errors.Is(err, keyring.ErrOpen) || !strings.Contains(err.Error(), fmt.Sprintf("%04o", mode)) {
				t.Errorf("%04o, %s: %v", mode, name, err)
			}
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%04o: the file has changed (%v)", mode, err)
		}
	}
	for _, mode := range []os.FileMode{0o600, 0o400, 0o700} {
		path := withZone(t)
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if r := open(t, path); check(r, "zone") != wholeCheck {
			t.Errorf("%04o: %v", mode, r.Checks())
		}
	}
}

// TestWhatCannotBeWritten: if the file cannot be replaced, the keys in memory stay as they are,
// and what the bank uses is used nevertheless.
func TestWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	path, data := withKeys(t), []byte("0210")
	r := open(t, path)
	before := fmt.Sprint(r.Checks())
	if err := os.Mkdir(path+".new", 0o700); err != nil { // in the way of the draft
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path+".new", "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	digits, value, _ := sealed(t, 4)
	if _, err := r.Offer(at(), digits, value); err == nil || fmt.Sprint(r.Checks()) != before {
		t.Errorf("an offer that cannot be kept: %v; keys %v", err, r.Checks())
	}
	if err := r.Use(at()); err == nil || fmt.Sprint(r.Checks()) != before {
		t.Errorf("a use that cannot be kept: %v; keys %v", err, r.Checks())
	}
	_, nextValue, next := sealed(t, lastFill)
	if !r.Verify(at(), data, next.Sum(data), 8) || check(r, "mac") != nextValue || r.Unsure() {
		t.Errorf("the bank uses the next key, and mpg has %v", r.Checks())
	}
	if again := open(t, path); !again.Unsure() || check(again, "next") != nextValue {
		t.Errorf("after a restart: %v", again.Checks())
	}
}

// TestDraftsLeftBehind: what a crash has left of a draft is in nobody's way.
func TestDraftsLeftBehind(t *testing.T) {
	t.Parallel()
	path := withZone(t)
	if err := os.WriteFile(path+".new", []byte(`{"zone":`), 0o644); err != nil {
		t.Fatal(err)
	}
	digits, value, _ := sealed(t, 1)
	if _, err := open(t, path).Offer(at(), digits, value); err != nil {
		t.Fatal(err)
	}
	if again := open(t, path); check(again, "next") != value || check(again, "zone") != wholeCheck {
		t.Errorf("keys: %v", again.Checks())
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the draft is still there: %v", err)
	}
}

// TestNoFolder: a key file in a folder that is missing cannot be written; without a file the
// ring is empty.
func TestNoFolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none", "bank.key")
	if _, err := keyring.Enter(path, at(), entry(half, halfCheck, "Li")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("entered: %v", err)
	}
	r := open(t, path)
	if r.Ready() || r.Unsure() || !r.Since().IsZero() || len(r.Checks()) != 0 || r.Verify(at(), nil, cbcmac.Code{}, 8) {
		t.Errorf("an empty ring has %v", r.Checks())
	}
}
