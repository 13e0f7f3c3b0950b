package cases_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"updoc/casekit"
	"updoc/cases"
	"updoc/doctor"
	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/windows"
	"updoc/source"
	"updoc/source/live"
	"updoc/source/live/simulated"
	"updoc/source/live/simulated/spoken"
	"updoc/winapi"
)

// spokenPCs are stories that are told in every language, with what their Windows says
// besides, and how its tools end.
var spokenPCs = map[string]struct {
	answers map[string]any
	ends    map[string]winapi.Finished
	runs    string // a call that the repair must make: else nothing is proved
}{
	"winre-disabled":          {runs: "run", ends: map[string]winapi.Finished{"reagentc": {}}}, // it says that it went well, and nothing is otherwise
	"defender-platform-stale": {runs: "run", ends: map[string]winapi.Finished{"mpcmdrun": {Exit: 2}}},
	"component-store-corrupt": {runs: "run", ends: map[string]winapi.Finished{"dism": {Exit: 0x800f081f}, "sfc": {Exit: 1}}},
	"service-disabled":        {runs: "set-start"},
	"pending-reboot":          {runs: "restart"},
	"time-skew":               {runs: "start-service"},
	"av-interference": {runs: "install-update", answers: map[string]any{
		"security-products": []winapi.SecurityProduct{{Name: "Example Antivirus", State: 0x41000, Path: `C:\Program Files\Example\wsc.exe`}, {Name: "Windows Defender", State: 0x60100, Path: "windowsdefender://"}},
	}},
}

