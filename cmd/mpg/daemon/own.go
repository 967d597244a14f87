package daemon

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"

	"mpg/conf"
	"mpg/engine/lang"
	"mpg/engine/limit"
	"mpg/engine/module"
	"mpg/engine/order"
	"mpg/engine/product"
	"mpg/engine/sheet"
	"mpg/engine/tariff"
	"mpg/store/money"
)

// own holds the operator's files of words, texts, fees and limits. The zero own has none.
type own struct {
	words  *sheet.Sheet // valid; nil: no file
	texts  *lang.Texts  // including those of the file; nil: no file
	tariff *tariff.Set  // nil: no file
	limits *limit.Set   // nil: no file
}

// The keys that name the files.
const (
	wordsKey = "order.words"
	textsKey = "texts.file"

	tariffKey = "tariff.files"
	limitsKey = "limit.files"
)

// readOwn reads and checks the files that the configuration names. Rows of fees that name no
// currency are in the given one; without one, fees are left out.
func readOwn(file *conf.File, currency money.Currency) (own, conf.Mistakes) {
	var o own
	var wrong conf.Mistakes
	if path := file.Order.Words; path != "" {
		var err error
		if o.words, _, err = readWords(path); err != nil {
			wrong = append(wrong, ownMistakes(file, wordsKey, err)...)
		}
	}
	if path := file.Texts.File; path != "" {
		s, err := readSheet(path)
		if err == nil {
			o.texts, err = lang.Builtin().With(s)
		}
		if err != nil {
			wrong = append(wrong, ownMistakes(file, textsKey, err)...)
		}
	}
	if currency == (money.Currency{}) {
		return o, wrong
	}
	var err error
	if o.tariff, err = Tariff(file.Tariff.Files, currency); err != nil {
		wrong = append(wrong, ownMistakes(file, tariffKey, err)...)
	}
	if o.limits, err = Limits(file.Limit.Files, currency); err != nil {
		wrong = append(wrong, ownMistakes(file, limitsKey, err)...)
	}
	return o, wrong
}

// Tariff reads what payments cost from files. Its error says what is wrong in them.
func Tariff(paths []string, currency money.Currency) (*tariff.Set, error) {
	known := tariff.Known{Products: products(everyProduct), ToPeople: products(toPeople), NoShop: products(noShop), Own: products(ownMoney), Currency: currency}
	var files []tariff.File
	for _, path := range paths {
		text, err := readText(path)
		if err != nil {
			return nil, err
		}
		files = append(files, tariff.File{Name: path, Text: text})
	}
	return tariff.Load(files, known)
}

// changes reports whether the words differ from those in use.
func (o own) changes(words *sheet.Sheet) bool { return !reflect.DeepEqual(o.words, words) }

// Words returns the built-in words with those of the modules and of a file. Its error says
// what is wrong in the file.
func Words(path string) (*order.Words, error) {
	if path == "" {
		return module.Words(Modules(conf.Default()), nil)
	}
	_, words, err := readWords(path)
	return words, err
}

func readWords(path string) (*sheet.Sheet, *order.Words, error) {
	s, err := readSheet(path)
	if err != nil {
		return nil, nil, err
	}
	words, err := module.Words(Modules(conf.Default()), s)
	return s, words, err
}

// Limits reads limits from files. Its error says what is wrong in them.
func Limits(paths []string, currency money.Currency) (*limit.Set, error) {
	var files []limit.File
	for _, path := range paths {
		text, err := readText(path)
		if err != nil {
			return nil, err
		}
		files = append(files, limit.File{Name: path, Text: text})
	}
	return limit.Load(files, limit.Known{Products: products(everyProduct), ToPeople: products(toPeople), Own: products(ownMoney), Currency: currency})
}

// products returns the names of the products that are wanted.
func products(wanted func(product.Product) bool) []string {
	var names []string
	for _, p := range product.All() {
		if wanted(p) {
			names = append(names, string(p.Name))
		}
	}
	return names
}

// Which products rows of fees and limits may be for, and with which payees.
func everyProduct(product.Product) bool { return true }
func toPeople(p product.Product) bool   { return !p.PaysShop }
func noShop(p product.Product) bool     { return !p.HasShop }
func ownMoney(p product.Product) bool   { return p.Own }

// sheetBytesMax bounds a file of words, texts or fees.
const sheetBytesMax = 1 << 20

// readSheet reads a file of words or texts.
func readSheet(path string) (*sheet.Sheet, error) {
	text, err := readText(path)
	if err != nil {
		return nil, err
	}
	s, err := sheet.Read(path, text)
	return &s, err
}

// readText reads a file that the operator has written.
func readText(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", bare(err)
	}
	defer func() { _ = in.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(in, sheetBytesMax+1))
	if err != nil {
		return "", bare(err)
	}
	if len(text) > sheetBytesMax {
		return "", fmt.Errorf("%s is larger than %d bytes, too large for such a file", path, sheetBytesMax)
	}
	return string(text), nil
}

// bare returns an error of the file system without the name of the system call.
func bare(err error) error {
	var wrong *fs.PathError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s: %w", wrong.Path, wrong.Err)
	}
	return err
}

// ownMistakes returns the mistakes in a file that key names, each with its own line, or the
// one that the file cannot be read.
func ownMistakes(file *conf.File, key string, err error) (wrong conf.Mistakes) {
	var all sheet.Mistakes
	if !errors.As(err, &all) {
		return conf.Mistakes{file.Mistake(key, err.Error())}
	}
	for _, m := range all {
		wrong = append(wrong, conf.Mistake{File: m.File, Line: m.Line, Key: m.Key, Text: m.Text})
	}
	return wrong
}
