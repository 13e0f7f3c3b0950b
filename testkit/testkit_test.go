package testkit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// watched is a test whose end is recorded instead of reported.
type watched struct {
	testing.TB
	end string
}

func (w *watched) Helper() {}

func (w *watched) Skipf(format string, args ...any) { w.stop("skip: " + fmt.Sprintf(format, args...)) }

func (w *watched) Fatalf(format string, args ...any) { w.stop("fail: " + fmt.Sprintf(format, args...)) }

func (w *watched) Fatal(args ...any) { w.stop("fail: " + fmt.Sprint(args...)) }

func (w *watched) stop(end string) {
	w.end = end
	runtime.Goexit()
}

// ending returns how a test ends, empty if it goes through.
func ending(t *testing.T, test func(t testing.TB)) string {
	w := &watched{TB: t}
	done := make(chan bool)
	go func() {
		defer close(done)
		test(w)
	}()
	<-done
	return w.end
}

func TestWhatIsAbsentSkipsByNameAndFailsInCI(t *testing.T) {
	const nothing = "no-such-program"
	for name, test := range map[string]func(testing.TB){
		nothing:        func(t testing.TB) { Run(t, nothing) },
		"hive/nothing": func(t testing.TB) { SampleBytes(t, "hive/nothing") },
		"a moon":       func(t testing.TB) { Need(t, false, "a moon") },
	} {
		for ci, want := range map[string]string{"": "skip: needs ", "true": "fail: needs "} {
			t.Setenv("CI", ci)
			if got := ending(t, test); !strings.HasPrefix(got, want) || !strings.Contains(got, name) {
				t.Errorf("with CI=%q %s ends with %q", ci, name, got)
			}
		}
	}
	if got := ending(t, func(t testing.TB) { Need(t, true, "air") }); got != "" {
		t.Errorf("nothing is absent: %q", got)
	}
}

