package cbs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"updoc/format/textlog"
)

// stamped makes usual lines of CBS out of texts.
func stamped(texts ...string) string {
	var b strings.Builder
	for i, t := range texts {
		fmt.Fprintf(&b, "2024-01-09 10:%02d:%02d, Info                  CBS    %s\r\n", i/60%60, i%60, t)
	}
	return b.String()
}

func mustRead(t testing.TB, s string) *Log {
	t.Helper()
	log, err := Read(context.Background(), strings.NewReader(s), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// mixed is a log with some of everything, for tests of how it is cut.
func mixed() string {
	return "\uFEFF" + stamped(
		"Starting TrustedInstaller initialization.",
		"Loaded Servicing Stack v10.0.19041.2664 with Core: C:\\Windows\\winsxs\\x\\cbscore.dll",
		"Session: 31023653_1810414160 initialized by client WindowsUpdateAgent, external staging directory: (null), external registry directory: (null)",
		"Exec: Processing started.  Client: UpdateAgentLCU, Session: 31023653_1810414160, Package: Package_for_RollupFix~31bf3856ad364e35~amd64~~19041.3636.1.9, Identifier: KB5031356",
		"Not able to read Ring [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
	) + "2024-01-09 10:01:00, Error                 CSI    00000c71@2024/1/9:10:01:00.100 (F) Attempting to mark store corrupt[gle=0x80004005]\r\n" +
		" Expected: {l:32}\n Actual: {l:32}\n\n" +
		"2024-01-09 10:01:01, Error                 CBS    Failed to resolve package 'Package_3222_for_KB3201845~31bf3856ad364e35~amd64~~10.0.1.2' [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]\r\n" +
		"2024-01-09 10:01:01, Warning               CBS    tick \xff\xfe broken bytes [HRESULT = 0x8007000d - ERROR_INVALID_DATA]\r\n" +
		stamped("Exec: Processing complete.  Session: 31023653_1810414160, Package: P [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]") +
		stamped(healthy...) +
		"2024-01-09 11:00:00, Info                  CSI    0000012e [SR] Cannot repair member file [l:20]'a.dll' of Microsoft-Windows-Foo, version 10.0, arch amd64 in the store, hash mismatch\r\n" +
		"2024-01-09 11:00:01, Info                  CBS    the end, without a line end [HRESULT = 0x00000000 - S_OK]"
}

var healthy = []string{
	"=================================",
	"Checking System Update Readiness.",
	"",
	"(p)\tCSI Payload Corrupt\t(w)\t(Fixed)\tamd64_foo_31bf_10.0.1_none_1\\a.dll",
	"(p)\tCSI Payload Corrupt\t(n)\t\tamd64_foo_31bf_10.0.1_none_1\\r\\b.dll",
	"Repair failed: Missing replacement payload.",
	"",
	"Summary:",
	"Operation: Detect and Repair ",
	"Operation result: 0x800f081f",
	"Last Successful Step: Remove staged packages completes.",
	"Total Detected Corruption:\t2",
	"\tCBS Manifest Corruption:\t0",
	"\tCSI Payload Corruption:\t2",
	"Total Repaired Corruption:\t1",
	"\tCSI Store Metadata refreshed:\tTrue",
	"",
	"Total Operation Time: 282 seconds.",
}

// TestCutAnywhere reads the log in pieces of every size: the result must not
// depend on where the pieces end, nor on the number of workers.
func TestCutAnywhere(t *testing.T) {
	text := mixed()
	want := mustRead(t, text)
	if want.Lines != int64(strings.Count(text, "\n"))+1 || want.FailedSessions != 1 || len(want.Corruption) != 1 || len(want.Unread) != 0 {
		t.Fatalf("the log itself is misread: %+v", want)
	}
	for step := 1; step < 700; step += 1 + step/20 {
		for way, log := range everyWay(t, []byte(text), step) {
			if !reflect.DeepEqual(log, want) {
				t.Fatalf("%s in pieces of %d:\n%+v\nwant\n%+v", way, step, log, want)
			}
		}
	}
}

func TestLineEndsDoNotMatter(t *testing.T) {
	crlf := mixed()
	a, b := mustRead(t, crlf), mustRead(t, strings.ReplaceAll(crlf, "\r\n", "\n"))
	if a.Lines != b.Lines || a.Stamped != b.Stamped || !reflect.DeepEqual(a.HRESULTs, b.HRESULTs) || len(a.Notable) != len(b.Notable) {
		t.Errorf("CRLF %+v\nLF %+v", a, b)
	}
}

func TestUTF16(t *testing.T) {
	text := strings.ReplaceAll(mixed(), "\xff\xfe", "é")
	want := mustRead(t, text)
	data := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(strings.TrimPrefix(text, "\uFEFF"))) {
		data = append(data, byte(u), byte(u>>8))
	}
	for way, got := range everyWay(t, data, 0) {
		if got.Encoding != textlog.UTF16LE || got.Bytes != int64(len(data)) || got.Lines != want.Lines || !reflect.DeepEqual(got.HRESULTs, want.HRESULTs) {
			t.Errorf("%s: %+v", way, got)
		}
		if len(got.Sessions) != len(want.Sessions) || got.FailedSessions != 1 {
			t.Errorf("%s: sessions %+v", way, got.Sessions)
		}
	}
}

func TestNothingToSee(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "mark only": "\uFEFF", "line ends": "\n\n\n", "prose": "Dear diary,\nno log here.\n"} {
		for way, log := range everyWay(t, []byte(text), 2) {
			if log.Lines != int64(strings.Count(text, "\n")) || log.Recognized() || len(log.Sessions) > 0 {
				t.Errorf("%s %s: %+v", name, way, log)
			}
		}
	}
}

