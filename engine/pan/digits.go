package pan

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// group is an unbroken sequence of digits.
type group struct {
	digits     string // in ASCII
	start, end int    // in octets of the text
	parted     string // what separates it from the group before: "" for blanks and dashes
	signed     bool   // a plus sign stands before it, as before a phone number
}

// line holds groups with nothing but separators between them.
type line []group

// separatorsMax is how many separators may stand between two groups of one number.
const separatorsMax = 3

// separators may stand within a number beside blanks and dashes.
const separators = "._/·,*"

// scanner finds the groups of a text.
type scanner struct {
	lines  []line
	now    line   // the one that goes on
	open   bool   // its last group does
	parts  int    // separators since that group
	parted string // those that are neither blanks nor dashes
	signed bool   // the last character was a plus sign
}

// linesOf returns the digits of a text.
func linesOf(text string) []line {
	var s scanner
	for at, r := range text {
		digit, is := digitOf(r)
		switch end := at + utf8.RuneLen(r); {
		case is && s.open:
			last := &s.now[len(s.now)-1]
			last.digits, last.end = last.digits+string(digit), end
		case is:
			s.now = append(s.now, group{string(digit), at, end, s.parted, s.signed})
			s.open, s.parts, s.parted = true, 0, ""
		case !unicode.Is(unicode.Cf, r): // which whoever reads the text does not see
			s.part(r)
		}
	}
	s.end()
	return s.lines
}

// part takes in a character that is no digit.
func (s *scanner) part(r rune) {
	s.open, s.signed = false, r == '+' || r == '＋'
	s.parts++
	blank := unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Zs)
	if !blank {
		s.parted += string(r)
	}
	if s.parts > separatorsMax || !blank && !strings.ContainsRune(separators, r) {
		s.end()
	}
}

// end ends the line.
func (s *scanner) end() {
	if len(s.now) > 0 {
		s.lines = append(s.lines, s.now)
	}
	s.now, s.parts, s.parted = nil, 0, ""
}

// digitOf returns the digit of ASCII that r stands for, if it is one of any script or form.
func digitOf(r rune) (digit byte, is bool) {
	switch {
	case r >= '0' && r <= '9':
		return byte(r), true
	case r < utf8.RuneSelf:
		return 0, false
	case unicode.Is(unicode.Nd, r):
		first := r
		for unicode.Is(unicode.Nd, first-1) && r-first < 9 { // each script has its ten in a row
			first--
		}
		return '0' + byte(r-first), true
	case unicode.Is(unicode.No, r): // ①, ²
		if plain := norm.NFKC.String(string(r)); len(plain) == 1 && plain[0] >= '0' && plain[0] <= '9' {
			return plain[0], true
		}
	}
	return 0, false
}

// printed reports whether the groups are those in which people write one card number: one
// group, groups of the same size of which the last may be smaller, or the groups that schemes
// print, all separated in the same way. An order, or an amount beside a phone number, has none
// of these forms.
func (l line) printed() bool {
	const evenMax = 6 // of groups of the same size, unless there are two that are equal
	size, even := len(l[0].digits), true
	sizes := make([]int, len(l))
	for i, one := range l {
		if i > 0 && (one.signed || one.parted != l[1].parted) {
			return false
		}
		sizes[i] = len(one.digits)
		last := i == len(l)-1
		even = even && (sizes[i] == size || last && sizes[i] < size)
	}
	switch {
	case len(l) == 1:
		return true
	case even && size <= evenMax:
		return true
	case len(l) == 2 && size == sizes[1]:
		return true
	}
	for _, form := range [...][]int{{4, 6, 5}, {4, 6, 4}, {6, 13}, {4, 4, 8}, {8, 4, 4}, {4, 8, 4}} {
		if slices.Equal(sizes, form) {
			return true
		}
	}
	return false
}
