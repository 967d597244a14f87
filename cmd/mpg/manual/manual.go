// Package manual writes the manual of the binary: mpg(1) and mpg-serve(8) from the
// table of commands, mpg.toml(5) from the comments of the sample. The binary writes all
// of it itself, in the macros of man(7), so that no page disagrees with the binary.
// What a page says of a command stands at the command; pages.go holds only what no
// command says. It may import conf.
//
// github.com/spf13/cobra and its pflag are the table of commands.
package manual

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mpg/conf"
)

// Book is the manual of one binary.
type Book struct {
	Root    *cobra.Command
	Version string
	Day     string // of a build that does not know the day of its commit
	Exits   []Exit
}

// Exit is an exit code and what it means.
type Exit struct {
	Code int
	Text string
}

// page is one page of the manual.
type page struct {
	name, section string
	write         func(m *manWriter, b Book)
}

func (p page) file() string { return p.name + "." + p.section }

func pages() []page {
	return []page{
		{"mpg", "1", manOfCommands},
		{"mpg-serve", "8", manOfServe},
		{"mpg.toml", "5", manOfFile},
	}
}

// Pages returns the names of the pages: mpg.1 and others.
func Pages() []string {
	var names []string
	for _, p := range pages() {
		names = append(names, p.file())
	}
	return names
}

// Page returns a page in the macros of man(7), by its name. It reports false if there
// is none of that name.
func (b Book) Page(name string) (string, bool) {
	for _, p := range pages() {
		if p.file() == name {
			return b.write(p), true
		}
	}
	return "", false
}

func (b Book) write(wanted page) string {
	m := &manWriter{}
	m.line(`.TH %s %s %s "mpg %s" "mPayment Payment Gateway"`, strings.ToUpper(wanted.name), wanted.section, b.day(), Roff(b.Version))
	wanted.write(m, b)
	return m.String()
}

// day returns the day of the commit that the binary was built from, if it is known.
func (b Book) day() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if day, _, found := strings.Cut(s.Value, "T"); s.Key == "vcs.time" && found {
				return day
			}
		}
	}
	return b.Day
}

// manWriter builds a page.
type manWriter struct {
	strings.Builder
	hanging bool // what follows belongs to an item
}

// line writes a line of macros.
func (m *manWriter) line(format string, args ...any) { fmt.Fprintf(m, format+"\n", args...) }

func (m *manWriter) section(title string) {
	m.hanging = false
	m.line(".SH %s", Roff(title))
}

// paragraph begins one, under the item where there is one.
func (m *manWriter) paragraph() {
	m.line("%s", map[bool]string{false: ".PP", true: ".IP"}[m.hanging])
}

// item begins a paragraph with a hanging tag.
func (m *manWriter) item(tag string) {
	m.hanging = true
	m.line(".TP\n\\fB%s\\fR", Roff(tag))
}

// text writes paragraphs of plain text, which blank lines separate. Lines that begin
// with a space keep their breaks: they are an example or a table.
func (m *manWriter) text(words string) {
	after := false // a paragraph stands above
	for paragraph := range strings.SplitSeq(strings.Trim(words, "\n"), "\n\n") {
		lines := strings.Split(paragraph, "\n")
		for len(lines) > 0 {
			n := slices.IndexFunc(lines, func(line string) bool { return isKept(line) != isKept(lines[0]) })
			if n < 0 {
				n = len(lines)
			}
			switch {
			case isKept(lines[0]):
				m.verbatim(strings.Join(unindented(lines[:n]), "\n"))
			case after:
				m.paragraph()
				fallthrough
			default:
				m.fill(strings.Fields(strings.Join(lines[:n], " ")))
			}
			lines, after = lines[n:], true
		}
	}
}

// isKept reports whether a line of a text keeps its place.
func isKept(line string) bool { return strings.HasPrefix(line, " ") }

// unindented returns lines without the spaces that all of them begin with.
func unindented(lines []string) []string {
	least := len(lines[0])
	for _, l := range lines {
		least = min(least, len(l)-len(strings.TrimLeft(l, " ")))
	}
	cut := make([]string, len(lines))
	for i, l := range lines {
		cut[i] = l[least:]
	}
	return cut
}

// manWidth is the longest source line that mandoc(1) accepts without a warning.
const manWidth = 80

