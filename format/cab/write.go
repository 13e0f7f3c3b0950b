package cab

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"time"
)

// Write returns a cabinet with one file, packed with MSZIP as Windows packs its logs. at
// is the time of the file as the clock on the wall showed it. Each block stands alone:
// none refers to those before.
func Write(name string, data []byte, at time.Time) []byte {
	return WriteFiles([]Content{{name, data}}, at)
}

// Content is a file to be written.
type Content struct {
	Name string
	Data []byte
}

// WriteFiles returns a cabinet with files in one folder, as Write does.
func WriteFiles(files []Content, at time.Time) []byte {
	var data []byte
	for _, f := range files {
		data = append(data, f.Data...)
	}
	blocks, count := packBlocks(data)
	return assemble(files, at, uint16(MSZIP), blocks, count)
}

// assemble puts a directory of files in front of count blocks.
func assemble(files []Content, at time.Time, method uint16, blocks []byte, count int) []byte {
	le := binary.LittleEndian
	list := listFiles(files, at)
	start := headerSize + folderSize + len(list)
	b := append([]byte(magic), make([]byte, headerSize-len(magic))...)
	le.PutUint32(b[8:], uint32(start+len(blocks)))
	le.PutUint32(b[16:], headerSize+folderSize)
	b[24], b[25] = 3, 1 // version 1.3
	le.PutUint16(b[26:], 1)
	le.PutUint16(b[28:], uint16(len(files)))
	b = le.AppendUint32(b, uint32(start))
	b = le.AppendUint16(b, uint16(count))
	b = le.AppendUint16(b, method)
	return append(append(b, list...), blocks...)
}

func listFiles(files []Content, at time.Time) (b []byte) {
	le := binary.LittleEndian
	offset := 0
	for _, f := range files {
		b = le.AppendUint32(b, uint32(len(f.Data)))
		b = le.AppendUint32(b, uint32(offset))
		b = le.AppendUint16(b, 0) // number of the folder
		b = le.AppendUint16(b, uint16((at.Year()-1980)<<9|int(at.Month())<<5|at.Day()))
		b = le.AppendUint16(b, uint16(at.Hour()<<11|at.Minute()<<5|at.Second()/2))
		b = le.AppendUint16(b, 0x20) // archive
		b = append(append(b, f.Name...), 0)
		offset += len(f.Data)
	}
	return b
}

func packBlocks(data []byte) (out []byte, count int) {
	for len(data) > 0 {
		n := min(len(data), blockSize)
		packed := bytes.NewBufferString(zipMark)
		w, err := flate.NewWriter(packed, flate.DefaultCompression)
		if err == nil {
			_, err = w.Write(data[:n])
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
		out = appendBlock(out, packed.Bytes(), n)
		data = data[n:]
		count++
	}
	return out, count
}

// appendBlock appends a block that makes n bytes.
func appendBlock(out, packed []byte, n int) []byte {
	head := binary.LittleEndian.AppendUint16(nil, uint16(len(packed)))
	head = binary.LittleEndian.AppendUint16(head, uint16(n))
	out = binary.LittleEndian.AppendUint32(out, checksum(head, checksum(packed, 0)))
	return append(append(out, head...), packed...)
}
