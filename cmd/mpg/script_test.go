package main

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts run this binary as mpg.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mpg": func() { os.Exit(Main(os.Args[1:])) }})
}

// TestScripts runs the conversations of testdata/script with the real binary.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"misuse": misuseOf},
	})
}

// misuseOf runs mpg and wants the exit code of misuse.
func misuseOf(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec("mpg", args...)
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitMisuse || neg {
		ts.Fatalf("mpg %v: %v, want exit code %d", args, err, exitMisuse)
	}
}
