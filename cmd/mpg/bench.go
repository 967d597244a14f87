package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/bench"
)

func benchCommand() *cobra.Command {
	seconds := bench.Seconds
	c := &cobra.Command{
		Use:   "bench [" + strings.Join(bench.Areas(), "|") + "]",
		Short: "measure this machine, each figure beside a yardstick",
		Long: `Measures this machine, each figure beside a yardstick. The ratio comes first: above 1
mpg is better. "raw", "wal" and "syscalls" are limits of the machine, and "placed", "due",
"ideal" and "packet" limits of the thing measured; there the ratio is mpg's share of the
limit. "1M" is mpg itself with a tenth of the accounts. It takes some minutes, loads all
cores, and needs them idle.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && !slices.Contains(bench.Areas(), args[0]) {
				return misusedBy(cmd, "there is no area %q to measure; want one of %s", args[0], strings.Join(bench.Areas(), ", "))
			}
			return misuse(cobra.MaximumNArgs(1))(cmd, args)
		},
		ValidArgs: bench.Areas(),
	}
	c.Flags().IntVar(&seconds, "seconds", seconds, "how long each figure is measured")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if seconds < 1 {
			return misused{fmt.Errorf("--seconds %d is less than 1", seconds)}
		}
		rows, err := bench.Run(cmd.Context(), args, seconds)
		if err != nil {
			return err
		}
		return show(cmd, rows, func(out io.Writer) { bench.Print(out, rows) })
	}
	return c
}
