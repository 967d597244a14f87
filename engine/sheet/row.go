package sheet

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Row is a table of a sheet that is one row of data: the name of the table names the row, and
// each entry is a value. Its methods collect what is wrong in it.
type Row struct {
	Name  string
	File  string
	Line  int // of the header
	Wrong Mistakes

	sheet   *Sheet
	entries map[string]*Entry
	asked   []string // names of the entries that may be given
}

// Rows returns the tables of the sheet as rows, in the order of the file.
func (s *Sheet) Rows() []*Row {
	rows := make([]*Row, 0, len(s.Tables))
	byName := make(map[string]*Row, len(s.Tables))
	for _, table := range s.Tables {
		row := &Row{Name: table.Name, File: s.File, Line: table.Line, sheet: s, entries: make(map[string]*Entry)}
		rows, byName[table.Name] = append(rows, row), row
	}
	for i := range s.Entries {
		if e := &s.Entries[i]; byName[e.Table] != nil {
			byName[e.Table].entries[e.Name] = e
		}
	}
	return rows
}

// Has reports whether the row gives a value.
func (r *Row) Has(name string) bool { return r.entries[name] != nil }

// Text returns the text of an entry, or instead if the row does not give it.
func (r *Row) Text(name, instead string) string {
	r.asked = append(r.asked, name)
	e := r.entries[name]
	switch {
	case e == nil:
		return instead
	case e.List:
		r.Fault(name, "want one text, not a list")
		return instead
	}
	return e.Text()
}

// Texts returns the texts of an entry, which may be one or a list of them; none if the row
// does not give it.
func (r *Row) Texts(name string) []string {
	r.asked = append(r.asked, name)
	e := r.entries[name]
	if e == nil {
		return nil
	}
	if len(e.Texts) == 0 {
		r.Fault(name, "is an empty list; leave the key out to mean all")
	}
	for i, text := range e.Texts {
		if slices.Contains(e.Texts[:i], text) {
			r.Fault(name, "names %q twice", text)
		}
	}
	return e.Texts
}

// Fault reports what is wrong with an entry, or with the row if it does not give it. The name
// is empty if it is about the row as a whole.
func (r *Row) Fault(name, format string, args ...any) {
	if e := r.entries[name]; e != nil {
		r.Wrong = append(r.Wrong, r.sheet.Mistake(e, 0, format, args...))
		return
	}
	key := strings.TrimSuffix(r.Name+"."+name, ".")
	r.Wrong = append(r.Wrong, Mistake{File: r.File, Line: r.Line, Key: key, Text: fmt.Sprintf(format, args...)})
}

// Place returns where the row stands, as mistakes in other rows name it.
func (r *Row) Place() string { return fmt.Sprintf("%s (%s:%d)", r.Name, r.File, r.Line) }

// nearest asks whether the key was meant that differs from name by one or two letters; "": none
// does.
func nearest(name string, known []string) string {
	const most = 2
	best, least := "", most+1
	for _, key := range known {
		if changes := levenshtein.ComputeDistance(name, key); changes < least && changes < len(name) {
			best, least = key, changes
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "? "
}

// Unknown reports the entries that nobody has asked for.
func (r *Row) Unknown() {
	for _, name := range slices.Sorted(maps.Keys(r.entries)) {
		if !slices.Contains(r.asked, name) {
			r.Fault(name, "is not known; %sthe keys of a row are %s", nearest(name, r.asked), strings.Join(r.asked, ", "))
		}
	}
}
