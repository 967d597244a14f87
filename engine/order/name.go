package order

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// NameRunesMax is the longest name under which a number is kept.
const NameRunesMax = 12

// name reads NAME WORD NUMBER, in either order, and UNNAME WORD.
func (p personal) name(text string, intent Intent) (Order, *Refusal) {
	order := Order{Intent: intent, Written: p.written}
	if intent == Name {
		n, reason := p.g.plan().only(text)
		if reason != "" {
			return p.refuse(reason, intent)
		}
		order.To = n.number
		text = text[:n.start] + " " + text[n.end:]
	}
	order.Name = strings.Trim(text, " .,:;!?-。\"'“”‘’")
	if !p.mayBeName(order.Name) {
		return p.refuse(BadName, intent)
	}
	return order, nil
}

// mayBeName reports whether a word may be the name of a number: it is one word of letters,
// and has no meaning of its own, neither at the beginning of a text nor behind an amount.
func (p personal) mayBeName(name string) bool {
	ws, ok := split(name)
	if !ok || len(ws) != 1 || ws[0].odd || ws[0].text != name || utf8.RuneCountInString(name) > NameRunesMax {
		return false
	}
	if !ws[0].han && len(name) < 2 || courtesyWords[name] || slices.Contains(toWords, name) {
		return false
	}
	if _, _, known := p.words.find(name); known {
		return false
	}
	inner := Grammar{Currency: p.g.Currency, Country: p.g.Country, Ranges: p.g.Ranges, Words: p.words}
	paid, refusal := inner.Parse("pay 8001 25 " + name)
	return refusal == nil && paid.Source == "" && paid.Memo == name
}

// names returns the places in p.plain of the words that may be a name of the sender's own.
func (p personal) names() [][2]int {
	if slices.ContainsFunc(digitGroups(p.text), func(group [2]int) bool { return group[1]-group[0] >= numberDigitsMin }) {
		return nil // a number was meant, and mistyped
	}
	ws, ok := split(p.text)
	if !ok || len(p.plain) != len(p.text) {
		return nil
	}
	var spans [][2]int
	for _, w := range ws {
		if !w.han {
			spans = append(spans, [2]int{w.start, w.end})
			continue
		}
		spans = append(spans, p.hanNames(w)...)
	}
	return spans
}

// hanNames returns what may be a name in a run of Chinese characters: all of it behind a
// keyword and a to-word, up to a way of paying.
func (p personal) hanNames(run word) [][2]int {
	var spans [][2]int
	text := p.text[run.start:run.end]
	end := len(text)
	if source := p.words.sources.form.FindStringIndex(text); source != nil {
		end = source[0]
	}
	for start := range text {
		if p.leadsToName(text[:start]) {
			spans = append(spans, [2]int{run.start + start, run.end})
			if end > start && end < len(text) {
				spans = append(spans, [2]int{run.start + start, run.start + end})
			}
		}
	}
	return spans
}

// leadsToName reports whether Chinese characters are nothing but a keyword, a unit of money
// and a to-word, each of which may be missing.
func (p personal) leadsToName(text string) bool {
	text = cutGreeting(text)
	if k, rest, ok := p.words.find(text); ok && k.intent.moves() {
		text = rest
	}
	if u, rest := cutUnit(text); u.code != "" || u.after {
		text = rest
	}
	rest, _ := cutTo(text)
	return rest == ""
}

// WithNumber returns the text of an order that was refused because it names no number, with
// the number in place of the one name in it that numberOf knows. It reports false if there is
// none, or more than one.
func (r *Refusal) WithNumber(numberOf func(name string) (number string, ok bool)) (text string, ok bool) {
	if r.unnumbered == nil {
		return "", false
	}
	var number string
	var at [2]int
	plain := r.unnumbered.plain
	for _, span := range (personal{r.unnumbered}).names() {
		found, known := numberOf(lower(plain[span[0]:span[1]]))
		switch {
		case !known:
		case number != "":
			return "", false
		default:
			number, at = found, span
		}
	}
	if number == "" {
		return "", false
	}
	return plain[:at[0]] + " " + number + " " + plain[at[1]:], true
}

// MayName reports whether the text was refused only because it names no number, and may name
// somebody in another way.
func (r *Refusal) MayName() bool {
	return r.unnumbered != nil && len(personal{r.unnumbered}.names()) > 0
}

// Named returns the one word of a text without a number that may be meant as a name, in lower
// case, or "".
func (r *Refusal) Named() string {
	if r.unnumbered == nil {
		return ""
	}
	p := personal{r.unnumbered}
	name, end := "", 0
	for _, span := range p.names() {
		word := lower(p.plain[span[0]:span[1]])
		switch source := p.words.sources.form.FindString(word); {
		case isASCII(word) && p.words.sources.by[word] != "", source != "" && !isASCII(word), sourceOwners[word], !p.mayBeName(word):
		case name != "" && span[1] != end: // an earlier start in the same run says more than the name
			return ""
		default:
			name, end = word, span[1]
		}
	}
	return name
}
