package main

import (
	"errors"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/demo"
	"mpg/cmd/mpg/hint"
)

func phoneCommand() *cobra.Command {
	var wav, which string
	c := &cobra.Command{
		Use:   "phone MSISDN",
		Short: "show a handset of a running demo in the terminal",
		Long: `Shows a handset of a running demo in the terminal. A line is a text to the short
code; !582193# presses keys, !pin keys in the PIN, and !help lists the rest. The last
digits of the number are enough. If several demos are running, choose one by its port
with --demo or by its mpg.toml with -c; the default is the one started first. If the
lines come from a pipe, it waits at their end for the replies to what was sent.`,
		Example: "  mpg phone +8613800000001\n  mpg phone 0486 --demo 8480",
		Args:    misuse(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f := cmd.Flag("config"); which == "" && f.Changed {
				which = f.Value.String()
			}
			err := demo.Terminal(cmd.Context(), which, args[0], wav, cmd.InOrStdin(), cmd.OutOrStdout())
			if errors.Is(err, demo.ErrNoDemo) {
				return hint.Add(err, "start one: mpg demo")
			}
			return err
		}}
	c.Flags().StringVar(&wav, "wav", "", "write the sound of the calls to this file")
	c.Flags().StringVar(&which, "demo", "", "port of the demo, if several are running")
	return c
}
