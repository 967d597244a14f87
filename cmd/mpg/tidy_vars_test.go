package main_test

import (
	"go/ast"
	"go/token"
	"strings"
)

// variables are the package-level variables of one folder, by name.
type variables map[string]*ast.ValueSpec

// noMutableVariables: a package-level variable is a table, an error, a regular
// expression or an embedded file: set where it is declared and never written,
// by its own package or by another.
func noMutableVariables(tr *tree) []string {
	var bad []string
	all := make(map[string]variables)
	for dir, files := range tr.packages() {
		all[dir] = make(variables)
		for _, s := range files {
			bad = append(bad, tr.declare(s, all[dir])...)
		}
	}
	for s := range tr.code {
		bad = append(bad, tr.writes(s, all)...)
	}
	return bad
}

// declare notes the variables of a file and complains of those that could only
// serve by being changed.
func (tr *tree) declare(s *source, vars variables) []string {
	var bad []string
	for _, decl := range s.file.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok || d.Tok != token.VAR {
			continue
		}
		for _, spec := range d.Specs {
			v := spec.(*ast.ValueSpec)
			for _, id := range v.Names {
				if id.Name == "_" {
					continue
				}
				vars[id.Name] = v
				if why := made(d, v); why != "" {
					bad = append(bad, tr.at(id, "package variable %s %s", id.Name, why))
				}
			}
		}
	}
	return bad
}

// made says why a variable is of no use unless it changes, or nothing.
func made(d *ast.GenDecl, v *ast.ValueSpec) string {
	if len(v.Values) == 0 {
		if embedded(d.Doc) || embedded(v.Doc) {
			return ""
		}
		return "begins empty"
	}
	for _, value := range v.Values {
		if call, ok := value.(*ast.CallExpr); ok && (isNamed(call.Fun, "make") || isNamed(call.Fun, "new")) {
			return "begins empty"
		}
		if lit, ok := value.(*ast.CompositeLit); ok && isLock(lit.Type) {
			return "is there to be changed"
		}
	}
	return ""
}

func embedded(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	for _, c := range doc.List {
		if strings.HasPrefix(c.Text, "//go:embed ") {
			return true
		}
	}
	return false
}

// isLock reports whether a type is of sync or sync/atomic.
func isLock(e ast.Expr) bool {
	for n := range ast.Preorder(e) {
		if sel, ok := n.(*ast.SelectorExpr); ok && (isNamed(sel.X, "sync") || isNamed(sel.X, "atomic")) {
			return true
		}
	}
	return false
}

// writes complains of all that s writes to package-level variables.
func (tr *tree) writes(s *source, all map[string]variables) []string {
	var bad []string
	imports := make(map[string]variables)
	for _, spec := range s.file.Imports {
		dir, ours := strings.CutPrefix(importPath(spec), modulePath)
		if !ours {
			continue
		}
		name := dir[strings.LastIndexByte(dir, '/')+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports[name] = all[dir]
	}
	for n := range ast.Preorder(s.file) {
		for _, target := range targets(n) {
			if name := rootOf(target, all[s.dir()], imports); name != "" {
				bad = append(bad, tr.at(n, "package variable %s is written, or its address taken", name))
			}
		}
	}
	return bad
}

// targets are the expressions that a node writes to.
func targets(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			return []ast.Expr{n.Key, n.Value}
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if len(n.Args) > 0 && (isNamed(n.Fun, "delete") || isNamed(n.Fun, "clear") || isNamed(n.Fun, "copy")) {
			return n.Args[:1]
		}
	}
	return nil
}

// rootOf is the name of the package-level variable in which e lies, if it does.
func rootOf(e ast.Expr, own variables, imports map[string]variables) string {
	for {
		switch x := e.(type) {
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.SelectorExpr:
			if pkg, ok := x.X.(*ast.Ident); ok && imports[pkg.Name] != nil && imports[pkg.Name][x.Sel.Name] != nil && isFree(pkg) {
				return pkg.Name + "." + x.Sel.Name
			}
			e = x.X
		case *ast.Ident:
			if spec := own[x.Name]; spec != nil && (isFree(x) || declaredBy(x, spec)) {
				return x.Name
			}
			return ""
		default:
			return ""
		}
	}
}

// isFree reports whether an identifier means nothing within its file: then it is
// of another file of the package, or an import. The parser's own resolution is
// enough for this, and much faster than types.
func isFree(id *ast.Ident) bool {
	return id.Obj == nil
}

// declaredBy reports whether an identifier means the variable that spec declares
// and no local one of that name.
func declaredBy(id *ast.Ident, spec *ast.ValueSpec) bool {
	return id.Obj.Decl == spec
}