// common is what every one of these PCs answers. BitLocker is suspended until resumed.
var common = map[string]any{
	"agent-busy": false, "app-control": winapi.AppControlInfo{}, "power": winapi.PowerStatus{Line: 1, Battery: 80, HasBattery: true},
	"security-products": []winapi.SecurityProduct{{Name: "Windows Defender", State: 0x61110, Path: "windowsdefender://"}},
	"encryption":        []winapi.EncryptedVolume{{Path: `\\?\Volume{disk0p3}\`, Conversion: 1, Method: 6, Suspended: 2}},
	"filters":           []winapi.Filter{{Name: "WdFilter", Altitude: "328010"}}, "microsoft-signed": true,
	"disk-health": []winapi.DiskHealthInfo{{Model: "Example SSD"}}, "defender": winapi.DefenderStatus{Enabled: true, RealTime: true, Mode: "Normal"},
}

// The same PC in English, Japanese and German, looked at while it runs, by its recording, and
// repaired: the whole diagnosis is the same but for the words, and so are the steps, what came of them,
// what was told to Windows, and the exit code.
func TestNothingIsDecidedByLanguage(t *testing.T) {
	for _, id := range sortedKeys(spokenPCs) {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			var diagnoses, repairs []string
			for _, lang := range spoken.Languages {
				d, r := lookAndFix(t, id, lang)
				diagnoses, repairs = append(diagnoses, d), append(repairs, r)
			}
			for i, lang := range spoken.Languages[1:] {
				sameLines(t, lang+", diagnosis", diagnoses[i+1], diagnoses[0])
				sameLines(t, lang+", repair", repairs[i+1], repairs[0])
			}
			if want := spokenPCs[id].runs; !strings.Contains(repairs[0], "\n"+want+" ") {
				t.Errorf("no %s: this proves nothing\n%s", want, repairs[0])
			}
		})
	}
}

func sortedKeys[T any](m map[string]T) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// lookAndFix gives the diagnosis and the repair of a PC as text, with the words put back
// into English.
func lookAndFix(t *testing.T, id, lang string) (diagnosis, repair string) {
	t.Helper()
	answers := map[string]any{}
	for _, more := range []map[string]any{common, spokenPCs[id].answers} {
		for name, a := range more {
			answers[name] = a
		}
	}
	pc := toldIn(t, id, lang)
	path := disk(t, cases.Story{ID: id, PC: pc})
	w, err := simulated.New(t.Context(), simulated.Options{Admin: true, Answers: answers}, path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	at, err := doctor.Open(t.Context(), path, doctor.OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	a := newActing(w, at)
	a.ends = spokenPCs[id].ends
	calls := spoken.Caller{Of: a, Lang: lang}
	var recording bytes.Buffer
	diagnosis = plainly(t, lang, examineThrough(t, a, &winapi.Recorder{Of: calls, Out: &recording}, lang))
	recorded, err := winapi.ReadRecording(&recording)
	if err != nil {
		t.Fatal(err)
	}
	sameLines(t, lang+", from its recording", plainly(t, lang, examineThrough(t, a, recorded, lang)), diagnosis)
	folder := t.TempDir()
	return diagnosis, plainly(t, lang, fixed(t, folder, a, calls)) + "\n" + strings.ReplaceAll(spoken.English(lang, strings.Join(a.asked, "\n")), folder, "JOURNALS") + "\n"
}

// examineThrough looks at the Windows that these calls tell of.
func examineThrough(t *testing.T, a *acting, calls winapi.Caller, lang string) *model.Diagnosis {
	t.Helper()
	src, err := live.Open(t.Context(), a.system(calls), live.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := examineSource(t, src)
	if err := src.Close(); err != nil {
		t.Error(err)
	}
	differs(t, lang, d)
	return d
}

// toldIn is the PC of a story as it would be in another language: titles of updates, the
// label of the recovery partition, names of services.
func toldIn(t *testing.T, id, lang string) *casekit.PC {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(id, "pc.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	english, err := casekit.Parse(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var text map[string]any
	if err := yaml.Unmarshal(raw, &text); err != nil {
		t.Fatal(err)
	}
	for i, u := range text["updates"].([]any) {
		told := u.(map[string]any)
		told["id"] = english.Updates[i].ID
		if title := english.Updates[i].Title; title != "" {
			told["title"] = spoken.In(lang, title)
		} else {
			told["title"] = spoken.In(lang, titleOf(english.Updates[i].KB))
		}
		if told["kb"] == "KB2267602" {
			told["kind"] = "other" // else each attempt has an id of its own, made of its title
		}
	}
	osOf, _ := text["os"].(map[string]any)
	osOf["language"] = spoken.Tag(lang)
	changes, _ := text["registry"].([]any)
	for _, key := range []string{"bits", "cryptsvc"} {
		name := map[string]string{"bits": "Background Intelligent Transfer Service", "cryptsvc": "Cryptographic Services"}[key]
		changes = append(changes, map[string]any{"key": `HKLM\SYSTEM\CurrentControlSet\Services\` + key, "name": "DisplayName", "text": spoken.In(lang, name)})
	}
	text["registry"] = changes
	files, _ := text["files"].([]any)
	for _, tool := range []string{`Windows\System32\Dism.exe`, `Windows\System32\sfc.exe`, `Windows\System32\reagentc.exe`, `Program Files\Windows Defender\MpCmdRun.exe`} {
		files = append(files, map[string]any{"path": `\` + tool, "text": "MZ"})
	}
	text["files"] = files
	if _, own := text["disks"]; !own {
		text["disks"] = []any{map[string]any{"size": "64 GB", "partitions": []any{
			map[string]any{"esp": "100 MB"}, map[string]any{"msr": "16 MB"}, map[string]any{"windows": "rest"}, map[string]any{"recovery": "1000 MB", "free": "600 MB"}}}}
	}
	for _, d := range text["disks"].([]any) {
		for _, p := range d.(map[string]any)["partitions"].([]any) {
			if part := p.(map[string]any); part["recovery"] != nil {
				part["label"] = spoken.In(lang, "Recovery")
			}
		}
	}
	if re, ok := text["winre"].(map[string]any); ok {
		re["staged"].(map[string]any)["size"] = "4 MB" // it is copied several times, in memory
	}
	told, err := yaml.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	pc, err := casekit.Parse(bytes.NewReader(told))
	if err != nil {
		t.Fatalf("%v\n%s", err, told)
	}
	return pc
}

// titleOf is a title for updates that casekit names anew each time.
func titleOf(kb string) string {
	if kb == "KB2267602" {
		return "Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version 1.407.100.0)"
	}
	return "2024-03 Security Update for Windows 10 Version 22H2 for x64-based Systems (" + kb + ")"
}

// fixed repairs the PC, through one restart if it wants one, and returns the receipt.
func fixed(t *testing.T, folder string, a *acting, calls winapi.Caller) any {
	t.Helper()
	pc := &doctor.Wired{
		Windows: calls, Image: func() ([]byte, error) { return []byte("MZ"), nil }, Data: folder, Now: func() time.Time { return when },
		OpenSource: func(ctx context.Context, w winapi.Caller) (source.Source, error) {
			return live.Open(ctx, a.system(w), live.Options{})
		},
		NewHost: func(w winapi.Caller, look func(context.Context) (*model.Machine, error), keep string) (host.Stepwise, error) {
			folder := `C:\ProgramData\updoc\` + filepath.Base(filepath.Dir(keep))
			return windows.New(windows.System{Calls: w, Files: onDisk{a}, Keep: folder, Program: `C:\updoc.exe`, Now: func() time.Time { return when },
				Wait: func(context.Context, time.Duration) error { return nil }}, look), nil
		},
	}
	opts := doctor.FixOptions{Options: doctor.Options{Now: when}, Journal: folder, Clock: stopped{}, Accept: []string{"R3", "backup", "work-saved", "recovery-key"}}
	got, err := doctor.FixLive(t.Context(), pc, opts)
	var e *model.Error
	if errors.As(err, &e) {
		t.Log(e.Err)
		return map[string]any{"error": e.Code, "exit": e.Exit}
	}
	if err != nil {
		t.Fatal(err)
	}
	r := got.Receipt
	return map[string]any{"verdict": r.Verdict, "steps": r.Steps, "stopped": r.Stopped, "waiting": r.Waiting, "notes": r.Notes, "state": r.State}
}

// stopped is a clock that stands.
type stopped struct{}

func (stopped) Now() time.Time                                   { return when }
func (stopped) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

// offset is a place in a log, which moves with the length of titles before it.
var offset = regexp.MustCompile(`"offset": \d+`)

// plainly is a value as lines of JSON with the words in English.
func plainly(t *testing.T, lang string, v any) string {
	t.Helper()
	raw, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text := offset.ReplaceAllString(spoken.English(lang, string(raw)), "")
	return strings.ReplaceAll(text, spoken.Tag(lang), "en-US")
}

// differs: the words of this look are those of the language, else nothing is proved.
func differs(t *testing.T, lang string, d *model.Diagnosis) {
	t.Helper()
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if lang != "en" && spoken.English(lang, string(raw)) == string(raw) {
		t.Errorf("%s: no word of it is seen", lang)
	}
}

// sameLines names the first lines that differ.
func sameLines(t *testing.T, what, got, want string) {
	t.Helper()
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	shown := 0
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] && shown < 8 {
			t.Errorf("%s, line %d of %d: %s, want (of %d) %s", what, i, len(a), a[i], len(b), b[i])
			shown++
		}
	}
	if len(a) != len(b) && shown == 0 {
		t.Error(what, fmt.Sprint(len(a), " lines, want ", len(b)))
	}
}
