package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Limits of size, in lines.
const (
	fileLinesMax = 700
	funcLinesMax = 70
)

// documentedMin is the share of exported names of a package that must have a
// comment.
const documentedMin = 0.95

// modulePath is the import path of the module; see go.mod.
const modulePath = "mpg/"

// source is one Go file of the tree.
type source struct {
	path   string // from the root of the module, with slashes
	file   *ast.File
	lines  int
	isTest bool
}

func (s *source) dir() string { return path.Dir(s.path) }

// text is one file that is not Go.
type text struct{ path, body string }

// tree is all that the rules look at.
type tree struct {
	fset    *token.FileSet
	sources []*source
	texts   []text
	top     []string // names in the root of the module
	notYet  map[string]int
}

// rules are the house rules. Each returns what breaks it.
var rules = map[string]func(*tree) []string{
	"top level":         onlyKnownTopLevel,
	"imports":           importsAreAllowed,
	"import matrix":     importsAreInTheMatrix,
	"matrix is exact":   matrixIsExact,
	"types":             typesAreSmall,
	"exceptions":        exceptionsAreNeeded,
	"parameters":        parametersHaveNames,
	"log messages":      logMessagesAreConstant,
	"words":             goneWordsStayGone,
	"examples":          examplesRun,
	"tests":             testsKeepUp,
	"purity":            pureStaysPure,
	"folders":           noDrawers,
	"sizes":             sizesAreSmall,
	"package comments":  packagesHaveComments,
	"exported names":    exportedHaveComments,
	"init":              noInit,
	"package variables": noMutableVariables,
	"output":            librariesNeitherPrintNorExit,
	"comments that wait": func(tr *tree) []string {
		return tr.grepComments(regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`), "does now what it says should be done, or says nothing")
	},
	"clauses":   clausesAreInOneForm,
	"libraries": librariesAreNamed,
	"machinery": nothingOfTheMachine,
}

// TestTidy holds the whole tree to the rules of the house.
func TestTidy(t *testing.T) {
	t.Parallel()
	tr := readTree(t, "../..")
	if len(tr.sources) < 10 {
		t.Fatalf("only %d Go files; this is not the module", len(tr.sources))
	}
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, complaint := range rule(tr) {
				t.Error(complaint)
			}
		})
	}
}

// readTree parses every Go file under root, once, and reads the other texts.
func readTree(t *testing.T, root string) *tree {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	tr := &tree{fset: token.NewFileSet(), notYet: notYet}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(name, root), string(filepath.Separator)))
		if rel != "" && !strings.Contains(rel, "/") {
			tr.top = append(tr.top, rel)
		}
		if d.IsDir() {
			if slices.Contains([]string{".git", "bin", "node_modules"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		return tr.add(name, rel)
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// textBytesMax bounds the files that are looked at; larger ones are data.
const textBytesMax = 1 << 20

func (tr *tree) add(name, rel string) error {
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() > textBytesMax {
		return nil // a file that another test made and took away
	}
	body, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	if strings.HasSuffix(rel, ".go") && !strings.Contains(rel, "testdata/") {
		return tr.addGo(rel, string(body))
	}
	if !strings.Contains(string(body), "\x00") {
		tr.texts = append(tr.texts, text{rel, string(body)})
	}
	return nil
}

func (tr *tree) addGo(rel, body string) error {
	f, err := parser.ParseFile(tr.fset, rel, body, parser.ParseComments)
	if err != nil {
		return err
	}
	tr.sources = append(tr.sources, &source{
		path: rel, file: f, lines: strings.Count(body, "\n"),
		isTest: strings.HasSuffix(rel, "_test.go"),
	})
	return nil
}

// at formats a complaint with its place.
func (tr *tree) at(n ast.Node, format string, args ...any) string {
	p := tr.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d: ", p.Filename, p.Line) + fmt.Sprintf(format, args...)
}

// code yields the files that are built into the daemon.
func (tr *tree) code(yield func(*source) bool) {
	for _, s := range tr.sources {
		if !s.isTest && !yield(s) {
			return
		}
	}
}

// packages groups the code by folder.
func (tr *tree) packages() map[string][]*source {
	by := make(map[string][]*source)
	for s := range tr.code {
		by[s.dir()] = append(by[s.dir()], s)
	}
	return by
}

// onlyKnownTopLevel: the top level is given; what git ignores may lie there too.
func onlyKnownTopLevel(tr *tree) []string {
	known := []string{
		"cmd", "smpp", "ivr", "engine", "store", "conf", "systemd",
		"Makefile", "go.mod", "go.sum", "README.md", ".ci", ".gitignore", ".golangci.yml",
		".git", "bin", "call.wav", "pin.key", "seal.key",
	}
	ignored := regexp.MustCompile(`\.(test|out|prof)$`)
	var bad []string
	for _, name := range tr.top {
		if !slices.Contains(known, name) && !ignored.MatchString(name) {
			bad = append(bad, name+": not one of the entries of the top level")
		}
	}
	return bad
}

// mayImport says which top folders a top folder imports besides its own.
var mayImport = map[string][]string{
	"smpp":   {},
	"ivr":    {},
	"store":  {},
	"conf":   {},
	"engine": {"store"},
	"cmd":    {"smpp", "ivr", "store", "conf", "engine"},
}

// importsAreAllowed: no protocol knows of money, and no rule of money knows of a
// protocol.
func importsAreAllowed(tr *tree) []string {
	var bad []string
	for _, s := range tr.sources {
		own, _, _ := strings.Cut(s.path, "/")
		for _, spec := range s.file.Imports {
			inner, ours := strings.CutPrefix(importPath(spec), modulePath)
			to, _, _ := strings.Cut(inner, "/")
			if ours && to != own && !slices.Contains(mayImport[own], to) {
				bad = append(bad, tr.at(spec, "%s may not import %s", own, importPath(spec)))
			}
		}
	}
	return bad
}

// engineMayImport is packageImports for the packages of engine. None imports engine
// itself: a rule must not depend on the pipeline that applies it.
var engineMayImport = map[string][]string{
	"engine": {
		"engine/acquirer", "engine/admin", "engine/approval", "engine/ask", "engine/attempt", "engine/audit", "engine/books", "engine/call", "engine/card", "engine/cdr", "engine/claim", "engine/clock", "engine/due", "engine/follow",
		"engine/intake", "engine/intent", "engine/lang", "engine/limit", "engine/local", "engine/mac", "engine/merchant", "engine/meter", "engine/module", "engine/names", "engine/notice", "engine/offer",
		"engine/order", "engine/outbox", "engine/payment", "engine/phone", "engine/pin", "engine/process", "engine/reconcile", "engine/refund", "engine/refusal", "engine/resume", "engine/seal", "engine/staff",
		"engine/till", "engine/tx", "engine/user", "store", "store/money",
	},
	"engine/acquirer": {"engine/bank", "engine/books", "engine/card", "engine/notice", "engine/payment", "engine/process", "engine/reconcile", "engine/seal", "engine/tx", "store", "store/money"},
	"engine/admin": {
		"engine/acquirer", "engine/approval", "engine/audit", "engine/auth", "engine/bank", "engine/bank/cbcmac", "engine/books", "engine/call", "engine/card", "engine/codec", "engine/due", "engine/lang", "engine/limit",
		"engine/local", "engine/merchant", "engine/meter", "engine/notice", "engine/order", "engine/pan", "engine/payment", "engine/phone", "engine/pin", "engine/process", "engine/product", "engine/reconcile", "engine/ref", "engine/refund", "engine/staff",
		"engine/tariff", "engine/till", "engine/tx", "engine/user", "store", "store/money",
	},
	"engine/api":           {"engine/acquirer", "engine/admin", "engine/approval", "engine/auth", "engine/card", "engine/lang", "engine/merchant", "engine/order", "engine/pan", "engine/payment", "engine/pin", "engine/report", "engine/staff", "engine/strict", "engine/tail", "engine/view", "store/money"},
	"engine/approval":      {"engine/auth", "store", "store/money"},
	"engine/ask":           {"store", "store/money"},
	"engine/attempt":       {"engine/notice", "engine/tx", "store"},
	"engine/audit":         {"engine/books", "engine/cdr", "engine/codec", "engine/payment", "engine/refusal", "engine/user", "store", "store/money"},
	"engine/auth":          {},
	"engine/bank":          {"engine/bank/cbcmac", "engine/bank/iso8583", "store/money"},
	"engine/bank/banktest": {"engine/bank", "engine/bank/host", "store/money"},
	"engine/bank/cbcmac":   {},
	"engine/bank/host":     {"engine/bank/cbcmac", "engine/bank/iso8583", "store/money"},
	"engine/bank/filebank": {"engine/bank", "store/money"},
	"engine/bank/httpbank": {"engine/bank", "store/money"},
	"engine/bank/iso8583":  {"store/money"},
	"engine/bank/keyring":  {"engine/bank/cbcmac"},
	"engine/books":         {"engine/card", "engine/codec", "engine/payment", "engine/ref", "engine/refusal", "engine/seal", "engine/tx", "engine/user", "store", "store/money"},
	"engine/call":          {"engine/cdr", "engine/codec", "engine/lang", "engine/meter", "engine/notice", "engine/payment", "engine/pin", "engine/process", "engine/tx", "engine/user", "store"},
	"engine/card":          {"engine/pan", "engine/payment", "store"},
	"engine/cdr":           {"store"},
	"engine/claim":         {"engine/books", "engine/due", "engine/limit", "engine/local", "engine/payment", "engine/process", "engine/tx", "engine/user", "store", "store/money"},
	"engine/clock":         {},
	"engine/codec":         {},
	"engine/due":           {"engine/tx", "store"},
	"engine/follow":        {"engine/tx", "store"},
	"engine/intake":        {"engine/clock", "engine/intent", "engine/mac", "engine/meter", "engine/order", "engine/pan", "engine/phone", "engine/quota", "engine/tx", "engine/user", "store"},
	"engine/intent":        {"engine/ask", "engine/bank", "engine/books", "engine/card", "engine/claim", "engine/clock", "engine/lang", "engine/limit", "engine/local", "engine/merchant", "engine/meter", "engine/names", "engine/notice", "engine/order", "engine/payment", "engine/pin", "engine/process", "engine/product", "engine/quota", "engine/refund", "engine/refusal", "engine/tx", "engine/user", "store", "store/money"},
	"engine/keyfile":       {},
	"engine/lang":          {"engine/sheet", "store/money"},
	"engine/limit":         {"engine/sheet", "store", "store/money"},
	"engine/local":         {"engine/lang", "engine/user", "store/money"},
	"engine/mac":           {"store"},
	"engine/merchant":      {"engine/lang", "store"},
	"engine/meter":         {},
	"engine/module": {
		"engine/acquirer", "engine/admin", "engine/audit", "engine/books", "engine/call", "engine/due", "engine/follow", "engine/intent", "engine/lang", "engine/local", "engine/order",
		"engine/payment", "engine/process", "engine/product", "engine/sheet", "engine/tx", "store",
	},
	"engine/module/moduletest": {"engine/acquirer", "engine/admin", "engine/books", "engine/intent", "engine/lang", "engine/merchant", "engine/module", "engine/order", "engine/payment", "engine/product", "engine/tx", "engine/user", "store", "store/money"},
	"engine/names":             {"engine/codec", "engine/payment", "engine/seal", "engine/tx", "store"},
	"engine/notice":            {"engine/codec", "engine/lang", "engine/payment", "store", "store/money"},
	"engine/offer":             {"engine/books", "engine/card", "engine/notice", "engine/payment", "engine/process", "engine/tx"},
	"engine/order":             {"engine/lang", "engine/phone", "engine/sheet", "store/money"},
	"engine/outbox":            {"engine/notice", "store"},
	"engine/pan":               {},
	"engine/payment":           {"engine/lang", "engine/tariff", "store", "store/money"},
	"engine/phone":             {},
	"engine/pin":               {"engine/keyfile"},
	"engine/process":           {"engine/lang", "engine/limit", "engine/local", "engine/meter", "engine/notice", "engine/payment", "engine/pin", "engine/tx", "engine/user", "store", "store/money"},
	"engine/product":           {"engine/card", "engine/lang", "engine/limit", "engine/merchant", "engine/order", "engine/payment", "engine/tariff", "engine/user", "store", "store/money"},
	"engine/quota":             {},
	"engine/reconcile":         {"store", "store/money"},
	"engine/ref":               {"engine/mac"},
	"engine/refund":            {"engine/books", "engine/local", "engine/merchant", "engine/payment", "engine/process", "engine/product", "engine/tx", "store", "store/money"},
	"engine/refusal":           {"engine/lang", "engine/order", "store", "store/money"},
	"engine/report":            {"engine/lang", "engine/notice", "engine/payment", "engine/phone", "engine/ref", "engine/refusal", "store/money"},
	"engine/resume":            {"engine/acquirer", "engine/books", "engine/call", "engine/clock", "engine/payment", "engine/process", "engine/tx"},
	"engine/seal":              {"engine/keyfile"},
	"engine/sheet":             {"engine/pan"},
	"engine/staff":             {"engine/auth", "engine/tx", "store"},
	"engine/strict":            {},
	"engine/tail":              {"engine/admin", "engine/cdr", "engine/codec", "engine/lang", "engine/notice", "engine/payment", "engine/ref", "engine/refusal", "store", "store/money"},
	"engine/tariff":            {"engine/sheet", "store/money"},
	"engine/till":              {"engine/codec", "engine/lang", "engine/mac", "engine/merchant", "engine/notice", "engine/payment", "engine/tx", "store"},
	"engine/till/escpos":       {},
	"engine/till/printer":      {"engine/follow", "engine/lang", "engine/local", "engine/till", "engine/till/escpos", "engine/tx", "store"},
	"engine/till/tillhttp":     {"engine/admin", "engine/auth", "engine/pan", "engine/quota", "engine/strict", "engine/till", "store/money"},
	"engine/tx":                {"engine/codec", "engine/mac", "engine/merchant", "engine/notice", "engine/payment", "engine/user", "store"},
	"engine/user":              {"engine/lang", "engine/pin", "store", "store/money"},
	"engine/view": {
		"engine/admin", "engine/approval", "engine/books", "engine/cdr", "engine/codec", "engine/follow", "engine/merchant", "engine/notice", "engine/payment",
		"engine/refusal", "engine/staff", "engine/user", "store", "store/money",
	},
	"engine/view/viewtest": {
		"engine/approval", "engine/cdr", "engine/codec", "engine/lang", "engine/merchant", "engine/notice", "engine/order", "engine/payment", "engine/ref", "engine/refusal", "engine/staff",
		"engine/user", "engine/view", "store", "store/money",
	},
}

func importPath(spec *ast.ImportSpec) string { return strings.Trim(spec.Path.Value, `"`) }

// pure are the packages that turn values into values: no files, no network, no
// clock, no chance, so that what they decide can be replayed.
var pure = []string{
	"engine/order", "engine/payment", "engine/product", "engine/lang", "engine/pan", "engine/sheet", "engine/tariff",
	"store/ledger", "store/money", "smpp/pdu", "smpp/text", "ivr/dtmf",
}

// impure are imports and clock functions that pure packages do without.
var (
	impureImports = regexp.MustCompile(`^(os|net|syscall|io/fs|math/rand|crypto/rand|golang\.org/x/sys)(/|$)`)
	impureClock   = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"}
)

func pureStaysPure(tr *tree) []string {
	var bad []string
	for s := range tr.code {
		if !slices.Contains(pure, s.dir()) {
			continue
		}
		for _, spec := range s.file.Imports {
			if p := importPath(spec); impureImports.MatchString(p) && p != "net/netip" && p != "net/url" {
				bad = append(bad, tr.at(spec, "%s is pure and imports %s", s.dir(), p))
			}
		}
		for n := range ast.Preorder(s.file) {
			if sel, ok := n.(*ast.SelectorExpr); ok && isNamed(sel.X, "time") && slices.Contains(impureClock, sel.Sel.Name) {
				bad = append(bad, tr.at(sel, "%s is pure and asks time.%s", s.dir(), sel.Sel.Name))
			}
		}
	}
	return bad
}

func isNamed(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// noDrawers: names that stop explaining.
func noDrawers(tr *tree) []string {
	drawer := regexp.MustCompile(`(^|/)(utils?|common|helpers?|misc|base|shared)(/|$)`)
	var bad []string
	for dir := range tr.packages() {
		if drawer.MatchString(dir) {
			bad = append(bad, dir+": name the folder by what it holds")
		}
	}
	return bad
}

func sizesAreSmall(tr *tree) []string {
	var bad []string
	for _, s := range tr.sources {
		if s.lines > fileLinesMax {
			bad = append(bad, fmt.Sprintf("%s: %d lines, at most %d", s.path, s.lines, fileLinesMax))
		}
		for _, decl := range s.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := tr.span(fn)
			if s.isTest {
				n -= tr.tables(fn)
			}
			if n > funcLinesMax {
				bad = append(bad, tr.at(fn, "%s has %d lines, at most %d", fn.Name.Name, n, funcLinesMax))
			}
		}
	}
	return bad
}

// span is the number of lines of a node.
func (tr *tree) span(n ast.Node) int {
	return tr.fset.Position(n.End()).Line - tr.fset.Position(n.Pos()).Line + 1
}

// tables is the number of lines within literals: a table of cases is data.
func (tr *tree) tables(fn *ast.FuncDecl) int {
	lines := 0
	ast.Inspect(fn, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok {
			lines += tr.span(lit) - 1
			return false
		}
		return true
	})
	return lines
}

func noInit(tr *tree) []string {
	var bad []string
	for _, s := range tr.sources {
		for _, decl := range s.file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				bad = append(bad, tr.at(fn, "no init(): say in main what happens at the start"))
			}
		}
	}
	return bad
}

// librariesNeitherPrintNorExit: output and exit codes belong to cmd.
func librariesNeitherPrintNorExit(tr *tree) []string {
	own := map[string][]string{
		"fmt": {"Print", "Printf", "Println"},
		"os":  {"Exit", "Stdout", "Stderr", "Stdin"},
		"log": {"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Panic", "Panicf"},
	}
	var bad []string
	for s := range tr.code {
		if strings.HasPrefix(s.path, "cmd/") {
			continue
		}
		for n := range ast.Preorder(s.file) {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				continue
			}
			for pkg, names := range own {
				if isNamed(sel.X, pkg) && slices.Contains(names, sel.Sel.Name) {
					bad = append(bad, tr.at(sel, "%s.%s belongs to cmd", pkg, sel.Sel.Name))
				}
			}
		}
	}
	return bad
}
