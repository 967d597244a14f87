package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mpg/conf"
)

// The manual: mpg(1) and mpg-serve(8) from the table of commands, mpg.toml(5) from
// the comments of the sample. The binary writes all of it itself, in the macros of
// man(7), so that no page disagrees with the binary.

// manPage is one page of the manual.
type manPage struct {
	name, section string
	write         func(m *manWriter, root *cobra.Command)
}

func (p manPage) file() string { return p.name + "." + p.section }

func manPages() []manPage {
	return []manPage{
		{"mpg", "1", manOfCommands},
		{"mpg-serve", "8", manOfServe},
		{"mpg.toml", "5", manOfFile},
	}
}

func manCommand() *cobra.Command {
	var names []string
	for _, p := range manPages() {
		names = append(names, p.file())
	}
	return &cobra.Command{
		Use:       "man PAGE",
		Short:     "print a page of the manual for man(1): " + strings.Join(names, ", "),
		Example:   "  mpg man mpg.toml.5 | man -l -",
		Args:      misuse(cobra.ExactArgs(1)),
		ValidArgs: names,
		RunE: func(c *cobra.Command, args []string) error {
			i := slices.Index(names, args[0])
			if i < 0 {
				return misused{hinted{fmt.Errorf("%q is not a page of the manual", args[0]), "want one of " + strings.Join(names, ", ")}}
			}
			_, err := io.WriteString(c.OutOrStdout(), writeMan(c.Root(), manPages()[i]))
			return err
		}}
}

// writeMan returns a page in the macros of man(7).
func writeMan(root *cobra.Command, p manPage) string {
	m := &manWriter{}
	m.line(`.TH %s %s %s "mpg %s" "mPayment Payment Gateway"`, strings.ToUpper(p.name), p.section, manDate(), roff(version))
	p.write(m, root)
	return m.String()
}

// manDate returns the day of the commit that the binary was built from, if it is known.
func manDate() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if day, _, found := strings.Cut(s.Value, "T"); s.Key == "vcs.time" && found {
				return day
			}
		}
	}
	return firstDay().Format(time.DateOnly)
}

// manWriter builds a page.
type manWriter struct{ strings.Builder }

// line writes a line of macros.
func (m *manWriter) line(format string, args ...any) { fmt.Fprintf(m, format+"\n", args...) }

func (m *manWriter) section(title string) { m.line(".SH %s", roff(title)) }

// item begins a paragraph with a hanging tag.
func (m *manWriter) item(tag string) { m.line(".TP\n\\fB%s\\fR", roff(tag)) }

// text writes paragraphs of plain text, which blank lines separate.
func (m *manWriter) text(s string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(s), "\n\n") {
		if i > 0 {
			m.line(".PP")
		}
		m.fill(strings.Fields(paragraph))
	}
}

// manWidth is the longest source line that mandoc(1) accepts without a warning.
const manWidth = 80

