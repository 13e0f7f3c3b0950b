package export_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"updoc/export"
	"updoc/knowledge"
	"updoc/model"
)

func files(t *testing.T, what string, o export.Options) map[string][]byte {
	t.Helper()
	base, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	o.Base, o.Version = base, "1.2.3"
	list, err := export.Files(what, o)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range list {
		out[f.Name] = f.Data
	}
	if len(out) != len(list) {
		t.Fatalf("%s has two files of one name", what)
	}
	return out
}

// powershell are the scripts of both packages.
func powershell(t *testing.T, o export.Options) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, what := range []string{"intune", "configmgr"} {
		for name, text := range files(t, what, o) {
			if path.Ext(name) == ".ps1" {
				out[name] = text
			}
		}
	}
	if len(out) != 6 {
		t.Fatalf("%d scripts", len(out))
	}
	return out
}

// Windows PowerShell reads a file without a byte order mark in the code page of the PC,
// and a mark is refused where signatures are enforced: only ASCII means the same
// everywhere.
func TestScriptsArePlainASCII(t *testing.T) {
	for name, text := range powershell(t, export.Options{Exe: `\\サーバー\共有\updoc.exe`}) {
		for i, b := range text {
			if b >= 0x80 || b < ' ' && b != '\r' && b != '\n' {
				t.Errorf("%s: byte %#x at %d", name, b, i)
				break
			}
		}
		if bytes.Count(text, []byte("\n")) != bytes.Count(text, []byte("\r\n")) {
			t.Errorf("%s mixes line ends", name)
		}
	}
}

// What PowerShell would take for a finding must come from the answer alone: outside of the
// one place that reads "remediate", a detection never exits with 1.
func TestDetectionStartsNothingByAccident(t *testing.T) {
	detect := string(files(t, "intune", export.Options{})["detect.ps1"])
	if got := strings.Count(detect, "exit 1"); got != 2 { // one in the comment
		t.Errorf("detect.ps1 says exit 1 in %d places", got)
	}
	if !strings.Contains(detect, "if ($answer.Remediate) { exit 1 }") || strings.Contains(strings.ToLower(detect), "\r\n#requires") {
		t.Error("detect.ps1 decides by something else")
	}
	discovery := string(files(t, "configmgr", export.Options{})["ci-discovery.ps1"])
	if strings.Count(discovery, "Write-Output") != 3 { // the word, from here or from the 64-bit host
		t.Error("ci-discovery.ps1 prints something besides its word")
	}
}

// The longest line that a script can print is shorter than what Intune and ConfigMgr keep.
func TestLinesFit(t *testing.T) {
	const intune = 2048
	if longest := model.SummaryLimit + len(`"script":"timed-out",`); longest > intune {
		t.Errorf("%d characters", longest)
	}
	for name, text := range powershell(t, export.Options{}) {
		if strings.Contains(name, "new-") {
			continue
		}
		if !strings.Contains(string(text), `$answerLimit = `+strconv.Itoa(model.SummaryLimit)+"\r\n") || !strings.Contains(string(text), `'{"schema":"`+model.SummarySchema+`",'`) {
			t.Errorf("%s knows another answer than updoc gives", name)
		}
	}
}

