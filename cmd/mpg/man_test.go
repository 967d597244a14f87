package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"mpg/cmd/mpg/manual"
	"mpg/conf"
)

// plainMan is the text of a page without the escapes of the formatter.
func plainMan(page string) string {
	return strings.NewReplacer(`\(aq`, `'`, `\(ga`, "`", `\(ha`, "^", `\(ti`, "~", `\-`, "-", `\e`, `\`, `\&`, "", "\n", " ").Replace(page)
}

// pageText returns a page of the manual by its file.
func pageText(t *testing.T, file string) string {
	t.Helper()
	page, ok := book(rootCommand(nil)).Page(file)
	if !ok {
		t.Fatalf("no page %s", file)
	}
	return page
}

// TestManHasEveryCommand: mpg(1) names each command with its arguments, and each of
// its flags.
func TestManHasEveryCommand(t *testing.T) {
	t.Parallel()
	text, count := plainMan(pageText(t, "mpg.1")), 0
	root := rootCommand(nil)
	for c := range manual.Leaves(root) {
		count++
		if use := strings.TrimSuffix(c.UseLine(), " [flags]"); !strings.Contains(text, ".SS "+use) {
			t.Errorf("no %q", use)
		}
		c.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if !strings.Contains(text, "--"+f.Name+" ") && !strings.Contains(text, "--"+f.Name+`\fR`) && f.Name != "help" {
				t.Errorf("%s: no --%s", c.CommandPath(), f.Name)
			}
		})
	}
	if count < 20 {
		t.Errorf("only %d commands", count)
	}
}

// TestManHasEveryKey: mpg.toml(5) holds each line of the sample, comments and
// settings, under the heads of their tables.
func TestManHasEveryKey(t *testing.T) {
	t.Parallel()
	text := plainMan(pageText(t, "mpg.toml.5"))
	words := " " + strings.Join(strings.Fields(text), " ") + " "
	for i, line := range strings.Split(conf.Sample(), "\n") {
		said, isComment := strings.CutPrefix(line, "# ")
		setting := strings.TrimPrefix(line, "#")
		switch {
		case line == "" || setting == "" || i == 0:
		case isComment && !strings.Contains(words, " "+strings.Join(strings.Fields(said), " ")+" "):
			t.Errorf("line %d is not in the page: %s", i+1, line)
		case strings.HasPrefix(setting, "[") && !strings.Contains(text, ".SH "+setting):
			t.Errorf("no section %s", setting)
		case !isComment && !strings.HasPrefix(setting, "[") && !strings.Contains(text, `\fB`+setting+`\fR`):
			t.Errorf("line %d is no setting of the page: %s", i+1, line)
		}
	}
}

// TestManIsClean: neither man(1) nor mandoc(1) warns about any page.
func TestManIsClean(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range manual.Pages() {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(pageText(t, name)), 0o644); err != nil {
			t.Fatal(err)
		}
		for program, args := range map[string][]string{
			"man":    {"--warnings", "-E", "UTF-8", "-Tutf8", "-Z", "-l", file},
			"mandoc": {"-T", "lint", file},
		} {
			path, err := exec.LookPath(program)
			if err != nil {
				t.Logf("%s is not here", program)
				continue
			}
			c := exec.Command(path, args...)
			c.Stdout = nil
			var said strings.Builder
			c.Stderr = &said
			if program == "mandoc" {
				c.Stdout = &said
			}
			if err := c.Run(); err != nil || said.Len() > 0 {
				t.Errorf("%s %s: %v\n%s", program, name, err, said.String())
			}
		}
	}
}

// TestManOfServe: the page of the daemon has what the command's help says, and where
// the keys are.
func TestManOfServe(t *testing.T) {
	t.Parallel()
	text := plainMan(pageText(t, "mpg-serve.8"))
	for _, words := range []string{"SIGHUP rereads the file", conf.Default().PIN.KeyFile, conf.Default().Seal.KeyFile, "64 hexadecimal digits", "key_credential"} {
		if !strings.Contains(text, words) {
			t.Errorf("no %q", words)
		}
	}
}

// TestManKeepsLines: an example or a table in a help text keeps its lines.
func TestManKeepsLines(t *testing.T) {
	t.Parallel()
	for file, lines := range map[string][]string{
		"mpg.1":      {"0486 texts PAY 8001 12.50", "0001 presses pin", "balanced", "Nothing fails", "The SMSC"},
		"mpg.toml.5": {`command = ["socat", "-t10", "-", "UNIX-CONNECT:/run/voice-{lang}"]`},
	} {
		page := pageText(t, file)
		for _, line := range lines {
			_, after, found := strings.Cut("\n"+page, "\n"+manual.Roff(line)+"\n")
			if !found {
				t.Errorf("%s: %q is no line of its own", file, line)
				continue
			}
			if end, begin := strings.Index(after, ".fi\n"), strings.Index(after, ".nf\n"); end < 0 || begin >= 0 && begin < end {
				t.Errorf("%s: %q is filled with other lines", file, line)
			}
		}
	}
}
