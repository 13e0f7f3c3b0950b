package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"updoc/casekit"
	"updoc/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"updoc": updoc})
}

// updoc is what cmd/updoc does.
func updoc() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(cli.Run(ctx, os.Args[1:], cli.Streams{Out: os.Stdout, Err: os.Stderr, Env: os.Getenv}))
}

// The contract of the command line, told as sessions in testdata. Besides the usual
// commands of testscript they have
//
//	exits CODE ARGS...        runs updoc and wants this exit code
//	pc STORY FOLDER           builds a story of the casebook as a folder
//	json FILE KEY.0.KEY WANT  wants a value in a JSON file, or in stdout
//	only DIR NAMES...         wants exactly these names in a folder
func TestSessions(t *testing.T) {
	sick, err := filepath.Abs(filepath.Join("..", "testdata", "sick-pc.qcow2"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("SICK", sick)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "pc": buildPC, "json": checkJSON, "only": checkOnly,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec("updoc", args[1:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("updoc: %v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("updoc %s: exit %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

func buildPC(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pc STORY FOLDER")
	}
	pc, err := story(args[0])
	ts.Check(err)
	ts.Check(pc.Folder(ts.MkAbs(args[1])))
}

// story reads a PC of the casebook.
func story(name string) (*casekit.PC, error) {
	f, err := os.Open(filepath.Join("..", "cases", name, "pc.yaml"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return casekit.Parse(f)
}

func checkJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE KEY.0.KEY WANT")
	}
	var doc any
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(dec.Decode(&doc))
	if dec.More() {
		ts.Fatalf("%s holds more than one document", args[0])
	}
	got := fmt.Sprint(at(doc, args[1]))
	if (got == args[2]) == neg {
		ts.Fatalf("%s is %q", args[1], got)
	}
}

// at follows a dotted path of keys and indexes; "len" is the length of a list.
func at(v any, path string) any {
	for _, key := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			i, err := strconv.Atoi(key)
			switch {
			case key == "len":
				v = len(x)
			case err == nil && i < len(x):
				v = x[i]
			default:
				v = nil
			}
		default:
			v = nil
		}
	}
	return v
}

func checkOnly(ts *testscript.TestScript, neg bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := strings.Join(names, " "), strings.Join(args[1:], " "); (got == want) == neg {
		ts.Fatalf("%s holds %s, want %s", args[0], got, want)
	}
}

// run runs one command line inside this process.
func run(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = cli.Run(ctx, args, cli.Streams{Out: &out, Err: &errs, Env: func(string) string { return "" }})
	return code, out.String(), errs.String()
}

// A cancelled run ends with 130, says so, and leaves nothing behind.
func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sick := filepath.Join("..", "testdata", "sick-pc.qcow2")
	for _, verb := range []string{"diagnose", "plan", "collect"} {
		dir := t.TempDir()
		code, out, errs := run(ctx, verb, sick, "-o", filepath.Join(dir, "result"))
		if code != 130 || out != "" || !strings.HasPrefix(errs, "updoc: Cancelled.") {
			t.Errorf("%s: exit %d, stdout %q, stderr %q", verb, code, out, errs)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s left %v", verb, left)
		}
	}
	code, out, _ := run(ctx, "diagnose", sick, "--format", "json")
	if code != 130 || !strings.Contains(out, `"code": "cancelled"`) {
		t.Errorf("exit %d, %s", code, out)
	}
}

// A result that cannot be written is an error, not a success with nothing.
func TestFullOutput(t *testing.T) {
	t.Parallel()
	full := "/dev/full"
	if _, err := os.Stat(full); err != nil {
		skip(t, full)
	}
	for _, verb := range []string{"diagnose", "collect"} {
		code, _, errs := run(t.Context(), verb, filepath.Join("..", "testdata", "sick-pc.qcow2"), "-o", full)
		if code != 2 || !strings.Contains(errs, "/dev/full could not be written.\nhint: ") {
			t.Errorf("%s: exit %d, %q", verb, code, errs)
		}
	}
}

// skip ends the test because of what is absent, by name; in CI that is a failure.
func skip(t *testing.T, absent string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("needs %s", absent)
	}
	t.Skipf("needs %s", absent)
}
