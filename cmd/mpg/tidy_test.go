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
}

// rules are the house rules. Each returns what breaks it.
var rules = map[string]func(*tree) []string{
	"top level":         onlyKnownTopLevel,
	"imports":           importsAreAllowed,
	"engine imports":    engineImportsAreAllowed,
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
	tr := &tree{fset: token.NewFileSet()}
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

// engineMayImport says which folders below engine, and which of store, each package
// of engine imports. None but api imports engine itself: a rule must not depend on
// the pipeline that applies it.
var engineMayImport = map[string][]string{
	"engine": {
		"engine/clock", "engine/intake", "engine/intent",
		"engine/acquirer", "engine/audit", "engine/bank", "engine/books", "engine/cdr", "engine/codec", "engine/lang", "engine/local", "engine/mac",
		"engine/merchant", "engine/meter", "engine/notice", "engine/order", "engine/outbox", "engine/payment", "engine/phone", "engine/pin",
		"engine/process", "engine/product", "engine/refusal", "engine/seal", "engine/tx", "engine/user", "store", "store/money",
	},
	"engine/acquirer":     {},
	"engine/api":          {"engine", "engine/books", "engine/lang", "engine/pin"},
	"engine/audit":        {"engine/cdr", "engine/codec", "engine/payment", "engine/refusal", "engine/user", "store", "store/money"},
	"engine/bank":         {"engine/bank/iso8583", "store/money"},
	"engine/bank/host":    {"engine/bank/iso8583", "store/money"},
	"engine/bank/iso8583": {"store/money"},
	"engine/books":        {"engine/codec", "engine/payment", "engine/ref", "engine/refusal", "engine/seal", "engine/tx", "engine/user", "store"},
	"engine/cdr":          {"store"},
	"engine/clock":        {},
	"engine/codec":        {},
	"engine/intake":       {"engine/clock", "engine/intent", "engine/mac", "engine/meter", "engine/order", "engine/phone", "engine/quota", "engine/tx", "engine/user", "store"},
	"engine/intent":       {"engine/bank", "engine/books", "engine/clock", "engine/lang", "engine/local", "engine/merchant", "engine/meter", "engine/notice", "engine/order", "engine/payment", "engine/pin", "engine/process", "engine/product", "engine/quota", "engine/refusal", "engine/tx", "engine/user", "store"},
	"engine/keyfile":      {},
	"engine/lang":         {"store/money"},
	"engine/local":        {"engine/lang", "engine/user", "store/money"},
	"engine/mac":          {"store"},
	"engine/merchant":     {"engine/lang", "store"},
	"engine/meter":        {},
	"engine/notice":       {"engine/codec", "engine/lang", "engine/payment", "store", "store/money"},
	"engine/order":        {"engine/lang", "engine/phone", "store/money"},
	"engine/outbox":       {"engine/notice", "store"},
	"engine/payment":      {"engine/lang", "store", "store/money"},
	"engine/phone":        {},
	"engine/pin":          {"engine/keyfile"},
	"engine/process":      {"engine/local", "engine/meter", "engine/notice", "engine/payment", "engine/pin", "engine/tx", "engine/user", "store"},
	"engine/product":      {"engine/lang", "engine/merchant", "engine/order", "engine/payment", "engine/user", "store", "store/money"},
	"engine/quota":        {},
	"engine/ref":          {"engine/mac"},
	"engine/refusal":      {"engine/lang", "engine/order", "store", "store/money"},
	"engine/seal":         {"engine/keyfile"},
	"engine/tx":           {"engine/codec", "engine/mac", "engine/merchant", "engine/notice", "engine/payment", "engine/user", "store"},
	"engine/user":         {"engine/lang", "engine/pin", "store", "store/money"},
}

// engineImportsAreAllowed: within engine the imports go one way, from the pipeline to
// the rules.
func engineImportsAreAllowed(tr *tree) []string {
	var bad []string
	for s := range tr.code {
		if own, _, _ := strings.Cut(s.path, "/"); own != "engine" {
			continue
		}
		allowed, known := engineMayImport[s.dir()]
		if !known {
			bad = append(bad, s.path+": say in engineMayImport what its package imports")
			continue
		}
		for _, spec := range s.file.Imports {
			if inner, ours := strings.CutPrefix(importPath(spec), modulePath); ours && !slices.Contains(allowed, inner) {
				bad = append(bad, tr.at(spec, "%s may not import %s", s.dir(), importPath(spec)))
			}
		}
	}
	return bad
}

func importPath(spec *ast.ImportSpec) string { return strings.Trim(spec.Path.Value, `"`) }

// pure are the packages that turn values into values: no files, no network, no
// clock, no chance, so that what they decide can be replayed.
var pure = []string{
	"engine/order", "engine/payment", "engine/product", "engine/lang",
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

func packagesHaveComments(tr *tree) []string {
	var bad []string
	for dir, files := range tr.packages() {
		var docs []string
		for _, s := range files {
			if s.file.Doc != nil {
				docs = append(docs, s.path)
			}
		}
		if len(docs) != 1 {
			bad = append(bad, fmt.Sprintf("%s: %d package comments, want one: %v", dir, len(docs), docs))
		}
	}
	return bad
}

// exportedHaveComments counts functions, methods of exported types, types,
// constants and variables. A comment above a group serves all of it.
func exportedHaveComments(tr *tree) []string {
	var bad []string
	for dir, files := range tr.packages() {
		var all, bare []string
		for _, s := range files {
			for _, decl := range s.file.Decls {
				names, documented := exportedOf(decl)
				all = append(all, names...)
				for i, name := range names {
					if !documented[i] {
						bare = append(bare, name)
					}
				}
			}
		}
		if share := 1 - float64(len(bare))/float64(max(1, len(all))); share < documentedMin {
			bad = append(bad, fmt.Sprintf("%s: %.0f%% of exported names have a comment; bare: %v", dir, 100*share, bare))
		}
	}
	return bad
}

func exportedOf(decl ast.Decl) (names []string, documented []bool) {
	note := func(id *ast.Ident, docs ...*ast.CommentGroup) {
		if id.IsExported() {
			names = append(names, id.Name)
			documented = append(documented, slices.ContainsFunc(docs, func(d *ast.CommentGroup) bool { return d != nil }))
		}
	}
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if receiverIsExported(d) {
			note(d.Name, d.Doc)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				note(s.Name, d.Doc, s.Doc, s.Comment)
			case *ast.ValueSpec:
				for _, id := range s.Names {
					note(id, d.Doc, s.Doc, s.Comment)
				}
			}
		}
	}
	return names, documented
}

