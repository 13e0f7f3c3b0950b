package report

import (
	"bytes"
	"fmt"
	"io/fs"
	"testing"

	"updoc/model"
)

func TestErrorText(t *testing.T) {
	e := &model.Error{Code: "source-not-found", Args: model.Args{"path": "x.img"}, Err: fmt.Errorf("open: %w", fs.ErrNotExist)}
	for _, c := range []struct {
		lang    string
		verbose bool
		want    string
	}{
		{"en", false, "updoc: x.img was not found.\nhint: Check the name and the place.\n"},
		{"ja", false, "updoc: x.img が見つかりません。\nhint: 名前と場所を確かめてください。\n"},
		{"en", true, "updoc: x.img was not found.\nhint: Check the name and the place.\n  open: file does not exist\n  file does not exist\n"},
	} {
		var out bytes.Buffer
		if err := WriteErrorText(&out, e, realBase(t), c.lang, c.verbose); err != nil {
			t.Fatal(err)
		}
		if out.String() != c.want {
			t.Errorf("%s, verbose %v: %q, want %q", c.lang, c.verbose, out.String(), c.want)
		}
	}
}

// Even if the knowledge cannot be loaded, what went wrong is said.
func TestErrorTextWithoutKnowledge(t *testing.T) {
	var out bytes.Buffer
	if err := WriteErrorText(&out, &model.Error{Code: "failed", Err: fs.ErrInvalid}, nil, "ja", false); err != nil {
		t.Fatal(err)
	}
	if want := "updoc: failed: invalid argument\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
