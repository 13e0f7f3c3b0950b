package cases_test

import (
	"slices"
	"testing"

	"updoc/cases"
	"updoc/doctor"
	"updoc/knowledge"
	"updoc/model"
)

// Whatever evidence is withheld, no wrong cause is ever called proven. How often a
// likely one is right is counted by bench/accuracy, with more draws.
func TestLessEvidenceIsLessCertain(t *testing.T) {
	for _, story := range stories(t, cases.Own, ".") {
		t.Run(story.ID, func(t *testing.T) {
			t.Parallel()
			path := disk(t, story)
			for n := range 2 {
				pieces := cases.Draw(cases.Seeded(story.ID, n), 0.3)
				for _, c := range story.Judge(withheld(t, path, pieces)) {
					if c.WrongConfirmed() {
						t.Errorf("%s without %v: %s is confirmed, truth %s", c.Subject, pieces, c.Top, c.Truth)
					}
				}
			}
		})
	}
}

func withheld(t *testing.T, path string, pieces []string) *model.Diagnosis {
	t.Helper()
	src, err := doctor.Open(t.Context(), path, doctor.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	return examineSource(t, cases.Withhold(src, pieces))
}

// The public cases in every form: no wrong cause is ever called proven, a folder and a
// masked bundle never say something else for sure.
func TestPublicCases(t *testing.T) {
	for _, story := range stories(t, cases.Public, "public") {
		t.Run(story.ID, func(t *testing.T) {
			t.Parallel()
			d := examine(t, disk(t, story))
			dir := t.TempDir()
			if err := story.PC.Folder(dir); err != nil {
				t.Fatal(err)
			}
			for form, d := range map[string]*model.Diagnosis{"disk": d, "folder": examine(t, dir)} {
				if i := slices.IndexFunc(story.Judge(d), cases.Call.WrongConfirmed); i >= 0 {
					c := story.Judge(d)[i]
					t.Errorf("%s: %s is confirmed (%.3f), truth %s", form, c.Top, c.P, c.Truth)
				}
			}
			checkBundle(t, d, true)
		})
	}
}

func TestJudge(t *testing.T) {
	failing := func(causes ...model.Cause) *model.Diagnosis {
		return &model.Diagnosis{Failures: []model.Failure{{KB: "KB1", Outcome: model.OutcomeFailing, Causes: causes}}}
	}
	a := model.Cause{ID: "a", Verdict: model.VerdictLikely, Probability: 0.8}
	under := model.Cause{ID: "b", Refines: "a", Verdict: model.VerdictLikely}
	out := model.Cause{ID: "c", Verdict: model.VerdictRuledOut}
	for _, c := range []struct {
		name, truth string
		d           *model.Diagnosis
		rank        int
		right       bool
	}{
		{"first", "a", failing(a, under, out), 1, true},
		{"refines the first", "b", failing(a, under), 1, true},
		{"refines it, less sure", "b", failing(a, model.Cause{ID: "b", Refines: "a", Verdict: model.VerdictPossible}), 2, false},
		{"ruled out", "c", failing(a, out), 0, false},
		{"behind", "d", failing(a, under, model.Cause{ID: "d", Verdict: model.VerdictPossible}), 2, false},
		{"nothing named", "a", failing(), 0, false},
		{"condition beside an unsure failure", "e", &model.Diagnosis{Conditions: []model.Cause{{ID: "e", Verdict: model.VerdictConfirmed}},
			Failures: []model.Failure{{Outcome: model.OutcomeFailing, Causes: []model.Cause{{ID: "a", Verdict: model.VerdictPossible}}}}}, 1, true},
	} {
		story := cases.Story{ID: "x", Half: cases.Look, Cause: c.truth}
		if got := story.Judge(c.d)[0]; got.Rank != c.rank || got.Right != c.right {
			t.Errorf("%s: rank %d, right %v", c.name, got.Rank, got.Right)
		}
	}
}

// Every cause is what a story of our own is about: as the surest cause of a failure, as
// one that refines it, or as a condition.
func TestEveryCauseHasAStory(t *testing.T) {
	told := map[string]bool{}
	for _, s := range stories(t, cases.Own, ".") {
		for _, f := range s.Want.Failures {
			told[f.Cause] = true
			for _, id := range f.Refined {
				told[id] = true
			}
		}
		for _, id := range s.Want.Conditions {
			told[id] = true
		}
	}
	b, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.Causes {
		if !told[c.ID] {
			t.Errorf("no story is about %s", c.ID)
		}
	}
}
