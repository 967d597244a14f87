package main

import (
	"errors"

	"github.com/spf13/cobra"
)

func benchCommand() *cobra.Command {
	return &cobra.Command{Use: "bench [smpp|ledger|pay|ivr]", Short: "figures of this machine beside their yardsticks", Args: misuse(cobra.MaximumNArgs(1)),
		RunE: func(*cobra.Command, []string) error { return errors.New("not built") }}
}