// TestLongLine reads a line of 100 MB in the middle of a log without holding
// it. Tags anywhere in it are counted.
func TestLongLine(t *testing.T) {
	const tag = "[HRESULT = 0x80070005 - E_ACCESSDENIED]"
	long := func() io.Reader {
		return io.MultiReader(strings.NewReader(stamped("before")), strings.NewReader("2024-01-09 10:00:00, Error                 CBS    "),
			io.LimitReader(&pattern{text: strings.Repeat("x", 10000) + tag}, 100<<20), strings.NewReader("\n"+stamped("after")))
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	log, err := Read(context.Background(), long(), Options{})
	runtime.ReadMemStats(&after)
	if err != nil || log.Lines != 3 || log.Levels["Error"] != 1 || log.HRESULTs[0x80070005] < 10440 {
		t.Errorf("%v: lines %d, levels %v, tags %d", err, log.Lines, log.Levels, log.HRESULTs[0x80070005])
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 16<<20 {
		t.Errorf("allocated %d bytes", grown)
	}
	for _, n := range log.Notable {
		if len(n.Text) > maxText {
			t.Errorf("kept %d bytes of text", len(n.Text))
		}
	}
}

// pattern repeats a text without end.
type pattern struct {
	text string
	at   int
}

func (p *pattern) Read(b []byte) (int, error) {
	n := copy(b, p.text[p.at:])
	p.at = (p.at + n) % len(p.text)
	return n, nil
}

// TestHostileMemory feeds logs made to fill every list.
func TestHostileMemory(t *testing.T) {
	hostile := map[string]func(i int) string{
		"sessions": func(i int) string {
			return stamped(fmt.Sprintf("Session: %d_%d initialized by client client%d.", i+100, i, i))
		},
		"failed": func(i int) string {
			return stamped(fmt.Sprintf("Session: %d_%d finalized. Reboot required: no [HRESULT = 0x800f%04x]", i+100, i, i&0xffff))
		},
		"codes": func(i int) string { return fmt.Sprintf("[HRESULT = 0x%08x]\n", i*7919) },
		"errors": func(i int) string {
			return fmt.Sprintf("2024-01-09 10:00:00, Error CBS denied [HRESULT = 0x80070005] %d\n", i)
		},
		"items": func(i int) string {
			return stamped(checkTitle, fmt.Sprintf("(p)\tCSI Payload Corrupt\t(n)\tp%d\\f", i), "Total Detected Corruption: 1")
		},
		"short": func(int) string { return "a\n" },
	}
	for name, f := range hostile {
		var b strings.Builder
		for i := 0; b.Len() < 8<<20; i++ {
			b.WriteString(f(i))
		}
		text := b.String()
		log, err := ReadAt(context.Background(), strings.NewReader(text), int64(len(text)), Options{Parallel: 2})
		if err != nil || log.Lines != int64(strings.Count(text, "\n")) {
			t.Errorf("%s: %v, %d lines", name, err, log.Lines)
		}
		if kept := retained(log); kept > 8<<20 {
			t.Errorf("%s: the log keeps %d bytes", name, kept)
		}
	}
}

// retained measures what stays reachable through log.
func retained(log *Log) uint64 {
	var with, without runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&with)
	runtime.KeepAlive(log)
	*log = Log{}
	runtime.GC()
	runtime.ReadMemStats(&without)
	if with.HeapAlloc < without.HeapAlloc {
		return 0
	}
	return with.HeapAlloc - without.HeapAlloc
}

func TestUnreadablePart(t *testing.T) {
	text := strings.Repeat(stamped("an ordinary line of the log"), 2000)
	log, err := ReadAt(context.Background(), &badDisk{strings.NewReader(text), 40000, 50000}, int64(len(text)), Options{step: 4096})
	if err != nil {
		t.Fatal(err)
	}
	var lost int64
	for _, r := range log.Unread {
		lost += r.Length
	}
	if lost < 10000 || lost > 10000+3*4096 || log.Bytes != int64(len(text)) {
		t.Errorf("lost %d bytes: %v", lost, log.Unread)
	}
	if have := log.Lines * int64(len(text)) / 2000; have < int64(len(text))-lost-1000 {
		t.Errorf("only %d lines", log.Lines)
	}
}

// badDisk cannot read the bytes from bad to end.
type badDisk struct {
	r        io.ReaderAt
	bad, end int64
}

var errSector = errors.New("bad sector")

func (d *badDisk) ReadAt(p []byte, off int64) (int, error) {
	if off >= d.end || off+int64(len(p)) <= d.bad {
		return d.r.ReadAt(p, off)
	}
	if off >= d.bad {
		return 0, errSector
	}
	n, _ := d.r.ReadAt(p[:d.bad-off], off)
	return n, errSector
}

func TestUnreadableForTheMostPart(t *testing.T) {
	size := int64(10 << 20)
	log, err := ReadAt(context.Background(), &badDisk{strings.NewReader(""), 0, size}, size, Options{Parallel: 2})
	if !errors.Is(err, errGivenUp) || len(log.Unread) != maxUnread {
		t.Errorf("%v, %d unread parts", err, len(log.Unread))
	}
}

func TestStreamError(t *testing.T) {
	text := strings.Repeat(stamped("line"), 1000)
	for _, n := range []int{1, 3} {
		log, err := Read(context.Background(), io.MultiReader(strings.NewReader(text), iotest.ErrReader(errSector)), Options{Parallel: n})
		if !errors.Is(err, errSector) || log.Lines != 1000 {
			t.Errorf("%v, %d lines", err, log.Lines)
		}
	}
}

func TestFileShrinksWhileRead(t *testing.T) {
	text := strings.Repeat(stamped("line"), 1000)
	log, err := ReadAt(context.Background(), strings.NewReader(text), int64(len(text))+100000, Options{})
	if err != nil || log.Lines != 1000 || len(log.Unread) == 0 {
		t.Errorf("%v, %d lines, unread %v", err, log.Lines, log.Unread)
	}
}

func TestCancel(t *testing.T) {
	text := strings.Repeat(stamped("line"), 1000)
	for _, n := range []int{1, 3} {
		ctx, cancel := context.WithCancel(context.Background())
		opts := Options{Parallel: n, step: 1000, Progress: func(int64) { cancel() }}
		log, err := ReadAt(ctx, strings.NewReader(text), int64(len(text)), opts)
		if !errors.Is(err, context.Canceled) || log == nil || log.Lines == 0 || log.Lines == 1000 {
			t.Errorf("%d workers: %v", n, err)
		}
	}
}

func TestProgressReachesTheEnd(t *testing.T) {
	text := mixed()
	for _, n := range []int{1, 3} {
		last := int64(0)
		opts := Options{Parallel: n, step: 100, Progress: func(done int64) {
			if done <= last {
				t.Errorf("%d after %d", done, last)
			}
			last = done
		}}
		if _, err := ReadAt(context.Background(), bytes.NewReader([]byte(text)), int64(len(text)), opts); err != nil || last != int64(len(text)) {
			t.Errorf("%v: last %d of %d", err, last, len(text))
		}
	}
}
