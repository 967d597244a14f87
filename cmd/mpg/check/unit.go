package check

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"mpg/cmd/mpg/hint"
)

// unitFolders are where systemd looks for units, the first one winning.
// systemd.unit(5)
var unitFolders = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"}

// unitName is the unit that the package installs.
const unitName = "mpg.service"

// Unit is what check needs to know about the unit that runs serve.
type Unit struct {
	path        string
	user, group string        // empty: not given
	exec        string        // ExecStart=
	stop        time.Duration // TimeoutStopSec=; 0: not given, or no limit
}

// UnitOf returns the unit that runs serve with the configuration at path, or nil.
// A unit that the user names is taken whatever it runs.
func UnitOf(named, path string) (*Unit, error) {
	if named != "" {
		return readUnit(named, filepath.Dir(named))
	}
	for _, folder := range unitFolders {
		u, err := readUnit(filepath.Join(folder, unitName), unitFolders...)
		if err == nil && slices.Contains(strings.Fields(u.exec), path) {
			return u, nil
		}
		if err == nil {
			return nil, nil // it runs with another file
		}
	}
	return nil, nil
}

// readUnit reads a unit and its drop-ins in folders, in the order of their names.
func readUnit(path string, folders ...string) (*Unit, error) {
	u := &Unit{path: path}
	if err := u.read(path); err != nil {
		return nil, err
	}
	var dropIns []string
	for _, folder := range folders {
		found, _ := filepath.Glob(filepath.Join(folder, filepath.Base(path)+".d", "*.conf")) // the pattern is right
		dropIns = append(dropIns, found...)
	}
	slices.SortStableFunc(dropIns, func(one, other string) int { return strings.Compare(filepath.Base(one), filepath.Base(other)) })
	for _, dropIn := range dropIns {
		if err := u.read(dropIn); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// read reads the few settings of [Service] that matter here; if one is repeated, the
// last one counts. systemd.syntax(7)
func (u *Unit) read(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return hint.Plainly(err)
	}
	section := ""
	for _, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
		}
		name, value, ok := strings.Cut(line, "=")
		if section != "[Service]" || !ok {
			continue
		}
		switch value = strings.TrimSpace(value); strings.TrimSpace(name) {
		case "User":
			u.user = value
		case "Group":
			u.group = value
		case "ExecStart":
			u.exec = value
		case "TimeoutStopSec":
			u.stop = timeSpan(value)
		}
	}
	return nil
}

// timeUnits are the units of a time span; a number without one is seconds.
// systemd.time(7)
var timeUnits = map[string]time.Duration{
	"": time.Second, "s": time.Second, "sec": time.Second, "second": time.Second, "seconds": time.Second,
	"ms": time.Millisecond, "msec": time.Millisecond, "m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hour": time.Hour, "hours": time.Hour,
}

// timeSpan reads a time span such as "1min 30s". It returns 0 for "infinity" and
// for what it cannot read.
func timeSpan(text string) time.Duration {
	var sum time.Duration
	for rest := strings.ReplaceAll(text, " ", ""); rest != ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.Atoi(rest[:digits])
		rest = rest[digits:]
		letters := len(rest) - len(strings.TrimLeft(rest, "abcdefghijklmnopqrstuvwxyz"))
		each, ok := timeUnits[rest[:letters]]
		if err != nil || !ok {
			return 0
		}
		sum, rest = sum+time.Duration(n)*each, rest[letters:]
	}
	return sum
}
