package main

import (
	"bytes"
	"strings"
	"testing"

	"mpg/engine/admin"
)

// TestABankWithoutTotals: if a bank says only that the totals differ, nobody is left to guess by
// how much.
func TestABankWithoutTotals(t *testing.T) {
	t.Parallel()
	ours, theirs := &admin.TotalsView{Net: "45.00"}, &admin.TotalsView{Net: "40.00"}
	for want, one := range map[string]struct {
		theirs *admin.TotalsView
		code   string
	}{
		"CNY: net 45.00 here, 40.00 at the bank":                                                       {theirs, "2"},
		"CNY: net 45.00 here; the bank does not agree, and gave no totals of its own (it answered 95)": {nil, "95"},
		"CNY: net 45.00 here; the bank does not agree, and gave no totals of its own":                  {nil, ""},
	} {
		if got := whatBreaks(&admin.BreakView{Kind: "totals", Currency: "CNY", Ours: ours, Theirs: one.theirs, Code: one.code}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		var out bytes.Buffer
		showTotals(&out, &admin.DayTotalsView{Bank: "icbc", Day: "2026-11-26", Totals: []admin.CurrencyTotals{{Currency: "CNY", Ours: *ours, Told: "2026-11-26T10:00:00Z", Theirs: one.theirs, Code: one.code}}})
		_, why, _ := strings.Cut(want, "does not agree, and ")
		if shown := out.String(); !strings.Contains(shown, "did not agree") || !strings.Contains(shown, why+": mpg bank breaks icbc") ||
			strings.Contains(shown, "gave no totals") != (one.theirs == nil) {
			t.Errorf("no %q in %q", why, shown)
		}
	}
}
