package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"mpg/engine/api"
)

// TestTimesAreLocal: the times of what a command prints are those of the operator's clocks,
// and the zone is named once, whether or not another line names it.
func TestTimesAreLocal(t *testing.T) {
	t.Parallel()
	kathmandu, err := time.LoadLocation("Asia/Kathmandu")
	if err != nil {
		t.Fatal(err)
	}
	for lines, want := range map[string]string{
		"name\tWang\n": "name\tWang\n",
		"added\t" + seconds("2026-11-25T20:04:05.123456789Z") + " by chen\n":              "added\t2026-11-26 01:49:05 by chen\ntimes are in Asia/Kathmandu\n",
		seconds("2026-11-25T20:04:05Z") + "\t" + seconds("2026-11-25T20:04:06Z") + "\n":   "2026-11-26 01:49:05\t2026-11-26 01:49:06\ntimes are in Asia/Kathmandu\n",
		seconds("2026-11-25T20:04:05Z") + "\nas of\t2026-11-26 02:00:00 Asia/Kathmandu\n": "2026-11-26 01:49:05\nas of\t2026-11-26 02:00:00 Asia/Kathmandu\n",
		seconds("never") + "\n": "never\ntimes are in Asia/Kathmandu\n",
		seconds("") + "\n":      "\ntimes are in Asia/Kathmandu\n",
	} {
		if got := withTimes(lines, kathmandu); got != want {
			t.Errorf("%q: %q, want %q", lines, got, want)
		}
	}
}

// TestWhichZone: the daemon's counts, then that of the configuration.
func TestWhichZone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mpg.toml")
	if err := os.WriteFile(file, []byte("time_zone = \"Asia/Kathmandu\"\n[[smsc]]\nnonsense = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	cmd.Flags().String("config", file, "")
	if zone := operatorZone(cmd); zone.String() != "Asia/Kathmandu" {
		t.Errorf("without a daemon: %s", zone)
	}
	for _, name := range []string{"Asia/Shanghai", "Asia/Shanghai", "Asia/Tokyo"} {
		answer := make(http.Header)
		answer.Set(api.TimeZoneHeader, name)
		heardZone(cmd, answer)
		if zone := operatorZone(cmd); zone.String() != name {
			t.Errorf("%s, want %s", zone, name)
		}
		heardZone(cmd, make(http.Header)) // an older daemon
	}
	if err := cmd.Flags().Set("config", file+"-none"); err != nil {
		t.Fatal(err)
	}
	cmd.SetContext(t.Context())
	if zone := operatorZone(cmd); zone != time.Local {
		t.Errorf("with neither: %s", zone)
	}
}
