package main

import (
	"bytes"
	"strings"
	"testing"

	"mpg/engine/admin"
)

// TestLimitRows: what a single payment is compared with is not "used", and a limit that is
// exceeded says in which way.
func TestLimitRows(t *testing.T) {
	t.Parallel()
	for want, one := range map[string]admin.LimitView{
		"at most 1000.00 at once: exceeded": {Kind: "payment_max", Limit: "1000.00", Used: "0.00", Exceeded: true},
		"at least 0.10 at once":             {Kind: "payment_min", Limit: "0.10", Used: "0.00"},
		"at least 5.00 at once: too little": {Kind: "payment_min", Limit: "5.00", Used: "0.00", Exceeded: true},
		"20.00 of 500.00 used":              {Kind: "day", Limit: "500.00", Used: "20.00"},
		"490.00 of 500.00 used: exceeded":   {Kind: "day", Limit: "500.00", Used: "490.00", Exceeded: true},
		"5.00; vip holds in its place":      {Kind: "payment_max", Limit: "5.00", Instead: "vip"},
	} {
		one.Row, one.Place = "all", "limits.toml:1"
		var out bytes.Buffer
		limitRows(&out, admin.LimitTestView{Limits: []admin.LimitView{one}})
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if last := lines[len(lines)-1]; !strings.Contains(last, want) || strings.Contains(last, ": exceeded") != strings.Contains(want, ": exceeded") {
			t.Errorf("no %q in %q", want, last)
		}
	}
}
