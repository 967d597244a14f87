package lang

import (
	"strings"
	"time"
	"unicode/utf16"

	"mpg/store/money"
)

// Lengths of one short message, 3GPP TS 23.038 4 and 6.2.1.
const (
	septetsMax = 160 // GSM 7-bit default alphabet
	unitsMax   = 70  // UCS-2
)

// SMS is text k in l. It is always one segment: where the values are longer
// than any real ones, the other party's name is cut, then the time is left
// out. A k that this build does not know gives the empty text.
func SMS(l Lang, k Key, a Args) string {
	if k == LastItems {
		return last(l, a)
	}
	text := textsEN[k]
	if l == ZH {
		text = textsZH[k]
	}
	w := wording{l: l, a: a}
	if s, ok := w.inUCS2(text, a.Party); ok {
		return s
	}
	w.a.Party = w.name(a.Party)
	s := w.fill(text)
	for !fits(s) && len(w.a.Party) > 0 {
		w.a.Party = cut(w.a.Party)
		s = w.fill(text)
	}
	if !fits(s) {
		w.a.At, w.a.Hint = time.Time{}, ""
		s = w.fill(text)
	}
	return clip(s)
}

// cut takes the last sign off a name.
func cut(name string) string {
	r := []rune(name)
	return strings.TrimRight(string(r[:len(r)-1]), " ")
}

// clip is s as far as it fits.
func clip(s string) string {
	r := []rune(s)
	for !fits(string(r)) {
		r = r[:len(r)-1]
	}
	return string(r)
}

// fits reports whether s is one segment.
func fits(s string) bool {
	if n, ok := septets(s); ok {
		return n <= septetsMax
	}
	return len(utf16.Encode([]rune(s))) <= unitsMax
}

// detail is how much a line of LAST tells.
type detail int

const (
	whole  detail = iota // date, amount, party, reference
	noRef                // without the reference
	brief                // the party in a few signs
	noName               // date and amount only
)

// briefRunes is how many signs of a name a brief line keeps.
const briefRunes = 6

// itemsMax is how many payments LAST tells of.
const itemsMax = 3

// last lists the items, newest first: rather all of them briefly than few.
func last(l Lang, a Args) string {
	items := a.Items[:min(len(a.Items), itemsMax)]
	for ; len(items) > 0; items = items[:len(items)-1] {
		for d := whole; d <= noName; d++ {
			if s := lines(l, a, items, d); fits(s) {
				return s
			}
		}
	}
	return SMS(l, LastNone, a)
}

func lines(l Lang, a Args, items []Item, d detail) string {
	head, sep := textsEN[LastItems], "; "
	if l == ZH {
		head, sep = textsZH[LastItems], "；"
	}
	told := make([]string, len(items))
	for i, it := range items {
		told[i] = line(l, a, it, d)
	}
	return head + strings.Join(told, sep)
}

func line(l Lang, a Args, it Item, d detail) string {
	w := wording{l: l, a: Args{Party: it.Party, Number: it.Number}}
	w.a.Party = w.name(it.Party)
	parts := []string{shortDate(l, it.At), signed(l, a.Currency, it.Amount)}
	switch {
	case d == brief:
		parts = append(parts, w.briefly())
	case d < brief:
		parts = append(parts, w.party())
	}
	if d == whole {
		parts = append(parts, it.Ref)
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

// signed is Price with a plus sign before what was received.
func signed(l Lang, c money.Currency, a money.Amount) string {
	price, number := Price(l, c, a), c.Format(a)
	if a <= 0 {
		return price
	}
	return strings.Replace(price, number, "+"+number, 1)
}
