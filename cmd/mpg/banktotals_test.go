package main

import (
	"bytes"
	"strings"
	"testing"

	"mpg/engine/admin"
)

// TestABankWithoutFigures: if a bank says only that the totals differ, nobody is left to guess by
// how much.
func TestABankWithoutFigures(t *testing.T) {
	t.Parallel()
	ours, theirs := &admin.TotalsView{Net: "45.00"}, &admin.TotalsView{Net: "40.00"}
	for want, one := range map[string]struct {
		theirs *admin.TotalsView
		code   string
	}{
		"CNY: net 45.00 here, 40.00 at the bank": {theirs, "2"},
		"CNY: net 45.00 here; they do not agree, and the bank gave no figures of its own (it answered 95)": {nil, "95"},
		"CNY: net 45.00 here; they do not agree, and the bank gave no figures of its own":                  {nil, ""},
	} {
		if got := whatBreaks(&admin.BreakView{Kind: "totals", Currency: "CNY", Ours: ours, Theirs: one.theirs, Code: one.code}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		var out bytes.Buffer
		showTotals(&out, &admin.DayTotalsView{Bank: "icbc", Day: "2026-11-26", Totals: []admin.CurrencyTotals{{Currency: "CNY", Ours: *ours, Told: "2026-11-26T10:00:00Z", Theirs: one.theirs, Code: one.code}}})
		_, figures, _ := strings.Cut(want, "they do not agree, and ")
		if shown := out.String(); !strings.Contains(shown, "did not agree") || !strings.Contains(shown, figures+": mpg bank breaks icbc") ||
			strings.Contains(shown, "gave no figures") != (one.theirs == nil) {
			t.Errorf("no %q in %q", figures, shown)
		}
	}
}
