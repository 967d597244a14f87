package ref

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/width"
	"pgregory.net/rapid"
)

// TestCodeComesBack as it was made, however people write it.
func TestCodeComesBack(t *testing.T) {
	t.Parallel()
	for range 200 {
		code := NewCode(rand.Reader)
		if len(code) != codeLen || strings.ContainsAny(code, "0O1I") {
			t.Fatalf("code %q", code)
		}
		for _, written := range []string{code, strings.ToLower(code), " " + code[:3] + " " + code[3:] + "\n", code[:4] + "-" + code[4:], width.Widen.String(code), strings.ReplaceAll(code, "L", "1")} {
			if back, err := Code(written); err != nil || back != code {
				t.Fatalf("%q came back as %q, %v", written, back, err)
			}
		}
	}
}

// TestMistakesInCodes: one wrong character shows, and so do any two that are exchanged.
func TestMistakesInCodes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), codeRandom, codeRandom).Draw(t, "random")
		code := NewCode(strings.NewReader(string(raw)))
		for i := range code {
			for _, wrong := range refAlphabet {
				if byte(wrong) == code[i] {
					continue
				}
				if _, err := Code(code[:i] + string(wrong) + code[i+1:]); !errors.Is(err, ErrCheck) {
					t.Fatalf("%s with %c at %d: %v", code, wrong, i, err)
				}
			}
			for j := range i {
				exchanged := []byte(code)
				exchanged[i], exchanged[j] = exchanged[j], exchanged[i]
				if _, err := Code(string(exchanged)); code[i] != code[j] && !errors.Is(err, ErrCheck) {
					t.Fatalf("%s with %d and %d exchanged: %v", code, i, j, err)
				}
			}
		}
	})
}

// A text that is not a code is refused with the reason.
func TestInvalidCodes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{"": ErrCode, "ABCDEF": ErrCode, "ABCDEFGH": ErrCode, "ABCDEF0": ErrZero, "ABC_DEF": ErrCode} {
		if _, err := Code(text); err != want {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
}

func ExampleCode() {
	code, err := Code("mnq-rs 2x")
	fmt.Println(code, err)
	_, err = Code("MNQRS2Q")
	fmt.Println(err)
	// Output:
	// MNQRS2X <nil>
	// this ID was mistyped or misheard: its check character does not fit
}
