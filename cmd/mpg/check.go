package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"mpg/conf"
	"mpg/store/money"
)

func errCurrency(code string) error { return fmt.Errorf("%q is not a currency of ISO 4217", code) }

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "check the configuration, file permissions, keys, clock and voices",
		Args:  misuse(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			path, _ := c.Flags().GetString("config")
			f, err := conf.Inspect(path)
			if err != nil {
				return err
			}
			currency, ok := money.Lookup(f.Currency)
			if !ok {
				return errCurrency(f.Currency)
			}
			if _, err := rulesOf(f, currency); err != nil {
				return err
			}
			findings := append(checkKeys(c, f, conf.Check(f)), checkVoices(c.Context(), f)...)
			findings = append(findings, checkClock(f, time.Now())...)
			return showFindings(c, f, findings)
		}}
}

// firstDay is before every day on which this build can run.
func firstDay() time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }

// checkClock finds a clock that is wrong, or that nobody keeps right: receipts
// carry its time, and days are counted by it. adjtimex(2), STA_UNSYNC.
func checkClock(f *conf.File, now time.Time) []conf.Finding {
	if now.Before(firstDay()) {
		return []conf.Finding{{Fatal: true, Mistake: f.Mistake("time_zone", "the machine's clock says "+now.UTC().Format(time.RFC3339)+": set it")}}
	}
	var state unix.Timex
	if _, err := unix.Adjtimex(&state); err == nil && state.Status&unix.STA_UNSYNC != 0 {
		return []conf.Finding{{Mistake: f.Mistake("time_zone", "the machine's clock is not synchronised: run chrony or systemd-timesyncd")}}
	}
	return nil
}

func showFindings(c *cobra.Command, f *conf.File, findings []conf.Finding) error {
	fatal := 0
	for _, x := range findings {
		if x.Fatal {
			fatal++
		}
	}
	err := show(c, map[string]any{"file": f.Path(), "findings": findings, "fit": fatal == 0}, func(w io.Writer) {
		for _, x := range findings {
			row(w, map[bool]string{true: "mistake", false: "warning"}[x.Fatal], x.Mistake.Error())
		}
		if len(findings) == 0 {
			row(w, f.Path(), "OK")
		}
	})
	if err == nil && fatal > 0 {
		return errors.New("serve would not start with this file")
	}
	return err
}
