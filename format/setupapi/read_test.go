package setupapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
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

const text = "[Device Install Log]\r\n     OS Version = 10.0.19045\r\n\r\n[Boot Session: 2024/01/09 08:00:00.500]\r\n\r\n" +
	">>>  [Install Driver Updates]\r\n>>>  Section start 2024/01/10 10:00:00.100\r\n" +
	"     sto: Driver package 'C:\\Windows\\WinSxS\\amd64_other.inf_31bf_10.0\\other.inf' is there.\r\n" +
	"!    sto: a warning about third.inf\r\n" +
	"!!!  inf:      Failed to install service 'example' of 'EXAMPLE.INF'. Error = 0x00000002\r\n" +
	"!!!  sto: second error of fourth.inf\r\n" +
	"<<<  Section end 2024/01/10 10:00:01.200\r\n<<<  [Exit status: FAILURE(0x00000002)]\r\n\r\n" +
	">>>  [Setup Import Driver Package - C:\\Drivers\\quiet.inf]\r\n>>>  Section start 2024/01/10 11:00:00.000\r\n" +
	"<<<  Section end 2024/01/10 11:00:01.000\r\n<<<  [Exit status: SUCCESS]\r\n\r\n" +
	">>>  [Never ended - a.inf]\r\n" +
	">>>  [Device Install (Hardware initiated) - USB\\VID_0000&PID_0000\\1]\r\n>>>  Section start 2024/01/10 12:00:00.000\r\n" +
	"     dvi:           InfName      - C:\\Windows\\INF\\oem7.inf\r\n" +
	"<<<  Section end 2024/01/10 12:00:02.000\r\n<<<  [Exit status: FAILURE(0xe0000203)]"

func TestRead(t *testing.T) {
	log := mustRead(t, []byte(text))
	if log.Sections != 4 || log.Failed != 2 || log.Open != 1 || len(log.Failures) != 2 || log.LastTime.Sub(log.FirstTime).String() != "2h0m2s" {
		t.Fatalf("%+v", log)
	}
	first, second := log.Failures[0], log.Failures[1]
	if first.Code != 2 || first.INF != "example.inf" || !strings.HasPrefix(first.Error, "inf:") || first.Line != 6 || !strings.HasPrefix(text[first.At:], ">>>  [Install Driver Updates]") {
		t.Errorf("%+v", first)
	}
	if second.Code != 0xe0000203 || second.INF != "oem7.inf" || second.Error != "" || second.End.Sub(second.Start).Seconds() != 2 {
		t.Errorf("%+v", second)
	}
}

func TestINF(t *testing.T) {
	for line, want := range map[string]string{
		`C:\Windows\System32\DriverStore\FileRepository\net.inf_amd64_73be\Net-1.inf`: "net-1.inf",
		"no .inf here": "", "x.information": "", "": "", "a.infb b.INF c.inf": "b.inf", "プリンター.inf": "プリンター.inf",
	} {
		if got := infIn([]byte(line)); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func TestBounds(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, ">>>  [Section %d %s]\n!!!  sto: %s\n<<<  [Exit status: FAILURE(0x%08x)]\n", i, strings.Repeat("x", 3000), strings.Repeat("y", 3000), i)
	}
	log := mustRead(t, []byte(b.String()))
	if log.Failed != 1000 || len(log.Failures) != maxFailures || log.Failures[maxFailures-1].Code != 999 || len(log.Failures[0].Title) > maxText {
		t.Errorf("%d failed, %d kept", log.Failed, len(log.Failures))
	}
}

func TestReadErrorKeepsWhatWasSeen(t *testing.T) {
	broken := errors.New("bad sector")
	log, err := Read(context.Background(), io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || log.Failed != 2 {
		t.Errorf("%v %+v", err, log)
	}
}

// TestTruth counts the sections of a real log as grep does, and its lines as its truth has them.
func TestTruth(t *testing.T) {
	const name = "log/misc/plaso__setupapi.dev.log"
	all := testkit.Truth[struct{ Bytes, Lines int64 }](t, "log/misc/")
	data := testkit.SampleBytes(t, name)
	log := mustRead(t, data)
	if w := all[name]; log.Bytes != w.Bytes || log.Lines != w.Lines || w.Lines == 0 {
		t.Errorf("%d bytes, %d lines; want %+v", log.Bytes, log.Lines, w)
	}
	begun, failed := bytes.Count(data, []byte("\n>>>  [")), bytes.Count(data, []byte("\n<<<  [Exit status: FAILURE"))
	if log.Sections != int64(begun) || log.Failed != int64(failed) || log.Open != 0 || begun == 0 {
		t.Errorf("%d sections, %d failed, %d open; want %d, %d, 0", log.Sections, log.Failed, log.Open, begun, failed)
	}
	const first, last = "2015-11-22 17:59:28", "2016-11-22 23:50:58"
	if got := log.FirstTime.Format("2006-01-02 15:04:05") + log.LastTime.Format("2006-01-02 15:04:05"); got != first+last {
		t.Errorf("from and to: %s", got)
	}
	failing := bytes.ReplaceAll(data, []byte("[Exit status: SUCCESS]"), []byte("[Exit status: FAILURE(0x00000005)]"))
	if log := mustRead(t, failing); log.Failed == 0 || log.Failures[len(log.Failures)-1].Code != 5 {
		t.Errorf("%d failed", log.Failed)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(text))
	for _, line := range strings.SplitAfter(text, "\n") {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		log := mustRead(t, data)
		if log.Bytes != int64(len(data)) || log.Failed+log.Open > log.Sections || log.Sections > log.Lines {
			t.Fatalf("%+v", log)
		}
		for _, s := range log.Failures {
			if !utf8.ValidString(s.Title+s.INF+s.Error) || s.Line < 1 || s.Line > log.Lines {
				t.Fatalf("%+v", s)
			}
		}
	})
}
