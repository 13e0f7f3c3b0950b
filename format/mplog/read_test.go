package mplog

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

func utf16(s string) []byte { return testkit.UTF16("\ufeff"+s, binary.LittleEndian) }

const service = "2024-03-31T02:22:37.123Z Signature updated on Sun Mar 31 2024\r\n" +
	"2024-03-31T02:23:00.000Z Platform update failed hr = 0x80508031\r\n" +
	"2024-03-31T02:24:00Z engine load failed: 0x8050A003\r\n" +
	"2024-03-31T02:25:00.5Z Failed to open file 0x80070020 for scan\r\n" +
	"a continuation with definition error 0x80508002\r\n"

func TestServiceLog(t *testing.T) {
	log := mustRead(t, utf16(service))
	if log.Lines != 5 || log.Count != 3 || log.Last.Sub(log.First) != 143*time.Second+377*time.Millisecond {
		t.Fatalf("%+v", log)
	}
	for i, want := range []Entry{{Line: 2, Part: PartPlatform, Code: 0x80508031}, {Line: 3, Part: PartEngine, Code: 0x8050a003}, {Line: 5, Part: PartIntelligence, Code: 0x80508002}} {
		if e := log.Entries[i]; e.Line != want.Line || e.Part != want.Part || e.Code != want.Code || e.Time.IsZero() != (i == 2) {
			t.Errorf("%+v, want %+v", e, want)
		}
	}
	if log.Entries[0].Text != "Platform update failed hr = 0x80508031" {
		t.Errorf("%q", log.Entries[0].Text)
	}
}

// The dates of the command's log are words of the machine's language.
func TestCommandLog(t *testing.T) {
	log := mustRead(t, utf16(strings.Repeat("-", 80)+"\r\nMpCmdRun: Command Line: \"C:\\p\\MpCmdRun.exe\" -SignatureUpdate\r\n Start Time: \u200e日 \u200e3 \u200e31 \u200e2024 11:22:37\r\n\r\n"+
		"MpEnsureProcessMitigationPolicy: hr = 0x1\r\nSignature update started\r\nERROR: Signature Update failed with hr=80070652\r\nMpCmdRun.exe: hr = 0x80070652.\r\nMpCmdRun: End Time: \u200e日\r\n"))
	if log.Commands != 1 || log.Count != 1 || !log.First.IsZero() {
		t.Fatalf("%+v", log)
	}
	if e := log.Entries[0]; e.Code != 0x80070652 || e.Part != PartIntelligence || !strings.HasSuffix(e.Command, "-SignatureUpdate") {
		t.Errorf("%+v", e)
	}
}

func TestNoFailure(t *testing.T) {
	for _, line := range []string{
		"Signature update succeeded hr = 0x00000000",
		"Engine: 94e37aa3d76eaa7a9eb5aad793d77025 failed",
		"platform error {80508031-1234-4444-9999-123456789012}",
		"update failed", "update failed 0x8050803", "update failed 0x805080310", "update failed 88888888",
		"scan failed 0x80508031", "definition size 0x80508031", "",
	} {
		if code, part := failure([]byte(line)); code != 0 {
			t.Errorf("%q: %#x %s", line, code, part)
		}
	}
	for _, line := range []string{"update failed 80070652", "UPDATE FAILED 0xC0000005 8007ffff", "Update error 0X8FFFFFFF"} {
		if code, _ := failure([]byte(line)); code == 0 {
			t.Errorf("%q was not met", line)
		}
	}
}

func TestBounds(t *testing.T) {
	var b strings.Builder
	for i := range 3 * maxEntries {
		fmt.Fprintf(&b, "update failed 0x8%07x %s\n", i, strings.Repeat("x", 2000))
	}
	log := mustRead(t, []byte(b.String()))
	if log.Count != 3*maxEntries || len(log.Entries) != maxEntries || log.Entries[maxEntries-1].Line != 3*maxEntries || len(log.Entries[0].Text) > maxText {
		t.Errorf("%d of %d", len(log.Entries), log.Count)
	}
}

func TestReadErrorKeepsWhatWasSeen(t *testing.T) {
	broken := errors.New("bad sector")
	log, err := Read(context.Background(), io.MultiReader(strings.NewReader(service), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || log.Count != 3 {
		t.Errorf("%v %+v", err, log)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(utf16(service))
	f.Add([]byte("MpCmdRun: Command Line: x\nupdate failed 0x80508031\nMpCmdRun: End Time:"))
	f.Add([]byte("2024-03-31T02:22:37.123456789123456789123456Zx update failed 0x80508031"))
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := Read(context.Background(), bytes.NewReader(data))
		if err != nil || log.Bytes != int64(len(data)) || int64(len(log.Entries)) > log.Count || log.Count > log.Lines {
			t.Fatalf("%v %+v", err, log)
		}
		for _, e := range log.Entries {
			if !utf8.ValidString(e.Text+e.Command) || len(e.Text) > maxText || e.Code>>31 == 0 || e.Part == "" {
				t.Fatalf("%+v", e)
			}
		}
	})
}