func TestWhatAPackageAllowsIsInIt(t *testing.T) {
	o := export.Options{MaxRisk: "R2", Only: []string{"reset-update-cache", "winre-enable"}, Exe: `D:\Tools\updoc.exe`, Seconds: 100}
	const allowed = "--format summary --max-risk R2 --only reset-update-cache --only winre-enable'"
	for name, text := range files(t, "intune", o) {
		switch {
		case path.Ext(name) == ".ps1" && !(strings.Contains(string(text), allowed) && strings.Contains(string(text), `@('D:\Tools\updoc.exe')`)):
			t.Errorf("%s: what is allowed is not in it", name)
		case path.Ext(name) == ".md" && !strings.Contains(string(text), "`reset-update-cache` (R2)"):
			t.Errorf("%s does not say what is allowed", name)
		}
	}
	remediate := string(files(t, "intune", o)["remediate.ps1"])
	for _, want := range []string{"'fix --yes --no-restart --wait 0s --time-limit 52s " + allowed + " -Seconds 70", "(Resume-Updoc -Seconds (70 - $answer.Took))", "if ($Seconds -lt 30) { return $false }", "'diagnose " + allowed + " -Seconds 30"} {
		if !strings.Contains(remediate, want) {
			t.Errorf("remediate.ps1 lacks %s", want)
		}
	}
	run := string(files(t, "configmgr", o)["run-script.ps1"])
	if !strings.Contains(run, "(Resume-Updoc -Seconds ($TimeLimitSeconds - $answer.Took))") {
		t.Error("run-script.ps1 waits longer than it was told to")
	}
	if !strings.Contains(run, "[ValidateSet('R1', 'R2')]") || !strings.Contains(run, "$allowed = @('reset-update-cache', 'winre-enable')") {
		t.Error("run-script.ps1 allows something else")
	}
	if run := string(files(t, "configmgr", export.Options{})["run-script.ps1"]); !strings.Contains(run, "[ValidateSet('R1')]") {
		t.Error("without a risk, run-script.ps1 allows more than R1")
	}
}

// What is said of the time limit names the seconds that packages have.
func TestTimesAsTheyAreSaid(t *testing.T) {
	hint, err := os.ReadFile(filepath.Join("..", "knowledge", "texts", "administrators.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, said, _ := strings.Cut(string(hint), "error.export-time.hint:")
	said, _, _ = strings.Cut(said, "\nerror.")
	for _, what := range []string{"intune", "configmgr"} {
		m := regexp.MustCompile(`scripts wait ([0-9]+) seconds`).FindSubmatch(files(t, what, export.Options{})["README.en.md"])
		if m == nil || strings.Count(said, string(m[1])) != 2 { // in two languages
			t.Errorf("%s: %q is not in%s", what, m, said)
		}
	}
}

func TestSameOptionsSameBytes(t *testing.T) {
	for _, what := range export.Packages {
		first := files(t, what, export.Options{MaxRisk: "R2"})
		for name, text := range files(t, what, export.Options{MaxRisk: "R2"}) {
			if !bytes.Equal(first[name], text) {
				t.Errorf("%s: %s differs", what, name)
			}
		}
	}
}

func TestRefusedOptions(t *testing.T) {
	base, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		what string
		o    export.Options
		code string
	}{
		"no such tool":        {what: "sccm", code: "unknown-export"},
		"needs a person":      {what: "intune", o: export.Options{MaxRisk: "R3"}, code: "export-risk"},
		"only looks":          {what: "intune", o: export.Options{MaxRisk: "R0"}, code: "export-risk"},
		"no remedy":           {what: "intune", o: export.Options{Only: []string{"x; calc"}}, code: "unknown-remedy"},
		"remedy too risky":    {what: "intune", o: export.Options{Only: []string{"reset-update-cache"}}, code: "export-remedy-risk"},
		"relative":            {what: "intune", o: export.Options{Exe: `updoc.exe`}, code: "export-exe"},
		"of the current":      {what: "intune", o: export.Options{Exe: `C:updoc.exe`}, code: "export-exe"},
		"variable":            {what: "intune", o: export.Options{Exe: `%ProgramFiles%\updoc.exe`}, code: "export-exe"},
		"a stream":            {what: "intune", o: export.Options{Exe: `C:\a.txt:updoc.exe`}, code: "export-exe"},
		"no program":          {what: "intune", o: export.Options{Exe: `C:\updoc.cmd`}, code: "export-exe"},
		"a line break":        {what: "intune", o: export.Options{Exe: "C:\\a\nb\\updoc.exe"}, code: "export-exe"},
		"a server alone":      {what: "intune", o: export.Options{Exe: `\\server\updoc.exe`}, code: "export-exe"},
		"no time":             {what: "intune", o: export.Options{Seconds: 1}, code: "export-time"},
		"longer than an hour": {what: "configmgr", o: export.Options{Seconds: 3601}, code: "export-time"},
	} {
		c.o.Base = base
		_, err := export.Files(c.what, c.o)
		var e *model.Error
		if !errors.As(err, &e) || e.Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// term is a part of a quoted value, by PowerShell's rules for single quotes and [char].
var term = regexp.MustCompile(`^(?:'((?:[^']|'')*)'|\[char\]0x([0-9A-F]{4}))(?: \+ |$)`)

// evaluate is what PowerShell makes of an expression of quote; ok is false if it is
// anything but strings and characters.
func evaluate(expression string) (value string, ok bool) {
	rest := expression
	if inner, ok := strings.CutPrefix(rest, "("); ok {
		rest, ok = strings.CutSuffix(inner, ")")
		if !ok {
			return "", false
		}
	}
	if !strings.HasPrefix(rest, "'") {
		return "", false // a [char] in front would be added up as a number
	}
	var units []uint16
	for rest != "" {
		m := term.FindStringSubmatch(rest)
		if m == nil {
			return "", false
		}
		rest = rest[len(m[0]):]
		if m[2] != "" {
			n, err := strconv.ParseUint(m[2], 16, 16)
			if err != nil {
				return "", false
			}
			units = append(units, uint16(n))
			continue
		}
		units = append(units, utf16.Encode([]rune(strings.ReplaceAll(m[1], "''", "'")))...)
	}
	return string(utf16.Decode(units)), true
}

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{
		"": "''", "plain": "'plain'", "it's": "'it''s'", "$x`n": "'$x`n'", "ツ": "('' + [char]0x30C4)", "a\nb": "('a' + [char]0x000A + 'b')", "’": "('' + [char]0x2019)",
	} {
		if got := export.Quote(s); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
}

func TestQuotedValuesAreThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { quoted(t, rapid.String().Draw(t, "value")) })
}

func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "'", "a'b", "\u2019", "𝔘", "') + (calc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { quoted(t, s) })
}

