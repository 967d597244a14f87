package check

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"

	"mpg/cmd/mpg/hint"
	"mpg/cmd/mpg/keys"
	"mpg/conf"
	"mpg/engine"
	"mpg/engine/keyfile"
	"mpg/engine/pin"
	"mpg/engine/seal"
)

// checkBooks finds what would keep serve from starting with the keys and the
// currency of f. It replaces what was found about the same keys without comparing
// them to the books.
func checkBooks(f *conf.File, ask func(*engine.Books) error, found []conf.Finding) []conf.Finding {
	b, err := keys.BooksOf(f, ask)
	if err != nil {
		// If only this check failed, serve may still start.
		fatal := !errors.Is(err, fs.ErrPermission) && !errors.Is(err, keys.ErrNoAnswer)
		if slices.ContainsFunc(found, func(x conf.Finding) bool { return x.Fatal && x.Key == "data_dir" }) {
			return found
		}
		return append(found, conf.Finding{Fatal: fatal, Mistake: f.Mistake("data_dir", "the keys cannot be compared with the books: "+hint.Plainly(err).Error())})
	}
	if b == nil {
		return checkNewKeys(f, found)
	}
	for _, p := range keys.Problems(f, b.Keys) {
		found = slices.DeleteFunc(found, func(x conf.Finding) bool { return x.Key == p.Mistake.Key })
		p.Mistake.Text += "; " + p.Remedy
		found = append(found, conf.Finding{Fatal: true, Mistake: p.Mistake})
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
	var k keys.Keys
	given := 0
	for _, one := range []struct {
		name engine.KeyName
		key  *conf.Key
		open func() error
	}{
		{engine.PINKeyName, &f.PIN, func() (err error) { k.PIN, err = pin.ReadKey(f.PIN.KeyPath); return }},
		{engine.SealKeyName, &f.Seal, func() (err error) { k.Seal, err = seal.ReadKey(f.Seal.KeyPath, rand.Reader); return }},
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
			found = append(found, conf.Finding{Fatal: true, Mistake: f.KeyMistake(string(one.name), hint.Plainly(err).Error()+", and its folder is not writable")})
		case !made:
			found = append(found, conf.Finding{Fatal: true, Mistake: f.KeyMistake(string(one.name), hint.Plainly(err).Error()+"; "+keys.MakeByHand(one.name, one.key, err))})
		}
	}
	if given == 2 && k.PIN.CheckValue() == k.Seal.CheckValue() {
		found = append(found, conf.Finding{Fatal: true, Mistake: f.KeyMistake(string(engine.SealKeyName), f.Seal.KeyPath+" holds the key of [pin] too; give each a file and a key of its own")})
	}
	return found
}
