package mpsigstub

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

// block is one run as the stub writes it.
func block(start, command, body, end string) string {
	return strings.ReplaceAll(strings.Repeat("-", 80)+"\nStart time: "+start+"\nProcess: 4fd0.1da8\nCommand: "+command+"\nAdministrator: yes\nVersion: 1.1.24010.2001\n\n"+
		"================================ ProductSearch =================================\n\n"+
		"               Microsoft Windows Defender (RS1+):\n       Status: Active\n"+
		"       Engine: 94e37aa3d76eaa7a  1.1.24020.9 \n     Platform: 001c707b462bb803  4.18.24020.7\n\n"+
		"=============================== PackageDiscovery ===============================\n\n       Engine: Not included\n Platform: 4.18.24099.9\n\n"+
		"================================ ValidateUpdate ================================\n\n"+body+"End time: "+end+"\n"+strings.Repeat("-", 80)+"\n\n", "\n", "\r\n")
}

const (
	success  = "MpSigStub successfully updated Microsoft Windows Defender (RS1+) using the AM BDD package.\n"
	mismatch = "mpengine.dll version in package is 1.1.23070.1005, but after update machine has older version 1.1.12805.0\n" +
		"ERROR 0x8007051a : 'Microsoft Windows Defender (RS1+)' failed to update.\nHRESULT: 0x8007051a\nFailedFunction: ValidateUpdate\n"
	delta = `/stub 1.1.24010.2001 /payload 1.407.837.0 /MpWUStub /program C:\WINDOWS\SoftwareDistribution\Download\Install\AM_Delta_Patch_1.407.828.0.exe WD /q`
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

func TestRead(t *testing.T) {
	log := mustRead(t, utf16(block("2024-03-31 02:22:37Z", delta, success, "2024-03-31 02:26:03Z")+
		block("2024-04-01 05:31:22Z", `/stub 1 /payload 2.0 /program "C:\a b\UpdatePlatform.exe"`, mismatch, "2024-04-01 05:31:52Z")))
	if log.Count != 2 || len(log.Runs) != 2 || log.Encoding != textlog.UTF16LE {
		t.Fatalf("%+v", log)
	}
	good, bad := log.Runs[0], log.Runs[1]
	if good.Failed() || !good.Updated || good.Package != "AM_Delta_Patch_1.407.828.0.exe" || good.Payload != "1.407.837.0" || good.Line != 2 {
		t.Errorf("%+v", good)
	}
	if good.Platform != "4.18.24020.7" || good.Engine != "1.1.24020.9" || good.End.Sub(good.Start) != 206*time.Second {
		t.Errorf("versions of the package, not of the product: %+v", good)
	}
	if !bad.Failed() || bad.Error != 0x8007051a || bad.Function != "ValidateUpdate" || bad.Package != "UpdatePlatform.exe" {
		t.Errorf("%+v", bad)
	}
	if bad.Need != "1.1.23070.1005" || bad.Have != "1.1.12805.0" {
		t.Errorf("engine %q, %q", bad.Need, bad.Have)
	}
}

func TestFailed(t *testing.T) {
	for body, want := range map[string]uint32{
		success:  0,
		mismatch: 0x8007051a,
		"ERROR 0x80508031 : MpUpdateEngine\n" + mismatch:    0x80508031,
		"ERROR 0x80070002 : first try\n" + success:          0, // it went on and succeeded
		success + "ERROR 0x80070005 : Cleanup\n":            0x80070005,
		"ERROR 0x00000000 : nothing\nerror in words\n":      0,
		"No products found to update\n":                     0,
		"":                                                  0,
		"HRESULT: 0x8007000d\nFailedFunction: ApplyPatch\n": 0x8007000d,
	} {
		r := mustRead(t, utf16(block("2024-03-31 02:22:37Z", delta, body, "2024-03-31 02:26:03Z"))).Runs[0]
		if r.Failed() != (want != 0) || (want != 0 && r.Error != want) {
			t.Errorf("%q: %v %#x", body, r.Failed(), r.Error)
		}
	}
}

func TestTornBlocks(t *testing.T) {
	whole := block("2024-03-31 02:22:37Z", delta, mismatch, "2024-03-31 02:26:03Z")
	torn := whole[:strings.Index(whole, "FailedFunction")]
	log := mustRead(t, []byte("tail of an older run\r\nERROR 0x80070005 : x\r\n"+torn+whole+torn))
	if log.Count != 3 || log.Runs[0].Error != 0x8007051a || !log.Runs[2].End.IsZero() {
		t.Errorf("%+v", log)
	}
	if bad := mustRead(t, []byte("Start time: 2024-99-31 02:22:37Z\nEnd time: 2024-03-31 02:22:37")).Runs[0]; !bad.Start.IsZero() || !bad.End.IsZero() {
		t.Errorf("a time was made up: %+v", bad)
	}
}

func TestBounds(t *testing.T) {
	var b strings.Builder
	for i := range 3 * maxRuns {
		fmt.Fprintf(&b, "Start time: 2024-03-31 02:22:37Z\nCommand: /payload %d /program %s\n", i, strings.Repeat("x", 5000))
	}
	log := mustRead(t, []byte(b.String()))
	if log.Count != 3*maxRuns || len(log.Runs) != maxRuns || log.Runs[maxRuns-1].Payload != fmt.Sprint(3*maxRuns-1) {
		t.Errorf("%d of %d, last %q", len(log.Runs), log.Count, log.Runs[maxRuns-1].Payload)
	}
	if n := len(log.Runs[0].Command); n > maxField {
		t.Errorf("%d bytes kept of a command", n)
	}
}

func TestReadErrorKeepsWhatWasSeen(t *testing.T) {
	broken := errors.New("bad sector")
	text := block("2024-03-31 02:22:37Z", delta, mismatch, "2024-03-31 02:26:03Z")
	log, err := Read(context.Background(), io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || log.Count != 1 {
		t.Errorf("%v %+v", err, log)
	}
}

// TestSamples: every run of the real logs succeeded, and there are as many as the
// count of their first lines by another tool.
func TestSamples(t *testing.T) {
	type truth struct {
		Lines int64
		Lead  []struct{ Count int64 } `json:"deciding_lines"`
	}
	for name, want := range testkit.Truth[truth](t, "log/defender/") {
		log := mustRead(t, testkit.SampleBytes(t, name))
		if log.Lines != want.Lines {
			t.Errorf("%s: %d lines, want %d", name, log.Lines, want.Lines)
		}
		platform := false
		for _, r := range log.Runs {
			if r.Failed() || !r.Updated || r.Start.IsZero() || r.End.Before(r.Start) || r.Package == "" || r.Platform == "" {
				t.Errorf("%s: %+v", name, r)
			}
			platform = platform || strings.HasPrefix(r.Package, "UpdatePlatform")
		}
		if strings.Contains(name, "platform") != platform {
			t.Errorf("%s: platform update %v", name, platform)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(utf16(block("2024-03-31 02:22:37Z", delta, mismatch, "2024-03-31 02:26:03Z")))
	f.Add([]byte(block("2024-03-31 02:22:37Z", `/program "unended`, success, "x")))
	f.Add([]byte("Start time:\n====\nERROR\nERROR 0x8\nHRESULT:\nEnd time:"))
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := Read(context.Background(), bytes.NewReader(data))
		if err != nil || log.Bytes != int64(len(data)) || int64(len(log.Runs)) > log.Count {
			t.Fatalf("%v %+v", err, log)
		}
		for _, r := range log.Runs {
			all := r.Command + r.Package + r.Payload + r.Platform + r.Engine + r.Function + r.Need + r.Have
			if !utf8.ValidString(all) || len(all) > 8*maxField || r.Failed() && r.Error>>31 == 0 {
				t.Fatalf("%+v", r)
			}
		}
	})
}
