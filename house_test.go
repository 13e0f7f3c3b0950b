// Package updoc_test guards the house: which room may use which, and that every room
// says what it is for.
package updoc_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// law is what the packages of one room may import of the others, and why. A room
// named with /... includes the rooms below it. The first matching line counts.
var law = []struct {
	room   string
	may    []string
	reason string
}{
	{"model", nil, "the leaf everyone speaks: whoever imports it must not drag anything along"},
	{"winapi", []string{"codec/..."}, "calls to Windows are thin: whoever makes them decides"},
	{"codec/...", []string{"codec/..."}, "shared by format and disk: it must not depend on either"},
	{"format/...", []string{"codec/...", "format/..."}, "parsers are pure: they never know where bytes come from or what they mean for a machine"},
	{"disk/...", []string{"codec/...", "disk/..."}, "disks know bytes, not Windows updates"},
	{"remedy/...", []string{"model", "disk/...", "format/...", "codec/...", "winapi", "remedy/..."}, "hands do not think: what a remedy needs is in the step's parameters"},
	{"expr", []string{"model"}, "an expression sees only the facts it is given"},
	{"knowledge", []string{"model", "expr"}, "what is known must not depend on how it is used"},
	{"diagnose", []string{"knowledge", "expr", "model"}, "thinking cannot peek or touch"},
	{"plan", []string{"knowledge", "expr", "model"}, "thinking cannot peek or touch"},
	{"source/...", []string{"model", "disk/...", "format/...", "winapi", "source/..."}, "a source gives files and layouts, it does not interpret them"},
	{"collect", []string{"source", "format/...", "model"}, "collectors see every source through one interface"},
	{"report", []string{"model", "knowledge"}, "reports show what was decided elsewhere"},
	{"doctor", []string{"collect", "source/...", "diagnose", "plan", "expr", "knowledge", "remedy/...", "disk/...", "winapi", "model"}, "the pipeline, once"},
	{"cli", []string{"doctor", "export", "report", "knowledge", "source/...", "model", "format/...", "disk/...", "winapi"}, "the command line only wires (inspect shows what parsers see)"},
	{"export", []string{"model", "knowledge"}, "it turns templates and values into files for other tools: it must not look at a machine, nor touch one"},
	{"cmd/updoc", []string{"cli"}, "main only starts"},
	{"casekit/...", []string{"model", "format/...", "codec/...", "disk/...", "casekit/..."}, "it builds evidence, it must not share the reader's view of it"},
	{"cases", []string{"casekit", "doctor", "source/...", "model", "knowledge", "report", "diagnose", "collect", "expr", "plan", "remedy/...", "disk/..."}, "the casebook runs the whole pipeline"},
	{"cases/layouts", []string{"casekit", "disk/...", "remedy/...", "doctor", "source/...", "model"}, "disks of every layout and what is done to them"},
	{"testkit/...", []string{"testkit/standin", "testkit/forwarder"}, "every room's tests use it: it must not know what they test"},
	{"delivery/...", nil, "it wraps the program up: it must not depend on what is inside"},
	{"wine", nil, "it looks at the finished program from outside"},
	{"bench/...", []string{"casekit", "doctor", "source/...", "format/...", "disk/...", "model", "collect", "cases/...", "remedy/...", "testkit/forwarder"}, "benchmarks measure every room"},
}

// foreign says who may start other programs.
var foreign = []string{"casekit/...", "testkit", "bench/...", "remedy/host/...", "winapi"}

// plain are the rooms that import the standard library alone.
var plain = []string{"model", "codec/...", "testkit/..."}

type listed struct {
	ImportPath, Dir, Doc string
	Imports              []string
	GoFiles              []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Doc,Imports,GoFiles", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			all = append(all, p)
		}
	}
}

func matches(pattern, room string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return room == base || strings.HasPrefix(room, base+"/")
	}
	return pattern == room
}

func matchesAny(patterns []string, room string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, room) })
}

func TestImportLaw(t *testing.T) {
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, "updoc/")
		i := slices.IndexFunc(law, func(l struct {
			room   string
			may    []string
			reason string
		}) bool {
			return matches(l.room, room)
		})
		if i < 0 {
			t.Errorf("%s is in no room of the house: add it to the law with a reason", room)
			continue
		}
		for _, imp := range p.Imports {
			used, ours := strings.CutPrefix(imp, "updoc/")
			if ours && !matchesAny(law[i].may, used) {
				t.Errorf("%s imports %s: not allowed, because %s", room, used, law[i].reason)
			}
			if !ours && matchesAny(plain, room) && strings.Contains(imp, ".") {
				t.Errorf("%s imports %s: only the standard library is allowed, because %s", room, imp, law[i].reason)
			}
			if imp == "os/exec" && !matchesAny(foreign, room) {
				t.Errorf("%s starts other programs: only %v may", room, foreign)
			}
		}
	}
}

// Whatever the law allows, and on every system: what is made for tests is not in the
// program.
func TestTestkitIsForTestsOnly(t *testing.T) {
	err := filepath.WalkDir(".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imp := range file.Imports {
			if imp.Path.Value == `"updoc/testkit"` {
				t.Errorf("%s imports testkit: only tests may", name)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestEveryPackageHasADoc(t *testing.T) {
	for _, p := range packages(t) {
		if len(strings.Fields(p.Doc)) < 6 {
			t.Errorf("%s does not say what it is for: %q", p.ImportPath, p.Doc)
		}
	}
}

func TestEveryExportedNameHasADoc(t *testing.T) {
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), path.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Error(err)
				continue
			}
			for _, undocumented := range undocumented(file) {
				t.Errorf("%s/%s: %s has no doc comment", strings.TrimPrefix(p.ImportPath, "updoc/"), name, undocumented)
			}
		}
	}
}

func undocumented(file *ast.File) []string {
	var names []string
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
				names = append(names, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
					names = append(names, s.Name.Name)
				}
			}
		}
	}
	return names
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	id, ok := t.(*ast.Ident)
	return ok && id.IsExported()
}
