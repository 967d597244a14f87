package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"mpg/cmd/mpg/hint"
	"mpg/cmd/mpg/manual"
)

// What is printed:
//
//   - results on stdout, one thing a line, or one JSON value with --json;
//   - an error as refusal.go says: one sentence without a full stop, and a hint;
//   - nothing else. No colours, no progress, no PIN, no password.

// misuse turns a wrong number of arguments into a usage error, which names the
// arguments that the command takes.
func misuse(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := argLacking(cmd, args); err != nil {
			return err
		}
		if check(cmd, args) == nil {
			return nil
		}
		given := map[int]string{0: "no argument", 1: "1 argument"}[len(args)]
		if given == "" {
			given = fmt.Sprintf("%d arguments", len(args))
		}
		return misusedBy(cmd, "%s was given %s", cmd.CommandPath(), given)
	}
}

// argLacking returns an error that names the first argument which a command needs, and which
// is not there or, as a variable that a script has not set, is empty.
func argLacking(cmd *cobra.Command, args []string) error {
	for i, name := range strings.Fields(cmd.Use)[1:] {
		switch {
		case name != strings.ToUpper(name) || !unicode.IsUpper(rune(name[0])):
			return nil // the arguments that it needs come first
		case i >= len(args):
			return misusedBy(cmd, "%s: %s is missing", cmd.CommandPath(), name)
		case strings.TrimSpace(args[i]) == "":
			return misusedBy(cmd, "%s: %s is empty", cmd.CommandPath(), name)
		}
	}
	return nil
}

// groups makes every command that only holds subcommands refuse an unknown one. By
// default cobra prints help and succeeds, and a script takes a misspelt command for
// one that was carried out.
func groups(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		groups(sub)
		if isGroup(sub) && !sub.Runnable() {
			sub.Args = subcommand
			sub.RunE = func(*cobra.Command, []string) error { return nil } // never reached: Args refuses everything
		}
	}
}

// isGroup reports whether cmd only holds subcommands, as the root does.
func isGroup(cmd *cobra.Command) bool {
	return cmd.HasSubCommands() && cmd.Annotations[manual.ActsItself] == ""
}

// misspelt returns the error of a command line that has a word where cmd wants a
// subcommand, whatever flags stand beside it; nil where it has none. The flags of
// the command that was meant are not its own: to complain of them would hide the cause.
func misspelt(cmd *cobra.Command) error {
	if words := cmd.Flags().Args(); isGroup(cmd) && len(words) > 0 {
		return subcommand(cmd, words)
	}
	return nil
}

// helps makes --help and the help command refuse a misspelt command as the command
// line itself does. The help function of cobra returns no error, so it goes to *wrong.
func helps(root *cobra.Command, wrong *error) {
	root.InitDefaultHelpCmd()
	usual := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		if *wrong = misspelt(cmd); *wrong == nil {
			usual(cmd, args)
		}
	})
	for _, c := range root.Commands() {
		if c.Name() != "help" {
			continue
		}
		c.Run, c.RunE = nil, func(_ *cobra.Command, args []string) error {
			about, rest, err := root.Find(args)
			switch {
			case err != nil:
				return misused{err}
			case isGroup(about) && len(rest) > 0:
				return subcommand(about, rest)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		}
	}
}

// subcommand refuses anything that is not a subcommand of cmd, and names the nearest.
func subcommand(cmd *cobra.Command, args []string) error {
	remedy := "see " + cmd.CommandPath() + " --help"
	if len(args) == 0 || args[0] == "help" {
		return misused{hint.Add(fmt.Errorf("%s needs a subcommand", cmd.CommandPath()), remedy)}
	}
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		remedy = "did you mean " + cmd.CommandPath() + " " + nearest(near, args[0]) + "?"
	}
	return misused{hint.Add(fmt.Errorf("unknown command %q for %q", args[0], cmd.CommandPath()), remedy)}
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
	return slices.MaxFunc(names, func(one, other string) int { return cmp.Compare(alike(one), alike(other)) })
}

// show prints value: as JSON if --json asks for it, otherwise as the table that text
// writes.
func show(cmd *cobra.Command, value any, text func(w io.Writer)) error {
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetEscapeHTML(false)
		return enc.Encode(value)
	}
	var lines strings.Builder
	text(&lines)
	if lines.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(cmd.OutOrStdout(), aligned(withTimes(lines.String(), operatorZone(cmd))))
	return err
}

// fact prints a line about one thing: a name, and what it is. It prints none if there is nothing to
// say.
func fact(out io.Writer, name string, parts ...string) {
	if said := strings.TrimSpace(strings.Join(parts, " ")); said != "" {
		row(out, name, said)
	}
}

// row prints the cells of a table's line.
func row(out io.Writer, cells ...string) {
	_, _ = fmt.Fprintln(out, strings.Join(cells, "\t"))
}
