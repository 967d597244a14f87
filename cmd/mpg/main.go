// Command mpg is the mPayment Payment Gateway: the daemon, its operator's tool,
// and a demo of the whole, in one binary.
//
// Reading order: daemon.go is the daemon as a value that serve, demo and the
// tests run, with its start-up as one list of steps; wire.go and the wire_ files
// connect the packages, which do not know one another; each command has a file of
// its own. The commands that need the ledger talk to the running daemon over its
// Unix socket (client.go). tui.go and refusal.go hold the rules for what is printed.
// demo simulates what surrounds a daemon: SMSC, handsets, bank, page.
//
// github.com/spf13/cobra reads the command line, github.com/prometheus/client_golang
// serves the metrics, github.com/coreos/go-systemd speaks to systemd, and
// golang.org/x/sys keeps core files away. github.com/nyaruka/phonenumbers knows
// the calling code of a country, and the bench command compares with
// github.com/fiorix/go-smpp.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time_zone works on a machine without zoneinfo

	"github.com/spf13/cobra"
)

// version is set by the linker.
var version = "dev"

// Exit codes.
const (
	exitDone    = 0
	exitRefused = 1 // refused or failed
	exitMisuse  = 2
)

func main() { os.Exit(Main(os.Args[1:])) }

// Main runs one command and returns the exit code.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := rootCommand()
	root.SetArgs(args)
	c, err := root.ExecuteContextC(ctx)
	return report(os.Stdout, os.Stderr, c, err, wantsJSON(args))
}

// rootCommand is the table of commands.
func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "mpg",
		Short:         "mPayment Payment Gateway: pay by SMS, confirmed by a call",
		Example:       "  mpg demo\n  mpg serve -c /etc/mpg/mpg.toml",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil // help
		}
		return subcommand(c, args)
	}
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.PersistentFlags().StringP("config", "c", "/etc/mpg/mpg.toml", "the daemon's configuration")
	root.PersistentFlags().Bool("json", false, "print one JSON value")
	root.AddCommand(
		serveCommand(), demoCommand(), phoneCommand(), checkCommand(), confCommand(),
		pinKeyCommand(), sealKeyCommand(), manCommand(),
		userCommand(), merchantCommand(), purseCommand(), accountCommand(), paymentCommand(),
		orderCommand(), sayCommand(), ledgerCommand(), backupCommand(), restoreCommand(), benchCommand(), versionCommand(),
	)
	groups(root)
	completions(root)
	return root
}
