package burnlog

import (
	"bytes"
	"context"
	"errors"
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

const newer = `[0978:046C][2024-03-30T19:16:10]i001: Burn v3.10.4.4718, Windows v10.0 (Build 19045: Service Pack 0), path: C:\Windows\Temp\vc_redist.x64.exe
[0978:046C][2024-03-30T19:16:12]i102: Detected related bundle: {3746f21b-c990-4045-bb33-1cf98cff7a68}, type: Upgrade, scope: PerMachine, version: 14.38.33130.0, operation: Downgrade
[0978:046C][2024-03-30T19:16:12]i199: Detect complete, result: 0x0
[0978:046C][2024-03-30T19:16:12]e000: Error 0x80070666: Cannot install a product when a newer version is installed.
[0978:046C][2024-03-30T19:16:13]i500: Shutting down, exit code: 0x666
[0978:046C][2024-03-30T19:16:13]i410: Variable: WixBundleName = Microsoft Visual C++ 2015-2022 Redistributable (x64) - 14.32.31332
[0978:046C][2024-03-30T19:16:13]i410: Variable: WixBundleVersion = 14.32.31332.0
[0978:046C][2024-03-30T19:16:14.123]i007: Exit code: 0x80070666, restarting: No
`

const broken = `[0978:046C][2024-03-30T19:16:10]i300: Apply begin
[0978:046C][2024-03-30T19:16:11]w343: Prompt for source of package: netruntime, payload: netruntime, path: C:\Windows\Temp\{1}\dotnet-runtime.msi
[2334:1054][2024-03-30T19:16:12]e000: Error 0x80070643: Failed to install MSI package.
[0978:046C][2024-03-30T19:16:12]i319: Applied execute package: netruntime, result: 0x80070643, restart: None
[0978:046C][2024-03-30T19:16:13]i319: Applied rollback package: other, result: 0x80070645, restart: None
[0978:046C][2024-03-30T19:16:14]i399: Apply complete, result: 0x80070643, restart: None, ba requested restart:  No
`

func TestRead(t *testing.T) {
	log := mustRead(t, []byte(newer))
	if !log.Bad() || log.Result != NewerInstalled || log.Newer.Line != 2 || log.Have != "14.38.33130.0" || log.Version != "14.32.31332.0" || !strings.HasPrefix(log.Product, "Microsoft Visual C++") {
		t.Errorf("%+v", log)
	}
	if log.Last.Sub(log.First) != 4*time.Second || len(log.Errors) != 1 || log.Errors[0].Code != NewerInstalled || log.Entries != 8 {
		t.Errorf("%+v", log)
	}
	log = mustRead(t, []byte(broken))
	if !log.Bad() || log.Result != 0x80070643 || log.Package != "netruntime" || log.Failed.Line != 4 || log.Newer.Line != 0 || log.Source != `C:\Windows\Temp\{1}\dotnet-runtime.msi` {
		t.Errorf("%+v", log)
	}
}

func TestBad(t *testing.T) {
	for code, want := range map[uint32]bool{0: false, 3010: false, 1641: false, 0x80070643: true, 1603: true, 0x80070666: true, 0x00240006: false} {
		if bad(code) != want {
			t.Errorf("%#x: %v", code, bad(code))
		}
	}
}

func TestSample(t *testing.T) {
	type truth struct {
		Lines int64
		Lead  []struct{ Text string } `json:"deciding_lines"`
	}
	const name = "log/burn/dd_vcredist_amd64_20240330191611.log"
	log, known := mustRead(t, testkit.SampleBytes(t, name)), testkit.Truth[truth](t, name)[name]
	if log.Lines != known.Lines || !log.Ended || log.Bad() || log.Newer.Line != 0 || len(log.Errors) != 0 || log.Failed.Line != 0 {
		t.Errorf("%+v", log)
	}
	if log.Version != "14.32.31332.0" || log.At.Text != "Exit code: 0x0, restarting: No" || log.Last.Format(time.DateTime) != "2024-03-30 19:16:14" {
		t.Errorf("%+v", log)
	}
}

const page = `<html><head><title>Microsoft .NET Framework 4.8 Setup</title></head>
<body><span>[3/30/2024, 19:15:10] Final Result: Installation completed successfully with success code: (0x00000000), "The operation completed successfully. " (Elapsed time: 0 00:01:02).</span>
<div>[3/30/2024, 19:16:10]<b>Final Result</b>: Installation failed with error code: (0x80070643), &quot;Fatal error during installation. &quot; (Elapsed time: 0 00:00:20).</div>
`

func readPage(t testing.TB, data []byte) *Page {
	t.Helper()
	p, err := ReadPage(context.Background(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPage(t *testing.T) {
	p := readPage(t, []byte(page))
	if p.Product != "Microsoft .NET Framework 4.8 Setup" || !p.Failed || p.Result != 0x80070643 || p.At.Line != 3 || p.Results != 2 || p.Newer.Line != 0 {
		t.Errorf("%+v", p)
	}
	if !p.Time.Equal(time.Date(2024, 3, 30, 19, 16, 10, 0, time.UTC)) {
		t.Errorf("%v", p.Time)
	}
	p = readPage(t, []byte("<p>Microsoft .NET Framework 4.7.2 or a later update is already installed on this computer.</p>\n"+
		"<p>Final Result: Installation failed with error code: (0x000013EC), (Elapsed time: 0 00:00:02).</p>"))
	if p.Newer.Line != 1 || !p.Failed || p.Result != 0x13ec {
		t.Errorf("%+v", p)
	}
	lines := strings.Split(page, "\n")
	if p = readPage(t, []byte(lines[2]+"\n"+lines[1])); p.Failed || !p.Ended {
		t.Errorf("the last block decides: %+v", p)
	}
}

func TestReadErrorKeepsWhatWasSeen(t *testing.T) {
	worse := errors.New("bad sector")
	log, err := Read(context.Background(), io.MultiReader(strings.NewReader(newer), iotest.ErrReader(worse)))
	if !errors.Is(err, worse) || log.Result != NewerInstalled {
		t.Errorf("%v %+v", err, log)
	}
	p, err := ReadPage(context.Background(), io.MultiReader(strings.NewReader(page), iotest.ErrReader(worse)))
	if !errors.Is(err, worse) || !p.Failed {
		t.Errorf("%v %+v", err, p)
	}
}

func FuzzRead(f *testing.F) {
	for _, line := range strings.SplitAfter(newer+broken, "\n") {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		log := mustRead(t, data)
		if log.Bytes != int64(len(data)) || log.Entries > log.Lines || len(log.Errors) > maxErrors {
			t.Fatalf("%+v", log)
		}
		for _, s := range []string{log.At.Text, log.Newer.Text, log.Failed.Text, log.Product, log.Package, log.Source} {
			if !utf8.ValidString(s) || len(s) > maxText {
				t.Fatalf("%q", s)
			}
		}
	})
}

func FuzzReadPage(f *testing.F) {
	f.Add([]byte(page))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := readPage(t, data)
		if p.Bytes != int64(len(data)) || p.Results > p.Lines || p.Failed && !p.Ended || !utf8.ValidString(p.At.Text+p.Product) || len(p.At.Text) > maxText {
			t.Fatalf("%+v", p)
		}
	})
}
