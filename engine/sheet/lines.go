package sheet

import (
	"strconv"
	"strings"
)

// place is where an entry stands, or the header of a table.
type place struct {
	table, key []string // the parts of their names; key is empty for a header
	line       int
	texts      []int // the line of each text
	list       bool  // of a header: in double brackets, which begin one of a list of tables
	quoted     bool  // some of the name is in quotes
}

// placesOf finds the entries and the headers of a text that the TOML parser has accepted. An
// entry in a form that the package does not allow is found with too few texts.
func placesOf(text string) []place {
	var found []place
	var table []string
	until := "" // what ends the value that goes on
	for number, line := range strings.Split(text, "\n") {
		rest := strings.TrimSpace(line)
		switch {
		case until == "" && (rest == "" || rest[0] == '#'):
			continue
		case until == "" && rest[0] == '[':
			list := strings.HasPrefix(rest, "[[")
			header := place{line: number + 1, list: list}
			header.table, header.quoted, _ = cutKey(strings.TrimLeft(rest, "["))
			table, found = header.table, append(found, header)
			continue
		case until == "":
			entry := place{table: table, line: number + 1}
			entry.key, entry.quoted, rest = cutKey(rest)
			found = append(found, entry)
			rest = strings.TrimSpace(strings.TrimPrefix(rest, "="))
			until = goesOn(rest)
		case until != "]": // a text of several lines
			if strings.Contains(rest, until) {
				until = ""
			}
			continue
		}
		if until == "" || until == "]" {
			last := &found[len(found)-1]
			count, closed := countTexts(rest)
			for range count {
				last.texts = append(last.texts, number+1)
			}
			if closed {
				until = ""
			}
		}
	}
	return found
}

// goesOn returns what ends a value that may go on in the next line: a list, or a text in triple
// quotes; "" if it ends here.
func goesOn(value string) string {
	if strings.HasPrefix(value, "[") {
		return "]"
	}
	for _, quotes := range []string{`"""`, "'''"} {
		if strings.HasPrefix(value, quotes) && !strings.Contains(value[len(quotes):], quotes) {
			return quotes
		}
	}
	return ""
}

// cutKey takes a key off the front of a line: its parts, which dots separate, without the
// quotes around some of them.
func cutKey(line string) (parts []string, quoted bool, rest string) {
	for {
		line = strings.TrimLeft(line, " \t")
		end := strings.IndexAny(line, " \t.=]")
		if end < 0 {
			end = len(line)
		}
		part := line[:end]
		if line != "" && (line[0] == '"' || line[0] == '\'') {
			end = min(endOfText(line, 0)+1, len(line))
			part, quoted = unquoted(line[:end]), true
		}
		parts, rest = append(parts, part), strings.TrimLeft(line[end:], " \t")
		if !strings.HasPrefix(rest, ".") {
			return parts, quoted, rest
		}
		line = rest[1:]
	}
}

// unquoted returns a part of a key without the quotes around it.
func unquoted(part string) string {
	if plain, err := strconv.Unquote(part); err == nil && part[0] == '"' {
		return plain
	}
	return strings.Trim(part, `"'`)
}

// countTexts counts the texts in quotes of one line, up to a comment, and reports whether
// a list ends there.
func countTexts(line string) (count int, closed bool) {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '#':
			return count, closed
		case ']':
			closed = true
		case '"', '\'':
			i = endOfText(line, i)
			count++
		}
	}
	return count, closed
}

// endOfText returns the index of the quote that ends the text that starts at start.
func endOfText(line string, start int) int {
	quote := line[start]
	for start++; start < len(line) && line[start] != quote; start++ {
		if line[start] == '\\' && quote == '"' {
			start++
		}
	}
	return start
}
