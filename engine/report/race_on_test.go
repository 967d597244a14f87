//go:build race

package report_test

// underRace reports whether the race detector is at work. SQLite is slow under it, and a
// Reader shares nothing that changes: engine/view has the test of reads while it follows.
const underRace = true