func receiverIsExported(fn *ast.FuncDecl) bool {
	if fn.Recv == nil {
		return true
	}
	exported := true
	for n := range ast.Preorder(fn.Recv.List[0].Type) {
		if id, ok := n.(*ast.Ident); ok {
			exported = id.IsExported()
			break
		}
	}
	return exported
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

// librariesAreNamed: whoever leans on code of others says so, and why, in the
// package comment. The last part of the module's path is enough.
func librariesAreNamed(tr *tree) []string {
	version := regexp.MustCompile(`/v\d+$`)
	var bad []string
	for dir, files := range tr.packages() {
		doc := ""
		for _, s := range files {
			doc += s.file.Doc.Text()
		}
		for _, s := range files {
			for _, spec := range s.file.Imports {
				p := importPath(spec)
				if host, _, _ := strings.Cut(p, "/"); !strings.Contains(host, ".") {
					continue // the standard library, or ours
				}
				parts := strings.Split(version.ReplaceAllString(p, ""), "/")
				named := slices.ContainsFunc(parts[1:], func(part string) bool { return strings.Contains(doc, part) })
				if !named {
					bad = append(bad, tr.at(spec, "the comment of %s does not say what %s is for", dir, p))
				}
			}
		}
	}
	return bad
}

// grepComments complains of each comment, or line of another text, that matches.
func (tr *tree) grepComments(wrong *regexp.Regexp, complaint string) []string {
	var bad []string
	for _, s := range tr.sources {
		for _, group := range s.file.Comments {
			for _, c := range group.List {
				if found := wrong.FindString(c.Text); found != "" {
					bad = append(bad, tr.at(c, "%q: %s", found, complaint))
				}
			}
		}
	}
	for _, f := range tr.texts {
		if strings.Contains(f.path, "testdata/") {
			continue
		}
		for i, line := range strings.Split(f.body, "\n") {
			if found := wrong.FindString(line); found != "" {
				bad = append(bad, fmt.Sprintf("%s:%d: %q: %s", f.path, i+1, found, complaint))
			}
		}
	}
	return bad
}

// clausesAreInOneForm: "SMPP 3.4 4.6.1", "RFC 4733 2.5.1.2" and
// "ISO 8583:1987 DE39", so that a clause is found with one search.
func clausesAreInOneForm(tr *tree) []string {
	wrong := regexp.MustCompile(strings.Join([]string{
		`\bRFC[-_]?\d`, `\bRfc ?\d`, `\bRFC \d+,? ?(section|Section|sec\.|clause|chapter|§|#)`,
		`\bSMPP ?[vV]\.?3`, `\bSMPP[-_]?3\.4`, `\bSMPP 3\.4,? ?(section|Section|sec\.|clause|chapter|§|#)`,
		`\bISO[-_]?8583`, `\bISO 8583[-/]`, `\bISO 8583(:1987)?,? (field|bit|data element|de|DE-|DE )`, `\bISO 8583 DE`,
	}, "|"))
	return tr.grepComments(wrong, `write "RFC 4733 2.5.1.2", "SMPP 3.4 4.6.1", "ISO 8583:1987 DE39"`)
}

// nothingOfTheMachine: no path of a machine it was written on, and no name of a
// host that serves packages: those are the machine's to choose.
func nothingOfTheMachine(tr *tree) []string {
	wrong := regexp.MustCompile(`/wo` + `rk/|/ro` + `ot/|/tmp/br` + `ief|npm` + `js\.|proxy\.gol` + `ang|sum\.gol` + `ang|deb\.deb` + `ian`)
	bad := tr.grepComments(wrong, "holds on one machine only")
	for _, s := range tr.sources {
		for n := range ast.Preorder(s.file) {
			if lit, ok := n.(*ast.BasicLit); ok && wrong.MatchString(lit.Value) {
				bad = append(bad, tr.at(lit, "%s holds on one machine only", lit.Value))
			}
		}
	}
	for _, f := range tr.texts {
		if strings.Contains(f.path, "testdata/") && wrong.MatchString(f.body) {
			bad = append(bad, fmt.Sprintf("%s: %q holds on one machine only", f.path, wrong.FindString(f.body)))
		}
	}
	return bad
}
