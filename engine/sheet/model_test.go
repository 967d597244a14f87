package sheet_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/engine/sheet"
)

// writer writes a sheet in one of the many ways in which people write it, and notes what must
// be read.
type writer struct {
	t    *rapid.T
	text strings.Builder
	line int // number of the line that is being written
	want []sheet.Entry
}

func (w *writer) write(text string) {
	w.text.WriteString(text)
	w.line += strings.Count(text, "\n")
}

// pick writes one of some texts that mean the same.
func (w *writer) pick(label string, texts ...string) {
	w.write(rapid.SampledFrom(texts).Draw(w.t, label))
}

// quoted writes a text in quotes of either kind, and returns the line where it stands.
func (w *writer) quoted(text string) int {
	line := w.line
	if !strings.ContainsAny(text, "'") && rapid.Bool().Draw(w.t, "literal") {
		w.write("'" + text + "'")
		return line
	}
	w.write(`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`)
	return line
}

// entry writes one name with its texts.
func (w *writer) entry(table, name string) {
	texts := rapid.SliceOfN(rapid.SampledFrom([]string{"", "pay", "支付", `a "b"`, "it's", "x = [1]", "# not", `\`, `\"`, "[t]", "]", ",", "a,b"}), 0, 4).Draw(w.t, "texts")
	e := sheet.Entry{Table: table, Name: name, Line: w.line}
	w.write(name)
	w.pick("equals", "=", " = ", "\t=\t")
	if len(texts) == 1 && rapid.Bool().Draw(w.t, "one") {
		e.Texts, e.Lines = texts, []int{w.quoted(texts[0])}
	} else {
		e.List = true
		w.write("[")
		for i, text := range texts {
			w.pick("before", "", " ", "\n", "\n  # \"not\" ]\n  ", "\r\n")
			e.Texts, e.Lines = append(e.Texts, text), append(e.Lines, w.quoted(text))
			if i < len(texts)-1 || rapid.Bool().Draw(w.t, "last comma") {
				w.pick("comma", ",", " ,", "\n,", ", # \"x\", ]\n")
			}
		}
		w.pick("end", "]", " ]", "\n]")
	}
	w.pick("rest", "\n", "  # \"y\" [z]\n", "\r\n", "\n\n")
	w.want = append(w.want, e)
}

// TestAnyWayOfWriting: however a sheet is laid out, each text is read with its line, in the
// order of the file.
func TestAnyWayOfWriting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &writer{t: t, line: 1}
		w.pick("start", "", "# a = \"b\"\n", "\n\n", "\ufeff")
		var headers []sheet.Table
		tables := []string{"a", "b", "en.sms", "b.c", "x-1"}
		for _, table := range tables[:rapid.IntRange(0, len(tables)).Draw(t, "tables")] {
			headers = append(headers, sheet.Table{Name: table, Line: w.line})
			w.write("[" + table + "]")
			w.pick("header", "\n", " # [c]\n", "\r\n", "\n\n# d = 1\n")
			for i := range rapid.IntRange(0, 3).Draw(t, "entries") {
				w.entry(table, fmt.Sprintf("n%d", i))
			}
		}
		s, err := sheet.Read("f", w.text.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, w.text.String())
		}
		if len(s.Entries)+len(w.want) > 0 && !reflect.DeepEqual(s.Entries, w.want) {
			t.Fatalf("got %+v\nwant %+v\n%s", s.Entries, w.want, w.text.String())
		}
		if len(s.Tables)+len(headers) > 0 && !reflect.DeepEqual(s.Tables, headers) {
			t.Fatalf("tables %+v, want %+v\n%s", s.Tables, headers, w.text.String())
		}
		rows := s.Rows()
		if len(rows) != len(headers) {
			t.Fatalf("%d rows of %d tables", len(rows), len(headers))
		}
		for _, e := range w.want {
			if !s.Has(e.Table, e.Name) || s.Has(e.Table+"x", e.Name) || s.Has(e.Table, e.Name+"x") {
				t.Fatalf("%s is there: %t", e.Key(), s.Has(e.Table, e.Name))
			}
			for _, row := range rows {
				if row.Has(e.Name) && row.Name == e.Table && row.Line >= e.Line {
					t.Fatalf("row %s stands after its entry %s", row.Place(), e.Key())
				}
			}
		}
	})
}

