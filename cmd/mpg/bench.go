package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// The bench command measures this machine and sets a yardstick beside each
// figure, taken in the same minute: bench_smpp.go, bench_ledger.go, bench_pay.go,
// bench_ivr.go and bench_store.go hold one area each; bench_daemon.go is the daemon under load,
// bench_kannel.go a peer; bench_sound.go and bench_ticker.go are the sound of
// calls without their signalling, ours and a beginner's.
// github.com/fiorix/go-smpp and go.etcd.io/bbolt are yardsticks.

// benchSeconds is how long a figure is measured unless the user says otherwise.
const benchSeconds = 3

// benchRow is one figure beside one yardstick. Ratio over 1 means that we are
// better; beside a ceiling of the machine it is our share of it. A yardstick
// that is missing has no value and no ratio, and Note says why.
type benchRow struct {
	Name           string  `json:"name"`
	Value          float64 `json:"value"`
	Unit           string  `json:"unit"` // a base unit: 1/s, s, bytes, 1
	Yardstick      string  `json:"yardstick"`
	YardstickValue float64 `json:"yardstick_value"`
	Ratio          float64 `json:"ratio"`
	Note           string  `json:"note,omitempty"`
}

// moreIsBetter is a row whose unit is a rate or a share.
func moreIsBetter(name string, value float64, unit, yardstick string, theirs float64, note string) benchRow {
	return benchRow{name, value, unit, yardstick, theirs, quotient(value, theirs), note}
}

// lessIsBetter is a row of seconds.
func lessIsBetter(name string, seconds float64, yardstick string, theirs float64, note string) benchRow {
	return benchRow{name, seconds, "s", yardstick, theirs, quotient(theirs, seconds), note}
}

// missing is a row whose yardstick this machine lacks.
func missing(name string, value float64, unit, yardstick, why string) benchRow {
	return benchRow{Name: name, Value: value, Unit: unit, Yardstick: yardstick, Note: "missing: " + why}
}

// quotient is a/b, and 0 where there is none: JSON knows no infinity.
func quotient(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// benchArea measures one area; each of its figures takes about that many seconds.
type benchArea struct {
	name    string
	measure func(ctx context.Context, seconds int) ([]benchRow, error)
}

func benchAreas() []benchArea {
	return []benchArea{{"smpp", benchSMPP}, {"ledger", benchLedger}, {"pay", benchPay}, {"ivr", benchIVR}, {"store", benchStore}}
}

func benchCommand() *cobra.Command {
	seconds := benchSeconds
	c := &cobra.Command{
		Use:   "bench [smpp|ledger|pay|ivr|store]",
		Short: "figures of this machine beside their yardsticks",
		Long: `Figures of this machine beside their yardsticks, the ratio first: above 1 we
are better. "raw", "wal" and "syscalls" are ceilings of the machine, "placed", "due", "ideal"
and "packet" of the thing itself; there the ratio is our share. It takes some minutes, loads all cores and wants them idle.`,
		Args:      misuse(cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)),
		ValidArgs: []string{"smpp", "ledger", "pay", "ivr", "store"},
	}
	c.Flags().IntVar(&seconds, "seconds", seconds, "how long each figure is measured")
	c.RunE = func(c *cobra.Command, args []string) error {
		if seconds < 1 {
			return misused{fmt.Errorf("--seconds %d is less than 1", seconds)}
		}
		rows, err := runBench(c.Context(), args, seconds)
		if err != nil {
			return err
		}
		return show(c, rows, func(w io.Writer) { printBench(w, rows) })
	}
	return c
}

// runBench measures the areas named, or all.
func runBench(ctx context.Context, areas []string, seconds int) ([]benchRow, error) {
	rows := []benchRow{}
	for _, a := range benchAreas() {
		if len(areas) > 0 && !slices.Contains(areas, a.name) {
			continue
		}
		more, err := a.measure(ctx, seconds)
		if err != nil {
			return nil, fmt.Errorf("bench %s: %w", a.name, err)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func printBench(w io.Writer, rows []benchRow) {
	_, _ = fmt.Fprintf(w, "%d cores, %s, load average %s\n\n", runtime.NumCPU(), runtime.Version(), loadAverage())
	row(w, "RATIO", "FIGURE", "OURS", "YARDSTICK", "ITS", "SETTINGS")
	for _, r := range rows {
		ratio, theirs := fmt.Sprintf("%.3g", r.Ratio), inUnit(r.YardstickValue, r.Unit)
		if strings.HasPrefix(r.Note, "missing") {
			ratio, theirs = "-", "-"
		}
		row(w, ratio, r.Name, inUnit(r.Value, r.Unit), r.Yardstick, theirs, r.Note)
	}
}

// inUnit writes a figure as people read it.
func inUnit(v float64, unit string) string {
	switch {
	case unit == "s":
		d, step := time.Duration(v*float64(time.Second)), time.Duration(1)
		for step*1000 < d {
			step *= 10
		}
		return d.Round(step).String()
	case unit == "1/s" && v >= 1000:
		return fmt.Sprintf("%.0f/s", v)
	case unit == "1/s":
		return fmt.Sprintf("%.3g/s", v)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.4g %s", v, unit), " 1")
}

// loadAverage is that of the last minute, for the reader to judge by.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(b), " ")
	return first
}

// percentile is the value that a share q of the sorted times does not exceed.
func percentile(sorted []time.Duration, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))].Seconds()
}
