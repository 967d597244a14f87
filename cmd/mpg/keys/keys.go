// Package keys reads, makes and compares the two secret keys, without which the books
// are useless: that of [pin], by which PINs are hashed, and that of [seal], by which
// account numbers are encrypted. A key is made only while there are no books, and is
// never replaced.
//
// serve, check and `mpg pin new-key` share it, so that all three say the same about a
// key. No key, and no part of one, is in an error. It may import conf, the engine's
// packages for keys, and the store to look at books that nobody has open.
package keys

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine"
	"mpg/engine/keyfile"
	"mpg/engine/pin"
	"mpg/engine/seal"
)

// Keys holds both keys.
type Keys struct {
	PIN  pin.Key
	Seal seal.Key
}

// Checks holds the check values of the keys that the books depend on, by name. It is
// nil if there are no books yet; only then may a key be made.
type Checks map[engine.KeyName]string

// Problem says what is wrong with a key and what to do about it.
type Problem struct {
	Mistake conf.Mistake
	Remedy  string
}

// Error returns the mistake without its remedy.
func (p *Problem) Error() string { return p.Mistake.Error() }

// Load reads the keys that f names. It makes a missing key only while there are
// no books.
func Load(f *conf.File, books Checks) (Keys, error) {
	var k Keys
	for _, load := range []func(*conf.File, Checks, *Keys) error{loadPINKey, loadSealKey} {
		if err := load(f, books, &k); err != nil {
			return Keys{}, err
		}
	}
	if k.PIN.CheckValue() == k.Seal.CheckValue() {
		return Keys{}, problem(f, engine.SealKeyName, f.Seal.KeyPath+" holds the key of [pin] too", "give each a file and a key of its own")
	}
	return k, nil
}

// Problems returns what Load would say about each key, except about
// credentials that only the unit can see. It is for existing books, so it makes
// nothing.
func Problems(f *conf.File, books Checks) (all []*Problem) {
	for _, one := range []struct {
		key  *conf.Key
		load func(*conf.File, Checks, *Keys) error
	}{{&f.PIN, loadPINKey}, {&f.Seal, loadSealKey}} {
		var p *Problem
		if !one.key.Unseen() && errors.As(one.load(f, books, new(Keys)), &p) {
			all = append(all, p)
		}
	}
	return all
}

// MakeFolders makes the folders of key files that f does not name.
func MakeFolders(f *conf.File) error {
	for _, k := range []*conf.Key{&f.PIN, &f.Seal} {
		if k.OwnFolder {
			if err := os.MkdirAll(filepath.Dir(k.KeyPath), 0o700); err != nil {
				return hint.Add(hint.Plainly(err), "make the folder for the user that runs mpg, or name another with key_file")
			}
		}
	}
	return nil
}

func loadPINKey(f *conf.File, books Checks, k *Keys) error {
	return loadKey(f, books, engine.PINKeyName, &f.PIN, func() (check string, err error) {
		switch {
		case f.PIN.KeyCredential != "":
			k.PIN, err = pin.ReadKey(f.PIN.KeyPath)
		case books == nil:
			k.PIN, err = pin.LoadKey(f.PIN.KeyPath, rand.Reader)
		default:
			k.PIN, err = pin.OpenKey(f.PIN.KeyPath)
		}
		return k.PIN.CheckValue(), err
	})
}

func loadSealKey(f *conf.File, books Checks, k *Keys) error {
	return loadKey(f, books, engine.SealKeyName, &f.Seal, func() (check string, err error) {
		switch {
		case f.Seal.KeyCredential != "":
			k.Seal, err = seal.ReadKey(f.Seal.KeyPath, rand.Reader)
		case books == nil:
			k.Seal, err = seal.LoadKey(f.Seal.KeyPath, rand.Reader)
		default:
			k.Seal, err = seal.OpenKey(f.Seal.KeyPath, rand.Reader)
		}
		return k.Seal.CheckValue(), err
	})
}

// loadKey reads one key with load and compares it with the books.
func loadKey(f *conf.File, books Checks, name engine.KeyName, k *conf.Key, load func() (check string, err error)) error {
	check, err := load()
	want := books[name]
	switch {
	case err != nil && books != nil:
		return problem(f, name, fmt.Sprintf("%v; the books in %s were made under the key with the check value %s, which no other key can replace",
			hint.Plainly(err), f.DataDir, want), PutBack(k))
	case err != nil:
		return problem(f, name, hint.Plainly(err).Error(), MakeByHand(name, k, err))
	case books != nil && check != want:
		return problem(f, name, fmt.Sprintf("%s holds the key with the check value %s, but the books in %s were made under the one with the check value %s",
			k.KeyPath, check, f.DataDir, want), PutBack(k))
	}
	return nil
}

func problem(f *conf.File, name engine.KeyName, text, remedy string) error {
	return &Problem{f.KeyMistake(string(name), text), remedy}
}

// PutBack says what to do if the key of the books is missing.
func PutBack(k *conf.Key) string {
	if k.KeyCredential != "" {
		return "give the unit the credential that it had before: 64 hexadecimal digits"
	}
	return fmt.Sprintf("put the copy of the right key back at %s: 64 hexadecimal digits, mode 0400, owned by the user that runs mpg; a new key is made only while there are no books", k.KeyPath)
}

// MakeByHand says what to do if a key is missing and there are no books yet.
func MakeByHand(name engine.KeyName, k *conf.Key, err error) string {
	switch {
	case k.KeyCredential != "":
		return fmt.Sprintf("give the unit a credential of 64 hexadecimal digits; `mpg %s new-key FILE` makes the file for one", name)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrNotExist), errors.Is(err, keyfile.ErrForm):
		return fmt.Sprintf("make it as root: openssl rand -hex 32 | install -m 0400 -o %d /dev/stdin %s", os.Geteuid(), k.KeyPath)
	}
	return ""
}
