package cli_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"updoc/cli"
	"updoc/export"
	"updoc/knowledge"
	"updoc/model"
)

// Every command line in the scripts for management tools is one that updoc understands,
// and its answer is the one that they read.
func TestCommandLinesOfScripts(t *testing.T) {
	base, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]bool{}
	for _, what := range []string{"intune", "configmgr"} {
		files, err := export.Files(what, export.Options{Only: []string{"winre-enable"}, Base: base})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			for _, m := range regexp.MustCompile(`-Arguments '([^']+)'`).FindAllStringSubmatch(string(f.Data), -1) {
				lines[m[1]] = true
			}
			for _, m := range regexp.MustCompile(`-Arguments \('(resume [^']+ )' \+ \$limit\)`).FindAllStringSubmatch(string(f.Data), -1) {
				lines[m[1]+"52s"] = true
			}
		}
	}
	if len(lines) != 4 {
		t.Fatalf("%v", lines)
	}
	sick := filepath.Join("..", "testdata", "sick-pc.qcow2")
	for line := range lines {
		if strings.HasPrefix(line, "resume ") {
			if said, plain := saysOf(t, line), saysOf(t, "resume --quiet"); said != plain {
				t.Errorf("%s: %s", line, said)
			}
			continue
		}
		args := append(strings.Fields(line), "--journal", t.TempDir(), sick)
		var out, complaints bytes.Buffer
		cli.Run(t.Context(), args, cli.Streams{Out: &out, Err: &complaints, Env: func(string) string { return "" }})
		var s model.Summary
		if err := json.Unmarshal(out.Bytes(), &s); err != nil || s.Schema != model.SummarySchema || s.Verb != args[0] {
			t.Errorf("%s: %v, %s", line, err, out.String())
		}
		// a qcow2 is not repaired, whatever the flags say: so far they were understood
		if want := map[string]string{"diagnose": "", "fix": "not-writable-container"}[args[0]]; s.Code != want {
			t.Errorf("%s: %s", line, out.String())
		}
		if strings.Count(out.String(), "\n") != 1 || out.Len() > model.SummaryLimit+1 {
			t.Errorf("%s: not one short line", line)
		}
	}
}

// saysOf is what updoc says to a command line, without journals.
func saysOf(t *testing.T, line string) string {
	t.Helper()
	folder := t.TempDir()
	var out bytes.Buffer
	cli.Run(t.Context(), append(strings.Fields(line), "--journal", folder), cli.Streams{Out: &out, Err: &out, Env: func(string) string { return "" }})
	return strings.ReplaceAll(out.String(), folder, "")
}
