package ntfs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"updoc/testkit"
)

// wimResource compresses content with wimlib-imagex and gives the compressed resource: CompactOS keeps a
// file in the same form, a chunk table and the chunks.
func wimResource(t *testing.T, content []byte, compression, chunk string) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	wim := filepath.Join(t.TempDir(), "x.wim")
	testkit.Run(t, "wimlib-imagex", "capture", dir, wim, "--compress="+compression, "--chunk-size="+chunk)
	b := testkit.ReadFile(t, wim)
	table, size := le.Uint64(b[56:]), le.Uint64(b[48:])&(1<<56-1)
	for row := b[table : table+size]; len(row) >= 50; row = row[50:] {
		if le.Uint64(row[16:]) == uint64(len(content)) {
			at := le.Uint64(row[8:])
			return b[at : at+le.Uint64(row)&(1<<56-1)]
		}
	}
	t.Fatal("the file is not in the WIM")
	return nil
}

// wofMini gives the mini volume with the file "wof" compressed.
func wofMini(size int, algorithm uint32, resource []byte) memory {
	b := newMini()
	m := &mini{b: b, next: 300}
	at := m.store(resource)
	n := int64(len(resource))
	point := le.AppendUint32(nil, TagWOF)
	for _, x := range []uint32{16, 1, wofProviderFile, 1, algorithm} {
		point = le.AppendUint32(point, x)
	}
	m.put(miniWOF, 1, 0, stdInfo(0x620), remote(attrData, "", flagSparse, 0, int64(size), 0, -1, 100),
		remote(attrData, wofStreamName, 0, 0, n, n, at, (n+miniCluster-1)/miniCluster), local(attrReparse, "", point))
	return b
}

// wofContent has chunks that compress and chunks that do not.
func wofContent() []byte {
	b := bytes.Repeat([]byte("CompactOS compresses system files in place. "), 1500)
	n := byte(1)
	for i := 20000; i < 60000; i++ {
		n = n*167 + byte(i>>7) + byte(i*i>>5)
		b[i] = n
	}
	return b
}

func TestCompactOS(t *testing.T) {
	want := wofContent()
	for _, tt := range []struct {
		algorithm          uint32
		compression, chunk string
	}{
		{wofXpress4K, "xpress", "4096"},
		{wofXpress8K, "xpress", "8192"},
		{wofXpress16K, "xpress", "16384"},
		{wofLZX, "lzx", "32768"},
	} {
		resource := wimResource(t, want, tt.compression, tt.chunk)
		if len(resource) >= len(want) {
			t.Fatal("nothing was compressed")
		}
		v := openMini(t, wofMini(len(want), tt.algorithm, resource))
		if got, err := fs.ReadFile(v, "wof"); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s %s: %d bytes, %v", tt.compression, tt.chunk, len(got), err)
		}
		f, err := v.Open("wof")
		if err != nil {
			t.Fatal(err)
		}
		p := make([]byte, 10000)
		if n, err := f.(io.ReaderAt).ReadAt(p, int64(len(want))-5000); n != 5000 || err != io.EOF || !bytes.Equal(p[:n], want[len(want)-5000:]) {
			t.Errorf("%s %s: the end: %d, %v", tt.compression, tt.chunk, n, err)
		}
		if s, err := v.Streams("wof"); err != nil || s != nil {
			t.Errorf("streams = %v, %v", s, err)
		}
	}
}

func TestCompactOSThatCannotBeRead(t *testing.T) {
	v := openMini(t, wofMini(9000, 9, make([]byte, 100)))
	if _, err := v.Open("wof"); !errors.Is(err, ErrCompactOS) {
		t.Errorf("unknown algorithm: %v", err)
	}
	for name, resource := range map[string][]byte{
		"zeros":      make([]byte, 100),
		"too short":  {1, 2},
		"leaves":     le.AppendUint32(le.AppendUint32(nil, 50), 1<<30),
		"descending": append(le.AppendUint32(le.AppendUint32(nil, 50), 20), make([]byte, 60)...),
	} {
		v := openMini(t, wofMini(9000, wofXpress4K, resource))
		if _, err := fs.ReadFile(v, "wof"); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Any bytes as a compressed stream.
func FuzzWOF(f *testing.F) {
	f.Add(append(le.AppendUint32(le.AppendUint32(nil, 50), 70), make([]byte, 80)...), uint32(9000), uint32(0))
	f.Fuzz(func(t *testing.T, b []byte, size, algorithm uint32) {
		w := &wofFile{packed: &stream{isLocal: true, local: b, size: int64(len(b)), init: int64(len(b))}, size: int64(size), entry: 4, at: -1}
		if w.choose(algorithm%4) != nil {
			t.Fatal("algorithm")
		}
		p := make([]byte, 5000)
		for _, off := range []int64{0, int64(size) / 2, int64(size)} {
			if n, err := w.ReadAt(p, off); n < len(p) && err == nil {
				t.Errorf("%d bytes without an error", n)
			}
		}
	})
}
