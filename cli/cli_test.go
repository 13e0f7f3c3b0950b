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
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"updoc/casekit"
	"updoc/cli"
	"updoc/testkit"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"updoc": updoc})
}

// updoc is what cmd/updoc does.
func updoc() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s := cli.Standard()
	if os.Getenv("UPDOC_FAKE") != "" {
		cli.FakeSurgery(os.Getenv("UPDOC_FAKE"))
	}
	if os.Getenv("UPDOC_TELL") != "" {
		cli.TellDoing(os.NewFile(3, "doing"))
	}
	if os.Getenv("UPDOC_TTY") != "" {
		s.Err = os.Stdin // the terminal that testscript gives
	}
	os.Exit(cli.Run(ctx, os.Args[1:], s))
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
	pack, err := filepath.Abs(filepath.Join("..", "docs", "examples", "office-proxy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("SICK", sick)
			env.Setenv("PACK", pack)
			env.Setenv("SOON", time.Now().AddDate(0, 1, 0).Format(time.DateOnly))
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
		testkit.Need(t, false, full)
	}
	for _, verb := range []string{"diagnose", "collect"} {
		code, _, errs := run(t.Context(), verb, filepath.Join("..", "testdata", "sick-pc.qcow2"), "-o", full)
		if code != 2 || !strings.Contains(errs, "/dev/full could not be written.\nhint: ") {
			t.Errorf("%s: exit %d, %q", verb, code, errs)
		}
	}
}

// broken is an output that makes the program panic, as a mistake of ours would.
type broken struct{}

func (broken) Write([]byte) (int, error) { panic("a mistake") }

// A mistake of ours is caught: exit 70, said as that, with what a report needs.
func TestPanic(t *testing.T) {
	t.Parallel()
	sick := filepath.Join("..", "testdata", "sick-pc.qcow2")
	for _, lang := range []string{"en", "ja"} {
		for _, format := range []string{"text", "json"} {
			var errs bytes.Buffer
			code := cli.Run(t.Context(), []string{"diagnose", sick, "--lang", lang, "--format", format}, cli.Streams{Out: broken{}, Err: &errs, Env: func(string) string { return "" }})
			want := map[string]string{"en": "updoc: Something went wrong inside this tool. Nothing was written", "ja": "updoc: このツールの中で間違いが起きました。"}[lang]
			if code != 70 || !strings.HasPrefix(errs.String(), want) || !strings.Contains(errs.String(), "\nhint: ") || !strings.Contains(errs.String(), "a mistake") {
				t.Errorf("%s %s: exit %d, %s", lang, format, code, errs.String())
			}
		}
	}
}

// The exit codes of whole disks; folders and the sick disk have theirs in testdata.
func TestExitOfDisks(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"control-fresh": 0, "control-healed": 0, "false-error-kb5057589": 0, "withdrawn-kb5034441": 1, "disk-full": 1} {
		pc, err := story(name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "pc.img")
		err = pc.Disk(t.Context(), path)
		var missing *casekit.MissingToolError
		if errors.As(err, &missing) {
			testkit.Need(t, false, err.Error())
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"diagnose", "plan"} {
			if code, out, errs := run(t.Context(), verb, path); code != want || out == "" || errs != "" {
				t.Errorf("%s %s: exit %d, want %d; %s", verb, name, code, want, errs)
			}
		}
	}
}

// Devices without an end or a length are no disks.
func TestDevices(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/dev/zero", "/dev/null", "/dev/full"} {
		if _, err := os.Stat(path); err != nil {
			testkit.Need(t, false, path)
		}
		refused(t, "not-a-disk", path)
	}
}
