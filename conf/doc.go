// Package conf reads mpg.toml, the one configuration file of the daemon.
//
// [Load] is strict: a key that nothing knows and a value that cannot work are
// mistakes, each told with file, line and key, all of them at once. Everything
// has a default but addresses and secrets; [Default] holds them, and the
// commented sample (mpg.toml in this folder, embedded, printed by [Sample])
// shows every key with its default. [Check] looks at what a right file may
// still get wrong around it: file rights, folders, exposed ports. [Restart]
// tells which changes a running daemon cannot take; [DataDir] and [Inspect] serve
// commands beside the daemon.
//
// Where to go: the types are in conf.go, their defaults in default.go, what a
// value must be in rules.go. A new key is a field with a toml tag, a default, a
// rule, and a line with a comment in mpg.toml; the tests fail until all four
// are there. A new rule is also a file in testdata, NAME.bad.toml, whose first
// line holds the sentence it must cause.
//
// The package imports nothing of ours: amounts of money stay texts here, and
// cmd/mpg reads them against the currency. Settings are copied out of File into
// each package's own Config; nobody but cmd/mpg imports conf.
//
// github.com/BurntSushi/toml parses the syntax. It does not tell where in a
// file the keys of a second [[smsc]] stand, and stops at the first value of a
// wrong type; so the tree it gives is copied into the types by bind.go, and
// lines.go finds the lines. github.com/agnivade/levenshtein counts by how many
// characters a wrong key differs from one that there is.
package conf
