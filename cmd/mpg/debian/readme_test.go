package debian

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readme returns the lines of the first code block of README after the given words,
// without comments at the ends of lines.
func readme(t *testing.T, after string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(module, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), after)
	_, rest, opened := strings.Cut(rest, "\n```\n")
	block, _, closed := strings.Cut(rest, "```")
	if !found || !opened || !closed {
		t.Fatalf("README has no block of code after %q", after)
	}
	comment := regexp.MustCompile(` +# .*$`)
	var lines []string
	for line := range strings.Lines(block) {
		if line = comment.ReplaceAllString(strings.TrimSpace(line), ""); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestReadmeNamesGo: README names the release of Go that go.mod asks for.
func TestReadmeNamesGo(t *testing.T) {
	t.Parallel()
	mod, err1 := os.ReadFile(filepath.Join(module, "go.mod"))
	text, err2 := os.ReadFile(filepath.Join(module, "README.md"))
	release := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	if err1 != nil || err2 != nil || release == nil || !strings.Contains(string(text), "with Go "+string(release[1])+" or later") {
		t.Errorf("README does not name Go %s: %v, %v", release, err1, err2)
	}
}

// dpkgInstall skips the triggers of other packages, such as indexing all manual pages,
// and does not sync a disk that is only memory.
const dpkgInstall = "dpkg --no-triggers --force-unsafe-io --force-confdef --install "

// install runs the commands of README that install mpg. The package is the one that
// TestMain has built; dpkg stands in for apt, which needs a network; the editor is
// skipped; the test starts the unit.
func (r *root) install(t *testing.T, lines []string) *daemon {
	t.Helper()
	built := os.Getenv(builtEnv)
	var d *daemon
	for _, line := range lines {
		switch line {
		case "make deb", "vi /etc/mpg/mpg.toml":
		case "apt install ./bin/mpg_*.deb":
			r.run(dpkgInstall + r.take(onlyFile(t, filepath.Join(built, "bin", "mpg_*.deb"))))
		case "systemctl enable --now mpg":
			d = r.start()
		default:
			r.run(line)
		}
	}
	if d == nil {
		t.Fatalf("README does not start mpg: %q", lines)
	}
	return d
}
