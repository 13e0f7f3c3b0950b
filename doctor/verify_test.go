package doctor_test

import (
	"os"
	"path/filepath"
	"testing"

	"updoc/casekit"
	"updoc/doctor"
	"updoc/model"
	"updoc/source/folder"
)

// Folders of the casebook, and what is to be said of one of their updates.
func TestVerify(t *testing.T) {
	t.Parallel()
	for story, want := range map[string]struct {
		kb, state string
		exit      int
	}{
		"control-healed":        {"KB5034441", model.UpdateInstalled, 0},
		"false-error-kb5057589": {"KB5057589", model.UpdateFalseError, 0},
		"disk-full":             {"", model.UpdateFailing, 1},
		"control-fresh":         {"KB9999999", model.UpdateUnseen, 3},
	} {
		d := diagnoseStory(t, story)
		b, err := base()
		if err != nil {
			t.Fatal(err)
		}
		var kbs []string
		if want.kb != "" {
			kbs = []string{want.kb}
		}
		v := doctor.Verify(d, b, kbs)
		if len(v.Updates) == 0 || v.Updates[0].State != want.state || v.ExitCode != want.exit {
			t.Errorf("%s %s: %s, exit %d, %+v", story, want.kb, v.Verdict, v.ExitCode, v.Updates)
		}
	}
}

// diagnoseStory builds a PC of the casebook as a folder and diagnoses it.
func diagnoseStory(t *testing.T, name string) *model.Diagnosis {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "cases", name, "pc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pc, err := casekit.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "pc")
	if err := pc.Folder(dir); err != nil {
		t.Fatal(err)
	}
	src, err := folder.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	return examine(t, src)
}
