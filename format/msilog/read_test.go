package msilog

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"updoc/format/textlog"
	"updoc/testkit"
)

func mustRead(t testing.TB, data []byte) *Log {
	t.Helper()
	log, err := Read(context.Background(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// sourceGone is an upgrade that cannot remove the old version, for its package is gone.
const sourceGone = `=== Verbose logging started: 2024/03/30  19:16:14  Build type: SHIP UNICODE 5.00.10011.00  Calling process: C:\Windows\System32\msiexec.exe ===
MSI (c) (78:7C) [19:16:14:853]: Resetting cached policy values
=== Logging started: 2024/03/30  19:16:15 ===
MSI (s) (04:24) [19:16:15:548]: Note: 1: 2203 2: C:\WINDOWS\Installer\inprogressinstallinfo.ipi 3: -2147287038
MSI (s) (04:24) [19:16:16:100]: Note: 1: 1402 2: HKEY_LOCAL_MACHINE\Software\Example 3: 2
CustomAction Harmless returned actual error code 1603 but will be translated to success due to continue marking
MSI (s) (04:24) [19:16:17:100]: Warning: Local cached package 'C:\Windows\Installer\1a2b3c.msi' is missing.
MSI (s) (04:24) [19:16:17:200]: SOURCEMGMT: Failed to resolve source
MSI (s) (04:24) [19:16:17:200]: Note: 1: 1714 2: Example Tool 3: 1612
MSI (s) (04:24) [19:16:17:210]: Product: Example Tool -- Error 1714. The older version of Example Tool cannot be removed. System Error 1612.

Action ended 19:16:17: RemoveExistingProducts. Return value 3.
MSI (s) (04:24) [19:16:17:220]: Note: 1: 1309 2: 5 3: later
Action ended 19:16:18: INSTALL. Return value 3.
Property(S): ProductCode = {11111111-2222-3333-4444-555555555555}
Property(S): ProductName = Example Tool
Property(S): ProductVersion = 2.0.1
MSI (s) (04:24) [19:16:18:944]: MainEngineThread is returning 1603
=== Logging stopped: 2024/03/30  19:16:18 ===
MSI (c) (78:7C) [19:16:19:054]: MainEngineThread is returning 1603
=== Verbose logging stopped: 2024/03/30  19:16:19 ===
`

func TestRead(t *testing.T) {
	for name, data := range map[string][]byte{
		"utf-8":    []byte(sourceGone),
		"utf-16le": testkit.UTF16("\ufeff"+strings.ReplaceAll(sourceGone, "\n", "\r\n"), binary.LittleEndian),
	} {
		log := mustRead(t, data)
		if log.Encoding.String() != name || log.Runs != 1 || log.Product != "Example Tool" || log.Version != "2.0.1" || log.Code != "{11111111-2222-3333-4444-555555555555}" {
			t.Errorf("%s: %+v", name, log)
		}
		if !log.Failed() || log.Result != 1603 || log.Action != "RemoveExistingProducts" || log.ActionAt.Line != 12 || log.Custom.Name != "" {
			t.Errorf("%s: %+v", name, log)
		}
		if n, at := log.Why(); n != 1612 || at.Line != 9 {
			t.Errorf("%s: why %d %+v", name, n, at)
		}
		if m := log.Missing; m.Path != `C:\Windows\Installer\1a2b3c.msi` || !m.Cached || m.Line != 7 {
			t.Errorf("%s: missing %+v", name, m)
		}
		want := time.Date(2024, 3, 30, 19, 16, 19, 0, time.UTC)
		if !log.Stopped.Time.Equal(want) || !log.Stopped.Other.IsZero() || !log.Started.Time.Equal(want.Add(-5*time.Second)) {
			t.Errorf("%s: %+v", name, log)
		}
	}
}

func TestLastRunCounts(t *testing.T) {
	again := "=== Verbose logging started: 2024/04/01  8:00:00  x ===\nMSI (c) (78:7C) [08:00:01:000]: MainEngineThread is returning 0\n"
	log := mustRead(t, []byte(sourceGone+again))
	if log.Failed() || log.Runs != 2 || log.Action != "" || len(log.Errors) != 0 || log.Lines != 23 {
		t.Errorf("%+v", log)
	}
}

func TestResolvedSourceIsNotMissing(t *testing.T) {
	log := mustRead(t, []byte("MSI (s) (04:24) [19:16:17:200]: Note: 1: 1706 2: -2147483647 3: old.msi\n"+
		"MSI (s) (04:24) [19:16:17:200]: SOURCEMGMT: Resolved source to: 'D:\\old\\'\n"+
		"MSI (s) (04:24) [19:16:18:200]: Note: 1: 1304 2: x 3: 5\nMSI (s) (04:24) [19:16:18:944]: MainEngineThread is returning 1603\n"))
	if n, _ := log.Why(); n != 1304 || log.Missing.Path != "" {
		t.Errorf("%d %+v", n, log)
	}
}

func TestLines(t *testing.T) {
	for line, want := range map[string]string{
		"Action ended 11:41:29: InstallExecute. Return value 3.":                                                       "InstallExecute",
		"アクション終了 18:04:14: INSTALL。戻り値 3。":                                                                             "INSTALL",
		"Aktion beendet um 9:03:39: RemoveExistingProducts. Rückgabewert 3.":                                           "RemoveExistingProducts",
		"Action ended 11:41:29: InstallExecute. Return value 1.":                                                       "",
		"MSI (s) (04:24) [19:16:25:944]: Product: X -- Error 1706. No valid source could be found for product X.":      "1706",
		"MSI (s) (04:24) [19:16:25:944]: 製品: X -- エラー 1714。X の旧バージョンを削除できません。システム エラー 1605。":                           "1605",
		`MSI (s) (04:24) [19:16:25:944]: Note: 1: 2203 2: C:\Windows\Installer\5d.msi 3: -2147287038`:                  `2203 C:\Windows\Installer\5d.msi`,
		`MSI (s) (04:24) [19:16:25:944]: Note: 1: 1316 2: C:\Temp\a b\wsl.msi`:                                         `1316 C:\Temp\a b\wsl.msi`,
		`Error 1316. A network error occurred while attempting to read from the file: C:\Temp\x.msi`:                   `1316 C:\Temp\x.msi`,
		"CustomAction DoThat returned actual error code 1603 (note this may not be 100% accurate)":                     "custom DoThat",
		"MSI (s) (04:24) [19:16:25:944]: PROPERTY CHANGE: Adding WIX_DOWNGRADE_DETECTED property. Its value is '{1}'.": "newer",
		"MSI (s) (04:24) [19:16:25:944]: Product: X -- A newer version of X is already installed.":                     "newer",
	} {
		log := mustRead(t, []byte(line+"\nMSI (s) (04:24) [19:16:25:944]: MainEngineThread is returning 1603"))
		n, _ := log.Why()
		got := log.Action
		switch {
		case log.Newer.Line != 0:
			got = "newer"
		case log.Custom.Name != "":
			got = "custom " + log.Custom.Name
		case n != 0:
			got = strings.TrimSpace(fmt.Sprint(n, " ", log.Missing.Path))
		}
		if got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// A cheap look lets pass whatever its pattern finds, in the languages and the spellings
// that the patterns know.
func TestCheapLooks(t *testing.T) {
	found := map[string]int{}
	for _, line := range []string{
		"Fin de l'action 9:03:39: INSTALL. Valeur renvoyée 3. ", "アクション終了 18:04:14: INSTALL。戻り値 3", "Aktion beendet um 9:03:39: INSTALL. Rückgabewert 3.\t",
		"Installation success or error status: 1603.", "インストールの成功またはエラーの状態: 1603。", "Erfolg- bzw. Fehlerstatus: 1603.", "état d'erreur ou de réussite : 1603.",
		"Error 1714.", "-- エラー 1714。", "Fehler 1714:", "-- Erreur 1714.",
		"NEWER VERSION of it is ALREADY INSTALLED", "Later version already Installed.", "より新しいバージョンがインストールされています",
	} {
		text := []byte(line)
		in := &reader{log: &Log{}}
		in.shown(textlog.Line{Number: 1}, text)
		_, _, end := actionEnd(text)
		_, isStatus := statusLine(text)
		for what, pair := range map[string][2]bool{"end": {endOther.Match(text), end}, "status": {status.Match(text), isStatus},
			"error": {errorShown.Match(text), len(in.log.Errors) > 0}, "newer": {newerShown.Match(text), saysNewer(text)}} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %q: pattern %t, look %t", what, line, pair[0], pair[1])
			}
			if pair[0] {
				found[what]++
			}
		}
	}
	if found["end"] != 3 || found["status"] != 4 || found["error"] != 4 || found["newer"] != 3 {
		t.Errorf("%v", found)
	}
}

func TestStatusWithoutEngineLine(t *testing.T) {
	log := mustRead(t, []byte("MSI (s) (84:34) [12:12:03:625]: Windows Installer removed the product. Product Name: Dummy Application. Product Version: 1.0.0.0. Product Language: 1033. Manufacturer: Me. Removal success or error status: 1612.\n"))
	if n, at := log.Why(); log.Product != "Dummy Application" || log.Version != "1.0.0.0" || log.Result != 1612 || n != 1612 || at.Line != 1 {
		t.Errorf("%d %+v", n, log)
	}
}

func TestStamp(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for text, want := range map[string]Stamp{
		"6/25/2014  11:22:21 ===":  {Time: at("2014-06-25 11:22:21")},
		"25/06/2014  11:22:21 ===": {Time: at("2014-06-25 11:22:21")},
		"29.08.2014  20:27:50 ===": {Time: at("2014-08-29 20:27:50")},
		"3.8.2024  12:12:03":       {Time: at("2024-08-03 12:12:03")},
		"3/8/2024  12:12:03":       {Time: at("2024-03-08 12:12:03"), Other: at("2024-08-03 12:12:03")},
		"3/3/2024  0:12:03":        {Time: at("2024-03-03 00:12:03")},
		"2024/03/30  9:16:14":      {Time: at("2024-03-30 09:16:14")},
		"2024-03-30  9:16:14":      {Time: at("2024-03-30 09:16:14")},
		"2024/02/30  9:16:14":      {},
		"13/13/2024  9:16:14":      {},
		"3/8/2024  25:12:03":       {},
		"":                         {},
		"Time":                     {},
	} {
		if got := stamp([]byte(text)); !got.Time.Equal(want.Time) || !got.Other.Equal(want.Other) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestReadErrorKeepsWhatWasSeen(t *testing.T) {
	broken := errors.New("bad sector")
	log, err := Read(context.Background(), io.MultiReader(strings.NewReader(sourceGone), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || log.Result != 1603 {
		t.Errorf("%v %+v", err, log)
	}
}

// TestSamples reads real logs; what they say stands in the sample set's own notes.
func TestSamples(t *testing.T) {
	type truth struct {
		Lines int64
		Lead  []struct {
			Line int64
			Text string
		} `json:"deciding_lines"`
	}
	want := map[string]string{ // product, ended, result, action, why, what is missing
		"elastic431__1603_tail.log":                    "|true|1603|INSTALL|0|",
		"entra_connect__1603_DetectServiceAccount.log": "Microsoft Entra Connect synchronization services|true|1603|DetectServiceAccount|0|",
		"hp_one_agent_repair_success_0330.msi.log":     "HP One Agent|true|0||0|",
		"owncloud6861__cached_package_missing.log":     `|false|0||0|C:\Windows\Installer\246556.msi`,
		"sergueik__msi_1603_excerpt.log":               "Dummy Application Installer|true|1603||1926|",
		"servicecontrol339__1603_tail.log":             "|true|1603||0|",
		"servicecontrol362__1603_tail.log":             "|true|1603||0|",
	}
	all := testkit.Truth[truth](t, "log/msi/")
	for name, w := range want {
		log, known := mustRead(t, testkit.SampleBytes(t, "log/msi/"+name)), all["log/msi/"+name]
		n, _ := log.Why()
		got := fmt.Sprintf("%s|%v|%d|%s|%d|%s", log.Product, log.Ended, log.Result, log.Action, n, log.Missing.Path)
		if got != w {
			t.Errorf("%s: %s, want %s", name, got, w)
		}
		if known.Lines != 0 && log.Lines != known.Lines {
			t.Errorf("%s: %d lines, want %d", name, log.Lines, known.Lines)
		}
		for _, d := range known.Lead {
			for _, p := range []Place{log.At, log.ActionAt, log.Missing.Place} {
				if p.Line == d.Line && !strings.HasPrefix(d.Text, p.Text) {
					t.Errorf("%s: line %d is %q, want %q", name, p.Line, p.Text, d.Text)
				}
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, line := range strings.SplitAfter(sourceGone, "\n") {
		f.Add([]byte(line))
	}
	f.Add([]byte(sourceGone))
	f.Add(testkit.UTF16("\ufeff"+sourceGone, binary.LittleEndian)[:301])
	f.Add([]byte("Error 1706. 'x.msi'\n=== Logging stopped: 1.1.2020  1:00:00\nアクション終了 18:04:14: A。戻り値 3。"))
	f.Fuzz(func(t *testing.T, data []byte) {
		log := mustRead(t, data)
		if log.Bytes != int64(len(data)) || len(log.Errors) > maxErrors || log.Runs < 1 {
			t.Fatalf("%+v", log)
		}
		_, why := log.Why()
		for _, p := range []Place{log.At, log.ActionAt, log.Missing.Place, log.Newer, why} {
			if !utf8.ValidString(p.Text) || len(p.Text) > maxText || p.Line > log.Lines {
				t.Fatalf("%+v", p)
			}
		}
		for _, s := range []string{log.Product, log.Version, log.Action, log.Missing.Path} {
			if !utf8.ValidString(s) || len(s) > maxName {
				t.Fatalf("%q", s)
			}
		}
	})
}

func TestHugeLineIsBounded(t *testing.T) {
	line := "MSI (s) (04:24) [19:16:25:944]: Note: 1: 1316 2: " + strings.Repeat(`C:\aaaa `, 1<<17) + ".msi\n"
	log := mustRead(t, []byte(line+sourceGone))
	if log.Runs != 1 || log.Result != 1603 || len(log.Errors[0].Text) > maxText || log.Encoding != textlog.UTF8 {
		t.Errorf("%+v", log)
	}
}
