package evtx

import (
	"bytes"
	"context"
	"hash/crc32"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"updoc/testkit"
)

const benchSize = 64 << 20

// enlarge repeats the chunks of a log up to size bytes; record ids go on, so
// that no record is a duplicate, and checksums are made anew.
func enlarge(src []byte, size int) []byte {
	out := append([]byte(nil), src[:headerBlockSize]...)
	id := uint64(1)
	for len(out) < size {
		before := len(out)
		for off := headerBlockSize; off+chunkSize <= len(src); off += chunkSize {
			if h := parseChunkHeader(src[off : off+chunkSize]); h.trusted() && h.recordsCRCOK(src[off:off+chunkSize]) {
				out = append(out, src[off:off+chunkSize]...)
				id = renumber(out[len(out)-chunkSize:], h, id)
			}
		}
		if len(out) == before {
			return nil
		}
	}
	chunks := (len(out) - headerBlockSize) / chunkSize
	clear(out[8:128])
	le.PutUint64(out[16:], uint64(chunks-1))
	le.PutUint64(out[24:], id)
	copy(out[32:], []byte{128, 0, 0, 0, 1, 0, 3, 0, 0, 16})
	le.PutUint16(out[42:], uint16(chunks))
	le.PutUint32(out[124:], crc32.ChecksumIEEE(out[:120]))
	return out
}

// renumber gives the records of a chunk consecutive ids from id on.
func renumber(c []byte, h chunkHeader, id uint64) uint64 {
	first := id
	for pos := chunkHeaderSize; pos < h.free; id++ {
		r, ok := recordAt(c, pos)
		if !ok {
			break
		}
		le.PutUint64(c[pos+8:], id)
		pos = r.end
	}
	for i, n := range []uint64{first, id - 1, first, id - 1} {
		le.PutUint64(c[8+8*i:], n)
	}
	clear(c[h.free:])
	seal(c)
	return id
}

// seal makes the checksums of a chunk anew.
func seal(c []byte) {
	free := le.Uint32(c[48:])
	le.PutUint32(c[52:], crc32.ChecksumIEEE(c[chunkHeaderSize:free]))
	le.PutUint32(c[124:], crc32.Update(crc32.ChecksumIEEE(c[:120]), crc32.IEEETable, c[128:chunkHeaderSize]))
}

// damaged spoils a log everywhere a little: one byte of a record's size in
// every fourth chunk, one chunk header in sixteen, and the dirty flag.
func damaged(log []byte) []byte {
	out := append([]byte(nil), log...)
	out[120] |= flagDirty
	for i, off := 0, headerBlockSize; off+chunkSize <= len(out); i, off = i+1, off+chunkSize {
		if r, ok := recordAt(out[off:], chunkHeaderSize); ok && i%4 == 0 {
			out[off+r.end+5] ^= 0x55
		}
		if i%16 == 1 {
			out[off+120] ^= 1
		}
	}
	return out
}

// jsonAll decodes everything to JSON lines and returns the number of records.
func jsonAll(tb testing.TB, log []byte) int {
	l, err := Open(bytes.NewReader(log), int64(len(log)))
	if err != nil {
		tb.Fatal(err)
	}
	n, line := 0, []byte(nil)
	err = l.Records(context.Background(), nil, func(r *Record) error {
		line = append(AppendJSON(line[:0], r), '\n')
		n++
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// eachBigLog runs a benchmark per sample that can be enlarged.
func eachBigLog(b *testing.B, fn func(b *testing.B, log []byte)) {
	for _, path := range sampleLogs(b) {
		name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".evtx"), "-Defender")
		b.Run(name, func(b *testing.B) {
			log := enlarge(testkit.ReadFile(b, path), benchSize)
			if log == nil {
				b.Skip("no healthy chunk")
			}
			b.ResetTimer()
			fn(b, log)
		})
	}
}

func benchJSON(b *testing.B, log []byte) {
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n += jsonAll(b, log)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkJSON decodes 64 MiB logs fully to JSON lines. Run with -cpu 1 and
// compare with BenchmarkEvtxexport, the peer on the same logs.
func BenchmarkJSON(b *testing.B) { eachBigLog(b, benchJSON) }

// BenchmarkJSONDamaged does the same on damaged, dirty copies.
func BenchmarkJSONDamaged(b *testing.B) {
	eachBigLog(b, func(b *testing.B, log []byte) { benchJSON(b, damaged(log)) })
}

// BenchmarkReject finds nothing: every record is rejected by its head.
func BenchmarkReject(b *testing.B) {
	eachBigLog(b, func(b *testing.B, log []byte) {
		b.SetBytes(int64(len(log)))
		for b.Loop() {
			l, err := Open(bytes.NewReader(log), int64(len(log)))
			if err != nil {
				b.Fatal(err)
			}
			none := func(h Head) bool { return h.EventID == 20 && h.Provider == "none" }
			if err := l.Records(context.Background(), none, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkEvtxexport is the peer: evtxexport -f xml on the same logs.
func BenchmarkEvtxexport(b *testing.B) {
	tool := testkit.Tool(b, "evtxexport")
	eachBigLog(b, func(b *testing.B, log []byte) {
		path := testkit.WriteFile(b, "big.evtx", log)
		b.SetBytes(int64(len(log)))
		for b.Loop() {
			_ = exec.Command(tool, "-f", "xml", path).Run()
		}
	})
}
