package main

import (
	"os"
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
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
