package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTimeSpans reads times as systemd writes them.
func TestTimeSpans(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"60": time.Minute, "60s": time.Minute, "1min": time.Minute, "1min 30s": 90 * time.Second, "2h": 2 * time.Hour, "500ms": 500 * time.Millisecond,
		"infinity": 0, "": 0, "soon": 0, "5 parsecs": 0, "s": 0,
	} {
		if got := timeSpan(text); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

// TestUnit: the settings of the installed unit are found, drop-ins override them, and
// other sections do not count.
func TestUnit(t *testing.T) {
	t.Parallel()
	const installed = "../../../systemd/mpg.service"
	u, err := UnitOf(installed, "")
	if err != nil || u.user != "mpg" || u.group != "mpg" || u.stop != time.Minute || !strings.Contains(u.exec, "serve -c /etc/mpg/mpg.toml") {
		t.Fatalf("%+v, %v", u, err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "mpg.service")
	text, err := os.ReadFile(installed)
	if err == nil {
		err = os.WriteFile(path, append([]byte("[Unit]\nUser=nobody\n"), text...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path+".d", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"10-user.conf": "[Service]\nUser=pay\nTimeoutStopSec=5min\n", "20-stop.conf": "[Service]\nTimeoutStopSec=10min\n"} {
		if err := os.WriteFile(filepath.Join(path+".d", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	u, err = UnitOf(path, "")
	if err != nil || u.user != "pay" || u.stop != 10*time.Minute {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := UnitOf(filepath.Join(dir, "none.service"), ""); err == nil {
		t.Error("a unit that is named and missing is no error")
	}
}