// fill writes the words of a paragraph, broken into lines.
func (m *manWriter) fill(words []string) {
	line := ""
	for _, word := range words {
		word = Roff(word)
		if line != "" && manBytes(line)+1+manBytes(word) > manWidth {
			m.line("%s", guard(line))
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	m.line("%s", guard(line))
}

// verbatim writes lines that keep their breaks.
func (m *manWriter) verbatim(words string) {
	begin, end := ".PP\n.RS 4\n.nf", ".fi\n.RE"
	if m.hanging { // RS would count from the page's margin, not from the item's
		begin, end = ".IP\n.nf", ".fi"
	}
	m.line("%s", begin)
	for line := range strings.Lines(strings.Trim(words, "\n")) {
		m.line("%s", guard(Roff(strings.TrimRight(line, "\n"))))
	}
	m.line("%s", end)
}

// manBytes returns the length of words after preconv(1), which writes 付 as \[u4ED8].
func manBytes(words string) int {
	n := 0
	for _, r := range words {
		if n++; r > unicode.MaxASCII {
			n += len(`[u4ED8]`)
		}
	}
	return n
}

// Roff escapes what the formatter would interpret, so that hyphens can be copied and
// quotation marks stay straight.
func Roff(words string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, `'`, `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(words)
}

// guard keeps a line from being read as a macro.
func guard(line string) string {
	if strings.HasPrefix(line, ".") {
		return `\&` + line
	}
	return line
}

func manOfCommands(page *manWriter, book Book) {
	root := book.Root
	page.section("NAME")
	page.line(`mpg \- %s`, Roff(root.Short))
	page.section("SYNOPSIS")
	page.line(".B mpg\n.I COMMAND\n[\\fIARGUMENT\\fR ...]\n[\\fIFLAG\\fR ...]")
	page.section("DESCRIPTION")
	page.text(aboutMPG)
	page.section("COMMANDS")
	for c := range Leaves(root) {
		page.command(c)
	}
	page.section("OPTIONS OF EVERY COMMAND")
	page.flags(root.PersistentFlags())
	page.section("EXIT STATUS")
	for _, exit := range book.Exits {
		page.item(fmt.Sprint(exit.Code))
		page.text(exit.Text)
	}
	page.section("FILES")
	page.files()
	page.section("SEE ALSO")
	page.line(".BR mpg\\-serve (8),\n.BR mpg.toml (5)")
}

const aboutMPG = `A subscriber of a mobile operator orders a payment by SMS. mpg calls back, reads out the
payee and the amount, takes the PIN by keypad, moves the money in its own double-entry
ledger (and at the bank over ISO 8583), and tells both sides by SMS.

One binary holds the daemon (mpg serve), the operator's commands, and a demo of the
whole system. Most commands talk to the running daemon over a socket in its data_dir,
which they find in the configuration. Only root and the daemon's own user may use it,
unless staff.group names a group that may.

A command that changes something takes a --key. If it is repeated with the same key, it
changes nothing and says when it was done. With --json a command prints one JSON value.`

// ActsItself marks, among its annotations, a command that has subcommands and also does
// something without one.
const ActsItself = "acts-itself"

// Leaves yields every command that does something, in the order of their names.
func Leaves(cmd *cobra.Command) func(yield func(*cobra.Command) bool) {
	return func(yield func(*cobra.Command) bool) { eachLeaf(cmd, yield) }
}

func eachLeaf(cmd *cobra.Command, yield func(*cobra.Command) bool) bool {
	for _, sub := range cmd.Commands() {
		switch {
		case sub.Hidden || sub.Name() == "help" || sub.Name() == "completion":
		case sub.HasSubCommands():
			if sub.Annotations[ActsItself] != "" && !yield(sub) {
				return false
			}
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
func (m *manWriter) command(cmd *cobra.Command) {
	m.hanging = false
	m.line(".SS %s", Roff(strings.TrimSuffix(cmd.UseLine(), " [flags]")))
	if cmd.Long == "" {
		m.text(strings.ToUpper(cmd.Short[:1]) + cmd.Short[1:] + ".")
	} else {
		m.text(cmd.Long)
	}
	m.flags(cmd.LocalNonPersistentFlags())
	if cmd.Example != "" {
		m.hanging = false
		m.verbatim(strings.ReplaceAll(cmd.Example, "\n  ", "\n")[2:])
	}
}

func (m *manWriter) flags(set *pflag.FlagSet) {
	set.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden || flag.Name == "help" {
			return
		}
		name := "--" + flag.Name
		if flag.Shorthand != "" {
			name = "-" + flag.Shorthand + ", " + name
		}
		value, usage := pflag.UnquoteUsage(flag)
		m.item(strings.TrimSpace(name + " " + value))
		if flag.DefValue != "" && flag.DefValue != "false" && flag.DefValue != "0" && flag.DefValue != "0s" {
			usage += " (default " + flag.DefValue + ")"
		}
		m.text(usage)
	})
}

// files lists the files of an installed daemon.
func (m *manWriter) files() {
	d := conf.Default()
	for _, f := range []struct{ path, text string }{
		{"/etc/mpg/mpg.toml", "The configuration; it belongs to root, and the group mpg may read it."},
		{d.DataDir, "The ledger, ledger.db; view.db, which is made from it and may be deleted while the daemon is stopped; and the socket for commands, mpg.sock. Mode 0700."},
		{conf.SharedSocket, "The socket for commands, where staff.socket of mpg.toml puts it for members of staff."},
		{"~/.local/state/mpg", "The login that mpg staff login keeps for later commands, one file for each daemon. Mode 0600."},
		{d.PIN.KeyFile, "The key used to hash PINs. Mode 0400."},
		{d.Seal.KeyFile, "The key used to encrypt account numbers. Mode 0400."},
	} {
		m.item(f.path)
		m.text(f.text)
	}
}
