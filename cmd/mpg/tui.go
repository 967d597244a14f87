package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// What is printed:
//
//   - results on stdout, one thing a line, or one JSON value with --json;
//   - an error as refusal.go says: one sentence without a full stop, and a hint;
//   - nothing else. No colours, no progress, no PIN, no password.

// misuse turns a wrong number of arguments into a usage error, which names the
// arguments that the command takes.
func misuse(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if check(c, args) == nil {
			return nil
		}
		given := map[int]string{0: "no argument", 1: "1 argument"}[len(args)]
		if given == "" {
			given = fmt.Sprintf("%d arguments", len(args))
		}
		return misusedBy(c, "%s was given %s", c.CommandPath(), given)
	}
}

// groups makes every command that only holds subcommands refuse an unknown one. By
// default cobra prints help and succeeds, and a script takes a misspelt command for
// one that was carried out.
func groups(c *cobra.Command) {
	for _, sub := range c.Commands() {
		groups(sub)
		if sub.HasSubCommands() && !sub.Runnable() {
			sub.Args = subcommand
			sub.RunE = func(*cobra.Command, []string) error { return nil } // never reached: Args refuses everything
		}
	}
}

// subcommand refuses anything that is not a subcommand of c, and names the nearest.
func subcommand(c *cobra.Command, args []string) error {
	hint := "see " + c.CommandPath() + " --help"
	if len(args) == 0 || args[0] == "help" {
		return misused{hinted{fmt.Errorf("%s needs a subcommand", c.CommandPath()), hint}}
	}
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + c.CommandPath() + " " + nearest(near, args[0]) + "?"
	}
	return misused{hinted{fmt.Errorf("unknown command %q for %q", args[0], c.CommandPath()), hint}}
}

// nearest returns the name that shares the longest beginning with the one that was
// typed: cobra finds all that are close, in alphabetical order.
func nearest(names []string, typed string) string {
	alike := func(name string) int {
		n := 0
		for n < min(len(name), len(typed)) && name[n] == typed[n] {
			n++
		}
		return n
	}
	return slices.MaxFunc(names, func(a, b string) int { return cmp.Compare(alike(a), alike(b)) })
}

// show prints v: as JSON where --json asks for it, else by text.
func show(c *cobra.Command, v any, text func(w io.Writer)) error {
	if asJSON, _ := c.Flags().GetBool("json"); asJSON {
		enc := json.NewEncoder(c.OutOrStdout())
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	text(w)
	return w.Flush()
}

// seconds is a time of the engine's as people read it: JSON has all its digits.
func seconds(rfc3339 string) string {
	t, err := time.Parse(time.RFC3339Nano, rfc3339)
	if err != nil {
		return rfc3339
	}
	return t.Format(time.RFC3339)
}

// row prints the cells of a table's line.
func row(w io.Writer, cells ...string) {
	_, _ = fmt.Fprintln(w, strings.Join(cells, "\t"))
}
