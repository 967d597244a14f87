package sheet_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"mpg/engine/sheet"
)

func Example() {
	s, err := sheet.Read("words.toml", "[pay]\nen = [\"pay\"]\nzh = [\n  \"支付\",\n  \"付\", # also alone\n]\nform-en = \"PAY {to} {amount}\"\n")
	for _, e := range s.Entries {
		fmt.Println(e.Line, e.Key(), e.Texts, e.Lines)
	}
	fmt.Println(err)
	// Output:
	// 2 pay.en [pay] [2]
	// 3 pay.zh [支付 付] [4 5]
	// 7 pay.form-en [PAY {to} {amount}] [7]
	// <nil>
}

func TestEntriesKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]sheet.Entry{
		"":                              nil,
		"# nothing\n\n":                 nil,
		"[a]\n":                         nil,
		"[a]\nb = \"\"":                 {{Table: "a", Name: "b", Texts: []string{""}, Lines: []int{2}, Line: 2}},
		"[ a . b ]\nc='x # \"y'  # z\n": {{Table: "a.b", Name: "c", Texts: []string{`x # "y`}, Lines: []int{2}, Line: 2}},
		"[a]\nb = [ ] # none\nc = \"\\\"]\"\n": {{Table: "a", Name: "b", Line: 2, List: true},
			{Table: "a", Name: "c", Texts: []string{`"]`}, Lines: []int{3}, Line: 3}},
		"[a]\r\nb = [\"x\", 'y',\r\n\r\n# \"not\"\r\n\"]\"\r\n]\r\n": {{Table: "a", Name: "b", Texts: []string{"x", "y", "]"}, Lines: []int{2, 2, 5}, Line: 2, List: true}},
		"\ufeff[a]\nb = \"x\"": {{Table: "a", Name: "b", Texts: []string{"x"}, Lines: []int{2}, Line: 2}},
	} {
		s, err := sheet.Read("f", text)
		if err != nil || len(s.Entries)+len(want) > 0 && !reflect.DeepEqual(s.Entries, want) {
			t.Errorf("%q: got %+v, %v", text, s.Entries, err)
		}
	}
}

// TestOtherFormsAreRefused: valid TOML that is not a sheet is reported, with its line if
// that is known, and never silently left out.
func TestOtherFormsAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[a]\nb = 1": "f:2: a.b: is not written",
		"[a]\nc = \"\"\nb = \"4111 1111 1111 1111\"": "f:3: there is a card number in it",
		"[4111111111111111]\nb = \"\"":               "f:2: there is a card number in it",
		"[a]\nb = \"5555555555554444\" x":            "expected",
		"[a]\nb = [\"x\", 1]":                        "f:2: a.b: is not written",
		"[a]\nb = [[\"x\"]]":                         "f:2: a.b: is not written",
		"[a]\nb = \"\"\"x\ny\"\"\"":                  "f:2: a.b: is not written",
		"[a]\nb.c = \"x\"":                           "f:2: a.b.c: has a dot in its name",
		"[a]\nb = {c = \"x\"}":                       "a.b: is not written",
		"[[a]]\nb = \"x\"":                           "f:1: a: stands in double brackets",
		"[b]\nc = \"\"\n\n[[a]]\nb = \"x\"":          "f:4: a: stands in double brackets, which begin a list of tables; want [a]",
		"[[a]]\nb = \"x\"\n[[a]]\n":                  "f:3: a: stands in double brackets",
		"[\"a\"]\nb = \"x\"":                         "f:1: a: is a name in quotes",
		"b.c = \"x\"":                                "f:1: b.c: stands outside a table",
		"[a]\nc = \"\"\"\nx\"\"\"\nb = 1":            "f:4: a.b: is not written",
		"b = \"x\"":                                  "f:1: b: stands outside a table",
		"[a]\n\"b c\" = \"x\"":                       "f:2: a.b c: is a name in quotes",
		"[a]\nb = \"x\"\nb = \"y\"":                  "f:3: a.b: Key 'a.b' has already been defined",
		"[a]\nb = ":                                  "f:2: a.b: unexpected",
		"[a\n":                                       "f:",
		"[a]\nb = 1\nc = 2":                          "f:3: a.c",
	} {
		_, err := sheet.Read("f", text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
		for told := range strings.SplitSeq(fmt.Sprint(err), "\n") {
			if !strings.HasPrefix(told, "f:") || strings.HasPrefix(told, "f: ") {
				t.Errorf("%q: told without a line: %s", text, told)
			}
		}
	}
}

// FuzzRead: no file stops the reader, and each text of it has a line.
func FuzzRead(f *testing.F) {
	f.Add("[pay]\nen = [\"pay\", 'x']\nform = \"a\\\"b\" # c\n")
	f.Add("[a]\nb = [\n\"\"\"x\n\"\"\"]\n[b.c]\nd=1")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := sheet.Read("f", text)
		lines := strings.Count(text, "\n") + 1
		for _, e := range s.Entries {
			if len(e.Texts) != len(e.Lines) || e.Line < 1 || e.Line > lines || e.Key() == "." {
				t.Fatalf("%+v", e)
			}
		}
		if err != nil && err.Error() == "" {
			t.Fatal("a mistake without words")
		}
	})
}

// TestRows: a table is a row, with the places of what is wrong in it.
func TestRows(t *testing.T) {
	t.Parallel()
	s, err := sheet.Read("f", "[a]\nx = \"1\"\ny = [\"2\", \"2\"]\nz = []\nw = \"\"\n\n[b]\n")
	if err != nil {
		t.Fatal(err)
	}
	rows := s.Rows()
	if len(rows) != 2 || rows[1].Place() != "b (f:7)" || !rows[0].Has("x") || rows[0].Has("v") || rows[1].Has("x") {
		t.Fatalf("%+v", rows)
	}
	a := rows[0]
	if x, v := a.Text("x", "0"), a.Text("v", "7"); x != "1" || v != "7" || len(a.Wrong) > 0 {
		t.Errorf("%q, %q, %v", x, v, a.Wrong)
	}
	if y := a.Texts("y"); len(y) != 2 || len(a.Texts("v")) != 0 {
		t.Errorf("%q", y)
	}
	a.Texts("z")
	a.Text("y", "")
	a.Unknown()
	a.Fault("", "is odd")
	a.Fault("v", "is missing")
	want := "f:3: a.y: names \"2\" twice\nf:4: a.z: is an empty list; leave the key out to mean all\nf:3: a.y: want one text, not a list\n" +
		"f:5: a.w: is not known; the keys of a row are x, v, y, v, z, y\nf:1: a: is odd\nf:1: a.v: is missing"
	if got := a.Wrong.Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
