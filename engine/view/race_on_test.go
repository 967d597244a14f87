//go:build race

package view_test

// underRace reports whether the race detector is at work. SQLite is slow under it, so only
// one small test runs then.
const underRace = true
