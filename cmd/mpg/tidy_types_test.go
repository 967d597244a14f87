package main_test

import (
	"fmt"
	"go/ast"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Limits of one type, and of the tree.
const (
	fieldsMax    = 20
	methodsMax   = 25
	oneLetterMax = 0.20 // of the names of parameters
	examplesMin  = 28
	testShareMin = 0.90 // lines of tests for each line of code
)

// notYet lists the types that are above a limit today, and by how much: they may become
// smaller, and not larger. An entry that is no longer needed fails.
var notYet = map[string]int{}

// typesAreSmall: a type with more methods or fields than one can keep in mind is
// several types.
func typesAreSmall(tr *tree) []string {
	counted := make(map[string]int)
	for s := range tr.code {
		for _, decl := range s.file.Decls {
			countType(s, decl, counted)
		}
	}
	var bad []string
	for _, what := range slices.Sorted(maps.Keys(counted)) {
		limit := map[bool]int{true: methodsMax, false: fieldsMax}[strings.HasSuffix(what, " methods")]
		allowed, excepted := tr.notYet[what]
		switch n := counted[what]; {
		case n <= limit && excepted:
			bad = append(bad, fmt.Sprintf("%s are %d: remove the line from notYet", what, n))
		case n > max(limit, allowed):
			bad = append(bad, fmt.Sprintf("%s are %d, at most %d: a part of it needs a type of its own", what, n, max(limit, allowed)))
		}
	}
	return bad
}

// exceptionsAreNeeded: notYet has no type that is gone.
func exceptionsAreNeeded(tr *tree) []string {
	counted := make(map[string]int)
	for s := range tr.code {
		for _, decl := range s.file.Decls {
			countType(s, decl, counted)
		}
	}
	var bad []string
	for _, what := range slices.Sorted(maps.Keys(tr.notYet)) {
		if counted[what] == 0 {
			bad = append(bad, what+": notYet has it, and there is no such type")
		}
	}
	return bad
}

// countType adds the fields of the structs, or the method, that decl declares.
func countType(s *source, decl ast.Decl, counted map[string]int) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil {
			counted[s.dir()+"."+receiverName(d)+" methods"]++
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if typ, ok := spec.(*ast.TypeSpec); ok {
				if fields, ok := typ.Type.(*ast.StructType); ok {
					counted[s.dir()+"."+typ.Name.Name+" fields"] = fields.Fields.NumFields()
				}
			}
		}
	}
}

func receiverName(fn *ast.FuncDecl) string {
	for n := range ast.Preorder(fn.Recv.List[0].Type) {
		if id, ok := n.(*ast.Ident); ok {
			return id.Name
		}
	}
	return ""
}

// oneLetter counts the parameters of the code, and those whose names have one letter.
// Receivers may have one.
func (tr *tree) oneLetter() (short, all int) {
	for s := range tr.code {
		for n := range ast.Preorder(s.file) {
			fn, ok := n.(*ast.FuncType)
			if !ok {
				continue
			}
			for _, field := range fn.Params.List {
				for _, id := range field.Names {
					if id.Name == "_" {
						continue
					}
					all++
					if len(id.Name) == 1 {
						short++
					}
				}
			}
		}
	}
	return short, all
}

// parametersHaveNames: a name says what it holds.
func parametersHaveNames(tr *tree) []string {
	short, all := tr.oneLetter()
	if share := float64(short) / float64(max(1, all)); share > oneLetterMax {
		return []string{fmt.Sprintf("%d of %d parameters, %.1f%%, have names of one letter, at most %.0f%%: say what they hold", short, all, 100*share, 100*oneLetterMax)}
	}
	return nil
}

// examples yields the runnable examples, and whether each has an output to compare.
func (tr *tree) examples(yield func(fn *ast.FuncDecl, runs bool) bool) {
	output := regexp.MustCompile(`(?i)^[[:space:]]*(unordered )?output:`)
	for _, s := range tr.sources {
		for _, decl := range s.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || !s.isTest || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "Example") {
				continue
			}
			runs := slices.ContainsFunc(s.file.Comments, func(c *ast.CommentGroup) bool {
				return c.Pos() > fn.Pos() && c.End() < fn.End() && output.MatchString(c.Text())
			})
			if !yield(fn, runs) {
				return
			}
		}
	}
}

// examplesRun: there are enough examples, and each is run.
func examplesRun(tr *tree) []string {
	var bad []string
	count := 0
	for fn, runs := range tr.examples {
		count++
		if !runs {
			bad = append(bad, tr.at(fn, "%s has no // Output: and is not run", fn.Name.Name))
		}
	}
	if count < examplesMin {
		bad = append(bad, fmt.Sprintf("only %d examples, want %d", count, examplesMin))
	}
	return bad
}

// testShare returns the lines of tests for each line of code.
func (tr *tree) testShare() float64 {
	code, tests := 0, 0
	for _, s := range tr.sources {
		if s.isTest {
			tests += s.lines
		} else {
			code += s.lines
		}
	}
	return float64(tests) / float64(max(1, code))
}

// testsKeepUp: new code brings its tests.
func testsKeepUp(tr *tree) []string {
	if share := tr.testShare(); share < testShareMin {
		return []string{fmt.Sprintf("%.3f lines of tests for each line of code, want %.2f", share, testShareMin)}
	}
	return nil
}

// TestTidyFigures logs where the tree stands, for whoever sets the limits.
func TestTidyFigures(t *testing.T) {
	t.Parallel()
	tr := readTree(t, "../..")
	short, all := tr.oneLetter()
	examples := 0
	for range tr.examples {
		examples++
	}
	t.Logf("one-letter parameters %.1f%% (%d of %d), tests for each line of code %.3f, examples %d",
		100*float64(short)/float64(all), short, all, tr.testShare(), examples)
}