// fill writes the words of a paragraph, broken into lines.
func (m *manWriter) fill(words []string) {
	line := ""
	for _, word := range words {
		word = roff(word)
		if line != "" && manBytes(line)+1+manBytes(word) > manWidth {
			m.line("%s", guard(line))
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	m.line("%s", guard(line))
}

// verbatim writes lines that keep their breaks.
func (m *manWriter) verbatim(s string) {
	m.line(".PP\n.RS 4\n.nf")
	for line := range strings.Lines(strings.Trim(s, "\n")) {
		m.line("%s", guard(roff(strings.TrimRight(line, "\n"))))
	}
	m.line(".fi\n.RE")
}

// manBytes returns the length of s after preconv(1), which writes 付 as \[u4ED8].
func manBytes(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > unicode.MaxASCII {
			n += len(`[u4ED8]`)
		}
	}
	return n
}

// roff escapes what the formatter would interpret, so that hyphens can be copied and
// quotation marks stay straight.
func roff(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, `'`, `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(s)
}

// guard keeps a line from being read as a macro.
func guard(line string) string {
	if strings.HasPrefix(line, ".") {
		return `\&` + line
	}
	return line
}

func manOfCommands(m *manWriter, root *cobra.Command) {
	m.section("NAME")
	m.line(`mpg \- %s`, roff(root.Short))
	m.section("SYNOPSIS")
	m.line(".B mpg\n.I COMMAND\n[\\fIARGUMENT\\fR ...]\n[\\fIFLAG\\fR ...]")
	m.section("DESCRIPTION")
	m.text(aboutMPG)
	m.section("COMMANDS")
	for c := range leaves(root) {
		m.command(c)
	}
	m.section("OPTIONS OF EVERY COMMAND")
	m.flags(root.PersistentFlags())
	m.section("EXIT STATUS")
	for _, status := range []struct {
		code int
		text string
	}{{exitDone, "The command did what it was asked."}, {exitRefused, "It was refused, or it failed; the reason is on standard error."},
		{exitMisuse, "The command line is wrong; nothing was done."}} {
		m.item(fmt.Sprint(status.code))
		m.text(status.text)
	}
	m.section("FILES")
	m.files()
	m.section("SEE ALSO")
	m.line(".BR mpg\\-serve (8),\n.BR mpg.toml (5)")
}

const aboutMPG = `A subscriber of a mobile operator orders a payment by SMS. mpg calls back, reads out the
payee and the amount, takes the PIN by keypad, moves the money in its own double-entry
ledger (and at the bank over ISO 8583), and tells both sides by SMS.

One binary holds the daemon (mpg serve), the operator's commands, and a demo of the
whole system. Most commands talk to the running daemon over a socket in its data_dir,
which they find in the configuration; only root and the daemon's own user may use it.

A command that changes something takes a --key. If it is repeated with the same key, it
changes nothing and says when it was done. With --json a command prints one JSON value.`

// leaves yields every command that does something, in the order of their names.
func leaves(c *cobra.Command) func(yield func(*cobra.Command) bool) {
	return func(yield func(*cobra.Command) bool) { eachLeaf(c, yield) }
}

func eachLeaf(c *cobra.Command, yield func(*cobra.Command) bool) bool {
	for _, sub := range c.Commands() {
		switch {
		case sub.Hidden || sub.Name() == "help" || sub.Name() == "completion":
		case sub.HasSubCommands():
			if !eachLeaf(sub, yield) {
				return false
			}
		case !yield(sub):
			return false
		}
	}
	return true
}

// command describes one command under COMMANDS.
func (m *manWriter) command(c *cobra.Command) {
	m.line(".SS %s", roff(strings.TrimSuffix(c.UseLine(), " [flags]")))
	if c.Long == "" {
		m.text(strings.ToUpper(c.Short[:1]) + c.Short[1:] + ".")
	} else {
		m.text(c.Long)
	}
	m.flags(c.LocalNonPersistentFlags())
	if c.Example != "" {
		m.verbatim(strings.ReplaceAll(c.Example, "\n  ", "\n")[2:])
	}
}

func (m *manWriter) flags(f *pflag.FlagSet) {
	f.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		value, usage := pflag.UnquoteUsage(f)
		m.item(strings.TrimSpace(name + " " + value))
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "0s" {
			usage += " (default " + f.DefValue + ")"
		}
		m.text(usage)
	})
}

// files lists the files of an installed daemon.
func (m *manWriter) files() {
	d := conf.Default()
	for _, f := range []struct{ path, text string }{
		{"/etc/mpg/mpg.toml", "The configuration; it belongs to root, and the group mpg may read it."},
		{d.DataDir, "The ledger, ledger.db, and the socket for commands, mpg.sock. Mode 0700."},
		{d.PIN.KeyFile, "The key used to hash PINs. Mode 0400."},
		{d.Seal.KeyFile, "The key used to encrypt account numbers. Mode 0400."},
	} {
		m.item(f.path)
		m.text(f.text)
	}
}
