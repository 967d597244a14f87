package lang

import (
	"strings"
	"testing"

	"mpg/engine/sheet"
)

// FuzzOwnTexts: whatever an operator's file holds, it is refused with a place, or every
// text can be sent in one segment and every sentence can be said.
func FuzzOwnTexts(f *testing.F) {
	f.Add("[en.sms]\nbalance = \"{balance} left{at}.\"\n[zh.call]\nbye = [\"再见。\"]\n[en.part]\nat = \" ({when})\"\n")
	f.Add("[en.why]\nother = \"What?\"\n[en.reason]\nfunds = \"\"\n[zh.remedy]\nother = \"{care}\"\n")
	f.Add("[en.sms]\nbalance = \"{{balance}\"\nlast = [\"x\"]\n[en.part]\ntry = \"{n\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := sheet.Read("own", text)
		if err != nil {
			return
		}
		texts, err := Builtin().With(&s)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "own") {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		for _, l := range []Lang{EN, ZH} {
			for k := range classes {
				for _, a := range texts.in(l).longestArgs(l, k)[:1] {
					if said := (Operator{Texts: texts}).SMS(l, k, a); segments(said) > 1 {
						t.Fatalf("%q: %s.%s is %d segments: %s", text, l, k, segments(said), said)
					}
				}
			}
			for p := range texts.in(l).call {
				if len(texts.Voice(l, p, Args{})) == 0 {
					t.Fatalf("%q: nothing is said at %s.%s", text, l, p)
				}
			}
		}
	})
}
