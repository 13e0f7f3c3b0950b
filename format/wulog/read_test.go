package wulog

import (
	"bytes"
	"context"
	"encoding/binary"
	"maps"
	"strings"
	"testing"
	"time"

	"updoc/format/textlog"
	"updoc/testkit"
)

func mustRead(t testing.TB, text string) *Log {
	t.Helper()
	log, err := Read(context.Background(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

const id = "ba15b1f5-a339-4f7f-8c55-711687501735"

// Both forms, and slashes as a Japanese Windows writes them.
const newForm = "2024-04-11 12:48:04.7530516 13988 4520  Handler         Command line install completed. Return code = 0x80070643, Exit Status Description = (null), Result = Failed, Reboot required = false\r\n" +
	"2024/04/11 12:48:05.7530516 13988 4520  Agent           LogHistory called for Caller=MoUpdateOrchestrator, idUpdate=" + id + ".200, operation = Install, resultMapped=80070643, resultUnMapped=80070643\r\n" +
	"2024/04/11 12:48:06.7530516 13988 4520  Agent           LogHistory called for Caller=MoUpdateOrchestrator, idUpdate=" + id + ".200, operation = Install, resultMapped=0, resultUnMapped=0\r\n" +
	"2024/04/11 12:48:07.7530516 13988 4520  Agent           * END * Finding updates CallerId = MoUpdateOrchestrator, Id = 5, Exit code = 0x8024402F (cV = x)\r\n" +
	"2024/04/11 12:48:07.8530516 13988 4520  Agent           * END * Finding updates CallerId = MoUpdateOrchestrator, Id = 5, Exit code = 0x00000000 (cV = x)\r\n" +
	"2024/04/11 12:48:08.7530516 13988 4520  DownloadManager *FAILED* [80070001] Method failed [CAgentDownloadManager::EnsureSufficientFreeSpace:1600]\r\n" +
	"2024/04/11 12:48:09.7530516 13988 4520  Misc            *FAILED* [80072EFE] WinHttp: SendRequestWithAuthRetry using proxy failed for <http://download.windowsupdate.com/x.cab>\r\n" +
	"2024/04/11 12:48:10.7530516 13988 4520  DownloadManager *FAILED* [80D03805] Error occurred while downloading update " + id + ".1; notifying dependent calls.\r\n" +
	"2024/04/11 12:48:11.7530516 13988 4520  Agent           *FAILED* [80070032] Method failed [AppxPackage::Initialize:235]\r\n" +
	"1601/01/01 09:00:00.0000000 13988 4520  Unknown         Unknown( 10): no format\r\n"

const oldForm = "2021-08-28\t11:05:53:800\t 576\ta70\tAgent\t** START **  Agent: Finding updates [CallerId = AutomaticUpdates]\r\n" +
	"2021-08-28\t11:05:53:815\t 576\ta70\tAU\t  # AU disabled through User preference\r\n" +
	"2021-08-28\t11:05:54:800\t 576\ta70\tMisc\tWARNING: Send failed with hr = 80072ee2.\r\n" +
	"2021-08-28\t11:05:55:800\t 576\ta70\tAgent\t  * WARNING: Exit code = 0x80072EE2\r\n" +
	"no line of this log\r\n"

type short struct {
	kind    Kind
	code    uint32
	subject string
	line    int64
}

func shorts(log *Log) []short {
	var out []short
	for _, n := range log.Notes {
		out = append(out, short{n.Kind, n.Code, n.Subject, n.Line})
	}
	return out
}

func wantNotes(t *testing.T, log *Log, want []short) {
	t.Helper()
	got := shorts(log)
	if len(got) != len(want) {
		t.Fatalf("%d notes: %+v", len(got), got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}

func TestNewForm(t *testing.T) {
	log := mustRead(t, newForm)
	wantNotes(t, log, []short{
		{InstallFailed, 0x80070643, "", 1}, {InstallFailed, 0x80070643, id, 2}, {ScanFailed, 0x8024402f, "MoUpdateOrchestrator", 4},
		{SpaceCheckFailed, 0x80070001, "", 6}, {ConnectionFailed, 0x80072efe, "http://download.windowsupdate.com/x.cab", 7},
		{DownloadFailed, 0x80d03805, id, 8}})
	if log.Lines != 10 || log.Stamped != 9 || log.Tabs != 0 || !log.FirstTime.Equal(time.Date(2024, 4, 11, 12, 48, 4, 0, time.UTC)) || log.Components["Agent"] != 5 {
		t.Errorf("%+v", log)
	}
}

func TestOldForm(t *testing.T) {
	log := mustRead(t, oldForm)
	wantNotes(t, log, []short{{Disabled, 0, "user", 2}, {ConnectionFailed, 0x80072ee2, "", 3}, {ScanFailed, 0x80072ee2, "", 4}})
	if log.Lines != 5 || log.Stamped != 4 || log.Tabs != 4 {
		t.Errorf("%+v", log)
	}
}

func TestWide(t *testing.T) {
	wide := append([]byte{0xff, 0xfe}, testkit.UTF16(newForm, binary.LittleEndian)...)
	log, err := Read(context.Background(), bytes.NewReader(wide[:len(wide)-1]))
	if err != nil || log.Encoding != textlog.UTF16LE || len(log.Notes) != 6 {
		t.Errorf("%v: %+v", err, log)
	}
}

// Only the newest of a kind stay, and the count tells of all.
func TestBounds(t *testing.T) {
	log := mustRead(t, strings.Repeat(oldForm, 3*maxNotes))
	if len(log.Notes) != 3*maxNotes || log.Counts[Disabled] != 3*maxNotes {
		t.Errorf("%d notes, %v", len(log.Notes), log.Counts)
	}
	if last := log.Notes[len(log.Notes)-1]; last.Line != log.Lines-1 {
		t.Errorf("last note at line %d of %d", last.Line, log.Lines)
	}
}

// The sample logs are of machines on which no update failed: what is kept must be the
// few searches and connections that failed while they were offline.
func TestSamples(t *testing.T) {
	const folder = "log/windowsupdate/"
	for name, want := range map[string]map[Kind]int64{
		"raja__WindowsUpdate.log":                      {},
		"debajyati__WindowsUpdate_healthy.log":         {ScanFailed: 1, ConnectionFailed: 7, DownloadFailed: 2},
		"rkudache__WindowsUpdate_win7_AU_disabled.log": {Disabled: 204},
	} {
		log := mustRead(t, string(testkit.SampleBytes(t, folder+name)))
		truth := testkit.Truth[struct {
			Lines int64 `json:"lines"`
		}](t, folder+name)[folder+name]
		if log.Lines != truth.Lines || log.Stamped == 0 {
			t.Errorf("%s: %d lines of %d, %d stamped", name, log.Lines, truth.Lines, log.Stamped)
		}
		if !maps.Equal(log.Counts, want) {
			t.Errorf("%s: %v, want %v", name, log.Counts, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(newForm))
	f.Add([]byte(oldForm))
	f.Add(append([]byte{0xff, 0xfe}, testkit.UTF16(newForm, binary.LittleEndian)...))
	f.Add([]byte("2024-04-11 12:48:04.7"))
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := Read(context.Background(), bytes.NewReader(data))
		if err != nil || log.Stamped > log.Lines || len(log.Notes) > 6*maxNotes {
			t.Fatalf("%v: %+v", err, log)
		}
		for i, n := range log.Notes {
			if n.Line < 1 || n.Line > log.Lines || n.Time.Year() < firstYear || i > 0 && n.Line <= log.Notes[i-1].Line {
				t.Fatalf("note %+v", n)
			}
		}
	})
}

// The old form repeats what goes to ReportingEvents.log.
func TestReportedFailure(t *testing.T) {
	line := func(number, code string) string {
		return "2023-02-06\t11:45:33:713\t1188\t1418\tReport\tREPORT EVENT: {87F8BCEC-0000-0000-0000-000000000000}\t2023-02-06 11:45:28:713+0900\t1\t" + number +
			"\t101\t{" + strings.ToUpper(id) + "}\t205\t" + code + "\tAutomaticUpdates\tFailure\tContent Install\tInstallation Failure: x\r\n"
	}
	for _, c := range []struct {
		number, code string
		want         Kind
	}{{"182", "80070643", InstallFailed}, {"161", "80072ee2", DownloadFailed}, {"148", "8024402c", ScanFailed}, {"183", "0", ""}, {"182", "240005", ""}} {
		log := mustRead(t, line(c.number, c.code))
		switch {
		case c.want == "" && len(log.Notes) != 0, c.want != "" && (len(log.Notes) != 1 || log.Notes[0].Kind != c.want):
			t.Errorf("%s %s: %+v", c.number, c.code, log.Notes)
		case c.want == InstallFailed && (log.Notes[0].Subject != id || log.Notes[0].Code != 0x80070643):
			t.Errorf("%+v", log.Notes[0])
		}
	}
}
