package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"updoc/knowledge"
)

// shown runs inspect in JSON and expects it to succeed.
func shown(t *testing.T, args ...string) object {
	t.Helper()
	code, out, errs := inspect(t, append([]string{"--format", "json"}, args...)...)
	if code != 0 {
		t.Fatalf("inspect %v: exit %d: %s%s", args, code, out, errs)
	}
	return decode(t, []byte(out))
}

// refused runs inspect in JSON and expects exit 2; it returns the error's code.
func refused(t *testing.T, args ...string) string {
	t.Helper()
	code, out, _ := inspect(t, append([]string{"--format", "json"}, args...)...)
	if code != 2 {
		t.Fatalf("inspect %v: exit %d, want 2: %s", args, code, out)
	}
	e := decode(t, []byte(out))
	if e["schema"] != "updoc.error/1" || e.text("message") == "" || len(asList(e["hints"])) == 0 {
		t.Errorf("inspect %v: %v", args, e)
	}
	return e.text("code")
}

// Facts of files built here, so that a machine without the sample set tests them too.
func TestBuiltFiles(t *testing.T) {
	files := builtFiles(t)
	want := map[string]map[string]string{
		"Setup.evtx": {"kind": "evtx", "records": "3", "damagedChunks": "0", "firstTime": "2024-03-20T10:00:00Z", "lastTime": "2024-03-20T10:02:00Z",
			"providers.Microsoft-Windows-Servicing": "3", "events.Microsoft-Windows-Servicing/3": "1", "recovered": "0"},
		"SYSTEM": {"kind": "regf", "root": "ROOT", "keys": "3", "values": "2", "dirty": "true", "recovered": "true", "subkeys": "Select, Setup"},
		"BCD": {"kind": "regf", "bcd.recoveryEnabled": "true", "bcd.wimPath": `\Recovery\WindowsRE\Winre.wim`,
			"bcd.recovery": "{22222222-0000-0000-0000-000000000000}"},
		"servicing.log": {"kind": "cbs", "lines": "5", "sessions": "1", "failedSessions": "1", "hresults.0x800f0828": "2", "firstLocal": "2024-03-20T20:03:00",
			"clients.WindowsUpdateAgent": "1", "signs.disk-space": "2"},
		"history.log":   {"kind": "reportingevents", "events": "2", "hresults.0x80070643": "1", "kbs.KB5034441": "2", "encoding": "utf-16le"},
		"recovery.log":  {"kind": "reagentlog", "lines": "4", "commands": "1", "newest.0.item.result": "0x32"},
		"update.log":    {"kind": "wulog", "lines": "2", "signs.scan-failed": "1", "components.Agent": "2", "warnings.0.code": "0x80072ee2"},
		"setuperr.log":  {"kind": "setupact", "lines": "2", "codes.0x80070005": "1", "problemCount": "1"},
		"stub.log":      {"kind": "mpsigstub", "runs": "1", "failed": "1", "newest.0.code": "0x8007051a", "newest.0.package": "AM_Delta.exe", "encoding": "utf-16le"},
		"service.log":   {"kind": "mplog", "lines": "1", "failures": "1", "newest.0.part": "engine", "firstTime": "2024-03-20T10:00:00.125Z"},
		"ReAgent.xml":   {"kind": "reagent", "state": "disabled", "location.offset": "0", "bcd": zeroGUID},
		"Winre.wim":     {"kind": "wim", "images.0.name": "WinRE", "images.0.build": "19041", "images.0.spBuild": "3920", "compression": "none", "valid": "true", "checked": "all"},
		"program.dll":   {"kind": "pe", "fileVersion": "10.0.19041.3920", "machine": "amd64"},
		"disk.img":      {"kind": "disk", "table": "gpt", "sectorSize": "512", "partitions.0.type": "efi-system", "partitions.1.typeGuid": "{de94bba4-06d1-4d40-a16a-bfd50179d6ac}", "partitions.1.attributes": "0x8000000000000001", "partitions.1.start": "34603008", "partitions.1.size": "8388608", "problems": ""},
		"bundle.zip":    {"kind": "bundle", "manifest.schema": "updoc.manifest/1", "counts.attempts": "0"},
		"pc":            {"kind": "folder", "found.0.path": `Windows\System32\config\SYSTEM`, "found.0.size": "4"},
		"truncated.wim": {"kind": "wim", "valid": "false"},
		"DataStore.edb": {"kind": "ese", "state": "dirty", "pageSize": "4096", "tables.tbHistory": "2", "tables.tbStoreVersion": "0", "damagedPages": "0", "problems": ""},
	}
	for name, figures := range want {
		got := shown(t, files[name])
		if got["schema"] != "updoc.inspect/1" || got["path"] != files[name] {
			t.Errorf("%s: schema %v, path %v", name, got["schema"], got["path"])
		}
		for path, figure := range figures {
			if g := got.figure(path); g != figure {
				t.Errorf("%s: %s = %q, want %q", name, path, g, figure)
			}
		}
	}
}

