package order

import (
	_ "embed" // for the built-in words
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"mpg/engine/lang"
	"mpg/engine/sheet"
)

//go:embed words.toml
var sample string

// Sample returns the file of the built-in words.
func Sample() string { return sample }

// keyword is a word that begins an order.
type keyword struct {
	word   string // lower case
	intent Intent
	lang   lang.Lang
	cancel bool // see Order.Cancel
	rest   bool // of a module: see Order.Rest
}

// Words holds the words that begin orders and those for where the money comes from, in one
// table in which no word has two meanings. A value never changes.
type Words struct {
	list    []keyword               // in the order of the files
	first   [utf8.RuneSelf]keywords // by the first byte of Latin ones
	han     keywords                // the others
	forms   map[lang.Lang]map[Intent]string
	blanks  map[lang.Lang]map[string]string
	sources *sources
	modules []Intent          // in the order in which they came
	places  map[string]string // file:line of each word

	references map[Intent]*regexp.Regexp // of modules: what may follow the word
}

// keywords are tried in order: a word comes before any shorter word that it begins with.
type keywords []keyword

// Builtin returns the words that mpg comes with. They are read at the first call.
func Builtin() *Words { return builtin() }

var builtin = sync.OnceValue(readBuiltin)

// readBuiltin reads the embedded file, which the tests prove to be right.
func readBuiltin() *Words {
	s, err := sheet.Read("built-in words", sample)
	if err != nil {
		panic(err)
	}
	a := adding{to: newWords(), own: &s, by: byBuiltin}
	if err := a.all(); err != nil {
		panic(err)
	}
	return a.to
}

func newWords() *Words {
	return &Words{forms: map[lang.Lang]map[Intent]string{lang.EN: {}, lang.ZH: {}}, blanks: map[lang.Lang]map[string]string{lang.EN: {}, lang.ZH: {}},
		sources: newSources(), places: make(map[string]string), references: make(map[Intent]*regexp.Regexp)}
}

// clone returns words that may be changed.
func (w *Words) clone() *Words {
	c := newWords()
	for language, forms := range w.forms {
		c.forms[language], c.blanks[language] = maps.Clone(forms), maps.Clone(w.blanks[language])
	}
	c.places = maps.Clone(w.places)
	c.list, c.modules, c.sources, c.references = slices.Clone(w.list), slices.Clone(w.modules), w.sources.clone(), maps.Clone(w.references)
	return c
}

// index sorts the words so that find is fast.
func (w *Words) index() {
	sorted := slices.Clone(w.list)
	slices.SortStableFunc(sorted, func(a, b keyword) int { return utf8.RuneCountInString(b.word) - utf8.RuneCountInString(a.word) })
	w.first, w.han = [utf8.RuneSelf]keywords{}, nil
	for _, k := range sorted {
		if isLatin(k.word) {
			w.first[k.word[0]] = append(w.first[k.word[0]], k)
		} else {
			w.han = append(w.han, k)
		}
	}
	w.sources.index()
}

// find returns the keyword that begins text, and what follows it. A keyword of letters must
// end there: pay8001 begins with PAY, payroll does not.
func (w *Words) find(text string) (keyword, string, bool) {
	if text == "" {
		return keyword{}, text, false
	}
	list := w.han
	if isLatin(text) {
		list = w.first[text[0]]
	}
	for _, k := range list {
		rest, ok := strings.CutPrefix(text, k.word)
		if !ok {
			continue
		}
		if isLatin(k.word) && isLatinLetter(rest) || len(k.word) == 1 && rest != "" && !k.answers(rest) {
			continue // a letter alone is an order only alone
		}
		return k, cutSeparator(rest), true
	}
	return keyword{}, text, false
}

// form returns how the order of an intent is written, or "".
func (w *Words) form(language lang.Lang, intent Intent) string {
	if language != lang.ZH {
		language = lang.EN
	}
	return w.forms[language][intent]
}

// ModuleForms returns how the orders of modules are written in each language, in the order
// in which the modules were added.
func (w *Words) ModuleForms() map[lang.Lang][]string {
	all := make(map[lang.Lang][]string)
	for _, language := range []lang.Lang{lang.EN, lang.ZH} {
		for _, intent := range w.modules {
			if form := w.form(language, intent); form != "" {
				all[language] = append(all[language], form)
			}
		}
	}
	return all
}

// withoutReference returns a text without the reference that follows the word of a module's
// order, so that the rest can be searched for a PIN.
func (w *Words) withoutReference(text string) string {
	if len(w.references) == 0 {
		return text
	}
	plain, ok := fold(text)
	if !ok {
		return text
	}
	key, rest, ok := (&parser{words: w}).lead(lower(plain))
	if form := w.references[key.intent]; ok && form != nil {
		if end := len(form.FindString(rest)); end > 0 && !isDigit(rest[end:]) && !isLatinLetter(rest[end:]) {
			return key.word + " " + rest[end:]
		}
	}
	return text
}

// isLatin reports whether text begins with an ASCII character.
func isLatin(text string) bool { return text[0] < utf8.RuneSelf }

// answers reports whether a word of one letter and what follows it are an answer such as Y 3.
func (k keyword) answers(rest string) bool {
	_, after, numbered := cutItem(rest)
	return numbered && strings.Trim(after, " .!") == "" && (k.intent == Yes || k.intent == No)
}
