package main

import (
	"io"

	"github.com/spf13/cobra"

	"mpg/conf"
)

func confCommand() *cobra.Command {
	c := &cobra.Command{Use: "conf", Short: "the configuration file"}
	c.AddCommand(&cobra.Command{
		Use:     "sample",
		Short:   "print the commented mpg.toml, with every key and its default",
		Example: "  mpg conf sample > mpg.toml",
		Args:    misuse(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), conf.Sample())
			return err
		}})
	return c
}
