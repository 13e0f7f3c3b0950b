package export_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"

	"updoc/export"
	"updoc/testkit"
)

// parsed is what testdata/grammar/parse.mjs finds in a script.
type parsed struct {
	Errors   []string       `json:"errors"`
	Commands []string       `json:"commands"`
	Strings  []string       `json:"strings"`
	Types    map[string]int `json:"types"`
}

// parse parses scripts with a real grammar of PowerShell. Loading it takes seconds, so
// all scripts of a test go in one call.
func parse(t *testing.T, scripts map[string][]byte) map[string]parsed {
	t.Helper()
	grammar := filepath.Join("testdata", "grammar")
	_, err := os.Stat(filepath.Join(grammar, "node_modules", "tree-sitter-powershell"))
	testkit.Need(t, err == nil, "tree-sitter-powershell (npm ci --prefix export/testdata/grammar)")
	args := []string{filepath.Join(grammar, "parse.mjs")}
	for name, text := range scripts {
		args = append(args, testkit.WriteFile(t, name, text))
	}
	var out map[string]parsed
	if err := json.Unmarshal([]byte(testkit.Output(t, testkit.Command(t, "node", args...))), &out); err != nil {
		t.Fatal(err)
	}
	if len(out) != len(scripts) {
		t.Fatalf("%d scripts, %d results", len(scripts), len(out))
	}
	return out
}

// commands are all that the scripts for the PCs may call: their own functions and these.
var commands = []string{
	"Add-CMComplianceSettingScript", "New-CMConfigurationItem", // for the console of ConfigMgr alone
	"ConvertFrom-Json", "Get-ExecutionPolicy", "New-Object", "Set-StrictMode", "Write-Output",
	"Find-Updoc", "Get-OwnLine", "Invoke-RightHost", "Invoke-Updoc", "Read-Answer", "Resume-Updoc", "Test-Constrained", "Test-WrongHost",
}

// Every script is PowerShell by its grammar, also with the nastiest values in it; a broken
// one is noticed; quoted values stay strings; and no script calls anything that is not on
// a short list: no alias, nothing that restarts, sends or changes. The project's own scripts
// are PowerShell too.
func TestScriptsAreSoundPowerShell(t *testing.T) {
	scripts := map[string][]byte{
		"broken-brace.ps1": []byte("if ($x) { Write-Output 'a'\n"),
		"broken-quote.ps1": []byte("Write-Output 'it's'\n"),
		"broken-if.ps1":    []byte("if ($x) Write-Output 'a'\n"),
		"values.ps1":       []byte(assignments(t, 200)),
	}
	for name, o := range map[string]export.Options{
		"plain": {}, "costly": {MaxRisk: "R2", Seconds: 3300},
		"narrow": {Only: []string{"winre-enable", "service-start-type"}, Exe: `C:\Bob's Tools‘’ $(calc);"` + "`" + `ツール\updoc.exe`},
	} {
		o.Exe = strings.ReplaceAll(o.Exe, `"`, "")
		for file, text := range powershell(t, o) {
			scripts[name+"-"+file] = text
		}
	}
	maps.Copy(scripts, ownScripts(t))
	for name, p := range parse(t, scripts) {
		if strings.HasPrefix(name, "broken-") {
			if len(p.Errors) == 0 {
				t.Errorf("%s passes for a script", name)
			}
			continue
		}
		if len(p.Errors) > 0 {
			t.Errorf("%s: %v", name, p.Errors)
		}
		if strings.HasPrefix(name, own) {
			if len(p.Commands) == 0 {
				t.Errorf("%s calls nothing", name)
			}
			continue
		}
		for _, c := range p.Commands {
			if !slices.Contains(commands, c) {
				t.Errorf("%s calls %s", name, c)
			}
		}
		if name == "values.ps1" {
			onlyStrings(t, p)
		}
	}
}

// assignments are lines that give a variable a quoted value, whatever it holds.
func assignments(t *testing.T, n int) string {
	t.Helper()
	nasty := rapid.SliceOfN(rapid.SampledFrom([]string{
		"'", "''", "‘", "’", "‚", "‛", "“", "”", "„", `"`, "`", "$(calc)", "$x", "`n", "\n", "\r\n", "\x00", ";", "#", "<#", "#>", "@'", "'@", "--%", ")", "(", "{", "}", "|", "&", "ツ", "𝔘", "a b", `\`, "%", "\u2028", "\uFEFF",
	}), 0, 8)
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "$x%d = %s\r\n", i, export.Quote(strings.Join(nasty.Example(i), "")))
	}
	return out.String()
}

// onlyStrings: the values of assignments are text, characters and plus signs.
func onlyStrings(t *testing.T, p parsed) {
	t.Helper()
	for _, bad := range []string{"command", "sub_expression", "expandable_string_literal", "script_block_expression", "comment", "pipeline_chain_tail", "redirection", "invokation_expression", "member_access"} {
		if p.Types[bad] > 0 {
			t.Errorf("a value became a %s", bad)
		}
	}
	if got := p.Types["assignment_expression"]; got != 200 {
		t.Errorf("%d assignments instead of 200: a value ended one, or hid one", got)
	}
}

// ownScripts are what the project itself runs in PowerShell: its scripts, and the steps of
// workflows on runners with Windows.
func ownScripts(t *testing.T) map[string][]byte {
	t.Helper()
	scripts := map[string][]byte{}
	root := ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || path == filepath.Join(root, "export", "templates")):
			return filepath.SkipDir // of the templates, what is made of them is parsed
		case filepath.Ext(path) == ".ps1":
			scripts[own+filepath.Base(path)] = testkit.ReadFile(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	steps := workflowSteps(t, filepath.Join(root, ".github", "workflows"))
	if len(scripts) == 0 || len(steps) < 4 {
		t.Fatalf("%d scripts, %d steps", len(scripts), len(steps))
	}
	maps.Copy(scripts, steps)
	return scripts
}

// own is how the names of those begin.
const own = "own-"

// workflowSteps are the steps that PowerShell runs: it is the usual shell where a runner has
// Windows. Source: "Workflow syntax for GitHub Actions", jobs.<id>.steps[*].shell.
func workflowSteps(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	files, err := filepath.Glob(filepath.Join(dir, "*.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		var w struct {
			Jobs map[string]struct {
				On    string `yaml:"runs-on"`
				Steps []struct{ Run, Shell string }
			}
		}
		if err := yaml.Unmarshal(testkit.ReadFile(t, file), &w); err != nil {
			t.Fatal(err)
		}
		for id, job := range w.Jobs {
			for i, s := range job.Steps {
				windows := !strings.HasPrefix(job.On, "ubuntu") && !strings.HasPrefix(job.On, "macos")
				if s.Run != "" && (s.Shell == "" && windows || s.Shell == "pwsh" || s.Shell == "powershell") {
					out[fmt.Sprintf(own+"%s-%s-%d.ps1", filepath.Base(file), id, i)] = []byte(expression.ReplaceAllString(s.Run, "x"))
				}
			}
		}
	}
	return out
}

// expression is what GitHub fills in before PowerShell sees it.
var expression = regexp.MustCompile(`\$\{\{.*?\}\}`)
