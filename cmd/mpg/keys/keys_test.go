package keys

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mpg/conf"
	"mpg/engine/books"
	"mpg/engine/pin"
	"mpg/engine/seal"
)

// keyCase is one way in which a key file may be wrong.
type keyCase struct {
	spoil func(path string) error
	fresh string // what is said while there are no books; empty: a key is had
	over  string // what is said over books
}

func keyCases() map[string]keyCase {
	put := func(text string) func(string) error {
		return func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, []byte(text), 0o400))
		}
	}
	other := strings.Repeat("ab", 32)
	return map[string]keyCase{
		"missing":        {os.Remove, "", "no such file"},
		"empty":          {put(""), "", "empty or cut short"},
		"half":           {put(other[:30]), "", "empty or cut short"},
		"zeros":          {put(strings.Repeat("\x00", 65)), "", "empty or cut short"},
		"another's":      {put(other), "", "but the books in"},
		"no key":         {put("secret"), "64 hexadecimal digits", "64 hexadecimal digits"},
		"open to others": {func(path string) error { return os.Chmod(path, 0o444) }, "chmod 0400", "chmod 0400"},
		"no folder":      {func(path string) error { return os.RemoveAll(filepath.Dir(path)) }, "no such file", "no such file"},
	}
}

// TestKeys: if there are books, serve starts only with their keys, makes none,
// and says what to do; without books it makes what is missing.
func TestKeys(t *testing.T) {
	t.Parallel()
	for name, c := range keyCases() {
		for _, which := range []books.KeyName{books.PINKey, books.SealKey} {
			t.Run(fmt.Sprintf("%s/%s", name, which), func(t *testing.T) {
				t.Parallel()
				f, b := keyed(t)
				path := map[books.KeyName]string{books.PINKey: f.PIN.KeyPath, books.SealKey: f.Seal.KeyPath}[which]
				if err := c.spoil(path); err != nil {
					t.Fatal(err)
				}
				before, _ := os.ReadFile(path)
				_, err := Load(f, b)
				holdProblem(t, err, c.over, string(which)+".key_file", path, f.DataDir, b[which])
				if after, _ := os.ReadFile(path); string(after) != string(before) {
					t.Error("over books the key file is changed")
				}
				found := Problems(f, b)
				if len(found) != 1 || found[0].Error() != err.Error() {
					t.Errorf("mpg check says %v, serve says %v", found, err)
				}
				k, err := Load(f, nil)
				if c.fresh != "" {
					holdProblem(t, err, c.fresh, path)
				} else if err != nil || !k.Seal.Given() {
					t.Errorf("without books: %v", err)
				}
			})
		}
	}
}

// TestMakeByHand: where the folder of a key is missing, that is what has to be made.
func TestMakeByHand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "pin.key"):         "openssl rand -hex 32 | install -m 0400 ",
		filepath.Join(dir, "none", "pin.key"): "install -d -m 0700 -o ",
	} {
		if got := MakeByHand(books.PINKey, &conf.Key{KeyPath: path}, fs.ErrNotExist); !strings.Contains(got, want) || !strings.Contains(got, filepath.Dir(path)) {
			t.Errorf("%s: %q", path, got)
		}
	}
}

func holdProblem(t *testing.T, err error, words ...string) {
	t.Helper()
	var p *Problem
	if !errors.As(err, &p) || p.Remedy == "" && !strings.Contains(err.Error(), "chmod") {
		t.Fatalf("%v, and no way out", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in: %v", w, err)
		}
	}
	if strings.Contains(err.Error()+p.Remedy, "abab") {
		t.Errorf("the key is told: %v", err)
	}
}

// keyed returns a configuration with two keys, and the books that need them.
func keyed(t *testing.T) (*conf.File, Checks) {
	t.Helper()
	dir := t.TempDir()
	f := conf.Default()
	f.DataDir = filepath.Join(dir, "data")
	for name, k := range map[string]*conf.Key{"pin": &f.PIN, "seal": &f.Seal} {
		folder := filepath.Join(dir, name)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		k.KeyPath = filepath.Join(folder, filepath.Base(k.KeyFile))
	}
	k, err := Load(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := Checks{books.PINKey: k.PIN.CheckValue(), books.SealKey: k.Seal.CheckValue()}
	if again, err := Load(f, b); err != nil || again.PIN.CheckValue() != k.PIN.CheckValue() {
		t.Fatalf("the right keys: %v", err)
	}
	return f, b
}

// TestOneKeyForBoth: the two keys have to differ.
func TestOneKeyForBoth(t *testing.T) {
	t.Parallel()
	f, _ := keyed(t)
	text, err := os.ReadFile(f.PIN.KeyPath)
	if err == nil {
		err = errors.Join(os.Remove(f.Seal.KeyPath), os.WriteFile(f.Seal.KeyPath, text, 0o400))
	}
	if err != nil {
		t.Fatal(err)
	}
	_, err = Load(f, nil)
	holdProblem(t, err, f.Seal.KeyPath, "the key of [pin] too")
}

// TestKeyCredentials: a credential is never made, and is compared with the
// books like a file.
func TestKeyCredentials(t *testing.T) {
	t.Parallel()
	f, b := keyed(t)
	f.PIN.KeyCredential, f.Seal.KeyCredential = "pin", "seal"
	if _, err := Load(f, b); err != nil {
		t.Error(err)
	}
	for which, k := range map[books.KeyName]*conf.Key{books.PINKey: &f.PIN, books.SealKey: &f.Seal} {
		was := k.KeyPath
		k.KeyPath = filepath.Join(t.TempDir(), "none")
		for _, b := range []Checks{nil, b} {
			_, err := Load(f, b)
			holdProblem(t, err, string(which)+".key_credential", "no such file")
		}
		if _, err := os.Stat(k.KeyPath); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a credential was made: %v", err)
		}
		k.KeyPath = was
	}
	f.Seal.KeyPath, f.PIN.KeyPath = f.PIN.KeyPath, f.Seal.KeyPath
	_, err := Load(f, b)
	holdProblem(t, err, "but the books in", "pin.key_credential")
}

// TestCheckValuesAgree: the books keep the check values that the packages of
// the keys compute.
func TestCheckValuesAgree(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("5a", 32)
	p, err1 := pin.ParseKey(text)
	s, err2 := seal.ParseKey(text, rand.Reader)
	if err := errors.Join(err1, err2); err != nil || p.CheckValue() != s.CheckValue() {
		t.Errorf("%s and %s, %v: one key for both would not be found out", p.CheckValue(), s.CheckValue(), err)
	}
}
