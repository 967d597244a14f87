package payment_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"mpg/engine/payment"
)

// TestWords: the lists of states and reasons hold every constant of their type once.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file, kind string
		have       []string
	}{{"table.go", "State", words(payment.States())}, {"next.go", "Reason", words(payment.Reasons())}} {
		want := constantsOf(t, tt.file, tt.kind)
		slices.Sort(tt.have)
		slices.Sort(want)
		if len(want) < 10 || !slices.Equal(tt.have, want) {
			t.Errorf("%s lists %q, and the constants are %q", tt.kind, tt.have, want)
		}
	}
}

func words[W ~string](typed []W) []string {
	plain := make([]string, len(typed))
	for i, word := range typed {
		plain[i] = string(word)
	}
	return plain
}

// constantsOf returns the values of the constants of a type, except the empty one.
func constantsOf(t *testing.T, file, kind string) (values []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for node := range ast.Preorder(parsed) {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			continue
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != kind {
			continue
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if value != "" {
			values = append(values, value)
		}
	}
	return values
}
