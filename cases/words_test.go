package cases_test

import (
	"fmt"
	"strings"

	"updoc/model"
)

func ids(causes []model.Cause) []string {
	var out []string
	for _, c := range causes {
		out = append(out, c.ID)
	}
	return out
}

func remedies(p model.Plan) []string {
	var out []string
	for _, s := range p.Steps {
		out = append(out, s.Remedy)
	}
	return out
}

func names(fs []model.Failure) []string {
	var out []string
	for _, f := range fs {
		out = append(out, f.KB+" "+f.Title+" "+f.Outcome)
	}
	return out
}

func verdicts(causes []model.Cause) string {
	var out []string
	for _, c := range causes {
		out = append(out, fmt.Sprintf("%s %s %.3f", c.ID, c.Verdict, c.Probability))
	}
	return strings.Join(out, ", ")
}

// refined lists the sure causes that refine another.
func refined(causes []model.Cause, parent string) []string {
	var out []string
	for _, c := range causes {
		if c.Refines == parent && (c.Verdict == model.VerdictConfirmed || c.Verdict == model.VerdictLikely) {
			out = append(out, c.ID)
		}
	}
	return out
}
