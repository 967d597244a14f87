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
	"mpg/engine/books"
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
type Checks map[books.KeyName]string

// Problem says what is wrong with a key and what to do about it.
type Problem struct {
	Mistake conf.Mistake
	Remedy  string
}

// Error returns the mistake without its remedy.
func (p *Problem) Error() string { return p.Mistake.Error() }

// Load reads the keys that file names. It makes a missing key only while there are
// no books.
func Load(file *conf.File, checks Checks) (Keys, error) {
	var k Keys
	for _, load := range []func(*conf.File, Checks, *Keys) error{loadPINKey, loadSealKey} {
		if err := load(file, checks, &k); err != nil {
			return Keys{}, err
		}
	}
	if k.PIN.CheckValue() == k.Seal.CheckValue() {
		return Keys{}, problem(file, books.SealKey, file.Seal.KeyPath+" holds the key of [pin] too", "give each a file and a key of its own")
	}
	return k, nil
}

// Problems returns what Load would say about each key, except about
// credentials that only the unit can see. It is for existing books, so it makes
// nothing.
func Problems(file *conf.File, checks Checks) (all []*Problem) {
	for _, one := range []struct {
		key  *conf.Key
		load func(*conf.File, Checks, *Keys) error
	}{{&file.PIN, loadPINKey}, {&file.Seal, loadSealKey}} {
		var p *Problem
		if !one.key.Unseen() && errors.As(one.load(file, checks, new(Keys)), &p) {
			all = append(all, p)
		}
	}
	return all
}

// MakeFolders makes the folders of key files that file does not name.
func MakeFolders(file *conf.File) error {
	for _, k := range []*conf.Key{&file.PIN, &file.Seal} {
		if k.OwnFolder {
			if err := os.MkdirAll(filepath.Dir(k.KeyPath), 0o700); err != nil {
				name, key := books.PINKey, &file.PIN
				if k == &file.Seal {
					name, key = books.SealKey, k
				}
				return hint.Add(hint.Plainly(err), MakeByHand(name, key, err))
			}
		}
	}
	return nil
}

func loadPINKey(file *conf.File, checks Checks, both *Keys) error {
	return loadKey(file, checks, books.PINKey, &file.PIN, func() (check string, err error) {
		switch {
		case file.PIN.KeyCredential != "":
			both.PIN, err = pin.ReadKey(file.PIN.KeyPath)
		case checks == nil:
			both.PIN, err = pin.LoadKey(file.PIN.KeyPath, rand.Reader)
		default:
			both.PIN, err = pin.OpenKey(file.PIN.KeyPath)
		}
		return both.PIN.CheckValue(), err
	})
}

func loadSealKey(file *conf.File, checks Checks, both *Keys) error {
	return loadKey(file, checks, books.SealKey, &file.Seal, func() (check string, err error) {
		switch {
		case file.Seal.KeyCredential != "":
			both.Seal, err = seal.ReadKey(file.Seal.KeyPath, rand.Reader)
		case checks == nil:
			both.Seal, err = seal.LoadKey(file.Seal.KeyPath, rand.Reader)
		default:
			both.Seal, err = seal.OpenKey(file.Seal.KeyPath, rand.Reader)
		}
		return both.Seal.CheckValue(), err
	})
}

// loadKey reads one key with load and compares it with the books.
func loadKey(file *conf.File, checks Checks, name books.KeyName, key *conf.Key, load func() (check string, err error)) error {
	check, err := load()
	want := checks[name]
	switch {
	case errors.Is(err, keyfile.ErrOpen) && checks != nil: // the key may be the right one
		return problem(file, name, fmt.Sprintf("%v; the books in %s need the key with the check value %s", hint.Plainly(err), file.DataDir, want),
			"chmod 0400 "+key.KeyPath)
	case err != nil && checks != nil:
		return problem(file, name, fmt.Sprintf("%v; the books in %s were made under the key with the check value %s, which no other key can replace",
			hint.Plainly(err), file.DataDir, want), PutBack(key))
	case err != nil:
		return problem(file, name, hint.Plainly(err).Error(), MakeByHand(name, key, err))
	case checks != nil && check != want:
		return problem(file, name, fmt.Sprintf("%s holds the key with the check value %s, but the books in %s were made under the one with the check value %s",
			key.KeyPath, check, file.DataDir, want), PutBack(key))
	}
	return nil
}

func problem(file *conf.File, name books.KeyName, text, remedy string) error {
	return &Problem{file.KeyMistake(string(name), text), remedy}
}

// PutBack says what to do if the key of the books is missing.
func PutBack(key *conf.Key) string {
	if key.KeyCredential != "" {
		return "give the unit the credential that it had before: 64 hexadecimal digits"
	}
	return fmt.Sprintf("put the copy of the right key back at %s: 64 hexadecimal digits, mode 0400, owned by the user that runs mpg; a new key is made only while there are no books", key.KeyPath)
}

// MakeByHand says what to do if a key is missing and there are no books yet. A folder for the
// user that runs mpg is enough, since serve makes the keys in it.
func MakeByHand(name books.KeyName, key *conf.Key, err error) string {
	switch {
	case key.KeyCredential != "":
		return fmt.Sprintf("give the unit a credential of 64 hexadecimal digits; `mpg %s new-key FILE` makes the file for one", name)
	case missing(filepath.Dir(key.KeyPath)):
		return fmt.Sprintf("make its folder as root, for the user that runs mpg, which then makes the keys in it: install -d -m 0700 -o %d %s", os.Geteuid(), filepath.Dir(key.KeyPath))
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrNotExist), errors.Is(err, keyfile.ErrForm):
		return fmt.Sprintf("make it as root: openssl rand -hex 32 | install -m 0400 -o %d /dev/stdin %s", os.Geteuid(), key.KeyPath)
	}
	return ""
}

// missing reports whether a folder is not there.
func missing(folder string) bool {
	_, err := os.Stat(folder)
	return errors.Is(err, fs.ErrNotExist)
}
