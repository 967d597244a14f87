package main_test

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// varyingNotYet lists the files that log a message that is put together, or handed in.
// An entry that is no longer needed fails.
var varyingNotYet = []string{"engine/bank/ask.go", "engine/bank/host/host.go", "engine/bank/stats.go"}

// logMessagesAreConstant: one can search the log for a message, and the code for what
// the log says; what varies is an attribute.
func logMessagesAreConstant(tr *tree) []string {
	at := map[string]int{"Debug": 0, "Info": 0, "Warn": 0, "Error": 0, "DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1, "Log": 2, "LogAttrs": 2}
	var bad []string
	for s := range tr.code {
		varies := false
		for n := range ast.Preorder(s.file) {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				continue
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !isLogger(sel.X) {
				continue
			}
			if i, known := at[sel.Sel.Name]; known && len(call.Args) > i && !isText(call.Args[i]) {
				varies = true
				if !slices.Contains(varyingNotYet, s.path) {
					bad = append(bad, tr.at(call, "the message of %s is not a constant text: put what varies into an attribute", sel.Sel.Name))
				}
			}
		}
		if !varies && slices.Contains(varyingNotYet, s.path) {
			bad = append(bad, s.path+": its messages are constant: remove it from varyingNotYet")
		}
	}
	return bad
}

// isLogger reports whether an expression is slog, or a variable or field named log.
func isLogger(e ast.Expr) bool {
	name := ""
	switch x := e.(type) {
	case *ast.Ident:
		name = x.Name
	case *ast.SelectorExpr:
		name = x.Sel.Name
	}
	return slices.Contains([]string{"slog", "log", "logger"}, strings.ToLower(name))
}

// isText reports whether an expression is a text in quotation marks, or several joined.
func isText(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.BasicLit:
		return x.Kind == token.STRING
	case *ast.BinaryExpr:
		return isText(x.X) && isText(x.Y)
	}
	return false
}

// goneWords are words for which the field has a better one, and which are no longer in
// an exported name. The list grows as words go.
var goneWords = map[string]string{
	"Bankwork": "Authorize, Reverse", "Bar": "Suspend", "Cell": "Entry", "Kick": "Notify", "Layer": "Overlay", "Meet": "Discovery",
	"Poke": "Notify", "Pump": "Dispatcher", "Teller": "Bank", "Watch": "Waiters", "Weather": "Faults", "Work": "Tx", "Yard": "Storebench",
}

// goneWordsStayGone: an exported name has the field's word.
func goneWordsStayGone(tr *tree) []string {
	word := regexp.MustCompile(`[A-Z]+[a-z0-9]*`)
	var bad []string
	for s := range tr.code {
		for _, decl := range s.file.Decls {
			names, _ := exportedOf(decl)
			for _, name := range names {
				for _, part := range word.FindAllString(name, -1) {
					if better, gone := goneWords[part]; gone {
						bad = append(bad, tr.at(decl, "%s: the field says %s, not %s", name, better, part))
					}
				}
			}
		}
	}
	return bad
}
