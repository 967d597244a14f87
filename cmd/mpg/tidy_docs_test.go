package main_test

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
)

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
