package report

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"updoc/knowledge"
	"updoc/model"
)

func realBase(t *testing.T) *knowledge.Base {
	t.Helper()
	b, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sourceOf(t *testing.T, pattern string) string {
	t.Helper()
	var all bytes.Buffer
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v, %v", pattern, files, err)
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	return all.String()
}

// matches returns what the first group of a pattern finds.
func matches(text, pattern string) []string {
	var out []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Every text that code or a template asks for by its full name is there.
func TestTextsExist(t *testing.T) {
	b := realBase(t)
	var ids []string
	code := sourceOf(t, "*.go")
	for _, id := range matches(code, `\.ui\("([a-z0-9.-]+[a-z0-9])"\)`) {
		ids = append(ids, "ui."+id)
	}
	ids = append(ids, matches(code, `say\("(ui\.[a-z0-9.-]+[a-z0-9])"`)...)
	for _, id := range matches(sourceOf(t, "templates/*.html"), `ui "([a-z0-9.-]+)"`) {
		ids = append(ids, "ui."+id)
	}
	for _, id := range matches(code, `data[A-Z][A-Za-z]+ *= "([a-z0-9-]+)"`) {
		ids = append(ids, "ui.data."+id)
	}
	ids = append(ids, matches(sourceOf(t, "../cli/*.go"), `text\("([a-z0-9.-]+)"\)`)...)
	if len(ids) < 100 {
		t.Fatalf("only %d texts found in the code: the patterns of this test are out of date", len(ids))
	}
	for _, id := range ids {
		if b.Text(id).EN == "" || b.Text(id).JA == "" {
			t.Errorf("text %s is asked for and is not there", id)
		}
	}
}

// Every word of a closed list of the model can be said.
func TestWordsExist(t *testing.T) {
	b := realBase(t)
	for list, words := range map[string][]any{
		"reason": reasons, "reason-short": reasons, "how": hows, "stage": stages, "role": roles, "role-short": roles,
		"outcome": enums["Diagnosis.outcome"], "attempt": enums["Attempt.outcome"], "risk": enums["Step.risk"], "undo": enums["Step.undoKind"],
		"where": enums["Step.where[]"], "gate": enums["Gate.state"], "source": enums["SourceInfo.kind"],
		"sure": enums["Cause.verdict"], "sure.state": enums["Cause.verdict"], "because": enums["Cause.verdict"],
	} {
		for _, w := range words {
			id := "ui." + list + "." + w.(string)
			if w != "" && w != model.HowNothing && (b.Text(id).EN == "" || b.Text(id).JA == "") {
				t.Errorf("text %s is not there", id)
			}
		}
	}
}

// Every error code and every kind of evidence that the program names has its words.
func TestErrorsAndArtifactsExist(t *testing.T) {
	b := realBase(t)
	var code string
	for _, dir := range []string{"../cli", "../doctor", "../source", "../source/*", "../collect", "../disk", "../remedy", "../remedy/*"} {
		code += sourceOf(t, dir+"/*.go")
	}
	for _, c := range append(matches(code, `Code(?:: | = )"([a-z-]+)"`), matches(code, `"(refused-[a-z-]+)"`)...) {
		if b.Text("error."+c).EN == "" {
			t.Errorf("error %s has no text", c)
		}
	}
	for _, a := range matches(code, `(?:Artifact: *|artifact[A-Z][A-Za-z]* *= |look\(|lookNote\(|absent\(|origin\(|Why\()"([a-z-]+)"`) {
		if b.Text("ui.artifact."+a).EN == "" {
			t.Errorf("kind of evidence %s has no text", a)
		}
	}
}

// What is printed keeps the rules for Japanese too: a value can bring in what no
// template holds.
func TestPrintedJapaneseKeepsTheRules(t *testing.T) {
	b := base(t)
	for name, make := range fixtures {
		v := newView(make(), b, "ja")
		texts := append(append([]string{v.Headline, v.Now, v.Footer, v.PlanEmpty}, v.Data...), v.Healed...)
		for _, f := range v.Failures {
			texts = append(texts, f.Heading, f.Lead)
			for _, c := range append(f.Causes, f.Others...) {
				texts = append(texts, causeTexts(c)...)
			}
		}
		for _, c := range v.Conditions {
			texts = append(texts, causeTexts(c)...)
		}
		for _, st := range v.Steps {
			texts = append(texts, append([]string{st.Title, st.Why, st.Expect, st.IfFails, st.Note}, joinPairs(st.Facts)...)...)
		}
		for _, text := range append(texts, append(unseenTexts(v), append(joinPairs(v.Facts), joinPairs(v.Machine)...)...)...) {
			for _, rule := range knowledge.LintJapanese(text) {
				t.Errorf("%s: %q breaks %s", name, text, rule)
			}
		}
	}
}

func causeTexts(c causeView) []string {
	out := []string{c.Sentence, c.Home, c.Because, c.Expert}
	for _, f := range append(c.For, c.Against...) {
		out = append(out, f.Text, f.Place)
	}
	for _, m := range c.Missing {
		out = append(out, m.Text, m.Reason)
	}
	return out
}