func quoted(t interface{ Errorf(string, ...any) }, s string) {
	got := export.Quote(s)
	if strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Errorf("%q: not ASCII: %q", s, got)
	}
	if value, ok := evaluate(got); !ok || value != string([]rune(s)) {
		t.Errorf("%q became %s, which is %q", s, got, value)
	}
}

// Both languages of the templates have every text and every control that the definitions
// name, and no other.
func TestPolicyTemplates(t *testing.T) {
	all := files(t, "admx", export.Options{})
	admx := string(all["updoc.admx"])
	wellFormed(t, "updoc.admx", admx)
	for _, lang := range []string{"en-US", "ja-JP"} {
		adml := string(all[lang+"/updoc.adml"])
		wellFormed(t, lang, adml)
		for named, has := range map[string]string{`\$\(string\.([A-Za-z0-9_]+)\)`: `<string id="([^"]+)"`, `\$\(presentation\.([A-Za-z0-9_]+)\)`: `<presentation id="([^"]+)"`, `<(?:enum|multiText) id="([^"]+)"`: `refId="([^"]+)"`} {
			if want, got := found(admx, named), found(adml, has); len(want) == 0 || !slices.Equal(want, got) {
				t.Errorf("%s: %v, want %v", lang, got, want)
			}
		}
	}
	for _, value := range []string{"MaxRisk", "AllowedRemedies", "DeniedRemedies", "AllowRestart"} {
		if !strings.Contains(admx, `valueName="`+value+`"`) {
			t.Errorf("no policy writes %s", value)
		}
	}
	if got := found(admx, `key="([^"]+)"`); !slices.Equal(got, []string{`SOFTWARE\Policies\updoc`}) {
		t.Errorf("keys %v", got)
	}
}

func wellFormed(t *testing.T, name, text string) {
	t.Helper()
	for dec := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func found(text, pattern string) []string {
	var out []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// What Japanese readers see keeps to the glossary.
func TestJapanese(t *testing.T) {
	for _, what := range export.Packages {
		for name, text := range files(t, what, export.Options{MaxRisk: "R2", Only: []string{"winre-enable"}}) {
			if !strings.Contains(name, "ja") {
				continue
			}
			for i, line := range strings.Split(string(text), "\r\n") {
				line = strings.NewReplacer("`", "", "**", "", "* ", "").Replace(line)
				if broken := knowledge.LintJapanese(line); len(broken) > 0 {
					t.Errorf("%s:%d: %v: %s", name, i+1, broken, line)
				}
			}
		}
	}
}
