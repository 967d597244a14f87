package main

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// event is one line of test2json; see go doc test2json and go help buildjson.
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build-output and build-fail, in place of Package
	Test        string
	Output      string
	FailedBuild string // on fail: what could not be built
}

// report holds what is known about a run so far.
type report struct {
	out    io.Writer
	begun  time.Time
	said   time.Time              // when something was printed last
	ended  int                    // packages
	runs   map[string][]string    // packages that have not ended, with their running tests, the oldest first
	output map[[2]string][]string // of a package or build and a test, in parts
	failed []failure
}

// failure is a test, package or build that failed.
type failure struct {
	name      string
	complaint string // the first
	final     bool   // it is no chance; see again
}

func newReport(out io.Writer, now time.Time) *report {
	return &report{out: out, begun: now, said: now, runs: map[string][]string{}, output: map[[2]string][]string{}}
}

// line takes one line. One that is no event is printed.
func (r *report) line(line []byte, now time.Time) {
	var e event
	if json.Unmarshal(line, &e) != nil || e.Action == "" {
		r.say(string(line)+"\n", now)
		return
	}
	key := [2]string{e.Package + e.ImportPath, e.Test}
	switch e.Action {
	case "start":
		r.runs[e.Package] = nil
	case "run", "cont":
		r.runs[e.Package] = append(r.runs[e.Package], e.Test)
	case "pause":
		r.rests(e)
	case "output", "build-output":
		r.output[key] = append(r.output[key], e.Output)
	case "build-fail":
		r.fail(e.ImportPath, r.take(key), now)
	case "pass", "skip", "fail":
		r.rests(e)
		if e.Test != "" {
			r.testEnded(e, r.take(key), now)
		} else {
			r.packageEnded(e, r.take(key), now)
		}
	}
}

// rests notes that a test does not run any more, or not yet.
func (r *report) rests(ran event) {
	r.runs[ran.Package] = slices.DeleteFunc(r.runs[ran.Package], func(test string) bool { return test == ran.Test })
}

// longest returns the test that has been running for longest, and not one that only
// waits for the tests within it.
func longest(running []string) string {
	for _, test := range running {
		if !slices.ContainsFunc(running, func(other string) bool { return strings.HasPrefix(other, test+"/") }) {
			return test
		}
	}
	return ""
}

// take returns what was written under key and forgets it.
func (r *report) take(key [2]string) string {
	text := strings.Join(r.output[key], "")
	delete(r.output, key)
	return text
}

func (r *report) testEnded(ran event, text string, now time.Time) {
	if ran.Action != "fail" {
		return
	}
	name := ran.Package + " " + ran.Test
	if slices.ContainsFunc(r.failed, func(failed failure) bool { return strings.HasPrefix(failed.name, name+"/") }) {
		r.say(text, now) // the test within it is named
		return
	}
	r.fail(name, text, now)
}

func (r *report) packageEnded(ran event, text string, now time.Time) {
	delete(r.runs, ran.Package)
	r.ended++
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if ran.Action != "fail" {
		r.say(lines[len(lines)-1]+"\n", now) // "ok  	mpg/conf	0.3s"
		return
	}
	r.unended(ran.Package, now)
	named := func(failed failure) bool {
		return strings.HasPrefix(failed.name, ran.Package+" ") || ran.FailedBuild != "" && failed.name == ran.FailedBuild
	}
	if slices.ContainsFunc(r.failed, named) {
		r.say(text, now)
		return
	}
	r.fail(ran.Package, text, now)
}

// unended looks for tests of a package that ended with it, as by a panic, and have no
// event of their own.
func (r *report) unended(name string, now time.Time) {
	var left [][2]string
	for key := range r.output {
		if key[0] == name {
			left = append(left, key)
		}
	}
	stopped := regexp.MustCompile(`(?m)^(panic: |fatal error: |SIG[A-Z]+: )`)
	slices.SortFunc(left, func(one, other [2]string) int { return strings.Compare(one[1], other[1]) })
	for _, key := range left {
		if text := r.take(key); stopped.MatchString(text) {
			r.fail(name+" "+key[1], text, now)
		}
	}
}

// fail prints what a failure has written and keeps its first complaint for the end.
func (r *report) fail(name, text string, now time.Time) {
	r.say(text, now)
	r.failed = append(r.failed, failure{name, complaint(text), noChance().MatchString(text)})
}

// linesMax bounds what is printed of one failure: a test that was stopped for its time
// leaves a trace of every goroutine, and says at its beginning what was wrong; a
// script says it at its end.
const (
	linesMax = 150
	lastMax  = 50 // of them, from the end
)

// say prints text but for the lines that only tell which test runs.
func (r *report) say(text string, now time.Time) {
	lines := strings.SplitAfter(text, "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool { return line == "" || strings.HasPrefix(strings.TrimLeft(line, " "), "=== ") })
	if len(lines) > linesMax {
		more := len(lines) - linesMax
		first, last := lines[:linesMax-lastMax], lines[len(lines)-lastMax:]
		lines = slices.Concat(first, []string{fmt.Sprintf("... %d lines left out ...\n", more)}, last)
	}
	_, _ = io.WriteString(r.out, strings.Join(lines, "")) // there is nobody else to tell
	r.said = now
}

// marks are the beginnings of error messages, the most telling first: a place in a test,
// a panic, the place of a mistake in the code.
func marks() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`^\s+FAIL: \S.*`), // a script
		regexp.MustCompile(`^\s*\w+\.go:\d+: .*\S`),
		regexp.MustCompile(`^(panic|fatal error|WARNING: DATA RACE|SIG[A-Z]+: )\b.*`),
		regexp.MustCompile(`^\S+\.go:\d+:\d+: .*`),
		regexp.MustCompile(`^[^\s=#-].*`),
	}
}

// complaint returns the first line of text that says what went wrong.
func complaint(text string) string {
	lines := strings.Split(text, "\n")
	for _, mark := range marks() {
		for _, line := range lines {
			if found := mark.FindString(line); found != "" && !strings.HasPrefix(found, "FAIL") {
				return strings.TrimSpace(found)
			}
		}
	}
	return ""
}

// progress prints what is running if nothing has been printed for a while.
func (r *report) progress(now time.Time) {
	if now.Sub(r.said) < quietMax {
		return
	}
	if len(r.runs) == 0 {
		r.say(fmt.Sprintf("... %.0f s, %d packages done; building\n", now.Sub(r.begun).Seconds(), r.ended), now)
		return
	}
	var running []string
	for name, tests := range r.runs {
		running = append(running, strings.TrimSpace(name+" "+longest(tests)))
	}
	slices.Sort(running)
	r.say(fmt.Sprintf("... %.0f s, %d packages done; running: %s\n", now.Sub(r.begun).Seconds(), r.ended, strings.Join(running, ", ")), now)
}

// end prints the failures and returns whether everything passed. If nothing was tested,
// that is a failure too, which go test has reported.
func (r *report) end() bool {
	if len(r.failed) > 0 {
		_, _ = fmt.Fprintf(r.out, "\nFAILED: %d\n", len(r.failed))
	}
	for _, f := range r.failed {
		_, _ = fmt.Fprintf(r.out, "  %s: %s\n", f.name, f.complaint)
	}
	for name, tests := range r.runs {
		test := longest(tests)
		_, _ = fmt.Fprintf(r.out, "  %s: did not end; %s\n", name, test)
	}
	return len(r.failed) == 0 && len(r.runs) == 0 && r.ended > 0
}
