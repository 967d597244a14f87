package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/hint"
	"mpg/conf"
)

// How a command that fails says so:
//
//   - on stderr one line "mpg: error: …", and "mpg: hint: …" if there is a
//     remedy;
//   - with --json, on stdout one object as well, so that a program that reads
//     stdout gets one JSON value in any case: {"error", "code", "hint"}. Texts
//     may change; codes stay. A command that has printed a value already, as
//     check does, prints no second one.

// The codes that the tool itself gives; the others are the daemon's, see
// engine/api.
const (
	codeMisuse        = "misuse" // the command line is wrong: exit code 2
	codeConfiguration = "configuration"
	codeNoDaemon      = "no_daemon"
	codePermission    = "permission"
	codeFailed        = "failed" // anything else
)

// failure is the JSON object of a command that failed.
type failure struct {
	Error string `json:"error"`
	Code  string `json:"code"`
	Hint  string `json:"hint,omitempty"`
}

// misused is an error of the command line: exit code 2.
type misused struct{ error }

// Unwrap returns the error itself.
func (m misused) Unwrap() error { return m.error }

// coded is an error with a code that programs may rely on.
type coded struct {
	error
	code string
}

// Unwrap returns the error without its code.
func (c coded) Unwrap() error { return c.error }

// shown is an error of a command that has printed its JSON value already.
type shown struct{ error }

// Unwrap returns the error itself.
func (s shown) Unwrap() error { return s.error }

// silent is an error that has been printed already, with its exit code.
type silent struct{ code int }

func (s silent) Error() string { return fmt.Sprintf("exit code %d", s.code) }

// conclude prints the error of cmd and returns the exit code.
func conclude(stdout, stderr io.Writer, cmd *cobra.Command, err error, asJSON bool) int {
	if err == nil {
		return exitDone
	}
	var s silent
	if errors.As(err, &s) {
		return s.code
	}
	remedy := hint.Of(err)
	code, exit := codeOf(err), exitRefused
	if code == codeMisuse {
		exit = exitMisuse
		if remedy == "" {
			remedy = usage(cmd)
		}
	}
	if asJSON && !errors.As(err, new(shown)) {
		enc := json.NewEncoder(stdout)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(failure{Error: err.Error(), Code: code, Hint: remedy}) // stderr has it, too
	}
	for _, line := range strings.Split(err.Error(), "\n") {
		_, _ = fmt.Fprintf(stderr, "mpg: error: %s\n", line)
	}
	if remedy != "" {
		_, _ = fmt.Fprintf(stderr, "mpg: hint: %s\n", remedy)
	}
	return exit
}

// codeOf returns the code of an error.
func codeOf(err error) string {
	var c coded
	switch {
	case errors.As(err, new(misused)):
		return codeMisuse
	case errors.As(err, &c):
		return c.code
	case errors.As(err, new(conf.Mistakes)), errors.As(err, new(conf.Mistake)):
		return codeConfiguration
	case errors.Is(err, fs.ErrPermission):
		return codePermission
	}
	return codeFailed
}

// wantsJSON reports whether the command line asks for JSON, even if cobra gave up
// before it came to the flag.
func wantsJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

// usage returns the hint that shows how to call a command.
func usage(cmd *cobra.Command) string { return "usage: " + cmd.UseLine() }

// misusedBy returns a mistake in the arguments of cmd.
func misusedBy(cmd *cobra.Command, format string, args ...any) error {
	return misused{hint.Add(fmt.Errorf(format, args...), usage(cmd))}
}
