package report

import (
	"encoding/json"
	"io"
	"regexp"

	"updoc/model"
)

// WriteSummary writes a summary as one line of JSON: ASCII, at most model.SummaryLimit
// characters without the line break. What is too long loses whole entries, from the end
// of the longest list, never half of one. s is changed.
func WriteSummary(w io.Writer, s *model.Summary) error {
	plainSummary(s)
	for {
		line, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if len(line) <= model.SummaryLimit || !shorten(s) {
			_, err = w.Write(append(line, '\n'))
			return err
		}
	}
}

// shorten takes one entry out; false if there is none left.
func shorten(s *model.Summary) bool {
	f, c, t := len(s.Failures), len(s.Conditions), len(s.Steps)
	switch most := max(f, c, t); {
	case most == 0:
		return false
	case c == most:
		s.Conditions = s.Conditions[:c-1]
	case f == most:
		s.Failures = s.Failures[:f-1]
	default:
		s.Steps = s.Steps[:t-1]
	}
	s.Left++
	return true
}

// notPlain is what no id, code or version of ours holds: a summary tells of PCs that
// others look at, so whatever a damaged log put there stays out.
var notPlain = regexp.MustCompile(`[^A-Za-z0-9._+/-]`)

const summaryWord = 64

func plainWord(word *string) {
	*word = notPlain.ReplaceAllString(*word, "")
	if len(*word) > summaryWord {
		*word = (*word)[:summaryWord]
	}
}

func plainSummary(s *model.Summary) {
	for _, word := range []*string{&s.Version, &s.Knowledge, &s.Verb, &s.Outcome, &s.Code} {
		plainWord(word)
	}
	for i := range s.Failures {
		f := &s.Failures[i]
		for _, word := range []*string{&f.KB, &f.Code, &f.Outcome, &f.Cause, &f.Verdict} {
			plainWord(word)
		}
	}
	for i := range s.Conditions {
		plainWord(&s.Conditions[i])
	}
	for i := range s.Steps {
		t := &s.Steps[i]
		for _, word := range []*string{&t.Remedy, &t.Risk, &t.Verdict, &t.Detail} {
			plainWord(word)
		}
	}
}
