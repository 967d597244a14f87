package check

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"mpg/cmd/mpg/hint"
	"mpg/cmd/mpg/keys"
	"mpg/conf"
	"mpg/engine/books"
	"mpg/engine/keyfile"
	"mpg/engine/pin"
	"mpg/engine/seal"
)

// checkBooks finds what would keep serve from starting with the keys and the currency of
// file, and with the modules of this build. It replaces findings about the same keys that
// were made without comparing them with the books.
func checkBooks(ctx context.Context, file *conf.File, ask func(*books.Fixed) error, modules []string, found []conf.Finding) []conf.Finding {
	b, err := keys.BooksOf(ctx, file, ask)
	if err != nil {
		// If only this check failed, serve may still start.
		fatal := !errors.Is(err, fs.ErrPermission) && !errors.Is(err, keys.ErrNoAnswer)
		if slices.ContainsFunc(found, func(found conf.Finding) bool { return found.Fatal && found.Key == "data_dir" }) {
			return found
		}
		return append(found, conf.Finding{Fatal: fatal, Mistake: file.Mistake("data_dir", "the keys cannot be compared with the books: "+hint.Plainly(err).Error())})
	}
	if b == nil {
		return checkNewKeys(file, found)
	}
	for _, p := range keys.Problems(file, b.Keys) {
		found = slices.DeleteFunc(found, func(found conf.Finding) bool { return found.Key == p.Mistake.Key })
		p.Mistake.Text += "; " + p.Remedy
		found = append(found, conf.Finding{Fatal: true, Mistake: p.Mistake})
	}
	if b.Currency != "" && b.Currency != file.Currency {
		found = append(found, conf.Finding{Fatal: true, Mistake: file.Mistake("currency",
			fmt.Sprintf("is %q, but the books in %s are kept in %s, which cannot be changed", file.Currency, file.DataDir, b.Currency))})
	}
	for _, bank := range slices.Sorted(maps.Keys(b.Unfinished)) {
		if !slices.ContainsFunc(file.Bank, func(known conf.Bank) bool { return known.Name == bank }) {
			found = append(found, conf.Finding{Mistake: file.Mistake("bank",
				fmt.Sprintf("%q is missing: the books have %s to it, which nothing can finish or reverse without it", bank, requests(b.Unfinished[bank])))})
		}
	}
	if err := books.Missing(b.Modules, modules); err != nil {
		found = append(found, conf.Finding{Fatal: true, Mistake: file.Mistake("data_dir", strings.TrimPrefix(err.Error(), "engine: "))})
	}
	return found
}

// requests names a number of requests.
func requests(count int) string {
	if count == 1 {
		return "an open request"
	}
	return fmt.Sprintf("%d open requests", count)
}

// writable reports, by access(2), whether files may be made in a folder.
const writable = 0x2 | 0x1

// checkNewKeys looks at the keys while there are no books: serve makes one that is
// missing or torn, and uses one that exists.
func checkNewKeys(file *conf.File, found []conf.Finding) []conf.Finding {
	var k keys.Keys
	given := 0
	for _, one := range []struct {
		name books.KeyName
		key  *conf.Key
		open func() error
	}{
		{books.PINKey, &file.PIN, func() (err error) { k.PIN, err = pin.ReadKey(file.PIN.KeyPath); return }},
		{books.SealKey, &file.Seal, func() (err error) { k.Seal, err = seal.ReadKey(file.Seal.KeyPath, rand.Reader); return }},
	} {
		key := file.KeyMistake(string(one.name), "").Key
		if one.key.Unseen() || slices.ContainsFunc(found, func(found conf.Finding) bool { return found.Fatal && found.Key == key }) {
			continue
		}
		err := one.open()
		made := one.key.KeyCredential == "" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, keyfile.ErrTorn))
		switch {
		case err == nil:
			given++
		case made && errors.Is(err, keyfile.ErrTorn) && syscall.Access(filepath.Dir(one.key.KeyPath), writable) != nil:
			found = append(found, conf.Finding{Fatal: true, Mistake: file.KeyMistake(string(one.name), hint.Plainly(err).Error()+", and its folder is not writable")})
		case !made:
			found = append(found, conf.Finding{Fatal: true, Mistake: file.KeyMistake(string(one.name), hint.Plainly(err).Error()+"; "+keys.MakeByHand(one.name, one.key, err))})
		}
	}
	if given == 2 && k.PIN.CheckValue() == k.Seal.CheckValue() {
		found = append(found, conf.Finding{Fatal: true, Mistake: file.KeyMistake(string(books.SealKey), file.Seal.KeyPath+" holds the key of [pin] too; give each a file and a key of its own")})
	}
	return found
}
