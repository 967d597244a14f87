package main

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// columnGap is the space between two columns of a table.
const columnGap = 2

// columns returns how many columns of a terminal a text takes: a Chinese character takes
// two (Unicode Standard Annex 11, W and F), and a combining mark none.
func columns(text string) int {
	count := 0
	for _, char := range text {
		switch kind := width.LookupRune(char).Kind(); {
		case unicode.In(char, unicode.Mn, unicode.Me, unicode.Cf):
		case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
			count += 2
		default:
			count++
		}
	}
	return count
}

// aligned returns lines whose cells end with tabs as a table. Consecutive lines with a cell
// in a column share its width; the last cell of a line is not padded.
func aligned(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	cells, most := make([][]string, len(lines)), 0
	for i, line := range lines {
		cells[i] = strings.Split(line, "\t")
		most = max(most, len(cells[i]))
	}
	for column := range most {
		for from := 0; from < len(cells); from++ {
			to, widest := from, 0
			for ; to < len(cells) && len(cells[to]) > column+1; to++ {
				widest = max(widest, columns(cells[to][column]))
			}
			for ; from < to; from++ {
				cell := &cells[from][column]
				*cell += strings.Repeat(" ", widest+columnGap-columns(*cell))
			}
		}
	}
	var table strings.Builder
	for _, line := range cells {
		table.WriteString(strings.Join(line, "") + "\n")
	}
	return table.String()
}
