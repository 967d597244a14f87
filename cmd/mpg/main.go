// Command mpg is the mPayment Payment Gateway: the daemon, its operator's tool,
// and a demo of the whole, in one binary.
//
// This package is the table of commands, one thin file for each, and what they share:
// client.go, by which they talk to the running daemon over its Unix socket, as the person
// whose login token.go keeps, and tui.go and refusal.go, the rules for what is printed.
// What a command does lives in a room of its own, below this one; each imports only what
// stands beside it or further down:
//
//	stage    puts a daemon into the demo's world
//	demo     what surrounds a daemon, simulated: SMSC, handsets, bank, page
//	bench    the figures, each beside a yardstick
//	check    what is wrong with a configuration, on the machine that it is for
//	manual   the pages of the manual
//	rig      a daemon beside a simulated SMSC: for bench, and for tests
//	daemon   the daemon as a value: open it, run it, close it
//	keys     the secret keys, and the books that need them
//	hint     an error with what to do about it
//
// proof, peers and debian have tests only: they run the real binary. tidy_test.go holds
// the whole tree to the rules of the house, and says which package may import which.
//
// # How to change something
//
//	a command       a file here, a line in rootCommand, its words in testdata/script; its
//	                work belongs in a room if a test should reach it without a command line
//	a setting       conf, with its rule and its comment in mpg.toml; then the file of its
//	                part in daemon, and books.go there if a reload takes it over
//	a warning       a function in check that returns findings, called by check.Run
//	a metric        a gauge in a metrics file of daemon, and its line in testdata/series.txt
//	a figure        a Row in bench; a change for speed shows it beside the old one
//	a text          engine/lang/texts_en.toml and texts_zh.toml; the tests of engine/lang show
//	                what does not fit
//	a word          engine/order/words.toml, and a row in engine/order/testdata
//	a module        go doc mpg/engine/module; its line in Modules of daemon
//	a package       its line in the matrix of tidy_imports_test.go
//
// Run the tests of the package, then `go test ./cmd/mpg`, which drives the real command
// line and holds the rules. A change to how texts come in, calls are made or money moves
// also needs `go test ./cmd/mpg/proof` and `./cmd/mpg/peers`.
//
// github.com/spf13/cobra reads the command line, golang.org/x/text knows how wide a
// character is, and golang.org/x/sys prevents core files.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // time_zone works on a machine without zoneinfo

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/daemon"
	"mpg/conf"
	"mpg/engine/module"
)

// version is set by the linker.
var version = "dev"

// Exit codes.
const (
	exitDone    = 0
	exitRefused = 1 // refused or failed
	exitMisuse  = 2
)

func main() {
	collectSeldom()
	os.Exit(Main(os.Args[1:]))
}

// garbagePercent lets the heap grow to three times what is in use before memory is
// collected. What is in use is mostly the balances, so this is memory well spent: a
// payment takes about 4 % less time.
const garbagePercent = 200

// collectSeldom has memory collected half as often as usual. The environment's GOGC
// has the last word.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
}

// Main runs one command and returns the exit code.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := rootCommand(daemon.Modules(conf.Default()))
	root.SetArgs(args)
	var wrong error // of a command line that asks for help
	helps(root, &wrong)
	c, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = wrong
	}
	return conclude(os.Stdout, os.Stderr, c, err, wantsJSON(args))
}

// rootCommand returns the table of commands, with those of modules at the end.
func rootCommand(modules []module.Module) *cobra.Command {
	root := &cobra.Command{
		Use:           "mpg",
		Short:         "mPayment Payment Gateway: pay by SMS, confirmed by a call",
		Example:       "  mpg demo\n  mpg serve -c /etc/mpg/mpg.toml",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil // help
		}
		return subcommand(cmd, args)
	}
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.PersistentFlags().StringP("config", "c", "/etc/mpg/mpg.toml", "the daemon's configuration")
	root.PersistentFlags().Bool("json", false, "print one JSON value")
	root.AddCommand(
		serveCommand(), demoCommand(), phoneCommand(), checkCommand(), confCommand(),
		pinKeyCommand(), sealKeyCommand(), manCommand(),
		userCommand(), cardCommand(), merchantCommand(), tillCommand(), bankCommand(), purseCommand(), accountCommand(), paymentCommand(),
		findCommand(), tailCommand(), statsCommand(), auditCommand(), approveCommand(), staffCommand(),
		orderCommand(), tariffCommand(), limitCommand(), sayCommand(), statusCommand(), ledgerCommand(), viewCommand(), backupCommand(), restoreCommand(), benchCommand(), versionCommand(),
	)
	root.AddCommand(moduleCommands(modules)...)
	root.InitDefaultCompletionCmd()
	groups(root)
	completions(root)
	return root
}
