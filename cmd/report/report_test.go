package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// feed gives a report the events of a run, and returns what it prints and whether
// everything passed.
func feed(events ...event) (printed string, passed bool) {
	var out strings.Builder
	now := time.Now()
	r := newReport(&out, now)
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			panic(err)
		}
		r.line(line, now)
	}
	passed = r.end()
	return out.String(), passed
}

func started(name string) event { return event{Action: "start", Package: name} }

func wrote(name, test, text string) event {
	return event{Action: "output", Package: name, Test: test, Output: text}
}

func ended(action, name, test string) event {
	return event{Action: action, Package: name, Test: test}
}

func TestReport(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		events []event
		last   string // line that is printed
		holds  string // what is printed too
		hides  string // what is not
		passed bool
	}{
		"all passed": {
			events: []event{started("mpg/a"), wrote("mpg/a", "TestX", "=== RUN   TestX\n"), wrote("mpg/a", "TestX", "    a_test.go:1: a note\n"), ended("pass", "mpg/a", "TestX"),
				wrote("mpg/a", "", "PASS\n"), wrote("mpg/a", "", "ok  \tmpg/a\t0.1s\n"), ended("pass", "mpg/a", "")},
			last: "ok  \tmpg/a\t0.1s", hides: "note", passed: true},
		"no tests": {
			events: []event{started("mpg/a"), wrote("mpg/a", "", "?   \tmpg/a\t[no test files]\n"), ended("skip", "mpg/a", "")},
			last:   "?   \tmpg/a\t[no test files]", passed: true},
		"a test failed early": {
			events: []event{started("mpg/a"), started("mpg/b"), wrote("mpg/a", "TestX", "    a_test.go:7: got 1 < 2, want 3\n"), ended("fail", "mpg/a", "TestX"),
				wrote("mpg/a", "", "FAIL\tmpg/a\t0.1s\n"), ended("fail", "mpg/a", ""), wrote("mpg/b", "", "ok  \tmpg/b\t9s\n"), ended("pass", "mpg/b", "")},
			last: "  mpg/a TestX: a_test.go:7: got 1 < 2, want 3", holds: "ok  \tmpg/b"},
		"a test within a test": {
			events: []event{started("mpg/a"), wrote("mpg/a", "TestX/in", "        a_test.go:8: wrong\n"), ended("fail", "mpg/a", "TestX/in"),
				wrote("mpg/a", "TestX", "--- FAIL: TestX\n"), ended("fail", "mpg/a", "TestX"), wrote("mpg/a", "", "FAIL\n"), ended("fail", "mpg/a", "")},
			last: "  mpg/a TestX/in: a_test.go:8: wrong", holds: "FAILED: 1\n"},
		"peers are missing": {
			events: []event{started("mpg/a"), wrote("mpg/a", "", "peers: apt-get install sipp\n"), wrote("mpg/a", "", "FAIL\tmpg/a\t0.1s\n"), ended("fail", "mpg/a", "")},
			last:   "  mpg/a: peers: apt-get install sipp"},
		"does not build": {
			events: []event{{Action: "build-output", ImportPath: "mpg/a [mpg/a.test]", Output: "# mpg/a [mpg/a.test]\n"},
				{Action: "build-output", ImportPath: "mpg/a [mpg/a.test]", Output: "a/a.go:3:29: undefined: x\n"}, {Action: "build-fail", ImportPath: "mpg/a [mpg/a.test]"},
				started("mpg/a"), wrote("mpg/a", "", "FAIL\tmpg/a [build failed]\n"), {Action: "fail", Package: "mpg/a", FailedBuild: "mpg/a [mpg/a.test]"}},
			last: "  mpg/a [mpg/a.test]: a/a.go:3:29: undefined: x", holds: "FAILED: 1\n"},
		"a script failed": {
			events: []event{started("mpg/a"), wrote("mpg/a", "TestScripts/x", "    testscript.go:609: WORK=$WORK\n        FAIL: x.txt:3: unexpected command failure\n"), ended("fail", "mpg/a", "TestScripts/x"),
				wrote("mpg/a", "", "FAIL\n"), ended("fail", "mpg/a", "")},
			last: "  mpg/a TestScripts/x: FAIL: x.txt:3: unexpected command failure"},
		"was stopped": {
			events: []event{started("mpg/a"), wrote("mpg/a", "TestSlow", "SIGQUIT: quit\nPC=0x47\n"), wrote("mpg/a", "", "FAIL\tmpg/a\t540s\n"), ended("fail", "mpg/a", "")},
			last:   "  mpg/a TestSlow: SIGQUIT: quit"},
		"took too long": {
			events: []event{started("mpg/a"), wrote("mpg/a", "TestSlow", "panic: test timed out after 9m0s\n"+strings.Repeat("goroutine 1 [running]:\n", 450)), wrote("mpg/a", "TestOther", "    a_test.go:1: a note\n"),
				wrote("mpg/a", "", "FAIL\tmpg/a\t540s\n"), ended("fail", "mpg/a", "")},
			last: "  mpg/a TestSlow: panic: test timed out after 9m0s", holds: "... 301 lines left out ...\n"},
		"was cut off": {
			events: []event{started("mpg/a"), {Action: "run", Package: "mpg/a", Test: "TestX"}},
			last:   "  mpg/a: did not end; TestX"},
		"nothing was tested": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			printed, passed := feed(tt.events...)
			lines := strings.Split(strings.TrimSuffix(printed, "\n"), "\n")
			if passed != tt.passed || lines[len(lines)-1] != tt.last || !strings.Contains(printed, tt.holds) || tt.hides != "" && strings.Contains(printed, tt.hides) {
				t.Errorf("passed: %v, want %v; want %q last, and %q\n%s", passed, tt.passed, tt.last, tt.holds, printed)
			}
		})
	}
}

// TestProgress: the running tests are printed if nothing else has been for a while.
func TestProgress(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	begun := time.Now()
	r := newReport(&out, begun)
	r.line([]byte("go: downloading something"), begun)
	r.progress(begun.Add(20 * time.Second))
	begun = begun.Add(20 * time.Second)
	r.line([]byte(`{"Action":"start","Package":"mpg/a"}`), begun)
	for _, e := range []string{"run TestPaused", "pause TestPaused", "run TestKills", "run TestKills/one", "run TestKills/two", "run TestShort", "pass TestShort", "pass TestKills/one"} {
		action, test, _ := strings.Cut(e, " ")
		r.line(fmt.Appendf(nil, `{"Action":%q,"Package":"mpg/a","Test":%q}`, action, test), begun)
	}
	for _, after := range []time.Duration{1, 21, 22, 45} {
		r.progress(begun.Add(after * time.Second))
	}
	want := "go: downloading something\n... 20 s, 0 packages done; building\n"
	for _, at := range []int{41, 65} {
		want += fmt.Sprintf("... %d s, 0 packages done; running: mpg/a TestKills/two\n", at)
	}
	if out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}
