package lang_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/lang"
)

// TestMaskText hides what may be a phone number among other words.
func TestMaskText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"asked by 138 0000 0001, at 10:30": "asked by 1380****0001, at 10:30", "room 4711": "room 4711", "(+86-138-0000-0001)": "(138****0001)", "１３８０００００００２": "1380****0002", "": "",
	} {
		if got := lang.MaskText(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`\+[1-9][0-9]{6,14}`).Draw(t, "number")
		masked := lang.MaskText("call " + number + ", please")
		if strings.Contains(masked, number[1:]) || len(digits(masked)) > len(digits(number))-2 {
			t.Fatalf("%s is shown as %s", number, masked)
		}
	})
}

func digits(text string) string { return regexp.MustCompile(`[^0-9]`).ReplaceAllString(text, "") }
