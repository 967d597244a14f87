package main_test

import (
	"fmt"
	"go/token"
	"strings"
	"testing"
)

// TestTidyBites plants one offence for each rule and wants it to be found, and
// beside it what looks alike and is right.
func TestTidyBites(t *testing.T) {
	t.Parallel()
	const doc = "// Package p is there to be looked at.\npackage p\n"
	long := strings.Repeat("\t_ = 0\n", funcLinesMax)
	for _, tt := range []struct {
		rule, path, body string
		want             string // empty: no complaint
	}{
		{"imports", "smpp/a.go", doc + `import "mpg/engine"`, "smpp/a.go:3: smpp may not import mpg/engine"},
		{"imports", "store/a_test.go", doc + `import "mpg/engine/order"`, "store may not import mpg/engine/order"},
		{"imports", "engine/a.go", doc + `import "mpg/ivr"`, "engine may not import mpg/ivr"},
		{"imports", "conf/a.go", doc + `import "mpg/store/money"`, "conf may not import"},
		{"imports", "ivr/a.go", doc + `import "mpg/conf"`, "ivr may not import"},
		{"imports", "engine/bank/a.go", doc + `import "mpg/store/money"`, ""},
		{"imports", "cmd/mpg/a.go", doc + `import ("mpg/ivr"; "mpg/engine")`, ""},
		{"import matrix", "cmd/mpg/hint/a.go", doc + `import "mpg/conf"`, "cmd/mpg/hint/a.go:3: cmd/mpg/hint may not import conf: if this arrow"},
		{"import matrix", "cmd/mpg/daemon/a.go", doc + `import "mpg/cmd/mpg/bench"`, "cmd/mpg/daemon may not import cmd/mpg/bench"},
		{"import matrix", "smpp/pdu/a.go", doc + `import "mpg/smpp"`, "smpp/pdu may not import smpp"},
		{"import matrix", "engine/order/a.go", doc + `import "mpg/engine"`, "engine/order may not import engine"},
		{"import matrix", "engine/coupons/a.go", doc, "engine/coupons is a new package: add what it imports"},
		{"import matrix", "cmd/mpg/check/a.go", doc + `import ("os"; "mpg/cmd/mpg/daemon")`, ""},
		{"import matrix", "cmd/mpg/hint/a_test.go", doc + `import "mpg/conf"`, ""},
		{"matrix is exact", "cmd/mpg/manual/a.go", doc, "cmd/mpg/manual does not import conf: remove it"},
		{"matrix is exact", "cmd/mpg/manual/a.go", doc, "conf: the matrix of imports has it, and there is no such package"},
		{"types", "engine/a.go", doc + "type T struct {\n" + strings.Repeat("\ta, b, c int\n", 7) + "}", "engine.T fields are 21, at most 20"},
		{"types", "engine/a.go", doc + "type T struct {\n" + strings.Repeat("\ta, b int\n", 10) + "}", ""},
		{"types", "engine/a.go", doc + "type T[K any] int\n" + strings.Repeat("func (t *T[K]) m() {}\n", 26), "engine.T methods are 26, at most 25"},
		{"types", "engine/a.go", doc + "type T int\n" + strings.Repeat("func (T) m() {}\n", 25), ""},
		{"types", "engine/a_test.go", doc + "type T int\n" + strings.Repeat("func (T) m() {}\n", 26), ""},
		{"types", "ivr/sip/a.go", doc + "type Agent int\nfunc (a Agent) m() {}", "ivr/sip.Agent methods are 1: remove the line from notYet"},
		{"types", "ivr/sip/a.go", doc + "type Agent int\n" + strings.Repeat("func (Agent) m() {}\n", 60), "ivr/sip.Agent methods are 60, at most 51"},
		{"exceptions", "ivr/sip/a.go", doc, "ivr/sip.Agent methods: notYet has it, and there is no such type"},
		{"parameters", "engine/a.go", doc + "func f(a, b int, name string) {}", "2 of 3 parameters, 66.7%"},
		{"parameters", "engine/a.go", doc + "func f() { _ = func(a int) {} }", "1 of 1 parameters"},
		{"parameters", "engine/a.go", doc + "type t int\nfunc (t t) f(name, number string, _ int) {}", ""},
		{"parameters", "engine/a_test.go", doc + "func f(a, b int) {}", ""},
		{"log messages", "smpp/a.go", doc + "func f() { s.log.Info(what) }", "smpp/a.go:3: the message of Info"},
		{"log messages", "smpp/a.go", doc + "func f() { slog.ErrorContext(ctx, \"a \" + what) }", "the message of ErrorContext"},
		{"log messages", "smpp/a.go", doc + "func f() { c.Log.Log(ctx, level, fmt.Sprint(1)) }", "the message of Log"},
		{"log messages", "smpp/a.go", doc + "func f() { s.log.Info(\"a\" + \"b\", \"n\", n); math.Log(x); errs.Error() }", ""},
		{"log messages", "engine/bank/ask.go", doc + "func f() { log.Info(what) }", ""},
		{"log messages", "engine/bank/ask.go", doc, "engine/bank/ask.go: its messages are constant: remove it"},
		{"words", "engine/a.go", doc + "// PumpRows is one.\nfunc PumpRows() {}", "PumpRows: the field says Dispatcher, not Pump"},
		{"words", "engine/a.go", doc + "// NewWork is one.\ntype NewWork int", "NewWork: the field says Tx, not Work"},
		{"words", "engine/a.go", doc + "func pump() {}\n// Worker is one.\ntype Worker int\n// Cellar is one.\nconst Cellar = 1", ""},
		{"examples", "engine/a_test.go", doc + "func Example() {}", "Example has no // Output: and is not run"},
		{"examples", "engine/a_test.go", doc + "func Example() {\n// Output:\n}", "only 1 examples"},
		{"examples", "engine/a_test.go", doc + strings.Repeat("func Example() {\n// Unordered output: 1\n}\n", examplesMin), ""},
		{"tests", "engine/a.go", doc, "0.000 lines of tests for each line of code"},
		{"tests", "engine/a_test.go", doc, ""},
		{"purity", "engine/order/a.go", doc + `import "os"`, "engine/order is pure and imports os"},
		{"purity", "store/ledger/a.go", doc + `import "net/http"`, "is pure and imports net/http"},
		{"purity", "engine/payment/a.go", doc + "import \"time\"\nvar at = time.Now", "asks time.Now"},
		{"purity", "engine/payment/a.go", doc + "import \"time\"\nfunc F(t time.Time) int { return t.Year() }", ""},
		{"purity", "engine/a.go", doc + `import "os"`, ""},
		{"folders", "engine/utils/a.go", doc, "engine/utils: name the folder"},
		{"folders", "engine/commons/a.go", doc, ""},
		{"sizes", "engine/a.go", doc + strings.Repeat("\n", fileLinesMax), "702 lines, at most 700"},
		{"sizes", "engine/a.go", doc + "func f() {\n" + long + "}", "f has 72 lines, at most 70"},
		{"sizes", "engine/a.go", doc + "func f() {\n" + long[14:] + "}", ""},
		{"sizes", "engine/a_test.go", doc + "func f() {\n" + long + "}", "f has 72 lines, at most 70"},
		{"sizes", "engine/a_test.go", doc + "func f() {\n_ = []int{\n" + strings.Repeat("1,\n", 80) + "}\n}", ""},
		{"libraries", "engine/a.go", doc + `import "go.etcd.io/bbolt"`, "does not say what go.etcd.io/bbolt is for"},
		{"libraries", "engine/a.go", "// Package p lies on bbolt.\npackage p\n" + `import ("os"; "mpg/store"; "go.etcd.io/bbolt")`, ""},
		{"package comments", "engine/a.go", "package p", "engine: 0 package comments"},
		{"package comments", "engine/a.go", doc, ""},
		{"exported names", "engine/a.go", doc + "func F() {}", "bare: [F]"},
		{"exported names", "engine/a.go", doc + "type t int\nfunc (t) F() {}\nfunc g() {}", ""},
		{"exported names", "engine/a.go", doc + "// T is one.\ntype T int\nfunc (*T) M() {}", "bare: [M]"},
		{"exported names", "engine/a.go", doc + "// All of them.\nconst (\n\tA = 1\n\tB = 2\n)", ""},
		{"init", "engine/a.go", doc + "func init() {}", "no init()"},
		{"init", "engine/a.go", doc + "type t int\nfunc (t) init() {}", ""},
		{"package variables", "engine/a.go", doc + "var n int", "package variable n begins empty"},
		{"package variables", "engine/a.go", doc + "var m = make(map[int]int)", "package variable m begins empty"},
		{"package variables", "engine/a.go", doc + "import \"sync\"\nvar mu = sync.Mutex{}", "is there to be changed"},
		{"package variables", "engine/a.go", doc + "import _ \"embed\"\n//go:embed a\nvar text string", ""},
		{"package variables", "engine/a.go", doc + "import \"errors\"\nvar ErrA = errors.New(\"a\")", ""},
		{"package variables", "engine/a.go", doc + "var tab = []int{1}\nfunc f() { tab[0] = 2 }", "package variable tab is written"},
		{"package variables", "engine/a.go", doc + "var tab = []int{1}\nfunc f() { tab = append(tab, 2) }", "tab is written"},
		{"package variables", "engine/a.go", doc + "var tab = map[int]int{}\nfunc f() { delete(tab, 2) }", "tab is written"},
		{"package variables", "engine/a.go", doc + "var n = 1\nfunc f() { n++ }", "n is written"},
		{"package variables", "engine/a.go", doc + "var s = struct{a []int}{}\nfunc f() *int { return &s.a[0] }", "s is written, or its address"},
		{"package variables", "engine/a.go", doc + "var n = 1\nfunc f() { n := 2; n++; _ = &n }", ""},
		{"package variables", "engine/a.go", doc + "var n = 1\nfunc f(n int) { n = n + 1 }", ""},
		{"package variables", "engine/a.go", doc + "type t struct{ n int }\nvar n = 1\nfunc (x *t) f() { x.n = 2 }", ""},
		{"output", "engine/a.go", doc + "import \"fmt\"\nfunc f() { fmt.Println() }", "fmt.Println belongs to cmd"},
		{"output", "engine/a.go", doc + "import \"os\"\nfunc f() { os.Exit(1) }", "os.Exit belongs to cmd"},
		{"output", "cmd/mpg/a.go", doc + "import \"os\"\nfunc f() { os.Exit(1) }", ""},
		{"comments that wait", "engine/a.go", doc + "// TO" + "DO: later", "says should be done"},
		{"comments that wait", "engine/a.go", doc + "// a todo list\nconst text = \"TO" + "DO\"", ""},
		{"clauses", "smpp/a.go", doc + "// see RFC4733 2.5", "write"},
		{"clauses", "smpp/a.go", doc + "// RFC 4733, section 2.5", "write"},
		{"clauses", "smpp/a.go", doc + "// SMPP v3.4 4.6.1", "write"},
		{"clauses", "smpp/a.go", doc + "// ISO 8583 DE39", "write"},
		{"clauses", "smpp/a.go", doc + "// SMPP 3.4 4.6.1, RFC 4733 2.5.1.2 and ISO 8583:1987 DE39 of ISO 8583", ""},
		{"machinery", "smpp/a.go", doc + "const dir = \"/wo" + "rk/main\"", "holds on one machine only"},
		{"machinery", "smpp/a.go", doc + "const dir = \"/homework/main\"", ""},
	} {
		tr := &tree{fset: token.NewFileSet(), notYet: map[string]int{"ivr/sip.Agent methods": 51}}
		if err := tr.addGo(tt.path, tt.body); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(rules[tt.rule](tr), "\n")
		if (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
			t.Errorf("%s in\n%s\ngot %q, want %q", tt.rule, tt.body[:min(len(tt.body), 200)], got, tt.want)
		}
	}
}

