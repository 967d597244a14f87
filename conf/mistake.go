package conf

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"strings"
)

// Mistake is one thing that is wrong in a file.
type Mistake struct {
	File string `json:"file"` // as given to Load
	Line int    `json:"line"` // from 1; 0: nowhere in the file, as for a table that is missing
	Key  string `json:"key"`  // such as "smsc[2].window", counted from 1; empty: the syntax itself
	Text string `json:"text"` // what is wrong and what is wanted instead
}

// Error writes the mistake as editors and people know it: file:line: key: text.
func (m Mistake) Error() string {
	var b strings.Builder
	b.WriteString(m.File)
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d", m.Line)
	}
	b.WriteString(": ")
	if m.Key != "" {
		b.WriteString(m.Key + ": ")
	}
	b.WriteString(m.Text)
	return b.String()
}

// Mistakes is the error of Load: all that is wrong, in the order of the file.
type Mistakes []Mistake

// Error writes one mistake a line.
func (ms Mistakes) Error() string {
	texts := make([]string, len(ms))
	for i, m := range ms {
		texts[i] = m.Error()
	}
	return strings.Join(texts, "\n")
}

// report collects mistakes and knows where they stand.
type report struct {
	source
	all   Mistakes
	meant []string // keys and tables that unknown ones were meant to be
}

func (r *report) add(key, format string, args ...any) {
	r.all = append(r.all, r.mistake(key, fmt.Sprintf(format, args...)))
}

// wrong reports whether there already is a mistake about key, so that it is
// told once.
func (r *report) wrong(key string) bool {
	for _, m := range r.all {
		if m.Key == key {
			return true
		}
	}
	return false
}

// follows reports whether a mistake only follows from a name that is misspelt: under
// [SIP] the trunk is given, and sip.trunk is missing all the same.
func (r *report) follows(mistake Mistake) bool {
	return slices.ContainsFunc(r.meant, func(key string) bool {
		rest, under := strings.CutPrefix(mistake.Key, key)
		return under && (rest == "" || rest[0] == '.' || rest[0] == '[') && !r.lines.has(key)
	})
}

// err is all mistakes by line, or nil.
func (r *report) err() error {
	if len(r.all) == 0 {
		return nil
	}
	r.all = slices.DeleteFunc(r.all, r.follows)
	sort.SliceStable(r.all, func(i, j int) bool { return r.all[i].Line < r.all[j].Line })
	return r.all
}

// plain shortens an error of the file system to what an operator needs: the
// path and the reason, without the name of the system call.
func plain(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s: %w", pe.Path, pe.Err)
	}
	return err
}
