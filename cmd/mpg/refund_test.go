package main

import (
	"strings"
	"testing"
)

// TestRefAndAmount: a reference in groups is distinguished from the amount that follows it.
func TestRefAndAmount(t *testing.T) {
	t.Parallel()
	for line, want := range map[string][2]string{
		"PLYSSAYH":         {"PLYSSAYH", ""},
		"PLYSSAYH 28.50":   {"PLYSSAYH", "28.50"},
		"PLYS SAYH":        {"PLYS SAYH", ""},
		"PLYS SAYH 28":     {"PLYS SAYH", "28"},
		"2345 6789":        {"2345 6789", ""},
		"2345 6789 1":      {"2345 6789", "1"},
		"PLYS-SAYH 28":     {"PLYS-SAYH", "28"},
		"PLYS 28":          {"PLYS 28", ""}, // too short to be one: the daemon says so
		"PLYSSAYH 28 yuan": {"PLYSSAYH", "28 yuan"},
	} {
		if ref, amount := refAndAmount(strings.Fields(line)); ref != want[0] || amount != want[1] {
			t.Errorf("%s: %q and %q, want %q", line, ref, amount, want)
		}
	}
}
