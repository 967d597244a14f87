package report

import (
	"go/ast"
	goparser "go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// TestEveryCodeHasAWord: people read in statements why something was posted.
func TestEveryCodeHasAWord(t *testing.T) {
	t.Parallel()
	plan, err := goparser.ParseFile(token.NewFileSet(), "../payment/plan.go", nil, goparser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	codes := 0
	ast.Inspect(plan, func(node ast.Node) bool {
		constant, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(constant.Names[0].Name, "Code") {
			return true
		}
		code, err := strconv.Atoi(constant.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if codes++; strings.HasPrefix(wordOf(code), "code ") {
			t.Errorf("%s is shown as %q", constant.Names[0].Name, wordOf(code))
		}
		return true
	})
	if codes < 15 {
		t.Errorf("only %d codes were found", codes)
	}
}
