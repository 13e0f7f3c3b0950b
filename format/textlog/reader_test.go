package textlog

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

	"updoc/testkit"
)

type got struct {
	number, offset int64
	text           string
}

func readAll(t *testing.T, r io.Reader, opts Options) ([]got, *Reader) {
	t.Helper()
	lr := NewReader(context.Background(), r, opts)
	var lines []got
	for {
		l, err := lr.Next()
		if err == io.EOF {
			return lines, lr
		}
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, got{l.Number, l.Offset, string(l.Text)})
	}
}

func TestNextInEveryEncoding(t *testing.T) {
	// U+0A0A and U+010A hold the byte of a line feed without being one.
	text := "first line of a log file\r\n\nthird \u0a0a\u010a\U0001F600 line\nlast one, not ended"
	want := []string{"first line of a log file", "", "third \u0a0a\u010a\U0001F600 line", "last one, not ended"}
	forms := map[string]struct {
		data []byte
		enc  Encoding
		bom  int
	}{
		"utf-8":             {[]byte(text), UTF8, 0},
		"utf-8 mark":        {append([]byte{0xEF, 0xBB, 0xBF}, text...), UTF8, 3},
		"utf-16le mark":     {append([]byte{0xFF, 0xFE}, testkit.UTF16(text, binary.LittleEndian)...), UTF16LE, 2},
		"utf-16be mark":     {append([]byte{0xFE, 0xFF}, testkit.UTF16(text, binary.BigEndian)...), UTF16BE, 2},
		"utf-16le unmarked": {testkit.UTF16(text, binary.LittleEndian), UTF16LE, 0},
		"utf-16be unmarked": {testkit.UTF16(text, binary.BigEndian), UTF16BE, 0},
	}
	for name, f := range forms {
		for _, r := range []io.Reader{bytes.NewReader(f.data), iotest.OneByteReader(bytes.NewReader(f.data))} {
			lines, lr := readAll(t, r, Options{})
			if lr.Encoding() != f.enc || lr.BOM() != f.bom || lr.Bytes() != int64(len(f.data)) {
				t.Errorf("%s: encoding %v, mark %d, bytes %d", name, lr.Encoding(), lr.BOM(), lr.Bytes())
			}
			if len(lines) != len(want) {
				t.Fatalf("%s: %d lines: %v", name, len(lines), lines)
			}
			for i, l := range lines {
				if l.text != want[i] || l.number != int64(i+1) {
					t.Errorf("%s line %d: %+v, want %q", name, i+1, l, want[i])
				}
			}
		}
	}
}

func TestOffsetsPointAtTheLine(t *testing.T) {
	data := append([]byte{0xFF, 0xFE}, testkit.UTF16("ab\r\ncdé\nf", binary.LittleEndian)...)
	lines, _ := readAll(t, bytes.NewReader(data), Options{})
	for _, l := range lines {
		first := testkit.UTF16(l.text[:1], binary.LittleEndian)
		if !bytes.HasPrefix(data[l.offset:], first) {
			t.Errorf("offset %d does not point at %q", l.offset, l.text)
		}
	}
}

func TestLongLineIsCutNotStored(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	lr := NewReader(context.Background(), strings.NewReader("a\n"+long+"\nend"), Options{MaxLine: 100})
	var texts []string
	var cut []bool
	for {
		l, err := lr.Next()
		if err != nil {
			break
		}
		texts, cut = append(texts, string(l.Text)), append(cut, l.Truncated)
	}
	if len(texts) != 3 || texts[1] != long[:100] || !cut[1] || cut[0] || cut[2] || texts[2] != "end" {
		t.Fatalf("lines %d, cut %v", len(texts), cut)
	}
	if cap(lr.raw) > 4096 {
		t.Errorf("kept %d bytes of the line", cap(lr.raw))
	}
}

func TestOddLastByteOfUTF16(t *testing.T) {
	data := append([]byte{0xFF, 0xFE}, testkit.UTF16("ab\nc", binary.LittleEndian)...)
	lines, _ := readAll(t, bytes.NewReader(append(data, 'd')), Options{})
	if len(lines) != 2 || lines[1].text != "c\uFFFD" {
		t.Fatalf("%v", lines)
	}
}

func TestReadErrorAfterWhatWasRead(t *testing.T) {
	broken := errors.New("bad sector")
	lr := NewReader(context.Background(), io.MultiReader(strings.NewReader("one\ntw"), iotest.ErrReader(broken)), Options{})
	if l, err := lr.Next(); err != nil || string(l.Text) != "one" || l.Unended {
		t.Fatalf("%q %v", l.Text, err)
	}
	if l, err := lr.Next(); err != nil || string(l.Text) != "tw" || !l.Unended {
		t.Fatalf("%q %v", l.Text, err)
	}
	if _, err := lr.Next(); !errors.Is(err, broken) {
		t.Fatalf("error %v", err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	lr := NewReader(ctx, endless{}, Options{})
	if _, err := lr.Next(); err != nil {
		t.Fatal(err)
	}
	cancel()
	for range 1 << 20 {
		if _, err := lr.Next(); err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("error %v", err)
			}
			return
		}
	}
	t.Fatal("read on after the cancel")
}

// endless is a log without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, "x\n"), nil }

func FuzzReader(f *testing.F) {
	f.Add([]byte("a\r\nb\nc"))
	f.Add([]byte{0xFF, 0xFE, 'a', 0, '\n', 0, 'b', 0, 'c'})
	f.Add([]byte{0xFE, 0xFF, 0xD8, 0, 0, '\n', 0xDC, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, a := readAll(t, bytes.NewReader(data), Options{})
		bytewise, b := readAll(t, iotest.OneByteReader(bytes.NewReader(data)), Options{})
		if fmt.Sprint(whole) != fmt.Sprint(bytewise) || a.Bytes() != b.Bytes() {
			t.Fatalf("depends on how it is read:\n%v\n%v", whole, bytewise)
		}
		if a.Bytes() != int64(len(data)) {
			t.Fatalf("consumed %d of %d bytes", a.Bytes(), len(data))
		}
		if a.Encoding() == UTF8 {
			compareWithSplit(t, data[a.BOM():], whole)
		}
	})
}

// compareWithSplit checks against the obvious way to do it.
func compareWithSplit(t *testing.T, data []byte, lines []got) {
	t.Helper()
	parts := strings.SplitAfter(string(data), "\n")
	if parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	if len(parts) != len(lines) {
		t.Fatalf("%d lines, want %d", len(lines), len(parts))
	}
	for i, p := range parts {
		if len(p) > DefaultMaxLine {
			continue
		}
		p = strings.TrimSuffix(strings.TrimSuffix(p, "\n"), "\r")
		if lines[i].text != p {
			t.Fatalf("line %d is %q, want %q", i+1, lines[i].text, p)
		}
	}
}

func BenchmarkReader(b *testing.B) {
	data := bytes.Repeat([]byte("2024-01-09 10:00:00, Info                  CBS    Appl: something ordinary\r\n"), 20000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		lr := NewReader(context.Background(), bytes.NewReader(data), Options{})
		for {
			if _, err := lr.Next(); err != nil {
				break
			}
		}
	}
}