// figure is text for names that hold dots themselves: the first part, then the rest.
func (o object) figure(path string) string {
	first, rest, _ := strings.Cut(path, ".")
	if m, ok := o[first].(map[string]any); ok && rest != "" {
		if v, ok := m[rest]; ok {
			return flat(v)
		}
	}
	return o.text(path)
}

// The contract's keys come first and in its order.
func TestContractKeysComeFirst(t *testing.T) {
	files := builtFiles(t)
	for name, want := range map[string]string{
		"Setup.evtx":    "kind records damagedChunks damagedRecords firstTime lastTime providers",
		"SYSTEM":        "kind root keys values dirty recovered",
		"servicing.log": "kind lines sessions failedSessions hresults corruption",
		"Winre.wim":     "kind images compression valid",
		"disk.img":      "kind table sectorSize partitions problems",
		"ReAgent.xml":   "kind state location bcd",
		"DataStore.edb": "kind state pageSize tables",
	} {
		_, out, _ := inspect(t, "--format", "json", files[name])
		if got := keysInOrder(t, out); !strings.HasPrefix(got, want+" schema ") {
			t.Errorf("%s: keys %s", name, got)
		}
	}
	disk := shown(t, files["disk.img"])
	_, out, _ := inspect(t, "--records", files["disk.img"])
	if got := keysInOrder(t, out); !strings.HasPrefix(got, "index type typeGuid guid attributes start size fs label free ") {
		t.Errorf("partition keys %s of %v", got, disk)
	}
}

func keysInOrder(t *testing.T, doc string) string {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(doc))
	var keys []string
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var skip json.RawMessage
		if err := dec.Decode(&skip); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, fmt.Sprint(key))
	}
	return strings.Join(keys, " ") + " "
}

// Every kind has a text form in both languages, without a raw id or a control character.
func TestTextForms(t *testing.T) {
	files := builtFiles(t)
	for name, path := range files {
		if strings.HasPrefix(name, "bad") {
			continue
		}
		for _, lang := range []string{"en", "ja"} {
			code, out, errs := inspect(t, "--lang", lang, path)
			if code != 0 || len(strings.Split(out, "\n")) < 4 || strings.Contains(out, "ui.inspect") || strings.Contains(out, "\x1b") {
				t.Errorf("%s in %s: exit %d: %s%s", name, lang, code, out, errs)
			}
		}
	}
}

// Every label the text forms use exists, in both languages, and none is left over.
func TestLabelsExist(t *testing.T) {
	base, err := knowledge.Load()
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`\.(?:row|rowCount|rowIf|rowTime|rowBool|counts|table|list|label|showLocation)\("([a-z.-]+)"`)
	columns := regexp.MustCompile(`\.table\("[a-z-]+", \[\]string\{([^}]*)\}`)
	word := regexp.MustCompile(`"([a-z-]+)"`)
	used := map[string]bool{"state.enabled": true, "state.disabled": true, "state.unknown": true, "checked.all": true, "checked.structure": true}
	for _, name := range []string{"disks", "partitions", "attempts", "packages", "services", "policies", "artefacts", "unseen"} {
		used["count."+name] = true
	}
	sources, _ := filepath.Glob("inspect*.go")
	for _, name := range sources {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range call.FindAllStringSubmatch(string(raw), -1) {
			used[m[1]] = !strings.HasSuffix(m[1], ".") // the rest of such an id is computed
		}
		for _, m := range columns.FindAllStringSubmatch(string(raw), -1) {
			for _, w := range word.FindAllStringSubmatch(m[1], -1) {
				used[w[1]] = true
			}
		}
	}
	for id, whole := range used {
		if text := base.Text("ui.inspect." + id); whole && (text.EN == "" || text.JA == "") {
			t.Errorf("no text ui.inspect.%s", id)
		}
	}
	if len(used) < 100 {
		t.Errorf("only %d labels found", len(used))
	}
	raw, err := os.ReadFile("../knowledge/texts/inspect.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^ui\.inspect\.([a-z.-]+):`).FindAllStringSubmatch(string(raw), -1) {
		if !used[m[1]] && !strings.HasPrefix(m[1], "kind.") {
			t.Errorf("ui.inspect.%s is not used", m[1])
		}
	}
}