func TestTidyBitesAcrossFiles(t *testing.T) {
	t.Parallel()
	tr := &tree{fset: token.NewFileSet(), top: []string{"cmd", "docs"}}
	for path, body := range map[string]string{
		"store/a.go":  "// Package store is one.\npackage store\nvar Tab = []int{1}\n",
		"store/b.go":  "// Package store is another.\npackage store\nfunc f() { Tab[0] = 1 }\n",
		"engine/a.go": "package engine\nimport m \"mpg/store\"\nfunc f() { m.Tab = nil }\n",
	} {
		if err := tr.addGo(path, body); err != nil {
			t.Fatal(err)
		}
	}
	tr.texts = []text{{"Makefile", "all: # FIX" + "ME\n"}, {"conf/testdata/a.txt", "# FIX" + "ME /wo" + "rk/x"}}
	for rule, want := range map[string][]string{
		"top level":          {"docs: "},
		"package comments":   {"store: 2 package comments", "engine: 0 package comments"},
		"package variables":  {"store/b.go:3: package variable Tab", "engine/a.go:3: package variable m.Tab"},
		"comments that wait": {"Makefile:1: "},
		"machinery":          {"conf/testdata/a.txt: "},
		"tests":              {"0.000"},
	} {
		got := rules[rule](tr)
		if len(got) != len(want) {
			t.Errorf("%s: got %v, want %v", rule, got, want)
		}
		for _, w := range want {
			if !strings.Contains(fmt.Sprint(got), w) {
				t.Errorf("%s: got %v, want %s", rule, got, w)
			}
		}
	}
}
