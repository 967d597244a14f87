package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"mpg/conf"
	"mpg/engine/books"
	"mpg/engine/keyfile"
	"mpg/engine/pin"
	"mpg/engine/seal"
	"mpg/store"
	"mpg/store/bolt"
)

// keys holds the secrets without which the books are useless: no PIN could be
// checked and no account number read.
type keys struct {
	pin  pin.Key
	seal seal.Key
}

// checkValues holds the check values of the keys that the books depend on, by name. It is
// nil if there are no books yet; only then may a key be made.
type checkValues map[books.KeyName]string

// keyProblem says what is wrong with a key and what to do about it.
type keyProblem struct {
	mistake conf.Mistake
	remedy  string
}

func (p *keyProblem) Error() string { return p.mistake.Error() }

// loadKeys reads the keys that f names. It makes a missing key only while there are
// no books.
func loadKeys(f *conf.File, b checkValues) (keys, error) {
	var k keys
	for _, load := range []func(*conf.File, checkValues, *keys) error{loadPINKey, loadSealKey} {
		if err := load(f, b, &k); err != nil {
			return keys{}, err
		}
	}
	if k.pin.CheckValue() == k.seal.CheckValue() {
		return keys{}, problem(f, books.SealKey, f.Seal.KeyPath+" holds the key of [pin] too", "give each a file and a key of its own")
	}
	return k, nil
}

// keyProblems returns what loadKeys would say about each key, except about
// credentials that only the unit can see. It is for existing books, so it makes
// nothing.
func keyProblems(f *conf.File, b checkValues) (all []*keyProblem) {
	for _, one := range []struct {
		key  *conf.Key
		load func(*conf.File, checkValues, *keys) error
	}{{&f.PIN, loadPINKey}, {&f.Seal, loadSealKey}} {
		var p *keyProblem
		if !one.key.Unseen() && errors.As(one.load(f, b, new(keys)), &p) {
			all = append(all, p)
		}
	}
	return all
}

// makeKeyFolders makes the folders of key files that f does not name.
func makeKeyFolders(f *conf.File) error {
	for _, k := range []*conf.Key{&f.PIN, &f.Seal} {
		if k.OwnFolder {
			if err := os.MkdirAll(filepath.Dir(k.KeyPath), 0o700); err != nil {
				return hinted{plainly(err), "make the folder for the user that runs mpg, or name another with key_file"}
			}
		}
	}
	return nil
}

func loadPINKey(f *conf.File, b checkValues, k *keys) error {
	return loadKey(f, b, books.PINKey, &f.PIN, func() (check string, err error) {
		switch {
		case f.PIN.KeyCredential != "":
			k.pin, err = pin.ReadKey(f.PIN.KeyPath)
		case b == nil:
			k.pin, err = pin.LoadKey(f.PIN.KeyPath, rand.Reader)
		default:
			k.pin, err = pin.OpenKey(f.PIN.KeyPath)
		}
		return k.pin.CheckValue(), err
	})
}

func loadSealKey(f *conf.File, b checkValues, k *keys) error {
	return loadKey(f, b, books.SealKey, &f.Seal, func() (check string, err error) {
		switch {
		case f.Seal.KeyCredential != "":
			k.seal, err = seal.ReadKey(f.Seal.KeyPath, rand.Reader)
		case b == nil:
			k.seal, err = seal.LoadKey(f.Seal.KeyPath, rand.Reader)
		default:
			k.seal, err = seal.OpenKey(f.Seal.KeyPath, rand.Reader)
		}
		return k.seal.CheckValue(), err
	})
}

// loadKey reads one key with load and compares it with the books.
func loadKey(f *conf.File, b checkValues, name books.KeyName, k *conf.Key, load func() (check string, err error)) error {
	check, err := load()
	want := b[name]
	switch {
	case err != nil && b != nil:
		return problem(f, name, fmt.Sprintf("%v; the books in %s were made under the key with the check value %s, which no other key can replace",
			plainly(err), f.DataDir, want), putBack(k))
	case err != nil:
		return problem(f, name, plainly(err).Error(), makeByHand(name, k, err))
	case b != nil && check != want:
		return problem(f, name, fmt.Sprintf("%s holds the key with the check value %s, but the books in %s were made under the one with the check value %s",
			k.KeyPath, check, f.DataDir, want), putBack(k))
	}
	return nil
}

func problem(f *conf.File, name books.KeyName, text, remedy string) error {
	return &keyProblem{f.KeyMistake(string(name), text), remedy}
}

// putBack says what to do if the key of the books is missing.
func putBack(k *conf.Key) string {
	if k.KeyCredential != "" {
		return "give the unit the credential that it had before: 64 hexadecimal digits"
	}
	return fmt.Sprintf("put the copy of the right key back at %s: 64 hexadecimal digits, mode 0400, owned by the user that runs mpg; a new key is made only while there are no books", k.KeyPath)
}