func TestImagePaths(t *testing.T) {
	files := builtFiles(t)
	wim, img := files["Winre.wim"], files["disk.img"]
	if got := shown(t, wim+`:\windows\SYSTEM32\bootmenuux.dll`); got["kind"] != "pe" || got["fileVersion"] != "10.0.19041.3920" {
		t.Errorf("file in a WIM: %v", got)
	}
	if got := shown(t, wim+":Windows/System32"); got["kind"] != "directory" || got.text("entries.0.name") != "bootmenuux.dll" || len(asList(got["entries"])) != 1 {
		t.Errorf("folder in a WIM: %v", got)
	}
	if got := shown(t, files["pc"]+":windows/system32/CONFIG"); got["kind"] != "directory" || got.text("entries.0.name") != "SYSTEM" {
		t.Errorf("path in a folder: %v", got)
	}
	for path, want := range map[string]string{
		wim + ":Windows/nothing.dll":   "source-not-found",
		wim + ":../../etc/passwd":      "source-not-found",
		img + ":disk0p1/EFI":           "no-file-system",
		img + ":disk0p7/EFI":           "no-such-partition",
		img + ":Windows":               "name-the-partition",
		files["Setup.evtx"] + ":x":     "not-an-image",
		files["bundle.zip"] + ":x":     "not-an-image",
		"nothing.img:Windows":          "source-not-found",
		files["pc"] + ":Windows/none":  "source-not-found",
		files["truncated.wim"] + ":x":  "file-damaged",
		filepath.Join(files["pc"], ""): "",
	} {
		if want == "" {
			continue
		}
		if got := refused(t, path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestDriveLettersDoNotDivide(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"C", "disk.img", "a:b"} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{
		`C:\disk.img`:            "",
		`C:/disk.img`:            "",
		"C:":                     "",
		`\\?\C:\disk.img`:        "",
		"disk.img:Windows":       "disk.img|Windows",
		`disk.img:C:\Windows`:    `disk.img|C:\Windows`,
		"disk.img:":              "disk.img|",
		"a:b:c":                  "a:b|c",
		"nothing:Windows":        "",
		":Windows":               "",
		`disk.img:disk0p4/a:b`:   "disk.img|disk0p4/a:b",
		`.\disk.img:Windows\x`:   "",
		`./disk.img:Windows\x`:   `./disk.img|Windows\x`,
		"disk.img:disk.img:file": "disk.img|disk.img:file",
	} {
		got := ""
		if image, inner, ok := splitImage(name); ok {
			got = image + "|" + inner
		}
		if got != want && os.PathSeparator == '/' {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestInnerPath(t *testing.T) {
	for in, want := range map[string]string{
		"": ".", "/": ".", `C:\Windows\System32`: "Windows/System32", "d:": ".", `\Windows\`: "Windows", "../../x": "x", "a/./b//c": "a/b/c",
	} {
		if got := innerPath(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// brokenPipe takes some bytes, then says that nobody reads.
type brokenPipe struct{ room int }

func (p *brokenPipe) Write(b []byte) (int, error) {
	if p.room -= len(b); p.room < 0 {
		return 0, &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
	}
	return len(b), nil
}

func TestClosedPipeEndsWithoutError(t *testing.T) {
	files := builtFiles(t)
	for _, args := range [][]string{{"--records", files["Setup.evtx"]}, {"--records", files["SYSTEM"]}, {files["Setup.evtx"]}, {"--format", "json", files["servicing.log"]}} {
		var errs bytes.Buffer
		code := Run(context.Background(), append([]string{"inspect"}, args...), Streams{Out: &brokenPipe{}, Err: &errs, Env: func(string) string { return "" }})
		if code != 0 || errs.Len() > 0 {
			t.Errorf("%v: exit %d: %s", args, code, errs.String())
		}
	}
}

func TestCancelled(t *testing.T) {
	files := builtFiles(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, name := range []string{"Setup.evtx", "SYSTEM", "servicing.log", "history.log", "recovery.log", "setuperr.log", "stub.log", "service.log", "Winre.wim", "disk.img"} {
		for _, flag := range []string{"--records", "--quiet"} {
			var out, errs bytes.Buffer
			code := Run(ctx, []string{"inspect", flag, files[name]}, Streams{Out: &out, Err: &errs, Env: func(string) string { return "" }})
			if code != 130 || out.Len() > 0 {
				t.Errorf("%s %s: exit %d, %d bytes", name, flag, code, out.Len())
			}
		}
	}
}

func TestRecordsOfBuiltFiles(t *testing.T) {
	files := builtFiles(t)
	if all := recordLines(t, files["Setup.evtx"]); len(all) != 3 || all[0]["provider"] != "Microsoft-Windows-Servicing" {
		t.Errorf("events: %v", all)
	}
	keys := keysOf(recordLines(t, files["SYSTEM"]))
	if v := keys.value("Select", "Current"); v != json.Number("2") {
		t.Errorf("the value the log brought is %v, in %v", v, keys)
	}
	if all := recordLines(t, files["servicing.log"]); countType(all, "session") != 1 || countType(all, "notable") != 2 {
		t.Errorf("CBS: %v", all)
	}
	all := recordLines(t, files["history.log"])
	if len(all) != 2 || all[1]["hresult"] != "0x80070643" || all[1]["kb"] != "KB5034441" || all[1]["time"] != "2024-03-20T11:00:00Z" {
		t.Errorf("ReportingEvents: %v", all)
	}
	if all := recordLines(t, files["Winre.wim"]); len(all) != 4 || all[3]["path"] != "Windows/System32/bootmenuux.dll" {
		t.Errorf("WIM: %v", all)
	}
}

// A path is written by --output whole or not at all, and nothing else appears.
func TestNothingIsWrittenBesideTheFile(t *testing.T) {
	files := builtFiles(t)
	dir := filepath.Dir(files["SYSTEM"])
	before := names(t, dir)
	for _, path := range files {
		inspect(t, path)
	}
	if after := names(t, dir); !slices.Equal(before, after) {
		t.Errorf("before %v, after %v", before, after)
	}
}

func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(e.Name(), info.Size(), info.ModTime()))
	}
	return out
}
