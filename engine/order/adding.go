package order

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mpg/engine/lang"
	"mpg/engine/sheet"
	"mpg/store/money"
)

// origin says where added words come from.
type origin int

// The origins.
const (
	byBuiltin  origin = iota // nothing is there before
	byModule                 // orders that are not there yet
	byOperator               // words for orders that are there already
)

// WithModule returns the words with those of a module's orders, each of which has a table
// named after its intent. The error is sheet.Mistakes.
func (w *Words) WithModule(own *sheet.Sheet) (*Words, error) {
	a := adding{before: w, to: w.clone(), own: own, by: byModule}
	return a.to, a.checked()
}

// WithOwn returns the words with those that an operator adds to existing orders and ways of
// paying. A nil sheet adds none. The error is sheet.Mistakes.
func (w *Words) WithOwn(own *sheet.Sheet) (*Words, error) {
	if own == nil {
		return w, nil
	}
	a := adding{before: w, to: w.clone(), own: own, by: byOperator}
	return a.to, a.checked()
}

// adding adds one sheet to Words.
type adding struct {
	before *Words // nil: none
	to     *Words
	own    *sheet.Sheet
	by     origin
	wrong  sheet.Mistakes
	added  []addedWord
	forms  []*sheet.Entry
}

// addedWord is a word that is checked once all have been added.
type addedWord struct {
	entry *sheet.Entry
	index int
	word  string
}

// fromTables is the prefix of the tables of ways of paying; cancelTable holds the words for
// which Order.Cancel is set, and blankTable what hints show in place of missing values.
const (
	fromTables  = "from."
	cancelTable = "no.cancel"
	blankTable  = "blank"
)

// all adds every entry, and returns what is wrong.
func (a *adding) all() error {
	before := make(map[Intent]bool)
	for _, k := range a.to.list {
		before[k.intent] = true
	}
	for i := range a.own.Entries {
		e := &a.own.Entries[i]
		if why := a.mayAdd(e, before); why != "" {
			a.fault(e, len(e.Lines), "%s", why)
			continue
		}
		if e.Table == blankTable {
			a.addBlank(e)
			continue
		}
		switch e.Name {
		case "en":
			a.addWords(e, lang.EN)
		case "zh", "pinyin":
			a.addWords(e, lang.ZH)
		case "form-en":
			a.addForm(e, lang.EN)
		case "form-zh":
			a.addForm(e, lang.ZH)
		case "reference":
			a.addReference(e)
		default:
			a.fault(e, len(e.Lines), "want en, zh, pinyin, form-en or form-zh")
		}
	}
	a.completeForms()
	a.to.index()
	return a.wrong.Err()
}

// checked adds every entry, tries the new words, and returns what is wrong.
func (a *adding) checked() error {
	if err := a.all(); err != nil {
		return err
	}
	for _, w := range a.added {
		a.try(w)
	}
	for _, form := range a.forms {
		a.tryForm(form)
	}
	return a.wrong.Err()
}

func (a *adding) fault(entry *sheet.Entry, index int, format string, args ...any) {
	a.wrong = append(a.wrong, a.own.Mistake(entry, index, format, args...))
}

// mayAdd returns why an entry's table is not allowed, or "". before has the intents known
// before the sheet.
func (a *adding) mayAdd(entry *sheet.Entry, before map[Intent]bool) string {
	source, isSource := strings.CutPrefix(entry.Table, fromTables)
	known := before[Intent(entry.Table)] || entry.Table == cancelTable || entry.Table == blankTable
	if isSource {
		known = a.to.sources.has(Source(source))
	}
	switch {
	case a.by == byOperator && !known:
		return "mpg has no such order; mpg conf sample --words prints all of them"
	case a.by == byModule && (known || isSource || strings.Contains(entry.Table, ".")):
		return "a module needs an order of its own, and this one exists already"
	}
	return ""
}

