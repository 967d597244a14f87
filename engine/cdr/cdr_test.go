package cdr_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"mpg/engine/cdr"
)

// Whatever a network says, it is kept as one short line without a digit of any script.
func TestWordsKeepNoNumber(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		said := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9 a-z\r\n\t٠-٩①-⑳]{0,90}`), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "said")
		kept := cdr.Words(said)
		if !utf8.ValidString(kept) || utf8.RuneCountInString(kept) > 40 {
			t.Fatalf("%q became %q", said, kept)
		}
		if strings.ContainsFunc(kept, func(r rune) bool { return unicode.IsNumber(r) || r == '\n' || r == '\r' || !unicode.IsPrint(r) }) {
			t.Fatalf("%q became %q", said, kept)
		}
		if strings.Contains(kept, "  ") || strings.HasPrefix(kept, " ") {
			t.Fatalf("%q became %q", said, kept)
		}
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"":                        "",
		" Busy  Here ":            "Busy Here",
		"Temporarily\r\n failure": "Temporarily failure",
		"call +86 138-0000":       "call +** ***-****",
		"用户忙":                     "用户忙",
		"\x00\x1b[31mred":         "[**mred",
		strings.Repeat("x", 99):   strings.Repeat("x", 40),
		"bad \xff\xfe bytes":      "bad bytes",
	} {
		if got := cdr.Words(said); got != want {
			t.Errorf("%q became %q, want %q", said, got, want)
		}
	}
}

// The keys of the calls of one payment are in the order of the tries and under its
// prefix; those of other payments, and of calls to choose a PIN, are not.
func TestKeysOfOnePaymentFollowOneAnother(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	var keys []string
	for try := 1; try <= 120; try++ {
		r := cdr.Record{Purpose: cdr.ForPayment, Payment: 0xabc, Try: try, At: at}
		keys = append(keys, r.Key())
	}
	if !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(keys) {
		t.Errorf("out of order: %v", keys)
	}
	for _, r := range []cdr.Record{
		{Purpose: cdr.ForPayment, Payment: 0xabd, Try: 1}, {Purpose: cdr.ForPayment, Payment: 0xab, Try: 1}, {Purpose: cdr.ForPayment, Payment: 0xabc0, Try: 1},
		{Purpose: cdr.ForPIN, User: 0xabc, At: at},
	} {
		if strings.HasPrefix(r.Key(), cdr.OfPayment(0xabc)) || slices.Contains(keys, r.Key()) {
			t.Errorf("%+v has the key %s", r, r.Key())
		}
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, cdr.OfPayment(0xabc)) {
			t.Errorf("%s is not found by its payment", key)
		}
	}
	first, second := cdr.Record{Purpose: cdr.ForPIN, User: 7, At: at}, cdr.Record{Purpose: cdr.ForPIN, User: 7, At: at.Add(1)}
	if first.Key() >= second.Key() {
		t.Errorf("calls to choose a PIN: %s, then %s", first.Key(), second.Key())
	}
}
