package setupact

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

const text = "2024-01-09 10:00:00, Info       [0x0606cc] IBS    GatherVolumeInfo did not succeed (hr = 0x80070032); trying 0x800700321 and 0x00000001\r\n" +
	"   a continuation with 0xC004F057 \r\n" +
	"2024-01-09 10:00:01, Warning               SYSPRP Open() failed 0x80070002, assuming Yes 0x80070005\r\n" +
	"2024-01-09 10:00:02, Error                        [setup.exe] no component here\r\n" +
	"2024-01-09 10:00:03, FatalError            CBS    last"

func TestRead(t *testing.T) {
	log := mustRead(t, []byte(text))
	if log.Lines != 5 || log.Stamped != 4 || log.Levels["Info"] != 1 || log.Levels["FatalError"] != 1 || log.LastTime.Sub(log.FirstTime).Seconds() != 3 {
		t.Errorf("%+v", log)
	}
	want := map[uint32]int64{0x80070032: 1, 0xc004f057: 1, 0x80070002: 1, 0x80070005: 1}
	if fmt.Sprint(log.Codes) != fmt.Sprint(want) {
		t.Errorf("codes %x, want %x", log.Codes, want)
	}
	if log.ProblemCount != 3 || len(log.Problems) != 3 || len(log.Tail) != 5 {
		t.Fatalf("%+v", log)
	}
	p := log.Problems[0]
	if p.Line != 3 || p.Level != textlog.LevelWarning || p.Component != "SYSPRP" || p.Code != 0x80070002 || !bytes.HasPrefix([]byte(text)[p.At:], []byte("2024-01-09 10:00:01")) {
		t.Errorf("%+v", p)
	}
	if p = log.Problems[1]; p.Component != "" || p.Text != "[setup.exe] no component here" {
		t.Errorf("%+v", p)
	}
	if log.CodedCount != 3 || len(log.Coded) != 3 || log.Coded[0].Line != 1 || log.Coded[1].Code != 0xc004f057 {
		t.Errorf("%+v", log.Coded)
	}
	if e := log.Tail[0]; e.Component != "IBS" || e.Code != 0x80070032 || e.Level != textlog.LevelInfo {
		t.Errorf("%+v", e)
	}
	if e := log.Tail[1]; !e.Time.IsZero() || e.Code != 0xc004f057 {
		t.Errorf("%+v", e)
	}
}

func TestBounds(t *testing.T) {
	var b strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&b, "2024-01-09 10:00:00, Error IBS %d 0x8%07x\n", i, i)
	}
	log := mustRead(t, []byte(b.String()))
	if log.ProblemCount != 10000 || len(log.Problems) != maxProblems || len(log.Coded) != maxCoded || len(log.Tail) != maxTail || len(log.Codes) != maxCodes {
		t.Errorf("%d problems, %d kept, tail %d, codes %d", log.ProblemCount, len(log.Problems), len(log.Tail), len(log.Codes))
	}
	if first, last := log.Problems[0].Line, log.Problems[maxProblems-1].Line; last != 10000 || first != 10001-maxProblems || log.Tail[maxTail-1].Line != 10000 || log.Tail[0].Line != 10001-maxTail {
		t.Errorf("kept lines %d to %d", first, last)
	}
}

func TestReadErrorKeepsWhatWasSeen(t *testing.T) {
	broken := errors.New("bad sector")
	log, err := Read(context.Background(), io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || log.Lines != 5 || len(log.Tail) != 5 {
		t.Errorf("%v %+v", err, log)
	}
}

// TestTruth compares with the counts that independent tools took.
func TestTruth(t *testing.T) {
	type truth struct {
		Bytes   int64
		Lines   int64
		Stamped int64            `json:"timestamped_lines"`
		Codes   map[string]int64 `json:"codes_8xxxxxxx"`
		First   string           `json:"first_ts"`
		Last    string           `json:"last_ts"`
	}
	all := testkit.Truth[truth](t, "log/setup/")
	for _, name := range []string{"log/setup/bitbtrust__setupact.log", "log/setup/bitbtrust__setuperr.log"} {
		log, want := mustRead(t, testkit.SampleBytes(t, name)), all[name]
		codes := map[string]int64{}
		for c, n := range log.Codes {
			if c>>28 == 8 {
				codes[fmt.Sprintf("%08x", c)] = n
			}
		}
		if fmt.Sprint(codes) != fmt.Sprint(want.Codes) || want.Lines == 0 {
			t.Errorf("%s: codes %v, want %v", name, codes, want.Codes)
		}
		const layout = "2006-01-02 15:04:05"
		got := []any{log.Bytes, log.Lines, log.Stamped, log.FirstTime.Format(layout), log.LastTime.Format(layout)}
		if w := []any{want.Bytes, want.Lines, want.Stamped, want.First, want.Last}; fmt.Sprint(got) != fmt.Sprint(w) {
			t.Errorf("%s: %v, want %v", name, got, w)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, line := range strings.SplitAfter(text, "\n") {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		log := mustRead(t, data)
		if log.Bytes != int64(len(data)) || log.Stamped > log.Lines || int64(len(log.Tail)) > log.Lines {
			t.Fatalf("%+v", log)
		}
		for _, e := range append(log.Problems, log.Tail...) {
			if !utf8.ValidString(e.Text) || len(e.Text) > maxText || e.Line < 1 || e.Line > log.Lines {
				t.Fatalf("%+v", e)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	data := bytes.Repeat([]byte(text+"\n"), 5000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		mustRead(b, data)
	}
}