// addWords adds the words of one list.
func (a *adding) addWords(entry *sheet.Entry, language lang.Lang) {
	if !entry.List {
		a.fault(entry, 0, "want a list of words")
		return
	}
	for i, word := range entry.Texts {
		if why := a.unfit(entry, word); why != "" {
			a.fault(entry, i, "%q %s", word, why)
			continue
		}
		a.to.places[word] = fmt.Sprintf("%s:%d", a.own.File, entry.Lines[i])
		a.added = append(a.added, addedWord{entry, i, word})
		if source, ok := strings.CutPrefix(entry.Table, fromTables); ok {
			a.to.sources.add(word, Source(source))
			continue
		}
		k := keyword{word: word, intent: Intent(entry.Table), lang: language, rest: a.by == byModule || slices.Contains(a.to.modules, Intent(entry.Table))}
		if entry.Table == cancelTable {
			k.intent, k.cancel = No, true
		}
		if a.by == byModule && !slices.Contains(a.to.modules, k.intent) {
			a.to.modules = append(a.to.modules, k.intent)
		}
		a.to.list = append(a.to.list, k)
	}
}

// unfit returns why a word cannot be added, or "".
func (a *adding) unfit(entry *sheet.Entry, word string) string {
	latin := entry.Name != "zh"
	letter := func(r rune) bool { return latin && (r >= 'a' && r <= 'z' || r == ' ') || !latin && isHan(r) }
	switch {
	case word != strings.TrimSpace(word) || word == "" || strings.Contains(word, "  "):
		return "is empty, or has a space too many"
	case word != lower(word):
		return "is not in lower case, or not in simplified characters"
	case strings.ContainsFunc(word, func(r rune) bool { return !letter(r) }):
		return map[bool]string{true: "has characters other than the letters a to z", false: "has characters that are not Chinese"}[latin]
	case a.by != byBuiltin && utf8.RuneCountInString(word) < 2:
		return "is too short; want two characters or more"
	}
	if place, taken := a.to.places[word]; taken {
		return "is a word of " + a.meaning(word) + " already: " + place
	}
	for _, k := range a.to.list {
		if latin == isLatin(k.word) && a.nameOf(k) != entry.Table && (isBeginning(k.word, word) || isBeginning(word, k.word)) {
			return fmt.Sprintf("could be read as %q of %s: %s", k.word, a.nameOf(k), a.to.places[k.word])
		}
	}
	return ""
}

// isBeginning reports whether a text that begins with long could be read as beginning with
// short: in Chinese no space has to follow a word.
func isBeginning(short, long string) bool {
	rest, ok := strings.CutPrefix(long, short)
	return ok && !(isLatin(short) && isLatinLetter(rest))
}

// nameOf returns the name of the table of a keyword.
func (a *adding) nameOf(key keyword) string {
	if key.cancel {
		return cancelTable
	}
	return string(key.intent)
}

// meaning returns the name of the table of a word that is there.
func (a *adding) meaning(word string) string {
	for _, k := range a.to.list {
		if k.word == word {
			return a.nameOf(k)
		}
	}
	return fromTables + string(a.to.sources.by[word])
}

// addForm sets the form in which an order is written.
func (a *adding) addForm(entry *sheet.Entry, language lang.Lang) {
	form := entry.Text()
	if strings.TrimSpace(form) == "" || form != strings.TrimSpace(form) {
		a.fault(entry, 0, "want one text with no space before or after it")
		return
	}
	a.forms = append(a.forms, entry)
	if source, ok := strings.CutPrefix(entry.Table, fromTables); ok {
		a.to.sources.forms[language][Source(source)] = form
		return
	}
	before := a.to.forms[language][Intent(entry.Table)]
	for _, name := range []string{"{to}", "{amount}", "{source}", "{ref}"} {
		if a.by == byOperator && strings.Contains(before, name) && !strings.Contains(form, name) {
			a.fault(entry, 0, "lacks %s", name)
		}
	}
	if rest := strings.NewReplacer("{to}", "", "{amount}", "", "{source}", "", "{ref}", "").Replace(form); strings.ContainsAny(rest, "{}") || a.by == byModule && rest != form {
		a.fault(entry, 0, "has an unknown name in braces")
	}
	a.to.forms[language][Intent(entry.Table)] = form
}

