package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/check"
	"mpg/cmd/mpg/hint"
	"mpg/cmd/mpg/manual"
)

func manCommand() *cobra.Command {
	names := strings.Join(manual.Pages(), ", ")
	return &cobra.Command{
		Use:       "man PAGE",
		Short:     "print a page of the manual for man(1): " + names,
		Example:   "  mpg man mpg.toml.5 | man -l -",
		Args:      misuse(cobra.ExactArgs(1)),
		ValidArgs: manual.Pages(),
		RunE: func(cmd *cobra.Command, args []string) error {
			page, ok := book(cmd.Root()).Page(args[0])
			if !ok {
				return misused{hint.Add(fmt.Errorf("%q is not a page of the manual", args[0]), "want one of "+names)}
			}
			_, err := io.WriteString(cmd.OutOrStdout(), page)
			return err
		}}
}

// book returns the manual of the commands under root.
func book(root *cobra.Command) manual.Book {
	return manual.Book{Root: root, Version: version, Day: check.FirstDay().Format(time.DateOnly), Exits: []manual.Exit{
		{Code: exitDone, Text: "The command did what it was asked."},
		{Code: exitRefused, Text: "It was refused, or it failed; the reason is on standard error."},
		{Code: exitMisuse, Text: "The command line is wrong; nothing was done."},
	}}
}
