// Package bench measures this machine and sets a yardstick beside each figure, taken in
// the same minute: a ratio tells more than a rate, since no two machines agree.
//
// Each area has a file: smpp.go and throttle.go, ledger.go, pay.go beside kannel.go, store.go,
// bank.go, and ivr.go beside sound.go and ticker.go, which are the sound of calls without
// their signalling, ours and a beginner's. A new figure is a Row that its area returns. The
// daemon under load is package rig's. The package may import any of our packages and changes
// none: what it measures is what serve runs.
//
// github.com/fiorix/go-smpp and bbolt, through store/storebench, are yardsticks;
// golang.org/x/sys reads the processor time.
package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Seconds is how long a figure is measured unless the user says otherwise.
const Seconds = 3

// Row is one figure beside one yardstick. Ratio over 1 means that we are
// better; beside a ceiling of the machine it is our share of it. A yardstick
// that is missing has no value and no ratio, and Note says why.
type Row struct {
	Name           string  `json:"name"`
	Value          float64 `json:"value"`
	Unit           string  `json:"unit"` // a base unit: 1/s, s, bytes, 1
	Yardstick      string  `json:"yardstick"`
	YardstickValue float64 `json:"yardstick_value"`
	Ratio          float64 `json:"ratio"`
	Note           string  `json:"note,omitempty"`
}

// moreIsBetter is a row whose unit is a rate or a share.
func moreIsBetter(name string, value float64, unit, yardstick string, theirs float64, note string) Row {
	return Row{name, value, unit, yardstick, theirs, quotient(value, theirs), note}
}

// lessIsBetter is a row of seconds.
func lessIsBetter(name string, seconds float64, yardstick string, theirs float64, note string) Row {
	return Row{name, seconds, "s", yardstick, theirs, quotient(theirs, seconds), note}
}

// missing is a row whose yardstick this machine lacks.
func missing(name string, value float64, unit, yardstick, why string) Row {
	return Row{Name: name, Value: value, Unit: unit, Yardstick: yardstick, Note: "missing: " + why}
}

// quotient returns dividend/divisor, or 0 if divisor is 0: JSON has no infinity.
func quotient(dividend, divisor float64) float64 {
	if divisor == 0 {
		return 0
	}
	return dividend / divisor
}

// area measures one area; each of its figures takes about that many seconds.
type area struct {
	name    string
	measure func(ctx context.Context, seconds int) ([]Row, error)
}

func areas() []area {
	return []area{{"smpp", benchSMPP}, {"ledger", benchLedger}, {"pay", benchPay}, {"ivr", benchIVR}, {"bank", benchBank}, {"store", benchStore}, {"view", benchView}}
}

// Areas returns the names of the areas.
func Areas() []string {
	var names []string
	for _, a := range areas() {
		names = append(names, a.name)
	}
	return names
}

// Run measures the areas named, or all; each figure takes about that many seconds.
func Run(ctx context.Context, names []string, seconds int) ([]Row, error) {
	rows := []Row{}
	for _, a := range areas() {
		if len(names) > 0 && !slices.Contains(names, a.name) {
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

// Print writes the rows as a table whose cells are separated by tabs, for a tabwriter.
func Print(out io.Writer, rows []Row) {
	_, _ = fmt.Fprintf(out, "%d cores, %s, load average %s\n\n", runtime.NumCPU(), runtime.Version(), loadAverage())
	line(out, "RATIO", "FIGURE", "OURS", "YARDSTICK", "ITS", "SETTINGS")
	for _, r := range rows {
		ratio, theirs := fmt.Sprintf("%.3g", r.Ratio), inUnit(r.YardstickValue, r.Unit)
		if strings.HasPrefix(r.Note, "missing") {
			ratio, theirs = "-", "-"
		}
		line(out, ratio, r.Name, inUnit(r.Value, r.Unit), r.Yardstick, theirs, r.Note)
	}
}

func line(out io.Writer, cells ...string) { _, _ = fmt.Fprintln(out, strings.Join(cells, "\t")) }

// inUnit writes a figure as people read it.
func inUnit(value float64, unit string) string {
	switch {
	case unit == "s":
		d, step := time.Duration(value*float64(time.Second)), time.Duration(1)
		for step*1000 < d {
			step *= 10
		}
		return d.Round(step).String()
	case unit == "1/s" && value >= 1000:
		return fmt.Sprintf("%.0f/s", value)
	case unit == "1/s":
		return fmt.Sprintf("%.3g/s", value)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.4g %s", value, unit), " 1")
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

// percentile returns the value that this share of the sorted times does not exceed.
func percentile(sorted []time.Duration, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))].Seconds()
}
