// Package cases is the casebook: every folder here is the story of a PC, told in
// pc.yaml, with what must come out in expect.yaml; below public are PCs rebuilt from
// what people published, with their true cause in truth.yaml. The package loads
// stories, diagnoses them with evidence withheld, and counts how often the diagnosis
// is right; its tests hold every story to its expectation. It may import casekit and
// the whole pipeline, and must never be imported by the product.
package cases

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"updoc/casekit"
)

// Halves of the public cases.
const (
	Look  = "look"  // looked at while the knowledge was written
	Score = "score" // kept to score by
)

// Story is a PC with what is known to be wrong with it.
type Story struct {
	ID    string
	Dir   string
	Half  string // of a public case; empty: a story of our own
	Hard  bool   // public: the published evidence is hard
	Cause string // public: the true cause
	PC    *casekit.PC
	Want  Expectation // zero for public cases
}

// Expectation is expect.yaml.
type Expectation struct {
	Outcome    string         `yaml:"outcome"`
	Exit       int            `yaml:"exit"`
	Failures   []WantFailure  `yaml:"failures"` // newest first
	Conditions []string       `yaml:"conditions"`
	Plan       []string       `yaml:"plan"`   // remedies in order
	Folder     ExpectedFolder `yaml:"folder"` // where a folder tells less
}

// WantFailure is one failure as it must come out.
type WantFailure struct {
	KB      string   `yaml:"kb"`
	Outcome string   `yaml:"outcome"`
	Stage   string   `yaml:"stage"`
	Code    string   `yaml:"code"`
	Cause   string   `yaml:"cause"` // surest; empty: none is named
	Verdict string   `yaml:"verdict"`
	Refined []string `yaml:"refined"` // causes that refine it and are sure
}

// ExpectedFolder overrides what a folder cannot know: it has no disk.
type ExpectedFolder struct {
	Verdict string  `yaml:"verdict"` // of every cause; empty: the same
	Cause   *string `yaml:"cause"`   // of the first failure
	Outcome string  `yaml:"outcome"`
	Exit    *int    `yaml:"exit"`
}

// truth is truth.yaml of a public case.
type truth struct {
	ID    string `yaml:"id"`
	Cause string `yaml:"cause"`
	Hard  bool   `yaml:"hard"`
}

// Own loads the stories of our own below dir, by name.
func Own(dir string) ([]Story, error) {
	return load(dir, func(s *Story) error { return decode(filepath.Join(s.Dir, "expect.yaml"), &s.Want) })
}

// Public loads the public cases below dir, by name, each with its half.
func Public(dir string) ([]Story, error) {
	halves, err := readHalves(filepath.Join(dir, "halves.tsv"))
	if err != nil {
		return nil, err
	}
	return load(dir, func(s *Story) error {
		var t truth
		if err := decode(filepath.Join(s.Dir, "truth.yaml"), &t); err != nil {
			return err
		}
		if t.ID != s.ID || halves[s.ID] == "" || t.Cause == "" {
			return fmt.Errorf("%s: truth.yaml or halves.tsv does not fit", s.Dir)
		}
		s.Half, s.Hard, s.Cause = halves[s.ID], t.Hard, t.Cause
		return nil
	})
}

func load(dir string, more func(*Story) error) ([]Story, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*", "pc.yaml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var all []Story
	for _, path := range paths {
		s := Story{Dir: filepath.Dir(path), ID: filepath.Base(filepath.Dir(path))}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if s.PC, err = casekit.Parse(bytes.NewReader(raw)); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if err := more(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func decode(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions(raw, into, yaml.Strict()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func readHalves(path string) (map[string]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	halves := map[string]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n")[1:] {
		id, half, ok := strings.Cut(line, "\t")
		if !ok || half != Look && half != Score {
			return nil, fmt.Errorf("%s: %q", path, line)
		}
		halves[id] = half
	}
	return halves, nil
}