// makeByHand says what to do if a key is missing and there are no books yet.
func makeByHand(name books.KeyName, k *conf.Key, err error) string {
	switch {
	case k.KeyCredential != "":
		return fmt.Sprintf("give the unit a credential of 64 hexadecimal digits; `mpg %s new-key FILE` makes the file for one", name)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrNotExist), errors.Is(err, keyfile.ErrForm):
		return fmt.Sprintf("make it as root: openssl rand -hex 32 | install -m 0400 -o %d /dev/stdin %s", os.Geteuid(), k.KeyPath)
	}
	return ""
}

// plainly drops the name of the system call from an error.
func plainly(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s: %w", pe.Path, pe.Err)
	}
	return err
}

// checkBooks finds what would keep serve from starting with the keys and the
// currency of f. It replaces what was found about the same keys without comparing
// them to the books.
func checkBooks(c *cobra.Command, f *conf.File, found []conf.Finding) []conf.Finding {
	b, err := booksOf(c, f)
	if err != nil {
		// If only this check failed, serve may still start.
		fatal := !errors.Is(err, fs.ErrPermission) && !errors.Is(err, errNoDaemon)
		if slices.ContainsFunc(found, func(x conf.Finding) bool { return x.Fatal && x.Key == "data_dir" }) {
			return found
		}
		return append(found, conf.Finding{Fatal: fatal, Mistake: f.Mistake("data_dir", "the keys cannot be compared with the books: "+plainly(err).Error())})
	}
	if b == nil {
		return checkNewKeys(f, found)
	}
	for _, p := range keyProblems(f, b.Keys) {
		found = slices.DeleteFunc(found, func(x conf.Finding) bool { return x.Key == p.mistake.Key })
		p.mistake.Text += "; " + p.remedy
		found = append(found, conf.Finding{Fatal: true, Mistake: p.mistake})
	}
	if b.Currency != "" && b.Currency != f.Currency {
		found = append(found, conf.Finding{Fatal: true, Mistake: f.Mistake("currency",
			fmt.Sprintf("is %q, but the books in %s are kept in %s, which cannot be changed", f.Currency, f.DataDir, b.Currency))})
	}
	return found
}

// writable reports, by access(2), whether files may be made in a folder.
const writable = 0x2 | 0x1

// checkNewKeys looks at the keys while there are no books: serve makes one that is
// missing or torn, and uses one that exists.
func checkNewKeys(f *conf.File, found []conf.Finding) []conf.Finding {
	var k keys
	given := 0
	for _, one := range []struct {
		name books.KeyName
		key  *conf.Key
		open func() error
	}{
		{books.PINKey, &f.PIN, func() (err error) { k.pin, err = pin.ReadKey(f.PIN.KeyPath); return }},
		{books.SealKey, &f.Seal, func() (err error) { k.seal, err = seal.ReadKey(f.Seal.KeyPath, rand.Reader); return }},
	} {
		key := f.KeyMistake(string(one.name), "").Key
		if one.key.Unseen() || slices.ContainsFunc(found, func(x conf.Finding) bool { return x.Fatal && x.Key == key }) {
			continue
		}
		err := one.open()
		made := one.key.KeyCredential == "" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, keyfile.ErrTorn))
		switch {
		case err == nil:
			given++
		case made && errors.Is(err, keyfile.ErrTorn) && syscall.Access(filepath.Dir(one.key.KeyPath), writable) != nil:
			found = append(found, conf.Finding{Fatal: true, Mistake: f.KeyMistake(string(one.name), plainly(err).Error()+", and its folder is not writable")})
		case !made:
			found = append(found, conf.Finding{Fatal: true, Mistake: f.KeyMistake(string(one.name), plainly(err).Error()+"; "+makeByHand(one.name, one.key, err))})
		}
	}
	if given == 2 && k.pin.CheckValue() == k.seal.CheckValue() {
		found = append(found, conf.Finding{Fatal: true, Mistake: f.KeyMistake(string(books.SealKey), f.Seal.KeyPath+" holds the key of [pin] too; give each a file and a key of its own")})
	}
	return found
}

// errNoDaemon says that a process has the books open and cannot be asked.
var errNoDaemon = errors.New("the process that has the books open does not answer")

// booksOf returns what the books in data_dir fix, or nil if there are none. If a
// daemon has them open, it asks the daemon.
func booksOf(c *cobra.Command, f *conf.File) (b *books.Fixed, err error) {
	err = bolt.Inspect(f.DataDir, bolt.Options{}, func(r store.Reader) error {
		b, err = books.ReadFixed(r)
		return err
	})
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, nil
	case errors.Is(err, store.ErrLocked):
		b = new(books.Fixed)
		d, err := dial(c)
		if err == nil {
			err = d.get("/books", b)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errNoDaemon, err)
		}
		return b, nil
	}
	return b, err
}
