// Package sheet reads the files in which translators and operators write words and texts:
// TOML that holds only tables, and in each table names with a text or a list of texts.
//
//	[pay]
//	en   = ["pay"]
//	form-en = "PAY {to} {amount}{source}"
//
// It keeps the order and the line of each entry, so that the caller can report a mistake
// that only it can find, such as a word with two meanings, with the line. What the names
// mean is not known here.
//
// A file with a card number in it is refused, and the mistake does not repeat it.
//
// The package is pure, and imports engine/pan. github.com/BurntSushi/toml reads the values;
// lines.go finds where they stand, which that library does not tell; row.go takes a table for
// a row of data, and github.com/agnivade/levenshtein finds the key that was meant.
package sheet

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"mpg/engine/pan"
)

// Sheet is the contents of a file. The zero Sheet is empty.
type Sheet struct {
	File    string
	Entries []Entry // in the order of the file
	Tables  []Table // likewise, also those without entries
}

// Table is the header of a table.
type Table struct {
	Name string
	Line int // from 1
}

// Entry is one name of a table with its texts.
type Entry struct {
	Table string // such as "en.sms"
	Name  string
	Texts []string // one, unless it is a list
	Lines []int    // of each text, from 1
	Line  int      // of the name
	List  bool     // it was written in brackets
}

// Key returns the name with its table, as mistakes show it.
func (e *Entry) Key() string { return e.Table + "." + e.Name }

// Text returns the only text of an entry that is not a list.
func (e *Entry) Text() string {
	if len(e.Texts) != 1 || e.List {
		return ""
	}
	return e.Texts[0]
}

// Mistake says one thing that is wrong in a sheet.
type Mistake struct {
	File string
	Line int    // from 1; 0: not known
	Key  string // such as "en.sms.paid-purse"; empty: the syntax itself
	Text string // what is wrong and what is wanted instead
}

// Error returns the mistake in the form that editors understand: file:line: key: text.
func (m Mistake) Error() string {
	place := m.File
	if m.Line > 0 {
		place = fmt.Sprintf("%s:%d", m.File, m.Line)
	}
	if m.Key != "" {
		place += ": " + m.Key
	}
	return place + ": " + m.Text
}

// Mistakes is everything that is wrong in a sheet, by line.
type Mistakes []Mistake

// Error returns the mistakes, one a line.
func (ms Mistakes) Error() string {
	texts := make([]string, len(ms))
	for i, m := range ms {
		texts[i] = m.Error()
	}
	return strings.Join(texts, "\n")
}

// Err returns the mistakes sorted by line, or nil if there are none.
func (ms Mistakes) Err() error {
	if len(ms) == 0 {
		return nil
	}
	slices.SortStableFunc(ms, func(a, b Mistake) int { return cmp.Compare(a.Line, b.Line) })
	return ms
}

// Mistake returns a mistake about the text of an entry with that index.
func (s *Sheet) Mistake(entry *Entry, index int, format string, args ...any) Mistake {
	line := entry.Line
	if index < len(entry.Lines) {
		line = entry.Lines[index]
	}
	return Mistake{File: s.File, Line: line, Key: entry.Key(), Text: fmt.Sprintf(format, args...)}
}

// Read reads text, the contents of the file of that name. The error is Mistakes.
func Read(file, text string) (Sheet, error) {
	text = strings.TrimPrefix(text, "\ufeff") // some editors write this mark first
	tree := make(map[string]any)
	if _, err := toml.Decode(text, &tree); err != nil {
		m := Mistake{File: file, Text: strings.TrimPrefix(err.Error(), "toml: ")}
		var wrong toml.ParseError
		if errors.As(err, &wrong) {
			m.Line, m.Key, m.Text = wrong.Position.Line, wrong.LastKey, wrong.Message
		}
		m.Text, _ = pan.Redact(m.Text)
		return Sheet{File: file}, Mistakes{m}
	}
	r := reader{sheet: Sheet{File: file}, tree: tree}
	for _, p := range placesOf(text) {
		if len(p.key) == 0 {
			r.header(&p)
		} else {
			r.entry(&p)
		}
	}
	r.rest()
	return r.sheet, r.wrong.Err()
}

