package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/bench"
)

func benchCommand() *cobra.Command {
	seconds := bench.Seconds
	c := &cobra.Command{
		Use:   "bench [smpp|ledger|pay|ivr|store]",
		Short: "figures of this machine beside their yardsticks",
		Long: `Figures of this machine beside their yardsticks, the ratio first: above 1 we
are better. "raw", "wal" and "syscalls" are ceilings of the machine, "placed", "due", "ideal"
and "packet" of the thing itself; there the ratio is our share. It takes some minutes, loads all cores and wants them idle.`,
		Args:      misuse(cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs)),
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
