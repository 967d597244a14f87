package daemon_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/cmd/mpg/rig"
	"mpg/conf"
	"mpg/engine/api"
	"mpg/engine/view"
)

// posts sends an empty command to the daemon's socket.
func posts(t *testing.T, r *rig.Rig, path string) (int, string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", (&conf.File{DataDir: r.DataDir()}).Socket())
	}}}
	res, err := client.Post("http://mpg"+path, "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// TestTheDaemonKeepsAView: the view follows, can be rebuilt and checked by the operator,
// is private, and tells how far it is behind.
func TestTheDaemonKeepsAView(t *testing.T) {
	t.Parallel()
	r, _ := open(t, rig.NoCalls)
	if err := r.Populate(t.Context(), 20, 2, nil); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(rig.Wait); value(t, r.Daemon, "mpg_view_lag_records") != "0"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s records behind", value(t, r.Daemon, "mpg_view_lag_records"))
		}
	}
	file := filepath.Join(r.DataDir(), view.FileName)
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	code, said := posts(t, r, "/view/rebuild")
	lines := strings.Split(strings.TrimSpace(said), "\n")
	var last api.Rebuilding
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || code != http.StatusOK || !last.Done || last.Read < 40 || len(lines) < 2 {
		t.Errorf("%d %s %v", code, said, err)
	}
	code, said = posts(t, r, "/view/check")
	var found view.Checked
	if err := json.Unmarshal([]byte(said), &found); err != nil || code != http.StatusOK || found.Differences != 0 || found.Accounts < 24 || found.Entries < 40 {
		t.Errorf("%d %s %v", code, said, err)
	}
	if _, said := page(t, r.Daemon, "/readyz?verbose"); !strings.Contains(said, "+ view: behind for 0s, records left 0\n") {
		t.Errorf("%s", said)
	}
	for series, want := range map[string]string{"mpg_view_as_of_seconds": "0", "mpg_view_failures_total": "0", "mpg_view_repairs_total": "0", "mpg_view_check_differences": "0"} {
		if got := value(t, r.Daemon, series); got != want {
			t.Errorf("%s is %s", series, got)
		}
	}
}

// TestTheDaemonWithoutAView: it takes orders as before, and says why there is nothing to
// look at.
func TestTheDaemonWithoutAView(t *testing.T) {
	t.Parallel()
	r, _ := open(t, func(f *conf.File) { rig.NoCalls(f); rig.NoView(f) })
	if err := r.Populate(t.Context(), 2, 1, nil); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/view/rebuild", "/view/check"} {
		if code, said := posts(t, r, path); code != http.StatusConflict || !strings.Contains(said, `"code":"no_view"`) {
			t.Errorf("%s: %d %s", path, code, said)
		}
	}
	if _, err := os.Stat(filepath.Join(r.DataDir(), view.FileName)); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if got := value(t, r.Daemon, "mpg_view_lag_records"); got != "" {
		t.Errorf("a lag of %s", got)
	}
}

// TestAViewThatCannotBeOpenedStopsNothing.
func TestAViewThatCannotBeOpenedStopsNothing(t *testing.T) {
	t.Parallel()
	r, _ := open(t, func(f *conf.File) {
		rig.NoCalls(f)
		if err := os.MkdirAll(filepath.Join(f.DataDir, view.FileName, "a folder"), 0o700); err != nil {
			t.Error(err)
		}
		if err := os.Chmod(f.DataDir, 0o700); err != nil {
			t.Error(err)
		}
	})
	if err := r.Populate(t.Context(), 2, 1, nil); err != nil {
		t.Fatal(err)
	}
	if code, said := posts(t, r, "/view/check"); code != http.StatusConflict {
		t.Errorf("%d %s", code, said)
	}
}
