package cli

import (
	"strings"

	"github.com/alecthomas/kong"

	"updoc/model"
)

// objections are how the parser of the command line begins what it says.
var objections = []struct{ begins, code string }{
	{"unknown flag ", "unknown-flag"},
	{"unexpected argument ", "unexpected-argument"},
	{"expected one of ", "command-needed"},
	{"expected \"", "argument-needed"},
}

// usage says in our own words, and so in the reader's language, what the parser
// objects to. A flag or verb that it thinks was meant becomes a hint.
func (a *app) usage(err error) error {
	if err == nil {
		return nil
	}
	said, meant, _ := strings.Cut(err.Error(), ", did you mean ")
	e := &model.Error{Code: "usage", Args: model.Args{"what": said}, Err: err}
	for _, o := range objections {
		if what, ok := strings.CutPrefix(said, o.begins); ok {
			e.Code, e.Args["what"] = o.code, strings.Trim(what, `"`)
		}
	}
	if flag, _, ok := strings.Cut(said, ": expected "); ok && strings.HasSuffix(said, "(<EOL>)") {
		e.Code, e.Args["what"] = "value-needed", flag
	}
	if meant != "" {
		meant = strings.TrimPrefix(strings.TrimSuffix(meant, "?"), "one of ")
		e.Hints = []string{strings.ReplaceAll(a.text("ui.did-you-mean"), "{what}", meant)}
	}
	return e
}

// asked returns what the command line names besides flags: what is to be looked at.
func asked(k *kong.Context) []string {
	var out []string
	for _, p := range k.Path {
		if p.Positional == nil {
			continue
		}
		switch v := p.Positional.Target.Interface().(type) {
		case string:
			out = append(out, v)
		case []string:
			out = append(out, v...)
		}
	}
	return out
}
