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
	blocks, count := packBlocks(data)
	le := binary.LittleEndian
	files := headerSize + folderSize
	start := files + fileSize + len(name) + 1
	b := append([]byte(magic), make([]byte, headerSize-len(magic))...)
	le.PutUint32(b[8:], uint32(start+len(blocks)))
	le.PutUint32(b[16:], uint32(files))
	b[24], b[25] = 3, 1 // version 1.3
	le.PutUint16(b[26:], 1)
	le.PutUint16(b[28:], 1)
	b = le.AppendUint32(b, uint32(start))
	b = le.AppendUint16(b, uint16(count))
	b = le.AppendUint16(b, uint16(MSZIP))
	b = le.AppendUint32(b, uint32(len(data)))
	b = append(b, 0, 0, 0, 0, 0, 0) // offset in the folder, number of the folder
	b = le.AppendUint16(b, uint16((at.Year()-1980)<<9|int(at.Month())<<5|at.Day()))
	b = le.AppendUint16(b, uint16(at.Hour()<<11|at.Minute()<<5|at.Second()/2))
	b = le.AppendUint16(b, 0x20) // archive
	b = append(append(b, name...), 0)
	return append(b, blocks...)
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
		head := binary.LittleEndian.AppendUint16(nil, uint16(packed.Len()))
		head = binary.LittleEndian.AppendUint16(head, uint16(n))
		out = binary.LittleEndian.AppendUint32(out, checksum(head, checksum(packed.Bytes(), 0)))
		out = append(append(out, head...), packed.Bytes()...)
		data = data[n:]
		count++
	}
	return out, count
}
