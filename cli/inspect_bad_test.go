package cli

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"updoc/testkit"
)

func randomBytes(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(r.Uint32())
	}
	return out
}

func TestWhatCannotBeInspected(t *testing.T) {
	dir := t.TempDir()
	zip := append([]byte("PK\x03\x04"), randomBytes(2000)...)
	for name, want := range map[string]string{
		testkit.WriteFile(t, "empty.evtx", nil):                                                                                              "file-empty",
		testkit.WriteFile(t, "notes.txt", []byte("a text\nof two lines\n")):                                                                  "unknown-kind",
		testkit.WriteFile(t, "one", []byte{0}):                                                                                               "unknown-kind",
		testkit.WriteFile(t, "random.evtx", randomBytes(200_000)):                                                                            "unknown-kind",
		testkit.WriteFile(t, "random.img", randomBytes(1<<20)):                                                                               "unknown-kind",
		testkit.WriteFile(t, "page.xml", []byte("<?xml version='1.0'?><html></html>\n")):                                                     "unknown-kind",
		testkit.WriteFile(t, "bad.zip", zip):                                                                                                 "bundle-bad",
		testkit.WriteFile(t, "hive", []byte("regf")):                                                                                         "file-damaged",
		testkit.WriteFile(t, "DataStore.edb", append([]byte{0, 0, 0, 0, 0xef, 0xcd, 0xab, 0x89}, make([]byte, 9000)...)):                     "file-damaged",
		testkit.WriteFile(t, "log", []byte("ElfFile\x00")):                                                                                   "file-damaged",
		testkit.WriteFile(t, "image.wim", []byte("MSWIM\x00\x00\x00")):                                                                       "file-damaged",
		testkit.WriteFile(t, "pipe.wim", append([]byte("WLPWM\x00\x00\x00"), make([]byte, 300)...)):                                          "wim-unsupported",
		testkit.WriteFile(t, "program.exe", []byte("MZ")):                                                                                    "unknown-kind",
		testkit.WriteFile(t, "disk.vhdx", append([]byte("vhdxfile"), make([]byte, 4096)...)):                                                 "unsupported-disk-damaged",
		testkit.WriteFile(t, "SYSTEM.LOG1", append([]byte("regf"), append(make([]byte, 24), append([]byte{6}, make([]byte, 600)...)...)...)): "hive-log",
		dir:                               "no-windows-in-folder",
		filepath.Join(dir, "nothing"):     "source-not-found",
		filepath.Join(dir, "a", "b", "c"): "source-not-found",
	} {
		if got := refused(t, name); got != want {
			t.Errorf("%s: %s, want %s", filepath.Base(name), got, want)
		}
	}
	if code, out, errs := inspect(t, "--format", "html", testkit.WriteFile(t, "x.log", []byte(builtCBS))); code != 2 || out != "" || !strings.Contains(errs, "html") {
		t.Errorf("html: exit %d: %s%s", code, out, errs)
	}
}

// Every file cut off anywhere gives facts or a refusal, never a fault of ours.
func TestCutFiles(t *testing.T) {
	for name, whole := range builtBytes(t) {
		for _, n := range cuts(len(whole)) {
			path := testkit.WriteFile(t, name, whole[:n])
			for _, args := range [][]string{{path}, {"--format", "json", path}, {"--records", path}} {
				if code, _, errs := inspect(t, args...); code != 0 && code != 2 {
					t.Errorf("%s cut to %d, %v: exit %d: %s", name, n, args, code, errs)
				}
			}
		}
	}
}

func cuts(n int) []int {
	out := []int{1, 3, 8, 27, 29, 48, 100, 207, 511, 512, 513, 4095, 4096, 4097, 4608, 5000, n / 2, n - 4096, n - 512, n - 1}
	var fit []int
	for _, c := range out {
		if c > 0 && c < n {
			fit = append(fit, c)
		}
	}
	return fit
}

// Content decides, not the name: every file is recognised under a name of another kind.
func TestNamesDoNotDecide(t *testing.T) {
	for name, content := range builtBytes(t) {
		if strings.Contains(strings.ToLower(name), "system") || name == "setuperr.log" || name == "truncated.wim" {
			continue
		}
		want := shown(t, testkit.WriteFile(t, name, content)).text("kind")
		for _, other := range []string{"X.bin", "disk.img", "SYSTEM", "log.evtx"} {
			if got := shown(t, testkit.WriteFile(t, other, content)).text("kind"); got != want {
				t.Errorf("%s as %s: %s, want %s", name, other, got, want)
			}
		}
	}
}

