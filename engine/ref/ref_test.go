package ref

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/width"
	"pgregory.net/rapid"
)

func TestReferenceIsAPermutation(t *testing.T) {
	t.Parallel()
	r := New([]byte("0123456789abcdef0123456789abcdef"))
	rapid.Check(t, func(t *rapid.T) {
		no := rapid.Uint64Range(0, 1<<40-1).Draw(t, "no")
		ref := r.Ref(no)
		if len(ref) != refLen || strings.ContainsAny(ref, "0O1I") {
			t.Fatalf("%d is %q", no, ref)
		}
		for _, s := range []string{ref, strings.ToLower(ref), " " + ref + "\n", ref[:4] + "-" + strings.ToLower(ref[4:]),
			ref[:4] + " – " + ref[4:], ref[:2] + " " + ref[2:4] + "\u00a0" + ref[4:6] + "\u3000" + ref[6:], width.Widen.String(ref),
			strings.ReplaceAll(ref, "L", "1"), strings.ReplaceAll(ref, "L", "I"), strings.ReplaceAll(ref, "L", "i")} {
			if back, err := r.Number(s); err != nil || back != no {
				t.Fatalf("%q came back as %d, %v", s, back, err)
			}
		}
	})
}

func TestReferencesDependOnTheKeyAndDoNotCount(t *testing.T) {
	t.Parallel()
	a, b := New([]byte("a")), New([]byte("b"))
	if a.Ref(1) == b.Ref(1) {
		t.Error("two keys, one reference")
	}
	seen := make(map[string]bool)
	for no := range uint64(2000) {
		seen[a.Ref(no)] = true
	}
	if len(seen) != 2000 {
		t.Errorf("%d references of 2000 payments", len(seen))
	}
	if a.Ref(1)[:6] == a.Ref(2)[:6] {
		t.Error("neighbours look alike")
	}
}

// A text that is not a reference is refused with the reason.
func TestInvalidReferences(t *testing.T) {
	t.Parallel()
	r := New([]byte("key"))
	for text, want := range map[string]error{
		"": ErrForm, "ABCDEFG": ErrForm, "ABCDEFGHJ": ErrForm, "ABCD_EFGH": ErrForm, "ABCDEFG0": ErrZero, "ABCDEFGo": ErrZero,
		"日本語日本語日本": ErrForm, "ABCDEFGÄ": ErrForm,
	} {
		if _, err := r.Number(text); err != want {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

func FuzzReference(f *testing.F) {
	r := New([]byte("key"))
	for _, s := range []string{r.Ref(1), "", "0000000O", "ABCDEFGHJ", "日本語日本語日本"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		no, err := r.Number(s)
		plain := strings.Map(func(c rune) rune {
			switch {
			case unicode.IsSpace(c), unicode.Is(unicode.Pd, c):
				return -1
			case strings.ContainsRune("1Iiı", c):
				return 'L'
			}
			return unicode.ToUpper(c)
		}, width.Fold.String(s))
		if err == nil && r.Ref(no) != plain {
			t.Fatalf("%q is %d, whose reference is %q", s, no, r.Ref(no))
		}
	})
}
