package conf

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// exposureMax is the most that `systemd-analyze security` may find, in tenths:
// what is left is that the daemon talks to a network.
const exposureMax = "15"

// unitFile and its companions are shipped; cmd/mpg installs nothing.
const (
	unitFile     = "../systemd/mpg.service"
	sysusersFile = "../systemd/mpg.sysusers"
	tmpfilesFile = "../systemd/mpg.tmpfiles"
)

// tool is the path of a program of systemd. Without it the test is skipped, or
// fails where all peers are required.
func tool(t *testing.T, name string) string {
	t.Helper()
	found, err := exec.LookPath(name)
	switch {
	case err == nil:
		return found
	case os.Getenv("MPG_PEERS") == "require":
		t.Fatalf("%s is not installed, and MPG_PEERS=require", name)
	}
	t.Skipf("NOT TESTED: %s is not installed", name)
	return ""
}

// unit is the unit's settings by name.
func unit(t *testing.T) map[string][]string {
	t.Helper()
	in, err := os.Open(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	settings := make(map[string][]string)
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok && !strings.HasPrefix(name, "#") {
			settings[name] = append(settings[name], value)
		}
	}
	return settings
}

// installed is a copy of the unit that a machine without mpg can verify.
func installed(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	program, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	here := strings.Replace(string(text), "/usr/bin/mpg", program, 1)
	return write(t, t.TempDir(), "mpg.service", here, 0o644)
}

func TestUnitIsValid(t *testing.T) {
	t.Parallel()
	out, err := exec.Command(tool(t, "systemd-analyze"), "verify", "--man=no", installed(t)).CombinedOutput()
	if err != nil || strings.Contains(string(out), "mpg.service") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestUnitIsHardened(t *testing.T) {
	t.Parallel()
	args := []string{"security", "--offline=true", "--no-pager", "--threshold=" + exposureMax, installed(t)}
	out, err := exec.Command(tool(t, "systemd-analyze"), args...).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestUnitAgreesWithTheDefaults holds what the unit and mpg.toml say of the same
// thing side by side.
func TestUnitAgreesWithTheDefaults(t *testing.T) {
	t.Parallel()
	u, d := unit(t), Default()
	stop, err := time.ParseDuration(u["TimeoutStopSec"][0] + "s")
	if err != nil || stop <= d.Drain {
		t.Errorf("TimeoutStopSec is %v, drain is %v: calls would be cut off (%v)", stop, d.Drain, err)
	}
	state := strings.Fields(u["StateDirectory"][0])
	for i, want := range []string{d.DataDir, filepath.Dir(d.PIN.KeyFile)} {
		if len(state) != 2 || "/var/lib/"+state[i] != want {
			t.Errorf("StateDirectory is %v, without %s", state, want)
		}
	}
	if u["PrivateUsers"] != nil {
		t.Error("the daemon could not tell members of staff apart")
	}
	for name, want := range map[string]string{
		"ReadWritePaths": "-" + filepath.Dir(SharedSocket), "Type": "notify", "WatchdogSec": "30", "StateDirectoryMode": "0700", "LimitCORE": "0", "User": "mpg",
		"ExecStart": "/usr/bin/mpg serve -c /etc/mpg/mpg.toml", "ExecReload": "/bin/kill -HUP $MAINPID",
	} {
		if got := u[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// TestUnitComesBack: however long what keeps serve from starting lasts, the unit
// is started again once it is over, and does not keep a machine busy meanwhile.
func TestUnitComesBack(t *testing.T) {
	t.Parallel()
	u := unit(t)
	for name, want := range map[string]string{"StartLimitIntervalSec": "0", "Restart": "on-failure"} {
		if got := u[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	pause, err := time.ParseDuration(u["RestartSec"][0] + "s")
	if err != nil || pause < time.Second || pause > 30*time.Second {
		t.Errorf("RestartSec is %v (%v)", pause, err)
	}
	if u["StartLimitBurst"] != nil || u["RestartPreventExitStatus"] != nil {
		t.Error("after some failures nobody starts it again")
	}
}

// TestUserAndFolders makes them under a root of the test's own.
func TestUserAndFolders(t *testing.T) {
	t.Parallel()
	sysusers, tmpfiles := tool(t, "systemd-sysusers"), tool(t, "systemd-tmpfiles")
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: making users and giving folders away needs root")
	}
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, command := range []struct {
		name, file string
		flags      []string
	}{
		{sysusers, sysusersFile, nil},
		{tmpfiles, tmpfilesFile, []string{"--create"}},
	} {
		file, err := filepath.Abs(command.file)
		if err != nil {
			t.Fatal(err)
		}
		args := append(command.flags, "--root="+root, file)
		if out, err := exec.Command(command.name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", command.name, args, err, out)
		}
	}
	users, err := os.ReadFile(filepath.Join(root, "etc/passwd"))
	if err != nil || !strings.Contains(string(users), "mpg:x:") {
		t.Errorf("no user mpg: %v\n%s", err, users)
	}
	if groups, err := os.ReadFile(filepath.Join(root, "etc/group")); err != nil || !strings.Contains(string(groups), "mpg-staff:x:") {
		t.Errorf("no group mpg-staff: %v\n%s", err, groups)
	}
	if info, err := os.Stat(filepath.Join(root, filepath.Dir(SharedSocket))); err != nil || info.Mode() != os.ModeDir|os.ModeSetgid|0o750 {
		t.Errorf("the folder of the socket: %v, %v", info, err)
	}
	for _, folder := range []string{Default().DataDir, filepath.Dir(Default().Seal.KeyFile)} {
		info, err := os.Stat(filepath.Join(root, folder))
		if err != nil || info.Mode().Perm() != dataDirMode {
			t.Errorf("%s: %v, %v", folder, info, err)
		}
	}
}
