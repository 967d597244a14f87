package sheet

import "strings"

// place is where an entry stands.
type place struct {
	table, name string
	line        int
	texts       []int // the line of each text
}

// placesOf finds the entries and the tables of a text that the TOML parser has accepted. An
// entry in a form that the package does not allow is left out, or found with too few texts.
func placesOf(text string) (found []place, tables []Table) {
	table, inList := "", false
	for number, line := range strings.Split(text, "\n") {
		rest := strings.TrimSpace(line)
		if !inList {
			name, value, ok := strings.Cut(rest, "=")
			switch {
			case rest == "" || rest[0] == '#':
				continue
			case rest[0] == '[':
				header, _, _ := strings.Cut(rest[1:], "]")
				table = strings.ReplaceAll(header, " ", "")
				tables = append(tables, Table{table, number + 1})
				continue
			case !ok:
				continue
			}
			found = append(found, place{table: table, name: strings.TrimSpace(name), line: number + 1})
			rest = strings.TrimSpace(value)
			inList = strings.HasPrefix(rest, "[")
		}
		last := &found[len(found)-1]
		count, closed := countTexts(rest)
		for range count {
			last.texts = append(last.texts, number+1)
		}
		inList = inList && !closed
	}
	return found, tables
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
