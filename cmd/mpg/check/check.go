// Package check judges a configuration on the machine that it is for: whether serve
// would start with it, what would not work as intended, and, if asked, whether each
// SMSC, the trunk and each bank answer. The command in package main prints the verdict.
//
// It decides nothing by itself that serve decides too: it calls what serve calls
// (daemon.TryOpen, daemon.Meaning, keys.Problems), and TestCheckSaysWhatServeDoes of
// package main holds the two together. Nothing is changed and nobody is called. A new
// finding is a function that returns conf.Findings, called by Run. It may import
// conf, the daemon and the keys; it prints nothing.
//
// golang.org/x/sys asks the kernel about its clock.
package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/hint"
	"mpg/conf"
	"mpg/engine/books"
)

// Verdict is what was found.
type Verdict struct {
	File     string         `json:"file"`
	JudgedAs string         `json:"judged_as"`
	Running  bool           `json:"running"` // a daemon has the books open, and so the ports
	Findings []conf.Finding `json:"findings"`
	Dialled  []Dialled      `json:"dialled,omitempty"`
	Fit      bool           `json:"fit"` // serve would start
}

// Options say what is judged, and how.
type Options struct {
	Path     string // of the configuration
	JudgedAs string // whose rights this process has, as the verdict names them
	Again    bool   // root has run this process with the rights of the Runner
	Unit     *Unit  // that runs serve; nil: not known
	Dial     Dial
	Modules  []string // of this build
	Now      time.Time
	// Ask has the running daemon say which books it has open.
	Ask func(*books.Fixed) error
}

// Run checks everything. Its error says that the file cannot be read or has mistakes
// in it; these are among the findings, too.
func Run(ctx context.Context, options Options) (*Verdict, error) {
	v := &Verdict{File: options.Path, JudgedAs: options.JudgedAs, Findings: []conf.Finding{}}
	f, err := conf.Inspect(options.Path)
	if err = withMeaning(f, err); err != nil {
		return v, v.unreadable(err, options.Again)
	}
	v.Running = running(options.Ask)
	v.Findings = append(v.Findings, checkBooks(ctx, f, options.Ask, options.Modules, conf.Check(f))...)
	v.addNew(checkVoices(ctx, f))
	v.Findings = append(v.Findings, checkClock(f, options.Now)...)
	v.Findings = append(v.Findings, checkSense(f, options.Unit)...)
	v.Findings = append(v.Findings, checkOpens(f, v.Running)...)
	if options.Dial.Try {
		v.Dialled = options.Dial.all(ctx, f, v.Running || mayRun(ctx, f, options.Ask))
	}
	v.Fit = !slices.ContainsFunc(v.Findings, func(found conf.Finding) bool { return found.Fatal })
	return v, nil
}

// Works reports whether everything that was tried works.
func (v *Verdict) Works() bool { return !slices.ContainsFunc(v.Dialled, Dialled.failed) }

// withMeaning adds what is wrong in the meaning of a file to the mistakes in its form,
// so that all are reported together. A value that has a mistake already is skipped.
func withMeaning(file *conf.File, err error) error {
	var all, meaning conf.Mistakes
	if file == nil || err != nil && !errors.As(err, &all) {
		return err
	}
	_, _, wrong := daemon.Meaning(file)
	if !errors.As(wrong, &meaning) {
		return cmp.Or(err, wrong)
	}
	for _, m := range meaning {
		if !slices.ContainsFunc(all, func(told conf.Mistake) bool { return told.Key == m.Key }) {
			all = append(all, m)
		}
	}
	inFile := func(m conf.Mistake) string { // the files that this one names come after it
		if m.File == file.Path() {
			return ""
		}
		return m.File
	}
	slices.SortStableFunc(all, func(one, other conf.Mistake) int {
		return cmp.Or(strings.Compare(inFile(one), inFile(other)), one.Line-other.Line)
	})
	return all
}

// addNew appends findings about keys that have no mistake yet.
func (v *Verdict) addNew(found []conf.Finding) {
	for _, f := range found {
		told := func(old conf.Finding) bool { return old.Fatal && f.Fatal && old.Key != "" && old.Key == f.Key }
		if !slices.ContainsFunc(v.Findings, told) {
			v.Findings = append(v.Findings, f)
		}
	}
}

// unreadable adds the mistakes of a file, or that it cannot be read, to the findings,
// and returns the error with a hint.
func (v *Verdict) unreadable(err error, again bool) error {
	var all conf.Mistakes
	var one conf.Mistake
	switch {
	case errors.As(err, &all):
	case errors.As(err, &one):
		all = conf.Mistakes{one}
	default:
		all = conf.Mistakes{{File: v.File, Text: strings.TrimPrefix(err.Error(), v.File+": ")}}
	}
	said := fmt.Errorf("%w, judged as %s", err, v.JudgedAs)
	switch {
	case errors.Is(err, fs.ErrPermission) && !again && os.Geteuid() != 0:
		err = hint.Add(said, hint.Rights)
	case errors.Is(err, fs.ErrNotExist):
		err = hint.Add(said, "make one: mpg conf sample > "+v.File)
	case errors.Is(err, fs.ErrPermission):
		err = hint.Add(said, "let the user who runs serve read it, with chgrp and chmod 0640")
	case strings.Contains(err.Error(), fs.ErrPermission.Error()): // of a file that this one names
		err = hint.Add(err, "this was judged as "+v.JudgedAs+": chown the file to that user, and chmod 0400 it")
	}
	for _, m := range all {
		v.Findings = append(v.Findings, conf.Finding{Mistake: m, Fatal: true})
	}
	return err
}

// FirstDay is before every day on which this build can run.
func FirstDay() time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }

// checkClock finds a clock that is wrong, or that nobody keeps right: receipts
// carry its time, and days are counted by it. adjtimex(2), STA_UNSYNC.
func checkClock(file *conf.File, now time.Time) []conf.Finding {
	if now.Before(FirstDay()) {
		return []conf.Finding{{Mistake: file.Mistake("", "the machine's clock says "+now.UTC().Format(time.RFC3339)+": set it")}}
	}
	var state unix.Timex
	if _, err := unix.Adjtimex(&state); err == nil && state.Status&unix.STA_UNSYNC != 0 {
		return []conf.Finding{{Mistake: file.Mistake("", "the machine's clock is not synchronised: run chrony or systemd-timesyncd")}}
	}
	return nil
}