// fakeCheckout makes a checkout with samples beside it and goes to a package of it.
func fakeCheckout(t *testing.T, truth string) {
	t.Helper()
	root := t.TempDir()
	for name, content := range map[string]string{
		"main/go.mod": "module x", "main/a/b/c.go": "package b", "shared/samples/TRUTH.json": truth, "shared/samples/hive/X": "regf",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(filepath.Join(root, "main", "a", "b"))
}

func TestSamplesLieBesideTheCheckout(t *testing.T) {
	fakeCheckout(t, `{"hive/X": {"truth": {"Keys": 7}}, "wim/Y": {"truth": {"Keys": "none"}}}`)
	if got := SampleBytes(t, "hive/X"); string(got) != "regf" {
		t.Errorf("sample holds %q", got)
	}
	got := Truth[struct{ Keys int }](t, "hive/")
	if len(got) != 1 || got["hive/X"].Keys != 7 {
		t.Errorf("truth is %v", got)
	}
	for prefix, want := range map[string]string{"wim/": "wim/Y", "disk/": "knows no sample disk/"} {
		end := ending(t, func(t testing.TB) { Truth[struct{ Keys int }](t, prefix) })
		if !strings.HasPrefix(end, "fail: ") || !strings.Contains(end, want) {
			t.Errorf("the truth of %s ends with %q", prefix, end)
		}
	}
}

func TestOutsideACheckoutIsAFailure(t *testing.T) {
	t.Chdir(t.TempDir())
	if end := ending(t, func(t testing.TB) { Sample(t, "hive/X") }); !strings.HasPrefix(end, "fail: ") {
		t.Errorf("ends with %q", end)
	}
}

func TestPrograms(t *testing.T) {
	const script = `echo "$LC_ALL $TZ"; cat; echo complaint >&2`
	both := Command(t, "sh", "-c", script)
	both.Stdin = strings.NewReader("input\n")
	if got := Combined(t, both); got != "C.UTF-8 UTC\ninput\ncomplaint\n" {
		t.Errorf("combined: %q", got)
	}
	if got := Output(t, Command(t, "sh", "-c", script)); got != "C.UTF-8 UTC\n" {
		t.Errorf("output: %q", got)
	}
	for _, run := range []func(testing.TB){
		func(t testing.TB) { Run(t, "sh", "-c", "echo why >&2; exit 3") },
		func(t testing.TB) { Output(t, Command(t, "sh", "-c", "echo why >&2; exit 3")) },
	} {
		if end := ending(t, run); !strings.Contains(end, "exit status 3") || !strings.Contains(end, "why") {
			t.Errorf("a failing program ends with %q", end)
		}
	}
}

func TestFiles(t *testing.T) {
	path := WriteFile(t, "x.bin", []byte("abc"))
	if got := ReadFile(t, path); string(got) != "abc" || filepath.Base(path) != "x.bin" {
		t.Errorf("%s holds %q", path, got)
	}
	zeros := make([]byte, 200<<10)
	plain, moved := slices.Clone(zeros), slices.Clone(zeros)
	plain[70<<10], moved[140<<10] = 1, 1
	for _, c := range []struct {
		a, b []byte
		same bool
	}{{plain, plain, true}, {plain, moved, false}, {plain, zeros, false}, {zeros, zeros[1:], false}, {nil, zeros, false}} {
		if same := DiskHash(t, WriteFile(t, "a", c.a)) == DiskHash(t, WriteFile(t, "b", c.b)); same != c.same {
			t.Errorf("%d and %d bytes: same is %v", len(c.a), len(c.b), same)
		}
	}
	if DiskHash(t, EmptyDisk(t, 200<<10)) != DiskHash(t, WriteFile(t, "c", zeros)) {
		t.Error("a hole is not as zeros are")
	}
	if got := ReadFile(t, EmptyDisk(t, 5000)); !bytes.Equal(got, make([]byte, 5000)) {
		t.Errorf("%d bytes", len(got))
	}
	for _, test := range []func(testing.TB){func(t testing.TB) { ReadFile(t, path+"?") }, func(t testing.TB) { DiskHash(t, path+"?") }} {
		if end := ending(t, test); !strings.HasPrefix(end, "fail: ") {
			t.Errorf("an absent file ends with %q", end)
		}
	}
}

func TestMemory(t *testing.T) {
	m := Memory("0123456789")
	p := make([]byte, 4)
	for off, want := range map[int64]error{0: nil, 6: nil, 8: io.EOF, 10: io.EOF, 1 << 40: io.EOF} {
		if n, err := m.ReadAt(p, off); err != want || n != int(max(0, min(4, 10-off))) {
			t.Errorf("read at %d: %d, %v", off, n, err)
		}
	}
	if _, err := m.ReadAt(p, -1); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("read at -1: %v", err)
	}
	if n, err := m.WriteAt([]byte("ab"), 8); n != 2 || err != nil || string(m) != "01234567ab" {
		t.Errorf("write: %d, %v, %s", n, err, m)
	}
	c := Counter{ReaderAt: m}
	for range 2 {
		c.ReadAt(p, 8)
	}
	if c.Bytes != 4 {
		t.Errorf("%d bytes counted", c.Bytes)
	}
	for off, fits := range map[int64]int{9: 1, 10: 0, 11: 0, -1: 0} {
		if n, err := m.WriteAt([]byte("xy"), off); n != fits || err != io.ErrShortWrite {
			t.Errorf("write at %d: %d, %v", off, n, err)
		}
	}
}

func TestData(t *testing.T) {
	if got := Hex(t, "00ff"); !bytes.Equal(got, []byte{0, 255}) {
		t.Errorf("hex %x", got)
	}
	if end := ending(t, func(t testing.TB) { Hex(t, "0g") }); !strings.HasPrefix(end, "fail: ") {
		t.Errorf("no hexadecimal digits end with %q", end)
	}
	if got := UTF16("a𠮷", binary.LittleEndian); !bytes.Equal(got, []byte{'a', 0, 0x42, 0xd8, 0xb7, 0xdf}) {
		t.Errorf("UTF-16 %x", got)
	}
	if a, b := Noise(1, 1000), Noise(2, 1000); !bytes.Equal(a, Noise(1, 1000)) || bytes.Equal(a, b) || len(a) != 1000 {
		t.Error("noise does not depend on its seed alone")
	}
	if b := Program(); len(b) < 12000 || !bytes.Contains(b, []byte("\xe8")) || !bytes.Equal(b, Program()) {
		t.Errorf("%d bytes of program", len(b))
	}
}
