package cab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"updoc/testkit"
)

var at = time.Date(2024, 3, 20, 20, 3, 4, 0, time.UTC)

// logLike is a text of several blocks that refers to itself over their borders.
func logLike() []byte {
	return append([]byte(strings.Repeat("2024-03-20 20:03:00, Info                  CBS    Session: 1_2 initialized by client WindowsUpdateAgent.\r\n", 1500)),
		testkit.Noise(7, 40000)...)
}

func open(t testing.TB, b []byte) *Cabinet {
	t.Helper()
	c, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWritten(t *testing.T) {
	for _, data := range [][]byte{logLike(), {}, []byte("x"), bytes.Repeat([]byte("ab"), blockSize)} {
		c := open(t, Write("CbsPersist.log", data, at))
		if len(c.Files) != 1 || len(c.Problems) != 0 {
			t.Fatalf("%+v", c)
		}
		f := c.Files[0]
		got, err := io.ReadAll(c.Open(f))
		if err != nil || !bytes.Equal(got, data) || f.Name != "CbsPersist.log" || f.Size != int64(len(data)) || !f.Time.Equal(at) || f.Method != MSZIP {
			t.Errorf("%d bytes: %v, %+v", len(got), err, f)
		}
	}
}

// cabextract reads what we write.
func TestCabextractReadsOurs(t *testing.T) {
	data := logLike()
	path := testkit.WriteFile(t, "ours.cab", Write("inside.log", data, at))
	dir := t.TempDir()
	testkit.Run(t, "cabextract", "-q", "-d", dir, path)
	if got := testkit.ReadFile(t, filepath.Join(dir, "inside.log")); !bytes.Equal(got, data) {
		t.Errorf("%d bytes, want %d", len(got), len(data))
	}
}

// gcab makes cabinets whose blocks refer to those before, and stored ones; of each,
// every file is what went in.
func TestGcab(t *testing.T) {
	for name, options := range map[string][]string{"stored": {"-n"}, "mszip": {"-n", "-z"}} {
		dir := t.TempDir()
		files := map[string][]byte{"a.log": logLike(), "b.bin": testkit.Noise(9, 100_000), "empty": {}, "c.txt": []byte("last")}
		args := append([]string{"-c"}, options...)
		args = append(args, filepath.Join(dir, "x.cab"))
		for file, data := range files {
			if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, filepath.Join(dir, file))
		}
		testkit.Run(t, "gcab", args...)
		c := open(t, testkit.ReadFile(t, filepath.Join(dir, "x.cab")))
		if len(c.Files) != len(files) {
			t.Errorf("%s: %d files", name, len(c.Files))
		}
		for _, f := range c.Files {
			got, err := io.ReadAll(c.Open(f))
			if err != nil || !bytes.Equal(got, files[f.Name]) || f.Method.String() != name {
				t.Errorf("%s: %s: %d bytes, %v", name, f.Name, len(got), err)
			}
		}
	}
}

// packLZX makes a cabinet of files that are compressed with LZX.
func packLZX(files []Content, power int, calls bool) []byte {
	var data, blocks []byte
	for _, f := range files {
		data = append(data, f.Data...)
	}
	kinds := []testkit.LZXBlock{{Kind: 1, Size: 50_000}, {Kind: 3, Size: 33_333}, {Kind: 2, Size: 70_000}, {Kind: 3, Size: 9}}
	frames := testkit.LZX(data, 1<<power, kinds, calls)
	for i, f := range frames {
		blocks = appendBlock(blocks, f, min(blockSize, len(data)-i*blockSize))
	}
	return assemble(files, at, uint16(LZX)|uint16(power)<<8, blocks, len(frames))
}

// What our encoder packs with LZX is what cabextract and we unpack, with every window.
func TestLZX(t *testing.T) {
	program := bytes.Repeat(testkit.Program(), 30)
	files := []Content{{"a.log", logLike()}, {"empty", nil}, {"b.exe", program}, {"c.bin", testkit.Noise(3, 70_000)}, {"d.exe", program}}
	for power := 15; power <= 21; power++ {
		raw := packLZX(files, power, power%2 == 1)
		path, dir := testkit.WriteFile(t, "lzx.cab", raw), t.TempDir()
		testkit.Run(t, "cabextract", "-q", "-d", dir, path)
		c := open(t, raw)
		for i, f := range files {
			got, err := io.ReadAll(c.Open(c.Files[i]))
			if err != nil || !bytes.Equal(got, f.Data) || c.Files[i].Method != LZX {
				t.Errorf("window 2^%d: %s: %d bytes, %v", power, f.Name, len(got), err)
			}
			if theirs := testkit.ReadFile(t, filepath.Join(dir, f.Name)); !bytes.Equal(theirs, f.Data) {
				t.Errorf("window 2^%d: %s: cabextract has %d other bytes", power, f.Name, len(theirs))
			}
		}
	}
}

