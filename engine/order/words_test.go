package order_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/lang"
	"mpg/engine/order"
	"mpg/engine/sheet"
)

// own reads a sheet of words.
func own(t testing.TB, text string) *sheet.Sheet {
	t.Helper()
	s, err := sheet.Read("own.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	return &s
}

// points are the words of a module.
const points = `[points]
en = ["points"]
zh = ["积分"]
pinyin = ["jf"]
form-en = "POINTS"
form-zh = "积分"
`

// allWords yields the words of every list of a sheet, with its table and list.
func allWords(s *sheet.Sheet, yield func(e *sheet.Entry, word string) bool) {
	for i := range s.Entries {
		for _, word := range s.Entries[i].Texts {
			if s.Entries[i].List && !yield(&s.Entries[i], word) {
				return
			}
		}
	}
}

// TestNoWordHasTwoMeanings checks the one table of all words, codes and ways of paying:
// each is there once, and is read as what it stands for.
func TestNoWordHasTwoMeanings(t *testing.T) {
	t.Parallel()
	s, err := sheet.Read("words.toml", order.Sample())
	if err != nil {
		t.Fatal(err)
	}
	g := grammar(t)
	places := make(map[string]string)
	count := 0
	allWords(&s, func(e *sheet.Entry, word string) bool {
		count++
		if other := places[word]; other != "" {
			t.Errorf("%q stands for %s and for %s", word, other, e.Key())
		}
		places[word] = e.Key()
		if source, isSource := strings.CutPrefix(e.Table, "from."); isSource {
			for _, text := range []string{"pay 8001 25.50 " + word, "send 50 13800138000 " + word} {
				if o, refusal := g.Parse(text); refusal != nil || string(o.Source) != source {
					t.Errorf("%s: got %+v %+v", text, o, refusal)
				}
			}
			return true
		}
		texts := []string{word, strings.ToUpper(word), " " + word + ". "}
		if e.Table == "refund" { // alone, two of its words take a payment back
			texts = []string{word + " 7hq3kx9d", strings.ToUpper(word) + " 7HQ3 KX9D 20", word + "7hq3kx9d."}
			if word[0] < 0x80 {
				texts = texts[:2]
			}
		}
		for _, text := range texts {
			o, refusal := g.Parse(text)
			read := string(o.Intent)
			if refusal != nil {
				read = string(refusal.Meant)
			} else if o.Cancel {
				read += ".cancel"
			}
			if read != e.Table {
				t.Errorf("%q of %s is read as %s", text, e.Table, read)
			}
		}
		return true
	})
	if count < 100 {
		t.Errorf("only %d words", count)
	}
	for word, key := range places {
		for other, its := range places {
			table, otherTable := strings.Split(key, ".")[0], strings.Split(its, ".")[0]
			if word != other && word[0] >= 0x80 && strings.HasPrefix(other, word) && table != otherTable {
				t.Errorf("%q of %s begins with %q of %s", other, its, word, key)
			}
		}
	}
}

// TestHintsAreOrders: what a hint shows is read as the order that it is a hint for.
func TestHintsAreOrders(t *testing.T) {
	t.Parallel()
	s, err := sheet.Read("words.toml", order.Sample())
	if err != nil {
		t.Fatal(err)
	}
	g := grammar(t)
	forms := 0
	for i := range s.Entries {
		e := &s.Entries[i]
		if e.List || strings.HasPrefix(e.Table, "from.") || e.Table == "blank" {
			continue
		}
		forms++
		to := map[string]string{"pay": "8001", "send": "13800138000", "ask": "13800138000", "name": "13800138000", "in": "13800138000"}[e.Table]
		text := strings.NewReplacer("{to}", to, "{amount}", "25.50", "{source}", "", "{ref}", "7HQ3KX9D").Replace(e.Text())
		text, _, _ = strings.Cut(strings.ReplaceAll(text, "，", ","), ",") // LANG EN, LANG ZH are two
		if o, refusal := g.Parse(text); refusal != nil || string(o.Intent) != e.Table {
			t.Errorf("%s: %q is %+v %+v", e.Key(), text, o, refusal)
		}
	}
	if forms != 42 {
		t.Errorf("%d forms, want one of each order in both languages", forms)
	}
}

func TestWordsOfAModule(t *testing.T) {
	t.Parallel()
	plain := grammar(t)
	g := plain
	var err error
	if g.Words, err = order.Builtin().WithModule(own(t, points)); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]order.Order{
		"POINTS":         {Intent: "points", Written: lang.EN},
		" points. ":      {Intent: "points", Written: lang.EN},
		"Points TO 8001": {Intent: "points", Written: lang.EN, Rest: "to 8001"},
		"积分":             {Intent: "points", Written: lang.ZH},
		"积分8001":         {Intent: "points", Written: lang.ZH, Rest: "8001"},
		"積分 8001":        {Intent: "points", Written: lang.ZH, Rest: "8001"},
		"JF":             {Intent: "points", Written: lang.ZH},
		"BAL":            {Intent: order.Balance, Written: lang.EN},
		"please points":  {Intent: "points", Written: lang.EN},
		"ＰＯＩＮＴＳ　ａｌｌ":     {Intent: "points", Written: lang.EN, Rest: "all"},
	} {
		if got, refusal := g.Parse(text); refusal != nil || got != want {
			t.Errorf("%q: %+v %+v, want %+v", text, got, refusal, want)
		}
	}
	for _, text := range []string{"POINTS", "积分", "pointsman", "jfk"} {
		if got, refusal := plain.Parse(text); refusal == nil {
			t.Errorf("without the module %q is %+v", text, got)
		}
	}
	for _, text := range []string{"pointsman", "jfk", "poins"} {
		if got, refusal := g.Parse(text); refusal == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
	more, err := g.Words.WithModule(own(t, "[save]\nen = [\"save\"]\nzh = [\"存钱\"]\nform-zh = \"存钱 金额\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	forms := more.ModuleForms()
	if !slices.Equal(forms[lang.EN], []string{"POINTS", "SAVE"}) || !slices.Equal(forms[lang.ZH], []string{"积分", "存钱 金额"}) {
		t.Errorf("HELP would list %v", forms)
	}
	if len(order.Builtin().ModuleForms()[lang.EN]) != 0 {
		t.Error("the built-in words were changed")
	}
}

// TestOwnWords: an operator's words are read like the built-in ones, even if they name a
// way of paying, move money beside what looks like a PIN, or are misspelt.
func TestOwnWords(t *testing.T) {
	t.Parallel()
	module, err := order.Builtin().WithModule(own(t, points))
	if err != nil {
		t.Fatal(err)
	}
	g := grammar(t)
	if g.Words, err = module.WithOwn(own(t, `[pay]
en = ["remit"]
pinyin = ["fk"]
form-en = "REMIT {to} {amount}{source}"
[no.cancel]
en = ["annulment"]
[points]
en = ["bonus"]
[blank]
amount-en = "sum"
[from.purse]
en = ["float"]
zh = ["小金库"]
[from.bank]
zh = ["存款账户"]
`)); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"REMIT 8001 25.50":       "pay to=8001 amount=25.50",
		"fk8001 25":              "pay to=8001 amount=25.00",
		"pay 8001 25 float":      "pay to=8001 amount=25.00 source=purse",
		"pay 8001 25 from float": "pay to=8001 amount=25.00 source=purse",
		"remit 8001 25 lunch":    "pay to=8001 amount=25.00 memo=lunch",
		"付8001 25元用存款账户":         "pay to=8001 amount=25.00 source=bank",
		"用存款账户付8001 25":          "pay to=8001 amount=25.00 source=bank",
		"用小金库付8001 25":           "pay to=8001 amount=25.00 source=purse",
		"annulment":              "no cancel",
		"bonus":                  "points",
		"付8001 25用银行":            "pay to=8001 amount=25.00 source=bank",
	} {
		if o, refusal := g.Parse(text); refusal != nil || written(o) != want {
			t.Errorf("%q: got %s %+v, want %s", text, written(o), refusal, want)
		}
	}
	if _, refusal := g.Parse("remti 8001 25"); refusal == nil || refusal.Meant != order.Pay || refusal.Hint != "REMIT 8001 25" {
		t.Errorf("a misspelt word of the operator's gets %+v", refusal)
	}
	if _, refusal := g.Parse("remit 8001"); refusal == nil || refusal.Hint != "REMIT 8001 sum" {
		t.Errorf("the blank is %+v", refusal)
	}
	if o, refusal := g.Parse("remit 8001 482913"); refusal != nil || o.Amount != 482913_00 {
		t.Errorf("six digits of an order are taken for a PIN: %+v", refusal)
	}
	if g.LooksLikePIN("remit 8001 482913") || !grammar(t).LooksLikePIN("remit 8001 482913") {
		t.Error("only the grammar with the word knows that it moves money")
	}
	if o, refusal := g.Parse("pay 8001 25 floats"); refusal == nil {
		t.Errorf("what may be a way of paying became the memo %q", o.Memo)
	}
}

// TestReferencesAreNoPINs: the number behind a service's word is its reference if it has
// that form; whatever else the text holds is still taken for a PIN.
func TestReferencesAreNoPINs(t *testing.T) {
	t.Parallel()
	g := grammar(t)
	var err error
	if g.Words, err = order.Builtin().WithModule(own(t, "[fine]\nen = [\"fine\"]\nreference = \"[a-z]{2}[0-9]{6}\"\n"+
		"[bill]\nen = [\"bill\"]\nzh = [\"缴费\"]\nreference = \"(power|gas|电费) ?[0-9]{8}\"\n")); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"FINE AB123456 200":         "fine",
		"fine ab123456":             "fine",
		"ＦＩＮＥ　ＡＢ１２３４５６":             "fine",
		"Please fine AB123456.":     "fine",
		"缴费 电费 00120034 88":         "bill",
		"缴费电费00120034":              "bill",
		"BILL power 00120034 88":    "bill",
		"fine AB123456 482913":      "", // a number more than the order has
		"fine AB123456 PIN 4829":    "",
		"fine AB1234567":            "fine",
		"fine AB123456 4 8 2 9 1 3": "",
		"fine 482913":               "",
		"bill 482913":               "",
		"缴费 482913":                 "",

		"482913 AB123456":    "",
		"pay 8001 25 482913": "",
	} {
		o, refusal := g.Parse(text)
		switch {
		case want == "" && (refusal == nil || refusal.Reason != order.PINInText):
			t.Errorf("%q is not taken for a PIN: %+v %+v", text, o, refusal)
		case want != "" && (refusal != nil || string(o.Intent) != want):
			t.Errorf("%q: %+v %+v, want %s", text, o, refusal, want)
		}
	}
	if !grammar(t).LooksLikePIN("FINE AB123456 482913") {
		t.Error("without the module")
	}
}

// TestWordsThatCannotBeAdded: each mistake names its place, and that of the word that is
// in the way.
func TestWordsThatCannotBeAdded(t *testing.T) {
	t.Parallel()
	with, err := order.Builtin().WithModule(own(t, points))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"[pay]\nen = [\"lipa\",\n  \"bal\"]":              `own.toml:3: pay.en: "bal" is a word of balance already: built-in words:`,
		"[pay]\nen = [\"pay\"]":                           `own.toml:2: pay.en: "pay" is a word of pay already: built-in words:`,
		"[send]\npinyin = [\"yh\"]":                       `"yh" is a word of from.bank already: built-in words:`,
		"[send]\npinyin = [\"jf\"]":                       `"jf" is a word of points already: own.toml:4`,
		"[send]\nen = [\"give\", \"give\"]":               `"give" is a word of send already: own.toml:2`,
		"[send]\nzh = [\"付费\"]":                           `"付费" could be read as "付" of pay: built-in words:`,
		"[send]\nzh = [\"余\"]":                            "too short",
		"[pay]\nzh = [\"余额付\"]":                           `could be read as "余额" of balance`,
		"[from.card]\nzh = [\"积分卡\"]":                     `could be read as "积分" of points`,
		"[pay]\nen = [\"Lipa\"]":                          "is not in lower case",
		"[pay]\nzh = [\"給錢\"]":                            "not in simplified characters",
		"[pay]\nen = [\" lipa\"]":                         "a space too many",
		"[pay]\nen = [\"\"]":                              "is empty",
		"[pay]\nen = [\"pay2\"]":                          "characters other than the letters a to z",
		"[pay]\nzh = [\"pago\"]":                          "characters that are not Chinese",
		"[pay]\npinyin = [\"付费\"]":                        "characters other than the letters a to z",
		"[pay]\nen = \"lipa\"":                            "own.toml:2: pay.en: want a list of words",
		"[pay]\nfr = [\"payer\"]":                         "own.toml:2: pay.fr: want en, zh, pinyin",
		"[paye]\nen = [\"lipa\"]":                         "own.toml:2: paye.en: mpg has no such order",
		"[from.cash]\nen = [\"notes\"]":                   "mpg has no such order",
		"[pay]\nform-en = \"LIPA {to}\"":                  "own.toml:2: pay.form-en: lacks {amount}",
		"[balance]\nform-en = \"BAL {purse}\"":            "an unknown name in braces",
		"[balance]\nform-en = [\"BAL\"]":                  "want one text",
		"[pay]\nform-en = \"LIPA {to} {amount}{source}\"": "own.toml:2: pay.form-en: \"LIPA 8001 25\" is not read as pay",
		"[pay]\nform-en = \"PAY {amount} {to}{source}\"":  "\"PAY 25 8001\" is not read as pay",
		"[balance]\nform-zh = \"钱包多少\"":                   "is not read as balance",
		"[from.bank]\nform-en = \"SAVINGS\"":              "\"SAVINGS\" is not read as a way of paying",
		"[balance]\nen = [\"pay me\"]":                    `"pay me" could be read as "pay" of pay`,
		"[again]\nen = [\"opt\"]":                         `"opt" could be read as "opt in" of start`,
		"[blank]\ncode-fr = \"boutique\"":                 "own.toml:2: blank.code-fr: want code, number, amount or ref",
		"[blank]\nshop-en = \"shop\"":                     "want code, number, amount or ref",
		"[blank]\ncode-en = \"8001\"":                     "want one text without digits",
		"[points]\nreference = \"[0-9]{6}\"":              "only a module's order has a reference",
		"[balance]\nform-zh = \" \"":                      "want one text with no space",
		"[last]\nen = [\"refund\"]":                       `"refund" is a word of refund already`,
		"[last]\nen = [\"dispute\"]":                      `"dispute" has another meaning at the beginning of a text, and would not be read as last`,
		"[pay]\nen = [\"please\"]":                        `"please" has another meaning`,
		"[last]\nzh = [\"算了\"]":                           `"算了" has another meaning`,
		"[from.purse]\nen = [\"tomorrow\"]":               `"tomorrow" has another meaning after an amount`,
		"[from.purse]\nen = [\"thanks\"]":                 `"thanks" has another meaning`,
		"[from.purse]\nen = [\"yuan\"]":                   `"yuan" has another meaning after an amount`,
		"[last]\nen = [\"dont tell me\"]":                 "has another meaning",
		"[no.cancel]\nzh = [\"终止\"]":                      "has another meaning",
	} {
		_, err := with.WithOwn(own(t, text))
		var all sheet.Mistakes
		if !errors.As(err, &all) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s:\ngot  %v\nwant %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		"[pay]\nen = [\"lipa\"]":                            "own.toml:2: pay.en: a module needs an order of its own",
		"[from.purse]\nen = [\"points\"]":                   "a module needs an order of its own",
		"[points.more]\nen = [\"bonus\"]":                   "a module needs an order of its own",
		"[points]\nen = [\"bonus\"]":                        "a module needs an order of its own",
		"[save]\nen = [\"pay\"]":                            `"pay" is a word of pay already`,
		"[save]\nen = [\"payroll\"]":                        "",
		"[save]\nen = [\"save\"]\nform-en = \"PUT amount\"": "own.toml:3: save.form-en: \"PUT amount\" is not read as save",
		"[save]\nform-en = \"SAVE {amount}\"":               "an unknown name in braces",
		"[save]\nen = [\"save\"]\nreference = \"[0-9\"":     "own.toml:3: save.reference: want a regular expression",
		"[save]\nen = [\"save\"]\nreference = \"[0-9]*\"":   "own.toml:3: save.reference: matches an empty text, too",
	} {
		if _, err := with.WithModule(own(t, text)); (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestAddedWordsChangeNoOther: whatever words are accepted, every text of the tables is
// read as before, unless it begins with one of them.
func TestAddedWordsChangeNoOther(t *testing.T) {
	t.Parallel()
	before := grammar(t)
	var texts []string
	for _, file := range tables {
		for i, r := range table(t, file, 1) {
			if i%7 == 0 {
				texts = append(texts, r.text)
			}
		}
	}
	syllables := []string{"ba", "li", "pa", "zu", "mo", "ko", "te", "ri"}
	rapid.Check(t, func(t *rapid.T) {
		word := strings.Join(rapid.SliceOfN(rapid.SampledFrom(syllables), 3, 4).Draw(t, "word"), "")
		intent := rapid.SampledFrom([]string{"pay", "send", "balance", "stop", "again"}).Draw(t, "intent")
		s := &sheet.Sheet{File: "own", Entries: []sheet.Entry{{Table: intent, Name: "en", Texts: []string{word}, Lines: []int{1}, Line: 1, List: true}}}
		words, err := order.Builtin().WithOwn(s)
		if err != nil {
			return
		}
		after := before
		after.Words = words
		text := rapid.SampledFrom(texts).Draw(t, "text")
		o, refusal := before.Parse(text)
		o2, refusal2 := after.Parse(text)
		if o != o2 || (refusal == nil) != (refusal2 == nil) || refusal != nil && refusal.Reason != refusal2.Reason {
			t.Fatalf("with %q for %s, %q is read as %+v %+v, before as %+v %+v", word, intent, text, o2, refusal2, o, refusal)
		}
	})
}
