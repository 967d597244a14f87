package main

import (
	"io"
	"runtime"

	"github.com/spf13/cobra"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "print the version", Args: misuse(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			v := map[string]string{"version": version, "go": runtime.Version()}
			return show(c, v, func(w io.Writer) { row(w, "mpg", version, runtime.Version()) })
		}}
}
