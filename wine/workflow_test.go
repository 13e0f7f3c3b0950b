package wine

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/goccy/go-yaml"

	"updoc/testkit"
)

// Nothing runs the workflow here: that it is YAML of the right shape, and that every action
// has a version, is all that can be told.
func TestWorkflow(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", ".github", "workflows", "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	pinned := regexp.MustCompile(`^[\w-]+/[\w-]+@v\d+$`)
	for _, file := range files {
		var w struct {
			On   map[string]any
			Jobs map[string]struct {
				RunsOn string `yaml:"runs-on"`
				Steps  []struct{ Uses, Run string }
			}
		}
		if err := yaml.Unmarshal(testkit.ReadFile(t, file), &w); err != nil {
			t.Fatal(err)
		}
		if len(w.On) == 0 || len(w.Jobs) == 0 {
			t.Errorf("%s starts by nothing or does nothing: %+v", file, w)
		}
		for name, job := range w.Jobs {
			if job.RunsOn == "" || len(job.Steps) == 0 {
				t.Errorf("%s: job %s runs nowhere or does nothing", file, name)
			}
			for _, s := range job.Steps {
				if (s.Uses == "") == (s.Run == "") || s.Uses != "" && !pinned.MatchString(s.Uses) {
					t.Errorf("%s: job %s: step %+v", file, name, s)
				}
			}
		}
	}
}
