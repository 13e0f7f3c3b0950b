package remedy

import (
	"encoding/json"
	"strings"

	"updoc/model"
)

// refused is exit code 6: nothing was changed. The text of code is error.<code> in
// knowledge/texts.
func refused(code string, args model.Args) *model.Error {
	return &model.Error{Code: code, Exit: 6, Args: args}
}

// seen returns a fact that is needed. What was not seen is never guessed; name is how
// an expert knows the fact.
func seen[T any](f model.Fact[T], name string) (T, error) {
	if !f.Known {
		return f.Value, refused("refused-unseen", model.Args{"fact": name})
	}
	return f.Value, nil
}

// size is a fact of bytes or count that is needed and cannot be negative.
func sizeSeen(f model.Fact[int64], name string) (uint64, error) {
	v, err := seen(f, name)
	return uint64(max(v, 0)), err
}

// textParam returns a text among the parameters; empty if it is not there.
func textParam(p model.Args, name string) string {
	s, _ := p[name].(string)
	return s
}

// numberParam returns a number among the parameters, as plan writes it and as JSON
// gives it back.
func numberParam(p model.Args, name string) (uint64, error) {
	var n int64
	switch v := p[name].(type) {
	case int64:
		n = v
	case int:
		n = int64(v)
	case float64:
		n = int64(v)
	case json.Number:
		n, _ = v.Int64()
	default:
		n = -1
	}
	if n < 0 {
		return 0, refused("refused-stale-plan", model.Args{"what": name})
	}
	return uint64(n), nil
}

// slashes turns a path as facts have it into one as host.Place has it.
func slashes(path string) string {
	return strings.Trim(strings.ReplaceAll(path, `\`, "/"), "/")
}
