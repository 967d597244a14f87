package main

import (
	"regexp"
	"strings"
)

// againMax is how many failures may be chance. More have a cause.
const againMax = 4

// noChance matches what a test has written if its failure says something even though the
// next run passes: a data race, a panic, and whatever a random test has found, which
// names its seed.
func noChance() *regexp.Regexp {
	return regexp.MustCompile(`(?im)DATA RACE|race detected|\bseed\b|\[rapid\]|^(panic|fatal error|SIG[A-Z]+): `)
}

// again returns the tests that failed and may be run once more, a line for each: its
// package, and the pattern that go test -run selects it by. On a machine that others use
// too, a test that talks to foreign programs may lose a port to one of them, or be held up
// for longer than they wait; alone, it must pass. There are none if any failure is final,
// has no test to it, or if there are more than chance explains.
func (r *report) again() []string {
	if len(r.failed) > againMax || len(r.runs) > 0 {
		return nil
	}
	var lines []string
	for _, f := range r.failed {
		name, test, named := strings.Cut(f.name, " ")
		if !named || f.final || !strings.HasPrefix(test, "Test") {
			return nil
		}
		parts := strings.Split(test, "/")
		for i, part := range parts {
			parts[i] = "^" + regexp.QuoteMeta(part) + "$"
		}
		lines = append(lines, name+" "+strings.Join(parts, "/")+"\n")
	}
	return lines
}
