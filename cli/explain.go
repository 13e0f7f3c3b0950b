package cli

import (
	"io"
	"regexp"
	"slices"
	"strings"

	"updoc/model"
	"updoc/report"
)

type explainCmd struct {
	Thing []string `arg:"" help:"0x80070643, KB5034441, winre-partition-too-small, or what the screen says"`
}

// Run says what is known about the codes, KBs, causes and remedies in a question.
func (c *explainCmd) Run(a *app) error {
	question := strings.ReplaceAll(strings.Join(c.Thing, " "), minus, "-")
	topics := a.base.Find(question)
	if len(topics) == 0 {
		return &model.Error{Code: "no-such-thing", Args: model.Args{"what": question}}
	}
	return a.write(func(w io.Writer) error { return report.WriteExplain(w, topics, question, a.base, a.reportOptions()) })
}

// minus stands for the sign of a number that must not be taken for a flag.
const minus = "\u2212"

var negative = regexp.MustCompile(`^-[0-9]{2,}$`)

// signedNumbers lets a code like -2147023293 be asked for.
func signedNumbers(args []string) []string {
	out := slices.Clone(args)
	for i, arg := range out {
		if negative.MatchString(arg) {
			out[i] = minus + arg[1:]
		}
	}
	return out
}
