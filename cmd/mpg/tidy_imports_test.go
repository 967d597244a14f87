package main_test

import (
	"maps"
	"slices"
	"strings"
)

// packageImports is the picture of the tree: which of our packages each package
// imports, tests apart. An arrow that is not here is refused, and so is one that
// nobody needs any more. Before you add one, ask whether the code belongs in the
// package that it wants to import, or whether the caller should hand it over; an arrow
// back up, from what is used to what uses it, is never right. engineMayImport has the
// packages of engine.
var packageImports = map[string][]string{
	"cmd/mpg": {
		"cmd/mpg/bench", "cmd/mpg/check", "cmd/mpg/daemon", "cmd/mpg/demo", "cmd/mpg/hint", "cmd/mpg/keys", "cmd/mpg/manual", "cmd/mpg/stage",
		"conf", "engine/acquirer", "engine/admin", "engine/api", "engine/approval", "engine/auth", "engine/bank/cbcmac", "engine/bank/keyring", "engine/books", "engine/call", "engine/card", "engine/intent", "engine/lang",
		"engine/limit", "engine/module", "engine/notice", "engine/order", "engine/pan", "engine/payment", "engine/pin", "engine/product", "engine/report", "engine/seal", "engine/staff", "engine/tail", "engine/tariff", "engine/view",
		"ivr/media", "ivr/voice", "store", "store/bolt", "store/money",
	},
	"cmd/mpg/bench": {
		"cmd/mpg/daemon", "cmd/mpg/rig", "conf", "engine/admin", "engine/bank", "engine/bank/host", "engine/bank/iso8583", "engine/call", "engine/follow", "engine/lang", "engine/pin", "engine/view", "engine/view/viewtest", "ivr/media", "ivr/phone", "ivr/voice",
		"smpp", "smpp/pdu", "smpp/smsc", "store/bolt", "store/money", "store/storebench",
	},
	"cmd/mpg/check": {
		"cmd/mpg/daemon", "cmd/mpg/hint", "cmd/mpg/keys", "conf", "engine/bank/filebank", "engine/books", "engine/keyfile", "engine/lang", "engine/pin", "engine/seal",
		"ivr/sip", "ivr/voice", "smpp", "store/money",
	},
	// engine/module/moduletest is in the build of the proofs only: see modules_proof.go.
	"cmd/mpg/daemon": {
		"cmd/mpg/hint", "cmd/mpg/keys", "conf", "engine", "engine/acquirer", "engine/admin", "engine/api", "engine/approval", "engine/ask", "engine/bank", "engine/bank/cbcmac", "engine/bank/filebank", "engine/bank/httpbank", "engine/bank/iso8583",
		"engine/bank/keyring", "engine/books", "engine/call", "engine/card", "engine/cdr", "engine/claim", "engine/follow", "engine/intake", "engine/intent", "engine/lang", "engine/limit", "engine/local", "engine/merchant", "engine/meter", "engine/module",
		"engine/module/moduletest", "engine/offer", "engine/order", "engine/outbox", "engine/pan", "engine/payment", "engine/phone", "engine/pin", "engine/product", "engine/ref", "engine/refusal", "engine/report", "engine/sheet",
		"engine/tail", "engine/tariff", "engine/till", "engine/till/escpos", "engine/till/printer", "engine/till/tillhttp", "engine/view", "ivr", "ivr/dtmf", "ivr/flow", "ivr/media", "ivr/sip",
		"ivr/voice", "smpp", "smpp/pdu", "smpp/text", "store", "store/bolt", "store/money",
	},
	"cmd/mpg/debian": {},
	"cmd/mpg/demo":   {"engine/bank/host", "engine/lang", "engine/pin", "ivr/media", "ivr/phone", "smpp/pdu", "smpp/smsc", "store/money"},
	"cmd/mpg/hint":   {},
	"cmd/mpg/keys":   {"cmd/mpg/hint", "conf", "engine/books", "engine/keyfile", "engine/pin", "engine/seal", "store", "store/bolt"},
	"cmd/mpg/manual": {"conf"},
	"cmd/mpg/peers":  {},
	"cmd/mpg/proof":  {},
	"cmd/mpg/rig":    {"cmd/mpg/daemon", "conf", "engine/admin", "engine/call", "engine/cdr", "engine/lang", "engine/pin", "ivr/voice", "smpp/pdu", "smpp/smsc", "store/money"},
	"cmd/mpg/stage":  {"cmd/mpg/daemon", "cmd/mpg/demo", "conf", "engine", "engine/admin", "engine/card", "engine/lang", "engine/merchant", "engine/pin", "ivr/voice"},
	"cmd/report":     {},

	"conf": {},

	"ivr":       {"ivr/dtmf", "ivr/flow", "ivr/media", "ivr/sip", "ivr/voice"},
	"ivr/dtmf":  {},
	"ivr/flow":  {"ivr/dtmf"},
	"ivr/media": {"ivr/dtmf"},
	"ivr/phone": {"ivr/media", "ivr/sip"},
	"ivr/sip":   {},
	"ivr/voice": {"ivr/media"},

	"smpp":      {"smpp/pdu", "smpp/text", "smpp/wire"},
	"smpp/pdu":  {},
	"smpp/smsc": {"smpp/pdu", "smpp/text", "smpp/wire"},
	"smpp/text": {},
	"smpp/wire": {"smpp/pdu"},

	"store":            {"store/money"},
	"store/bolt":       {"store", "store/ledger", "store/money"},
	"store/ledger":     {"store", "store/money"},
	"store/money":      {},
	"store/storebench": {"store", "store/bolt"},
	"store/storetest":  {"store", "store/money"},
}

// matrixOf returns what a package may import.
func matrixOf(dir string) (imports []string, known bool) {
	if imports, known = engineMayImport[dir]; !known {
		imports, known = packageImports[dir]
	}
	return imports, known
}

// importsAreInTheMatrix: each package imports what the matrix says.
func importsAreInTheMatrix(tr *tree) []string {
	var bad []string
	for s := range tr.code {
		allowed, known := matrixOf(s.dir())
		if !known {
			bad = append(bad, s.path+": "+s.dir()+" is a new package: add what it imports to packageImports, or to engineMayImport below engine")
			continue
		}
		for _, spec := range s.file.Imports {
			if inner, ours := strings.CutPrefix(importPath(spec), modulePath); ours && !slices.Contains(allowed, inner) {
				bad = append(bad, tr.at(spec, "%s may not import %s: if this arrow belongs in the picture, add it to packageImports or engineMayImport in cmd/mpg", s.dir(), inner))
			}
		}
	}
	return bad
}

// matrixIsExact: what the matrix allows is used, or the picture would lie.
func matrixIsExact(tr *tree) []string {
	used := make(map[string]map[string]bool)
	for dir, files := range tr.packages() {
		used[dir] = make(map[string]bool)
		for _, s := range files {
			for _, spec := range s.file.Imports {
				inner, _ := strings.CutPrefix(importPath(spec), modulePath)
				used[dir][inner] = true
			}
		}
	}
	var bad []string
	for _, matrix := range []map[string][]string{packageImports, engineMayImport} {
		for _, dir := range slices.Sorted(maps.Keys(matrix)) {
			if used[dir] == nil {
				bad = append(bad, dir+": the matrix of imports has it, and there is no such package")
				continue
			}
			for _, inner := range matrix[dir] {
				if !used[dir][inner] {
					bad = append(bad, dir+" does not import "+inner+": remove it from the matrix of imports")
				}
			}
		}
	}
	return bad
}
