package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"updoc/model"
)

func line(t interface{ Fatal(...any) }, s *model.Summary) string {
	var out bytes.Buffer
	if err := WriteSummary(&out, s); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutSuffix(out.String(), "\n")
	if !ok || strings.ContainsAny(text, "\r\n") {
		t.Fatal("not one line")
	}
	return text
}

// The first words are what scripts look for.
func TestSummaryBegins(t *testing.T) {
	got := line(t, &model.Summary{Schema: model.SummarySchema, Verb: "diagnose", Outcome: "healthy"})
	if !strings.HasPrefix(got, `{"schema":"updoc.summary/1",`) {
		t.Error(got)
	}
}

// However much there is, the line is whole JSON of the schema, short, ASCII, keeps the
// decision, and counts what it left out.
func TestSummaryFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.OneOf(rapid.StringMatching(`[a-z0-9-]{0,40}`), rapid.String())
		s := &model.Summary{Schema: model.SummarySchema, Verb: "diagnose", Outcome: "failing", Remediate: rapid.Bool().Draw(t, "remediate"), Unseen: 3}
		s.Failures, s.Conditions, s.Steps = []model.SummaryFailure{}, []string{}, []model.SummaryStep{}
		n := rapid.IntRange(0, 60).Draw(t, "n")
		for i := range n {
			s.Failures = append(s.Failures, model.SummaryFailure{KB: word.Draw(t, "kb"), Code: "0x80070643", Outcome: "failing", Cause: word.Draw(t, "cause"), Verdict: "confirmed"})
			s.Conditions = append(s.Conditions, word.Draw(t, "condition"))
			s.Steps = append(s.Steps, model.SummaryStep{Remedy: fmt.Sprint("step-", i), Risk: "R1", Verdict: model.StepReady})
		}
		want := s.Remediate
		text := line(t, s)
		if len(text) > model.SummaryLimit || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%d: %s", len(text), text)
		}
		var back model.Summary
		if err := json.Unmarshal([]byte(text), &back); err != nil {
			t.Fatal(err)
		}
		if back.Remediate != want || len(back.Failures)+len(back.Conditions)+len(back.Steps)+back.Left != 3*n {
			t.Fatalf("%+v", back)
		}
	})
}

// What is not an id or a code is not passed on: nothing in the line names anybody.
func TestSummaryNamesNobody(t *testing.T) {
	s := &model.Summary{Schema: model.SummarySchema, Failures: []model.SummaryFailure{{KB: `C:\Users\花子 \"<x>`, Cause: strings.Repeat("a", 100)}}}
	if got := line(t, s); strings.Contains(got, "花子") || strings.ContainsAny(got, `\<`) || strings.Contains(got, strings.Repeat("a", 65)) {
		t.Error(got)
	}
}
