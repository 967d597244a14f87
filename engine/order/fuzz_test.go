package order_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"mpg/engine/order"
	"mpg/engine/sheet"
	"mpg/store/money"
)

// seed adds the texts of all tables.
func seed(f *testing.F) {
	for _, file := range tables {
		for _, r := range table(f, file, 1) {
			f.Add(r.text)
		}
	}
}

// FuzzParse: one result, that can be printed, and no amount that is not in the
// text.
func FuzzParse(f *testing.F) {
	seed(f)
	g := grammar(f)
	f.Fuzz(func(t *testing.T, text string) {
		o, refusal := g.Parse(text)
		if (o == order.Order{}) == (refusal == nil) {
			t.Fatalf("%q: %+v and %+v", text, o, refusal)
		}
		if refusal != nil {
			if refusal.Reason == "" || refusal.Hint == "" {
				t.Fatalf("%q: a refusal without reason or hint: %+v", text, refusal)
			}
			return
		}
		if o.Amount != 0 && !saysAmount(text, o) {
			t.Fatalf("%q is read as %s: not among %v", text, written(o), readings(g.Currency, text))
		}
		moves := o.Intent == order.Pay || o.Intent == order.Send || o.Intent == order.Ask || o.Intent == order.In || o.Intent == order.Out && o.To != ""
		if o.Intent != order.Name && moves != (o.To != "" && o.Amount > 0) {
			t.Fatalf("%q is read as %s", text, written(o))
		}
		if b, err := json.Marshal(o); err != nil || !json.Valid(b) {
			t.Fatalf("%q: %s, %v", text, b, err)
		}
	})
}

// FuzzLooksLikePIN: what looks like a PIN is never an order, and nothing is
// left of its digits.
func FuzzLooksLikePIN(f *testing.F) {
	seed(f)
	g := grammar(f)
	f.Fuzz(func(t *testing.T, text string) {
		secret := (order.Grammar{}).LooksLikePIN(text)
		o, refusal := g.Parse(text)
		if secret != (refusal != nil && refusal.Reason == order.PINInText) {
			t.Fatalf("%q: PIN %t, but %s, %+v", text, secret, written(o), refusal)
		}
		kept := order.Redact(text)
		if strings.ContainsFunc(kept, isDigit) || strings.ContainsFunc(norm.NFKC.String(kept), isDigit) {
			t.Fatalf("%q is kept as %q", text, kept)
		}
		if (order.Grammar{}).LooksLikePIN(kept) {
			t.Fatalf("%q still looks like a PIN", kept)
		}
	})
}

// isDigit reports whether r is a digit of any script.
func isDigit(r rune) bool {
	return unicode.IsNumber(r) || strings.ContainsRune("零〇一二三四五六七八九幺两", r)
}

// FuzzOwnWords: whatever an operator's file holds, it is refused with a place, or its
// words are read without changing what the built-in ones mean.
func FuzzOwnWords(f *testing.F) {
	f.Add("[pay]\nen = [\"lipa\"]\nform-en = \"LIPA {to} {amount}\"\n[from.purse]\nzh = [\"小金库\"]\n")
	f.Add("[no.cancel]\npinyin = [\"quxiaola\"]\n[pay]\nform-zh = [\"a\"]\nzh = []\n")
	f.Add("[balance]\nreference = \"[\"\n[x]\nen = [\"x y\"]\n")
	g := order.Grammar{Country: "CN"}
	g.Currency, _ = money.Lookup("CNY")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := sheet.Read("own", text)
		if err != nil {
			return
		}
		for _, add := range []func(*sheet.Sheet) (*order.Words, error){order.Builtin().WithOwn, order.Builtin().WithModule} {
			words, err := add(&s)
			if err != nil {
				if !strings.HasPrefix(err.Error(), "own") {
					t.Fatalf("%q: %v", text, err)
				}
				continue
			}
			with := g
			with.Words = words
			if o, refusal := with.Parse("pay 8001 25.50 bank"); refusal != nil || o.Intent != order.Pay || o.Source != order.FromBank {
				t.Fatalf("%q: %+v %+v", text, o, refusal)
			}
			with.Parse(text)
		}
	})
}