// addBlank sets what hints show where a text gave no value.
func (a *adding) addBlank(entry *sheet.Entry) {
	name, language, _ := strings.Cut(entry.Name, "-")
	blanks := a.to.blanks[lang.Lang(language)]
	switch {
	case blanks == nil || a.by != byBuiltin && blanks[name] == "":
		a.fault(entry, 0, "want code, number, amount or ref, and -en or -zh")
	case entry.Text() == "" || strings.ContainsFunc(entry.Text(), unicode.IsNumber):
		a.fault(entry, 0, "want one text without digits, which could be taken for an order")
	default:
		blanks[name] = entry.Text()
	}
}

// addReference sets the form of the reference that may follow a module's word.
func (a *adding) addReference(entry *sheet.Entry) {
	form, err := regexp.Compile("^(?:" + entry.Text() + ")")
	switch {
	case a.by != byModule:
		a.fault(entry, 0, "only a module's order has a reference")
	case err != nil || entry.Text() == "":
		a.fault(entry, 0, "want a regular expression such as %q", "[a-z]{2}[0-9]{6}")
	case form.MatchString(""):
		a.fault(entry, 0, "matches an empty text, too")
	default:
		a.to.references[Intent(entry.Table)] = form
	}
}

// completeForms makes the first word of each of a module's orders its form, if it has none.
func (a *adding) completeForms() {
	for _, k := range a.to.list {
		if a.to.forms[k.lang][k.intent] == "" {
			a.to.forms[k.lang][k.intent] = strings.ToUpper(k.word)
		}
	}
}

// try parses a text with a word. If another rule of the grammar reads the word, such as the
// one that stops a payment, the word would never be an order, or would no longer stop a
// payment.
func (a *adding) try(added addedWord) {
	cny, _ := money.Lookup("CNY")
	before, after := Grammar{Currency: cny, Country: "CN", Words: a.before}, Grammar{Currency: cny, Country: "CN", Words: a.to}
	if source, ok := strings.CutPrefix(added.entry.Table, fromTables); ok {
		text := "pay 8001 25 " + added.word
		_, refusal := before.Parse(text)
		o, refusedNow := after.Parse(text)
		if courtesyWords[added.word] || refusal != nil && refusal.Reason != BadSource || refusedNow != nil || o.Source != Source(source) {
			a.fault(added.entry, added.index, "%q has another meaning after an amount, and cannot be a way of paying", added.word)
		}
		return
	}
	o, refusal := after.Parse(added.word)
	read := o.Intent
	if refusal != nil {
		read = refusal.Meant
	}
	if want := Intent(added.entry.Table); read != want && !(added.entry.Table == cancelTable && read == No && o.Cancel) {
		a.fault(added.entry, added.index, "%q has another meaning at the beginning of a text, and would not be read as %s", added.word, want)
	}
}

// tryForm parses what a hint, or HELP, would show with the form: whoever texts that must be
// understood.
func (a *adding) tryForm(entry *sheet.Entry) {
	cny, _ := money.Lookup("CNY")
	g := Grammar{Currency: cny, Country: "CN", Words: a.to}
	if source, ok := strings.CutPrefix(entry.Table, fromTables); ok {
		if o, refusal := g.Parse("pay 8001 25 " + entry.Text()); refusal != nil || o.Source != Source(source) {
			a.fault(entry, 0, "%q is not read as a way of paying", entry.Text())
		}
		return
	}
	payee := "8001"
	if slices.Contains([]Intent{Send, Ask, Name, In}, Intent(entry.Table)) {
		payee = "13800138000"
	}
	text := strings.NewReplacer("{to}", payee, "{amount}", "25", "{source}", "", "{ref}", "7HQ3KX9D").Replace(entry.Text())
	text, _, _ = strings.Cut(strings.ReplaceAll(text, "，", ","), ",") // either of LANG EN, LANG ZH is enough
	o, refusal := g.Parse(text)
	if refusal != nil && (refusal.Meant != Intent(entry.Table) || strings.Contains(entry.Text(), "{")) || refusal == nil && o.Intent != Intent(entry.Table) {
		a.fault(entry, 0, "%q is not read as %s", text, entry.Table)
	}
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }
