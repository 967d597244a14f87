package bench

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// benchUnits are the units that a row may have.
var benchUnits = []string{"1/s", "s", "bytes", "1"}

// Each area runs as a trial and yields rows that a program can read. No figure
// is judged: the machine is not the test's alone.
func TestAreas(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds and all cores")
	}
	for area, want := range map[string][]string{
		"smpp":   {"smpp/decode-deliver_sm", "smpp/encode-submit_sm", "smpp/submit/window=1", "smpp/submit/window=10", "smpp/submit/window=100", "smpp/throttled"},
		"ledger": {"ledger/apply/callers=64", "ledger/apply/callers=256", "ledger/apply/batch=8000", "ledger/rate-10M-of-1M"},
		"pay":    {"pay/mpurse", "pay/mpurse-p99", "pay/mpurse-with-view", "pay/mdebit", "pay/mdebit-p99"},
		"view":   {"view/ingest", "view/ingest-cpu", "view/rebuild", "view/statement-p99", "view/shop-day-p99", "view/search-p99", "view/amount-p99", "view/visible-p99"},
		"bank":   {"bank/authorise", "bank/authorise-p99"},
		"store":  {"store/bytes-per-payment", "store/bytes-per-payment-with-call"},
		"ivr": {"ivr/calls", "ivr/packets-sent-of-due", "ivr/lateness-p99", "ivr/cpu-per-call-second",
			"ivr/answer-to-prompt-p99", "ivr/barge-in-p99"},
	} {
		t.Run(area, func(t *testing.T) {
			t.Parallel()
			rows, err := Run(t.Context(), []string{area}, 1)
			if err != nil {
				t.Fatal(err)
			}
			wellFormed(t, area, rows)
			for _, name := range want {
				if !slices.ContainsFunc(rows, func(r Row) bool { return r.Name == name }) {
					t.Errorf("no row %s", name)
				}
			}
		})
	}
}

func wellFormed(t *testing.T, area string, rows []Row) {
	t.Helper()
	seen := make(map[string]bool)
	for _, r := range rows {
		key := r.Name + " beside " + r.Yardstick
		if seen[key] || r.Yardstick == "" || !strings.HasPrefix(r.Name, area+"/") || !slices.Contains(benchUnits, r.Unit) {
			t.Errorf("%+v", r)
		}
		seen[key] = true
		for _, v := range []float64{r.Value, r.YardstickValue, r.Ratio} {
			if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
				t.Errorf("%s: %v", key, v)
			}
		}
		if r.Value == 0 {
			t.Errorf("%s was not measured", key)
		}
		if absent := strings.HasPrefix(r.Note, "missing"); absent != (r.YardstickValue == 0) {
			t.Errorf("%s: %v, %q", key, r.YardstickValue, r.Note)
		}
	}
}

func TestBenchRows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row  Row
		want string
	}{
		{moreIsBetter("a/rate", 30_000, "1/s", "y", 10_000, "two ends"), "3  a/rate  30000/s  y  10000/s  two ends"},
		{moreIsBetter("a/slow", 2.5, "1/s", "y", 10, ""), "0.25  a/slow  2.5/s  y  10/s"},
		{moreIsBetter("a/share", 0.999, "1", "due", 1, ""), "0.999  a/share  0.999  due  1"},
		{lessIsBetter("a/time", 0.002, "y", 0.005, "p99"), "2.5  a/time  2ms  y  5ms  p99"},
		{lessIsBetter("a/short", 39e-9, "y", 4.7234e-6, ""), "121  a/short  39ns  y  4.72µs"},
		{lessIsBetter("a/none", 0, "y", 1, ""), "0  a/none  0s  y  1s"},
		{missing("a/lacks", 8, "1/s", "peer", "not installed"), "-  a/lacks  8/s  peer  -  missing: not installed"},
	} {
		var out strings.Builder
		Print(&out, []Row{c.row})
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 4 || !strings.Contains(lines[0], "load average") {
			t.Fatalf("%q", out.String())
		}
		got := strings.Join(strings.FieldsFunc(lines[3], func(r rune) bool { return r == '\t' }), "  ")
		if got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestQuotient(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, want float64 }{{6, 3, 2}, {0, 3, 0}, {6, 0, 0}, {0, 0, 0}} {
		if got := quotient(c.a, c.b); got != c.want {
			t.Errorf("%v / %v = %v", c.a, c.b, got)
		}
	}
}
