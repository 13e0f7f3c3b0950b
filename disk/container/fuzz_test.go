package container

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"sync"
	"testing"
)

// memoryFile is a file in memory.
type memoryFile struct{ *bytes.Reader }

// Close does nothing.
func (memoryFile) Close() error { return nil }

func memorySource(b []byte) *fileSource {
	return &fileSource{f: memoryFile{bytes.NewReader(b)}, size: int64(len(b))}
}

// smallQcow2 has clusters of 512 bytes: header, first-level table, second-level table, one plain and
// one compressed cluster.
func smallQcow2() []byte {
	b := make([]byte, 5*512)
	be := binary.BigEndian
	copy(b, qcowMagic)
	be.PutUint32(b[4:], 3)
	be.PutUint32(b[20:], 9)
	be.PutUint64(b[24:], 64*512)
	be.PutUint32(b[36:], 1)
	be.PutUint64(b[40:], 512)
	be.PutUint32(b[100:], 104)
	be.PutUint64(b[512:], 1024|1<<63)
	be.PutUint64(b[1024:], 1536|1<<63)
	copy(b[1536:], "plain cluster")
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, 9)
	w.Write(bytes.Repeat([]byte("packed"), 100)[:512])
	w.Close()
	copy(b[2048:], packed.Bytes())
	be.PutUint64(b[1032:], 2048|qcowCompressed)
	return b
}

func TestSmallQcow2(t *testing.T) {
	img, err := openSource(memorySource(smallQcow2()), smallQcow2())
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 64*512)
	if _, err := img.ReadAt(got, 0); err != nil || string(got[:5]) != "plain" || string(got[512:518]) != "packed" || got[1024] != 0 {
		t.Errorf("%q, %q, %v", got[:5], got[512:518], err)
	}
}

func TestManyReadersAtOnce(t *testing.T) {
	img, err := openSource(memorySource(smallQcow2()), smallQcow2())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got := make([]byte, 64*512)
			if _, err := img.ReadAt(got, 0); err != nil || string(got[512:518]) != "packed" {
				t.Errorf("%q, %v", got[512:518], err)
			}
		})
	}
	wg.Wait()
}

// smallVHD is a dynamic disk with blocks of 4096 bytes, of which the second exists.
func smallVHD() []byte {
	b := make([]byte, 512+1024+512+512+4096+512)
	be := binary.BigEndian
	copy(b, vhdCookie)
	be.PutUint64(b[16:], 512)
	be.PutUint64(b[48:], 4*4096)
	be.PutUint32(b[60:], vhdDynamic)
	h := b[512:]
	copy(h, vhdSparseCookie)
	be.PutUint64(h[16:], 1536)
	be.PutUint32(h[28:], 4)
	be.PutUint32(h[32:], 4096)
	for i, at := range []uint32{vhdUnused, 4, vhdUnused, vhdUnused} {
		be.PutUint32(b[1536+4*i:], at)
	}
	copy(b[2560:], "second block")
	copy(b[len(b)-512:], b[:512])
	return b
}

func TestSmallVHD(t *testing.T) {
	img, err := openSource(memorySource(smallVHD()), smallVHD())
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 12)
	if _, err := img.ReadAt(got, 4096); err != nil || string(got) != "second block" {
		t.Errorf("%q, %v", got, err)
	}
}

// fuzzImage opens any bytes as a container and reads the beginning, the end and past it.
func fuzzImage(t *testing.T, b []byte) {
	img, err := openSource(memorySource(b), b[:min(len(b), headLen)])
	if err != nil {
		return
	}
	defer img.Close()
	p := make([]byte, 3000)
	for _, off := range []int64{0, 511, img.Size() / 2, img.Size() - 100, img.Size(), 1<<63 - 1, -1} {
		n, err := img.ReadAt(p, off)
		if n < 0 || n > len(p) || n < len(p) && err == nil || err == io.EOF {
			t.Errorf("ReadAt(%d) = %d, %v", off, n, err)
		}
	}
	img.Problems()
}

func FuzzQCOW2(f *testing.F) {
	f.Add(smallQcow2())
	v2 := smallQcow2()
	v2[7] = 2
	f.Add(v2)
	f.Fuzz(fuzzImage)
}

func FuzzVHD(f *testing.F) {
	f.Add(smallVHD())
	fixed := append(content()[:1024], smallVHD()[:512]...)
	fixed[1024+63], fixed[1024+54] = vhdFixed, 4
	f.Add(fixed)
	f.Fuzz(fuzzImage)
}
