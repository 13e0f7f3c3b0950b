package winapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// source is every file of this package.
func source(t *testing.T) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if files[name], err = parser.ParseFile(token.NewFileSet(), name, nil, 0); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// declared are the calls that a file declares, by the names of their constants.
func declared(f *ast.File) map[string]string {
	out := map[string]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		of, ok := spec.Type.(*ast.IndexListExpr)
		if !ok {
			return true
		}
		if kind, ok := of.X.(*ast.Ident); ok && kind.Name == "Call" {
			out[spec.Names[0].Name], _ = strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		}
		return true
	})
	return out
}

// registered are the calls that a file says what they do.
func registered(f *ast.File) []string {
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 3 {
			return true
		}
		if by, ok := call.Fun.(*ast.Ident); ok && by.Name == "on" {
			if name, ok := call.Args[1].(*ast.Ident); ok {
				out = append(out, name.Name)
			}
		}
		return true
	})
	return out
}

// What is declared is made on Windows, stands in docs/live.md, and, if it looks, is
// recorded: a call that nobody makes answers ErrUnsupported on a real Windows, and nothing
// else would notice.
func TestEveryCallIsMadeRecordedAndDocumented(t *testing.T) {
	files := source(t)
	var made []string
	for name, f := range files {
		if strings.HasSuffix(name, "_windows.go") {
			made = append(made, registered(f)...)
		}
	}
	doc, err := os.ReadFile("../docs/live.md")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for name, f := range files {
		for constant, call := range declared(f) {
			count++
			if !slices.Contains(made, constant) {
				t.Errorf("%s is declared in %s and made nowhere", constant, name)
			}
			if !strings.Contains(string(doc), call) {
				t.Errorf("docs/live.md does not name %s", call)
			}
			if name == "look.go" && looks[call] == nil {
				t.Errorf("%s is not among the looks", call)
			}
		}
	}
	if count < 45 {
		t.Errorf("only %d calls found", count)
	}
}