// A file behind a large stored one is found without reading that.
func TestStoredIsPassed(t *testing.T) {
	files := []Content{{"big", testkit.Noise(1, 100*blockSize+5)}, {"small", []byte("here")}}
	data := append(bytes.Clone(files[0].Data), files[1].Data...)
	var blocks []byte
	count := 0
	for ; len(data) > 0; count++ {
		n := min(blockSize, len(data))
		blocks, data = appendBlock(blocks, data[:n], n), data[n:]
	}
	raw := assemble(files, at, uint16(Stored), blocks, count)
	counted := &counting{r: bytes.NewReader(raw)}
	c, err := Open(counted, int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c.Open(c.Files[1]))
	if err != nil || string(got) != "here" || counted.n > 2*blockSize {
		t.Errorf("%q, %v, %d bytes read", got, err, counted.n)
	}
}

type counting struct {
	r io.ReaderAt
	n int
}

func (c *counting) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.r.ReadAt(b, at)
	c.n += n
	return n, err
}

// Cut off or overwritten anywhere, a cabinet gives what came before, and an error of
// this package.
func TestDamage(t *testing.T) {
	data := logLike()
	whole := Write("x.log", data, at)
	check := func(what string, b []byte) {
		c, err := Open(bytes.NewReader(b), int64(len(b)))
		if err == nil && len(c.Files) == 0 && len(c.Problems) > 0 {
			return
		}
		var got []byte
		if err == nil {
			got, err = io.ReadAll(c.Open(c.Files[0]))
		}
		if err == nil || !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotCab) {
			t.Errorf("%s: %v", what, err)
		}
		if !bytes.HasPrefix(data, got) {
			t.Errorf("%s: %d wrong bytes", what, len(got))
		}
	}
	for n := 0; n < len(whole)-1; n += 501 {
		check("cut", whole[:n])
	}
	for i := 80; i < len(whole); i += 977 {
		b := bytes.Clone(whole)
		b[i] ^= 0x55
		check("overwritten", b)
	}
}

func TestRefused(t *testing.T) {
	with := func(at int, v uint16) []byte {
		b := Write("x.log", logLike(), time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
		binary.LittleEndian.PutUint16(b[at:], v)
		return b
	}
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"lzx":       {with(headerSize+6, 0x1503), ErrDamaged}, // its blocks are MSZIP
		"window":    {with(headerSize+6, 0x1f03), ErrDamaged},
		"quantum":   {with(headerSize+6, 2), ErrUnsupported},
		"continued": {with(headerSize+folderSize+8, 0xfffe), ErrUnsupported},
		"folder":    {with(headerSize+folderSize+8, 9), ErrDamaged},
	} {
		cabinet := open(t, c.raw)
		if got, err := io.ReadAll(cabinet.Open(cabinet.Files[0])); !errors.Is(err, c.want) || len(got) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(strings.NewReader("PK\x03\x04"), 4); !errors.Is(err, ErrNotCab) {
		t.Errorf("zip: %v", err)
	}
}

// A block of four thousand zeros may claim to be large; a reader takes no more than it
// asks for.
func TestBomb(t *testing.T) {
	b := Write("x.log", make([]byte, 8<<20), at)
	c := open(t, b)
	n, err := io.CopyN(io.Discard, c.Open(c.Files[0]), 1<<20)
	if err != nil || n != 1<<20 || len(b) > 1<<17 {
		t.Errorf("%d of %d packed bytes, %v", n, len(b), err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(Write("x.log", []byte("text"), at))
	f.Add(Write("x.log", bytes.Repeat([]byte("text"), 20000), at))
	f.Add(packLZX([]Content{{"x.log", bytes.Repeat([]byte("text"), 3000)}}, 15, true))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, file := range c.Files[:min(len(c.Files), 4)] {
			n, err := io.Copy(io.Discard, io.LimitReader(c.Open(file), 1<<20))
			if n > file.Size || err == nil && n < min(file.Size, 1<<20) {
				t.Fatalf("%d of %d bytes, %v", n, file.Size, err)
			}
		}
	})
}