// reader takes the entries of a file out of its tree, in which nothing else may be.
type reader struct {
	sheet  Sheet
	tree   map[string]any
	unread []string // names of the tables whose header is wrong
	wrong  Mistakes
}

// fault reports what is wrong at a place.
func (r *reader) fault(p *place, format string, args ...any) {
	key := strings.Join(append(slices.Clone(p.table), p.key...), ".")
	r.wrong = append(r.wrong, Mistake{File: r.sheet.File, Line: p.line, Key: key, Text: fmt.Sprintf(format, args...)})
}

// header reads the header of a table.
func (r *reader) header(p *place) {
	name := strings.Join(p.table, ".")
	switch {
	case p.list:
		r.fault(p, "stands in double brackets, which begin a list of tables; want [%s], with a name that no other table has", name)
	case p.quoted:
		r.fault(p, "is a name in quotes; want one of letters, digits, hyphens and underscores, without quotes")
	default:
		r.sheet.Tables = append(r.sheet.Tables, Table{name, p.line})
		return
	}
	r.unread = append(r.unread, name)
	take(r.tree, p.table)
}

// entry reads one name with its texts. What is in a table that is not read is reported with its
// header.
func (r *reader) entry(p *place) {
	table := strings.Join(p.table, ".")
	if slices.ContainsFunc(r.unread, func(name string) bool { return table == name || strings.HasPrefix(table, name+".") }) {
		return
	}
	value, ok := take(r.tree, append(slices.Clone(p.table), p.key...))
	e := Entry{Table: table, Name: strings.Join(p.key, "."), Line: p.line, Lines: p.texts}
	if ok {
		e.Texts, e.List, ok = textsOf(value)
	}
	switch {
	case table == "":
		r.fault(p, "stands outside a table; put it below the name of one, such as [name]")
	case p.quoted:
		r.fault(p, "is a name in quotes; want one of letters, digits, hyphens and underscores, without quotes")
	case len(p.key) > 1:
		r.fault(p, "has a dot in its name, which makes a table; want a name without one")
	case !ok || len(e.Texts) != len(e.Lines):
		r.fault(p, "is not written as a text in quotes, or as a list of them")
	case slices.ContainsFunc(append(slices.Clone(e.Texts), e.Table, e.Name), pan.Holds):
		r.wrong = append(r.wrong, Mistake{File: r.sheet.File, Line: e.Line, Text: "there is a card number in it; no file may hold one"})
	default:
		r.sheet.Entries = append(r.sheet.Entries, e)
	}
}

// rest reports what no place has taken out of the tree.
func (r *reader) rest() {
	for _, key := range left("", r.tree) {
		m := Mistake{File: r.sheet.File, Key: key, Text: "want [tables], and in them names with a text in quotes, or with a list of them"}
		for _, table := range r.sheet.Tables {
			if strings.HasPrefix(key, table.Name+".") {
				m.Line = table.Line
			}
		}
		r.wrong = append(r.wrong, m)
	}
}

// take removes the value that stands under a path.
func take(tree map[string]any, path []string) (any, bool) {
	for _, part := range path[:len(path)-1] {
		inner, ok := tree[part].(map[string]any)
		if !ok {
			return nil, false
		}
		tree = inner
	}
	name := path[len(path)-1]
	value, ok := tree[name]
	delete(tree, name)
	return value, ok
}

// textsOf returns the texts of a value, and whether it is a list.
func textsOf(value any) (texts []string, list, ok bool) {
	switch v := value.(type) {
	case string:
		return []string{v}, false, true
	case []any:
		for _, inner := range v {
			text, isText := inner.(string)
			if !isText {
				return nil, true, false
			}
			texts = append(texts, text)
		}
		return texts, true, true
	}
	return nil, false, false
}

// left returns the keys of what take has not removed, sorted.
func left(path string, tree map[string]any) []string {
	var keys []string
	for name, value := range tree {
		key := strings.TrimPrefix(path+"."+name, ".")
		if inner, ok := value.(map[string]any); ok {
			keys = append(keys, left(key, inner)...)
			continue
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Has reports whether the sheet has an entry of that name.
func (s *Sheet) Has(table, name string) bool {
	return slices.ContainsFunc(s.Entries, func(e Entry) bool { return e.Table == table && e.Name == name })
}
