package conf

import (
	"strconv"
	"strings"
)

// lines tells the line of each key of a TOML file. Keys are written with their
// tables and, in arrays, with places counted from 1: "smsc[2].window".
type lines map[string]int

// of returns the line of key; where it is not in the file, the line of the
// nearest table around it, and 0 where there is none.
func (l lines) of(key string) int {
	for key != "" {
		if line, ok := l[key]; ok {
			return line
		}
		key = key[:max(0, strings.LastIndexAny(key, ".["))]
	}
	return 0
}

func (l lines) has(key string) bool {
	_, ok := l[key]
	return ok
}

// join is the name of part under the table path. A part that TOML would quote
// is quoted here too, so that dots within it do no harm.
func join(path, part string) string {
	for _, r := range part {
		if !isBare(r) {
			part = strconv.Quote(part)
			break
		}
	}
	if part == "" {
		part = `""`
	}
	if path == "" {
		return part
	}
	return path + "." + part
}

// at is the name of the i-th entry, from 0, of the array path.
func at(path string, i int) string {
	return path + "[" + strconv.Itoa(i+1) + "]"
}

func isBare(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
}

// findLines reads the places of keys in a file that the TOML parser has found
// right. Of any other text it makes something, and ends.
func findLines(src string) lines {
	s := scanner{src: src, line: 1, found: make(lines), arrays: make(map[string]int)}
	table := ""
	for s.skip(" \t\r\n"); s.pos < len(s.src); s.skip(" \t\r\n") {
		if s.src[s.pos] == '[' {
			table = s.header()
			continue
		}
		s.pair(table)
	}
	return s.found
}

// scanner walks over TOML. Each of its methods leaves pos further on, or at the
// end.
type scanner struct {
	src    string
	pos    int
	line   int
	found  lines
	arrays map[string]int // entries of each array of tables so far
}

// header reads [table] or [[array of tables]] and returns the table's name.
func (s *scanner) header() string {
	array := strings.HasPrefix(s.src[s.pos:], "[[")
	s.skipAny("[")
	path := ""
	parts := s.key()
	for i, part := range parts {
		path = join(path, part)
		if array && i == len(parts)-1 {
			s.arrays[path]++
			s.note(path)
		}
		if n := s.arrays[path]; n > 0 {
			path = at(path, n-1)
		}
		s.note(path)
	}
	s.skipAny("] \t")
	return path
}

// pair reads key = value of a table.
func (s *scanner) pair(table string) {
	for _, part := range s.key() {
		table = join(table, part)
		s.note(table)
	}
	s.skipAny(" \t=")
	s.value(table)
}

// key reads the parts of a dotted key.
func (s *scanner) key() []string {
	var parts []string
	for {
		s.skipAny(" \t")
		parts = append(parts, s.keyPart())
		s.skipAny(" \t")
		if s.pos >= len(s.src) || s.src[s.pos] != '.' {
			return parts
		}
		s.pos++
	}
}

func (s *scanner) keyPart() string {
	start := s.pos
	if s.pos < len(s.src) && (s.src[s.pos] == '"' || s.src[s.pos] == '\'') {
		s.text()
		raw := s.src[start:s.pos]
		if part, err := strconv.Unquote(raw); err == nil && raw[0] == '"' {
			return part
		}
		return strings.Trim(raw, `"'`)
	}
	for s.pos < len(s.src) && isBare(rune(s.src[s.pos])) {
		s.pos++
	}
	return s.src[start:s.pos]
}

// value reads whatever stands after =, or in an array, under the name path.
func (s *scanner) value(path string) {
	if s.pos >= len(s.src) {
		return
	}
	switch s.src[s.pos] {
	case '[':
		s.pos++
		for i := 0; s.more(']'); i++ {
			s.note(at(path, i))
			s.value(at(path, i))
		}
	case '{':
		s.pos++
		for s.more('}') {
			s.pair(path)
		}
	case '"', '\'':
		s.text()
	default:
		s.step() // a character that cannot begin a value must not stop the walk
		for s.pos < len(s.src) && !strings.ContainsRune(",]}#\n", rune(s.src[s.pos])) {
			s.pos++
		}
	}
}

// more goes to the next entry of an array or inline table. At its end it steps over the
// closing bracket and reports false.
func (s *scanner) more(end byte) bool {
	s.skip(" \t\r\n,")
	if s.pos >= len(s.src) {
		return false
	}
	if s.src[s.pos] == end {
		s.pos++
		return false
	}
	return true
}

// text reads a string of any of the four kinds; pos is at its first quote.
func (s *scanner) text() {
	quote := s.src[s.pos : s.pos+1]
	if strings.HasPrefix(s.src[s.pos:], strings.Repeat(quote, 3)) {
		quote = strings.Repeat(quote, 3)
	}
	s.pos += len(quote)
	for s.pos < len(s.src) && !strings.HasPrefix(s.src[s.pos:], quote) {
		if s.src[s.pos] == '\\' && quote[0] == '"' {
			s.step()
		}
		s.step()
	}
	s.pos = min(len(s.src), s.pos+len(quote))
	if len(quote) == 3 {
		s.skipAny(quote[:1]) // TOML 1.0 "String": the last characters before """ may be quotes
	}
}

// skip skips characters and over comments.
func (s *scanner) skip(chars string) {
	for s.skipAny(chars); s.pos < len(s.src) && s.src[s.pos] == '#'; s.skipAny(chars) {
		for s.pos < len(s.src) && s.src[s.pos] != '\n' {
			s.pos++
		}
	}
}

func (s *scanner) skipAny(chars string) {
	for s.pos < len(s.src) && strings.IndexByte(chars, s.src[s.pos]) >= 0 {
		s.step()
	}
}

// step passes over one octet and counts lines.
func (s *scanner) step() {
	if s.pos < len(s.src) {
		if s.src[s.pos] == '\n' {
			s.line++
		}
		s.pos++
	}
}

// note keeps the first place of a name.
func (s *scanner) note(path string) {
	if !s.found.has(path) {
		s.found[path] = s.line
	}
}