// TestNothingIsLeftOut: what is written is either read or reported; no part of a file that
// TOML knows is passed over.
func TestNothingIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"a = \"1\"\n[b]\nc = \"2\"", "[a]\nb = true", "[a]\nb = 2026-11-26", "[a]\nb = [true]", "[a]\nb = [[\"x\"], [\"y\"]]", "[a]\nb = {}", "[a]\nb = [{c = \"x\"}]",
		"[a]\n\"b\" = \"x\"", "[a]\n'b' = \"x\"", "[\"a\"]\nb = \"x\"", "[a.\"b.c\"]\nd = \"x\"", "[a]\nb.c.d = \"x\"", "[[a]]\n[[a]]\nb = \"x\"", "[a]\nb = '''x'''", "[a]\nb = \"\"\"\n[c]\nd = \"x\"\n\"\"\"",
		"[a]\nb = [\"\"\"x\"\"\", 'y']", "[a]\nb = [\n'''\nx'''\n]", "[a]\nb = 0x1F", "[a]\nb = inf", "[a]\nb = ['x', 1]", "[a]\nb = [1, 'x']",
	} {
		if s, err := sheet.Read("f", text); err == nil {
			t.Errorf("%q: is read as %+v", text, s.Entries)
		}
	}
}

// TestMistakesByLine: what is wrong is told in the order of the file, each with its place, and
// as the type that callers look into.
func TestMistakesByLine(t *testing.T) {
	t.Parallel()
	_, err := sheet.Read("words.toml", "top = \"1\"\n[a]\nb = 1\nc = \"right\"\nd = [2]\n[e]\nf = {g = \"x\"}\n")
	var wrong sheet.Mistakes
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	last := 0
	for _, mistake := range wrong {
		if mistake.File != "words.toml" || mistake.Line < last || mistake.Text == "" {
			t.Errorf("%+v after line %d", mistake, last)
		}
		last = mistake.Line
	}
	keys := make([]string, 0, len(wrong))
	for _, mistake := range wrong {
		keys = append(keys, fmt.Sprintf("%d %s", mistake.Line, mistake.Key))
	}
	for _, want := range []string{"1 top", "3 a.b", "5 a.d", "7 e.f"} {
		if !strings.Contains(strings.Join(keys, "|"), want) {
			t.Errorf("%s is not told: %q", want, keys)
		}
	}
	for want, mistake := range map[string]sheet.Mistake{
		"f: is odd":        {File: "f", Text: "is odd"},
		"f:7: is odd":      {File: "f", Line: 7, Text: "is odd"},
		"f: a.b: is odd":   {File: "f", Key: "a.b", Text: "is odd"},
		"f:7: a.b: is odd": {File: "f", Line: 7, Key: "a.b", Text: "is odd"},
	} {
		if got := mistake.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if sheet.Mistakes(nil).Err() != nil {
		t.Error("no mistakes are an error")
	}
}

// TestMistakeAtAText: a mistake about one text of a list has the line of that text, and one
// beyond the list that of the name.
func TestMistakeAtAText(t *testing.T) {
	t.Parallel()
	s, err := sheet.Read("f", "[a]\nb = [\n  \"x\",\n\n  \"y\", \"z\",\n]\nc = []\n")
	if err != nil || len(s.Entries) != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	for index, line := range []int{3, 5, 5, 2} {
		if m := s.Mistake(&s.Entries[0], index, "is %d", index); m.Line != line || m.Key != "a.b" || m.Text != fmt.Sprintf("is %d", index) {
			t.Errorf("text %d: %+v, want line %d", index, m, line)
		}
	}
	if m := s.Mistake(&s.Entries[1], 0, "is empty"); m.Line != 7 || s.Entries[1].Text() != "" || s.Entries[0].Text() != "" {
		t.Errorf("%+v", m)
	}
}
