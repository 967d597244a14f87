package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"mpg/conf"
)

func errCurrency(code string) error { return fmt.Errorf("%q is not a currency of ISO 4217", code) }

func checkCommand() *cobra.Command {
	var named string
	var try, force bool
	c := &cobra.Command{
		Use:   "check",
		Short: "check the configuration, file permissions, ports, keys, clock and voices",
		Long: `Says whether serve would start with the file, and what would not work as intended.
Permissions are checked for the user who will run serve: if root runs check, that is
the User= of the unit, else the owner of data_dir; otherwise it is the caller.
Nothing is changed and nobody is called. --dial also tries the connections: it binds
to each SMSC and unbinds, sends OPTIONS to the trunk, and signs on at each bank.`,
		Example: "  mpg check -c /etc/mpg/mpg.toml\n  mpg check --dial",
		Args:    misuse(cobra.NoArgs),
	}
	f := c.Flags()
	f.BoolVar(&try, "dial", false, "try each SMSC, the trunk and each bank")
	f.BoolVar(&force, "force", false, "with --dial: try them even if a running daemon may have the same binds")
	f.StringVar(&named, "unit", "", "the systemd unit that runs serve (default: the installed one)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		given, _ := c.Flags().GetString("config")
		u, err := unitOf(named, absolute(given))
		if err != nil {
			return err
		}
		judged := os.Getenv(judgedVar)
		if judged == "" {
			r, err := runnerOf(u, given)
			if err != nil {
				return err
			}
			if r != nil && os.Geteuid() == 0 && r.uid != 0 {
				return checkAs(c, r, absolute(given))
			}
			judged = self()
			if r != nil && int(r.uid) != os.Geteuid() {
				judged += ", but serve runs as " + r.String() + ": run check as root to judge for that user"
			}
		}
		return runCheck(c, given, judged, u, checkDial{try: try, force: force})
	}
	return c
}

// verdict is what check prints.
type verdict struct {
	File     string         `json:"file"`
	JudgedAs string         `json:"judged_as"`
	Running  bool           `json:"running"` // a daemon has the books open, and so the ports
	Findings []conf.Finding `json:"findings"`
	Dialled  []dialled      `json:"dialled,omitempty"`
	Fit      bool           `json:"fit"` // serve would start
}

// runCheck checks everything and prints what it has found.
func runCheck(c *cobra.Command, path, judged string, u *unit, try checkDial) error {
	v := verdict{File: path, JudgedAs: judged, Findings: []conf.Finding{}}
	f, err := conf.Inspect(path)
	if err == nil {
		_, _, err = meaningOf(f)
	}
	if err != nil {
		return v.unreadable(c, err)
	}
	v.Running = running(c)
	v.Findings = append(v.Findings, checkBooks(c, f, conf.Check(f))...)
	v.Findings = append(v.Findings, checkVoices(c.Context(), f)...)
	v.Findings = append(v.Findings, checkClock(f, time.Now())...)
	v.Findings = append(v.Findings, checkSense(f, u)...)
	v.Findings = append(v.Findings, checkOpens(f, v.Running)...)
	if try.try {
		v.Dialled = try.all(c.Context(), f, v.Running || mayRun(c, f))
	}
	return v.show(c)
}

// unreadable reports a file that cannot be read or has mistakes. With --json these are
// findings like all others.
func (v *verdict) unreadable(c *cobra.Command, err error) error {
	var all conf.Mistakes
	var one conf.Mistake
	switch {
	case errors.As(err, &all):
	case errors.As(err, &one):
		all = conf.Mistakes{one}
	default:
		all = conf.Mistakes{{File: v.File, Text: strings.TrimPrefix(err.Error(), v.File+": ")}}
	}
	if errors.Is(err, fs.ErrPermission) {
		err = hinted{fmt.Errorf("%w, judged as %s", err, v.JudgedAs), "let the user who runs serve read it, with chgrp and chmod 0640"}
	}
	for _, m := range all {
		v.Findings = append(v.Findings, conf.Finding{Mistake: m, Fatal: true})
	}
	if asJSON, _ := c.Flags().GetBool("json"); !asJSON {
		return err
	}
	return shown{errors.Join(show(c, v, nil), err)}
}

// firstDay is before every day on which this build can run.
func firstDay() time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }

// checkClock finds a clock that is wrong, or that nobody keeps right: receipts
// carry its time, and days are counted by it. adjtimex(2), STA_UNSYNC.
func checkClock(f *conf.File, now time.Time) []conf.Finding {
	if now.Before(firstDay()) {
		return []conf.Finding{{Mistake: f.Mistake("time_zone", "the machine's clock says "+now.UTC().Format(time.RFC3339)+": set it")}}
	}
	var state unix.Timex
	if _, err := unix.Adjtimex(&state); err == nil && state.Status&unix.STA_UNSYNC != 0 {
		return []conf.Finding{{Mistake: f.Mistake("time_zone", "the machine's clock is not synchronised: run chrony or systemd-timesyncd")}}
	}
	return nil
}

// show prints the verdict. Its error says that serve would not start, or that a
// connection that was tried did not work.
func (v *verdict) show(c *cobra.Command) error {
	v.Fit = !slices.ContainsFunc(v.Findings, func(x conf.Finding) bool { return x.Fatal })
	err := show(c, v, func(w io.Writer) {
		row(w, "judged as", v.JudgedAs)
		if v.Running {
			row(w, "running", "a daemon has the books open; its ports were not tried")
		}
		for _, x := range v.Findings {
			row(w, map[bool]string{true: "mistake", false: "warning"}[x.Fatal], x.Mistake.Error())
		}
		for _, d := range v.Dialled {
			row(w, d.cells()...)
		}
		if v.Fit {
			row(w, v.File, map[bool]string{true: "OK", false: "serve would start"}[len(v.Findings) == 0])
		}
	})
	switch {
	case err != nil:
		return err
	case !v.Fit:
		return shown{errors.New("serve would not start with this file")}
	case slices.ContainsFunc(v.Dialled, dialled.failed):
		return shown{errors.New("some of what was tried does not work")}
	}
	return nil
}
