package order

import (
	"cmp"
	"strings"
	"unicode"

	"mpg/engine/lang"
	"mpg/store/money"
)

// near holds as much of an order as a refused text says for certain.
type near struct {
	to     string // a merchant code; never a subscriber's number
	amount money.Amount
	typed  string // the amount as it stands in the text
	source Source
	whole  bool   // nothing else is in the text
	cash   bool   // of OUT: there may be an agent's code
	unsure bool   // a way of paying is named, and nobody can tell which
	item   string // of YES: the number of a request for money
}

// nearOf returns what a text says whose memo is refused: the amount is certain only
// where the words after it do not touch it.
func nearOf(read near, sum amount, from Source, why Reason) near {
	if why != BadSource && why != TooMuch || mayBeNumber(sum.typed) {
		return read
	}
	read.amount, read.typed = sum.value, sum.typed
	if why == BadSource {
		read.source, read.whole = from, from != ""
	}
	return read
}

// mayBeNumber reports whether an amount has enough digits to be a subscriber's
// number in the wrong place.
func mayBeNumber(typed string) bool { return len(strings.Map(keepDigit, typed)) >= groupedDigitsMin }

// refuse makes a refusal with the form nearest to what was meant.
func (p *parser) refuse(why Reason, meant Intent) (Order, *Refusal) {
	p.named(why, meant)
	r := &Refusal{Reason: why, Meant: meant, Hint: p.hint(meant), Written: p.written, Exact: meant == Yes && p.near.item != ""}
	if meant.moves() {
		r.To, r.Amount, r.Source, r.Unsure = p.near.to, p.near.amount, p.near.source, p.near.unsure
		r.Exact = r.To != "" && r.Amount != 0 && p.near.whole
	}
	if r.Amount != 0 {
		r.Currency = p.g.Currency
	}
	return Order{}, r
}

// The names of what a hint shows where a text gave no value. A hint never shows a
// subscriber's number, since hints are printed.
const (
	blankCode   = "code"
	blankNumber = "number"
	blankAmount = "amount"
	blankRef    = "ref"
	blankAgent  = "agent"
)

// hint returns the form of an intent, with the code, the amount and the way of
// paying as they were typed; where nothing was meant it is that of a payment.
func (p *parser) hint(meant Intent) string {
	language := lang.EN
	if p.written == lang.ZH {
		language = lang.ZH
	}
	blank := p.words.blanks[language]
	form := p.words.form(language, meant)
	if form == "" {
		meant = Pay
		form = p.words.form(language, meant)
	}
	if meant == Refund {
		return strings.NewReplacer("{ref}", blank[blankRef], "{amount}", blank[blankAmount]).Replace(form)
	}
	if meant == Yes && p.near.item != "" {
		return form + " " + p.near.item
	}
	if !meant.moves() && meant != Name {
		return form
	}
	to, amount := p.near.to, p.asWritten(p.near.typed)
	switch {
	case meant != Pay:
		to = blank[blankNumber]
	case to == "":
		to = blank[blankCode]
	}
	if amount == "" {
		amount = blank[blankAmount]
	}
	forms := p.words.sources.forms[language]
	source := forms[p.near.source]
	switch {
	case p.near.unsure && meant == Send:
		source = forms[FromBank] + "/" + forms[FromPurse]
	case p.near.unsure:
		source = forms[FromBank] + "/" + forms[FromCard] + "/" + forms[FromPurse]
	}
	if source != "" {
		source = " " + source
	}
	if meant == Out && p.near.cash {
		form += " " + cmp.Or(p.near.to, blank[blankAgent])
	}
	return strings.NewReplacer("{to}", to, "{amount}", amount, "{source}", source).Replace(form)
}

// nearest returns the intent that a misspelt text most likely means, and what stands
// after its first word: the keyword with the fewest mistakes, one in a short
// word and two in a long one. It is empty where no keyword is near.
func (w *Words) nearest(text string) (Intent, string) {
	word := text
	if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		word = text[:i]
	}
	best, least := Intent(""), longMistakesMax+1
	for _, k := range w.list {
		if k.rest {
			continue // a module says itself what its words need
		}
		n := len([]rune(k.word))
		if n < shortWordMin {
			continue
		}
		most := longMistakesMax
		if n < longWordMin {
			most = 1
		}
		if d := distance(word, k.word); d < least && d <= most {
			best, least = k.intent, d
		}
	}
	return best, strings.TrimLeft(text[len(word):], " :,")
}

// Limits of misspelling.
const (
	shortWordMin    = 3
	longWordMin     = 6
	longMistakesMax = 2
)

// wordRunesMax bounds a misspelt word that is compared.
const wordRunesMax = 16

// distance returns the optimal string alignment distance of two short words, over
// runes: two letters that changed places are one mistake.
func distance(typed, meant string) int {
	x, y := []rune(typed), []rune(meant)
	x = x[:min(len(x), wordRunesMax)]
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := range x {
		row[0] = i + 1
		for j := range y {
			cost := last[j]
			if x[i] != y[j] {
				cost++
			}
			row[j+1] = min(cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