// Text logs are recognised in UTF-16 as well, and a line of 100 MB is no obstacle.
func TestLogsInOtherForms(t *testing.T) {
	if got := shown(t, testkit.WriteFile(t, "x", append([]byte{0xff, 0xfe}, testkit.UTF16(builtCBS, binary.LittleEndian)...))); got["kind"] != "cbs" || got["encoding"] != "utf-16le" || got.text("lines") != "5" || got.text("sessions") != "1" {
		t.Errorf("UTF-16: %v", got)
	}
	long := io.MultiReader(strings.NewReader(builtCBS+"\n"), io.LimitReader(endless('x'), 100<<20), strings.NewReader("\n"+builtCBS))
	path := filepath.Join(t.TempDir(), "long.log")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(f, long); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if got := shown(t, path); got.text("lines") != "11" || got.text("failedSessions") != "2" {
		t.Errorf("100 MB line: %v", got)
	}
}

type endless byte

func (e endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(e)
	}
	return len(b), nil
}

// The number of images is at byte 44 of a WIM: a claim of four thousand millions must
// neither hang nor be believed.
func TestClaimedImages(t *testing.T) {
	wim := builtWIM(t)
	binary.LittleEndian.PutUint32(wim[44:], 0xffffffff)
	path := testkit.WriteFile(t, "x.wim", wim)
	if got := shown(t, path); got["valid"] != false || got.text("imageCount") != "4294967295" || len(asList(got["images"])) != 1 {
		t.Errorf("valid %v, imageCount %v", got["valid"], got["imageCount"])
	}
	if all := recordLines(t, path); len(all) != 4 {
		t.Errorf("%d entries", len(all))
	}
}

// failing gives an I/O error from a certain place on.
type failing struct {
	r  io.ReaderAt
	at int64
}

func (f failing) ReadAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) <= f.at {
		return f.r.ReadAt(b, off)
	}
	if off >= f.at {
		return 0, errMedium
	}
	n, _ := f.r.ReadAt(b[:f.at-off], off)
	return n, errMedium
}

var errMedium = errors.New("input/output error")

// What lies before an unreadable place is shown.
func TestUnreadableMiddle(t *testing.T) {
	files := builtBytes(t)
	for name, figure := range map[string]string{"servicing.log": "lines", "history.log": "events", "setuperr.log": "lines", "recovery.log": "lines"} {
		content := files[name]
		at := int64(len(content)) - 100
		s := &subject{name: name, base: name, file: failing{bytes.NewReader(content), at}, size: int64(len(content)), close: noClose}
		in := &inspector{ctx: context.Background()}
		v, err := in.recognise(s)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		doc, err := v.document(context.Background())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var out bytes.Buffer
		a := &app{common: common{Format: "json"}}
		if err := a.render(&out, doc); err != nil {
			t.Fatal(err)
		}
		got := decode(t, out.Bytes())
		if got.text(figure) == "0" || len(asList(got["problems"])) == 0 {
			t.Errorf("%s: %s %s, problems %v", name, figure, got.text(figure), got["problems"])
		}
	}
	s := &subject{name: "x", file: failing{bytes.NewReader(nil), 0}, size: 100, close: noClose}
	if _, err := (&inspector{ctx: context.Background()}).recognise(s); !errors.Is(err, errMedium) {
		t.Errorf("unreadable from the start: %v", err)
	}
}

// Nothing a file holds can move the cursor of a terminal.
func TestTextIsPlain(t *testing.T) {
	if got := plain("a\x1b[2J\u202eb\xff\n"); got != "a\ufffd[2J\ufffdb\ufffd\ufffd" {
		t.Errorf("%q", got)
	}
}

func TestSizes(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1024: "1 KB", 1536: "1.5 KB", 87_031_808: "83 MB", 64 << 30: "64 GB", 1<<64 - 1: "15 EB"} {
		if got := sizeText(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	if got := commas(1234567) + commas(-12) + commas(uint64(999)); got != "1,234,567-12999" {
		t.Error(got)
	}
}

// FuzzInspect feeds any bytes to whatever they are recognised as, disks aside.
func FuzzInspect(f *testing.F) {
	for _, content := range builtBytes(f) {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		s := &subject{name: "x", base: "x", file: bytes.NewReader(content), size: int64(len(content)), close: noClose}
		v, err := (&inspector{ctx: t.Context()}).recognise(s)
		if err != nil {
			return
		}
		doc, err := v.document(t.Context())
		if err != nil {
			return
		}
		doc.show(&sheet{say: func(id string) string { return id }})
		_ = (&app{common: common{Format: "json"}}).render(io.Discard, doc)
		_ = v.records(t.Context(), newLines(io.Discard))
	})
}
