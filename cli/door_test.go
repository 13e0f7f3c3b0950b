package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/casekit"
	"updoc/model"
	"updoc/winapi"
)

// builtPC is a PC of the casebook as a folder.
func builtPC(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "cases", name, "pc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pc, err := casekit.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "pc")
	if err := pc.Folder(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// visit is one double-click on updoc on a PC.
type visit struct {
	windows fakeWindows
	local   string // LOCALAPPDATA
	typed   string
	out     bytes.Buffer
	errs    bytes.Buffer
}

func newVisit(t *testing.T, token winapi.TokenInfo) *visit {
	t.Helper()
	v := &visit{local: t.TempDir()}
	v.windows.answers = map[string]any{
		"console": winapi.ConsoleInfo{Processes: 1, CodePage: 932, Window: ownWindow, Input: true, Output: true, Errors: true},
		"system":  winapi.SystemInfo{Languages: []string{"ja-JP"}}, "token": token,
		"open": winapi.Opened{}, "console-discard": winapi.None{}, "console-sequences": false,
	}
	return v
}

func (v *visit) run(t *testing.T, look func(a *app) (*model.Diagnosis, error)) int {
	t.Helper()
	before := lookHere
	lookHere = look
	defer func() { lookHere = before }()
	env := func(name string) string { return map[string]string{"LOCALAPPDATA": v.local}[name] }
	s := Streams{In: strings.NewReader(v.typed), Out: &v.out, Err: &v.errs, Env: env, Windows: &v.windows}
	return Run(context.Background(), nil, s)
}

func (v *visit) reports(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(v.local, "updoc", "reports", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func (v *visit) opened() (calls []winapi.OpenCall) {
	for _, asked := range v.windows.asked {
		var c winapi.OpenCall
		if raw, ok := strings.CutPrefix(asked, "open "); ok && json.Unmarshal([]byte(raw), &c) == nil {
			calls = append(calls, c)
		}
	}
	return calls
}

func folderLook(dir string, unseen ...model.UnseenEntry) func(a *app) (*model.Diagnosis, error) {
	return func(a *app) (*model.Diagnosis, error) {
		d, err := a.examine(sourceFlags{Source: dir})
		if err == nil {
			d.Unseen = append(d.Unseen, unseen...)
		}
		return d, err
	}
}

// sickStory has an update that fails.
const sickStory = "datastore-only"

var person = winapi.TokenInfo{User: "S-1-5-21-1-2-3-1001", CanAdmin: true, Session: 1}

func TestDoubleClickOpensTheReport(t *testing.T) {
	v := newVisit(t, person)
	code := v.run(t, folderLook(builtPC(t, sickStory)))
	list := v.reports(t)
	if len(list) != 1 || code != 1 {
		t.Fatalf("exit %d, reports %q\n%s%s", code, list, &v.out, &v.errs)
	}
	page, err := os.ReadFile(list[0])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(page, []byte(`lang="ja"`)) || !bytes.Contains(page, []byte("</html>")) {
		t.Error("the report is not a whole Japanese page")
	}
	if calls := v.opened(); len(calls) != 1 || calls[0].Path != list[0] || calls[0].Verb != "open" {
		t.Errorf("opened %v", calls)
	}
	for _, want := range []string{"今すること", "ブラウザーで開きました", list[0]} {
		if !strings.Contains(v.out.String(), want) {
			t.Errorf("%q is not said:\n%s", want, &v.out)
		}
	}
	if !strings.Contains(v.errs.String(), "Enter") {
		t.Error("the window does not stay")
	}
}

func TestWhereNoBrowserIsOpenedTheFileIsNamed(t *testing.T) {
	refused := &winapi.Error{Call: "open", Code: 1155} // ERROR_NO_ASSOCIATION: Server Core
	dir := builtPC(t, sickStory)
	for name, change := range map[string]func(v *visit){
		"administrator":      func(v *visit) { v.windows.answers["token"] = winapi.TokenInfo{Admin: true, CanAdmin: true, Session: 1} },
		"SYSTEM":             func(v *visit) { v.windows.answers["token"] = winapi.TokenInfo{System: true, Admin: true, Session: 1} },
		"WinPE":              func(v *visit) { v.windows.answers["system"] = winapi.SystemInfo{PEReason: "MiniNT"} },
		"nothing to open it": func(v *visit) { v.windows.answers["open"] = refused },
		"rights not known":   func(v *visit) { delete(v.windows.answers, "token") },
	} {
		v := newVisit(t, person)
		change(v)
		v.run(t, folderLook(dir))
		list := v.reports(t)
		if len(list) != 1 || !strings.Contains(v.out.String(), list[0]) || strings.Contains(v.out.String(), "開きました") {
			t.Errorf("%s: %s", name, &v.out)
		}
		if calls := v.opened(); len(calls) > 0 && v.windows.answers["open"] != error(refused) {
			t.Errorf("%s: opened %v", name, calls)
		}
	}
}

// The second look is done by another updoc; its facts are diagnosed here and deleted.
func TestLookAgainAsAdministrator(t *testing.T) {
	dir := builtPC(t, sickStory)
	v := newVisit(t, person)
	v.typed = "はい\n\n"
	var elevated []string
	v.windows.answers["open"] = func(raw json.RawMessage) (any, error) {
		var c winapi.OpenCall
		if err := json.Unmarshal(raw, &c); err != nil || c.Verb != "runas" {
			return winapi.Opened{}, err
		}
		elevated = c.Args
		args := append([]string{"collect", dir}, c.Args[1:]...)
		s := Streams{Out: io.Discard, Err: io.Discard, Env: func(string) string { return "" }}
		return winapi.Opened{Exit: uint32(Run(context.Background(), args, s))}, nil
	}
	v.run(t, folderLook(dir, model.UnseenEntry{Artifact: "registry", Reason: model.ReasonPermission}))
	if len(elevated) == 0 || elevated[0] != "collect" {
		t.Fatalf("as administrator: %q\n%s%s", elevated, &v.out, &v.errs)
	}
	if list := v.reports(t); len(list) != 2 {
		t.Errorf("reports: %q\n%s", list, &v.errs)
	}
	left, err := filepath.Glob(filepath.Join(v.local, "updoc", "look-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q %v", left, err)
	}
}

func TestNotAsAdministrator(t *testing.T) {
	dir := builtPC(t, sickStory)
	missing := model.UnseenEntry{Artifact: "registry", Reason: model.ReasonPermission}
	for _, c := range []struct {
		name, typed string
		token       winapi.TokenInfo
		runas       any
		asked       bool
		want        string
	}{
		{"no", "\n\n", person, nil, true, ""},
		{"declined when Windows asked", "y\n\n", person, &winapi.Error{Call: "open", Code: winapi.Declined}, true, "管理者としては調べませんでした"},
		{"it failed", "y\n\n", person, winapi.Opened{Exit: 2}, true, "最後まで終わりませんでした"},
		{"a person without such rights", "", winapi.TokenInfo{Session: 1}, nil, false, ""},
		{"an administrator already", "", winapi.TokenInfo{Session: 1, CanAdmin: true, Admin: true}, nil, false, ""},
	} {
		v := newVisit(t, c.token)
		v.typed = c.typed
		v.windows.answers["open"] = func(raw json.RawMessage) (any, error) {
			if !strings.Contains(string(raw), "runas") {
				return winapi.Opened{}, nil
			}
			err, _ := c.runas.(error)
			return c.runas, err
		}
		code := v.run(t, folderLook(dir, missing))
		said := v.errs.String()
		if code != 1 || len(v.reports(t)) != 1 || strings.Contains(said, "管理者として調べ直しますか") != c.asked || !strings.Contains(said, c.want) {
			t.Errorf("%s: exit %d, %d reports\n%s", c.name, code, len(v.reports(t)), said)
		}
	}
}

// Whatever goes wrong, the person can read it before the window closes.
func TestErrorsWaitToo(t *testing.T) {
	dir := builtPC(t, sickStory)
	full := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(full, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		look  func(a *app) (*model.Diagnosis, error)
		local string
		exit  int
		want  string
	}{
		"cannot look":            {func(*app) (*model.Diagnosis, error) { return nil, &model.Error{Code: "permission"} }, "", exitCannot, "アクセス許可"},
		"our bug":                {func(*app) (*model.Diagnosis, error) { panic("gone") }, "", exitBug, "gone"},
		"nowhere for the report": {folderLook(dir), full, exitCannot, "updoc: "},
	} {
		v := newVisit(t, person)
		if c.local != "" {
			v.local = c.local
		}
		if code := v.run(t, c.look); code != c.exit {
			t.Errorf("%s: exit %d", name, code)
		}
		said := v.errs.String()
		if i, j := strings.Index(said, c.want), strings.Index(said, "Enter"); i < 0 || j < i {
			t.Errorf("%s: %s", name, said)
		}
	}
}

// Whoever stops it need not press Enter.
func TestCancelledDoesNotWait(t *testing.T) {
	v := newVisit(t, person)
	ctx, cancel := context.WithCancel(context.Background())
	before := lookHere
	defer func() { lookHere = before }()
	lookHere = func(a *app) (*model.Diagnosis, error) { cancel(); return nil, a.ctx.Err() }
	in := &countedReader{}
	code := Run(ctx, nil, Streams{In: in, Out: &v.out, Err: &v.errs, Env: func(string) string { return "" }, Windows: &v.windows})
	if code != exitCancelled || in.reads != 0 {
		t.Errorf("exit %d, read %d times", code, in.reads)
	}
}

type countedReader struct{ reads int }

func (r *countedReader) Read([]byte) (int, error) { r.reads++; return 0, io.EOF }

func TestIsDoor(t *testing.T) {
	alone := winapi.ConsoleInfo{Processes: 1, Input: true, Output: true}
	for _, c := range []struct {
		name string
		args []string
		desk desk
		want bool
	}{
		{"double-click", nil, desk{console: alone, token: &person}, true},
		{"nothing known of who it is", nil, desk{console: alone}, true},
		{"not Windows", nil, desk{}, false},
		{"with arguments", []string{"version"}, desk{console: alone, token: &person}, false},
		{"typed in a shell", nil, desk{console: winapi.ConsoleInfo{Processes: 2, Input: true, Output: true}, token: &person}, false},
		{"into a file", nil, desk{console: winapi.ConsoleInfo{Processes: 1, Input: true}, token: &person}, false},
		{"by a service or task", nil, desk{console: alone, token: &winapi.TokenInfo{System: true}}, false},
		{"in WinPE", nil, desk{console: alone, token: &winapi.TokenInfo{System: true}, system: winapi.SystemInfo{PEReason: "MiniNT"}}, true},
	} {
		if got := isDoor(c.args, c.desk); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// No report is ever replaced, and half a report is not left.
func TestNewReport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "updoc", "reports")
	now := time.Date(2026, 11, 28, 9, 5, 0, 0, time.UTC)
	write := func(text string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
	}
	var names []string
	for _, text := range []string{"a", "b", "c"} {
		path, err := newReport(dir, now, write(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%s: %q %v", path, got, err)
		}
		names = append(names, filepath.Base(path))
	}
	if want := []string{"2026-11-28_09-05.html", "2026-11-28_09-05-2.html", "2026-11-28_09-05-3.html"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
	broken := errors.New("no more")
	if _, err := newReport(dir, now, func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 3 {
		t.Errorf("left: %v %v", list, err)
	}
}

func TestReportFolder(t *testing.T) {
	if got, want := reportFolder("local", "temp"), filepath.Join("local", "updoc", "reports"); got != want {
		t.Error(got)
	}
	if got, want := reportFolder("", "temp"), filepath.Join("temp", "updoc", "reports"); got != want {
		t.Error(got)
	}
}
