package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"updoc/winapi"
)

// fakeWindows answers calls with values, by name, and writes down what was asked. A call
// it has no answer to is not supported.
type fakeWindows struct {
	answers map[string]any // a value, an error, or what to do with the arguments
	asked   []string
}

func (f *fakeWindows) Call(ctx context.Context, name string, args, answer any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	raw, err := json.Marshal(args)
	if err != nil {
		return err
	}
	f.asked = append(f.asked, name+" "+string(raw))
	switch v := f.answers[name].(type) {
	case nil:
		return fmt.Errorf("%s: %w", name, winapi.ErrUnsupported)
	case error:
		return v
	case func(json.RawMessage) (any, error):
		got, err := v(raw)
		return errors.Join(err, put(got, answer))
	default:
		return put(v, answer)
	}
}

func put(v, answer any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, answer)
}

const (
	ownWindow    = "ConsoleWindowClass"
	pseudoWindow = "PseudoConsoleWindow"
)

func TestWhatAConsoleShows(t *testing.T) {
	for _, c := range []struct {
		name                     string
		desk                     desk
		classic, wide, showsJapa bool
	}{
		{"no Windows", desk{}, false, false, true},
		{"old Japanese console", desk{windows: true, console: winapi.ConsoleInfo{Processes: 1, CodePage: 932, Window: ownWindow}}, true, true, true},
		{"old English console", desk{windows: true, console: winapi.ConsoleInfo{Processes: 1, CodePage: 437, Window: ownWindow}}, true, false, false},
		{"old console, UTF-8", desk{windows: true, console: winapi.ConsoleInfo{Processes: 1, CodePage: 65001, Window: ownWindow}}, true, false, true},
		{"Windows Terminal, English", desk{windows: true, console: winapi.ConsoleInfo{Processes: 1, CodePage: 437, Window: pseudoWindow}}, false, false, true},
		{"Windows Terminal, Japanese", desk{windows: true, console: winapi.ConsoleInfo{Processes: 1, CodePage: 932, Window: pseudoWindow}}, false, false, true},
	} {
		if got := []bool{c.desk.classic(), c.desk.wide(), c.desk.showsJapanese()}; !slices.Equal(got, []bool{c.classic, c.wide, c.showsJapa}) {
			t.Errorf("%s: classic, wide, shows Japanese: %v", c.name, got)
		}
	}
}

func TestAConsoleOfWindowsKeepsItsLastColumnFree(t *testing.T) {
	if got := []int{desk{}.columns(80), desk{windows: true}.columns(80)}; !slices.Equal(got, []int{80, 79}) {
		t.Error(got)
	}
}

func TestLanguage(t *testing.T) {
	old := func(codePage uint32, languages ...string) desk {
		return desk{windows: true, console: winapi.ConsoleInfo{Processes: 1, CodePage: codePage, Window: ownWindow}, system: winapi.SystemInfo{Languages: languages}}
	}
	for _, c := range []struct {
		name string
		args string
		env  map[string]string
		desk desk
		want string
	}{
		{"nothing known", "", nil, desk{}, "en"},
		{"Windows in Japanese", "", nil, old(932, "ja-JP", "en-US"), "ja"},
		{"no region", "", nil, old(932, "ja"), "ja"},
		{"the first that is spoken here", "", nil, old(932, "de-DE", "ja-JP", "en-US"), "ja"},
		{"English first", "", nil, old(932, "en-US", "ja-JP"), "en"},
		{"Javanese is not Japanese", "", nil, old(932, "jav-ID"), "en"},
		{"what the console cannot show", "", nil, old(437, "ja-JP"), "en"},
		{"unless it is asked for", "--lang ja", nil, old(437, "ja-JP"), "ja"},
		{"the environment wins over Windows", "", map[string]string{"LANG": "en_US.UTF-8"}, old(932, "ja-JP"), "en"},
		{"a flag wins over all", "--lang=en", map[string]string{"LANG": "ja_JP.UTF-8"}, old(932, "ja-JP"), "en"},
	} {
		env := func(name string) string { return c.env[name] }
		if got := langOf(strings.Fields(c.args), env, c.desk); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

// Without escape sequences a line is drawn over with spaces, and never begins a second.
func TestStatusLine(t *testing.T) {
	spaces := statusLine{columns: 11, ruler: narrow}
	var got []string
	for _, text := range []string{"調べています", "調査 2/10", "", "x"} {
		got = append(got, spaces.next(text))
	}
	if want := []string{"\r調べていま", "\r調査 2/10 ", "\r         \r", "\rx"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	erased := statusLine{columns: 11, ruler: narrow, sequences: true}
	if got := erased.next("0123456789") + erased.next(""); got != "\r\x1b[K0123456789\r\x1b[K" {
		t.Errorf("%q", got)
	}
}

// A console is left as it was found.
func TestEscapeSequencesAreTakenBack(t *testing.T) {
	for _, c := range []struct {
		answer  any
		follows bool
		asked   []string
	}{
		{false, true, []string{"console-sequences true", "console-sequences false"}},
		{true, true, []string{"console-sequences true"}},
		{&winapi.Error{Call: "console-sequences", Code: 6}, false, []string{"console-sequences true"}},
	} {
		w := &fakeWindows{answers: map[string]any{"console-sequences": c.answer}}
		a := &app{ctx: context.Background(), desk: desk{windows: true}, Streams: Streams{Windows: w}}
		a.sequences()
		if got := a.sequences(); got != c.follows { // asked once
			t.Errorf("%v: follows: %v", c.answer, got)
		}
		a.leaveConsole()
		if !slices.Equal(w.asked, c.asked) {
			t.Errorf("%v: asked %q", c.answer, w.asked)
		}
	}
}

// What Windows does not tell is no failure.
func TestDeskUnknown(t *testing.T) {
	var out, errs bytes.Buffer
	s := Streams{Out: &out, Err: &errs, Env: func(string) string { return "" }, Windows: &fakeWindows{}}
	if code := Run(context.Background(), []string{"version"}, s); code != 0 {
		t.Errorf("exit %d: %s", code, &errs)
	}
}
