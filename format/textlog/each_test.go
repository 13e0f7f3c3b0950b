package textlog

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"updoc/testkit"
)

func TestEach(t *testing.T) {
	wide := "\ufeffone\r\ntwo\n\nfour"
	var lines []string
	enc, n, err := Each(context.Background(), strings.NewReader(string(testkit.UTF16(wide, binary.LittleEndian))), "x.log", func(l Line) error {
		lines = append(lines, string(l.Text))
		return nil
	})
	if err != nil || enc != UTF16LE || n != int64(2*len([]rune(wide))) || !slices.Equal(lines, []string{"one", "two", "", "four"}) {
		t.Errorf("%q, %v, %d bytes, %v", lines, enc, n, err)
	}
}

func TestEachEndsEarly(t *testing.T) {
	stop, broken := errors.New("enough"), errors.New("bad sector")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]struct {
		ctx   context.Context
		src   io.Reader
		fn    error
		lines int
		want  error
		text  string
	}{
		"fn":     {context.Background(), strings.NewReader("a\nb\n"), stop, 1, stop, "enough"},
		"source": {context.Background(), io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), nil, 2, broken, "x.log: read log at byte 3: bad sector"},
		"ctx":    {cancelled, strings.NewReader("a\n"), nil, 0, context.Canceled, "x.log: read log at byte 0: context canceled"},
	} {
		lines := 0
		_, _, err := Each(c.ctx, c.src, "x.log", func(Line) error { lines++; return c.fn })
		if !errors.Is(err, c.want) || err.Error() != c.text || lines != c.lines {
			t.Errorf("%s: %d lines, %v", name, lines, err)
		}
	}
}

func TestAppendNewest(t *testing.T) {
	var list []int
	for i := range 5 {
		list = AppendNewest(list, i, 3)
	}
	if !slices.Equal(list, []int{2, 3, 4}) {
		t.Errorf("kept %v", list)
	}
}
