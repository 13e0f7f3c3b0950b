package container

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// readCompressed fills p from inside a compressed cluster.
func (q *qcow2) readCompressed(p []byte, entry uint64, in int64) (int, error) {
	key := int64(entry &^ (3 << 62))
	data := q.unpacked.get(key)
	if data == nil {
		var err error
		if data, err = q.unpack(entry); err != nil {
			return 0, err
		}
		q.unpacked.put(key, data)
	}
	if in >= int64(len(data)) {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, data[in:])
	if n < len(p) {
		return n, io.ErrUnexpectedEOF
	}
	return n, nil
}

// unpack reads and decompresses one cluster. The entry's length is in whole 512-byte sectors and may
// reach past the file's end in the last cluster, so a short read is left to the decompressor to judge.
func (q *qcow2) unpack(entry uint64) ([]byte, error) {
	shift := 62 - (q.clusterBits - 8)
	at := int64(entry & (1<<shift - 1))
	sectors := int64(entry>>shift)&(1<<(q.clusterBits-8)-1) + 1
	packed := make([]byte, sectors*512-at&511)
	n, err := q.readFull(packed, at)
	if err != nil && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	out := make([]byte, q.cluster())
	got, err := q.inflate(out, packed[:n])
	if err == nil || got == len(out) {
		return out, nil
	}
	if n < len(packed) {
		return nil, q.note(io.ErrUnexpectedEOF, at)
	}
	q.log.Add("qcow2-cluster-damaged", at, "a compressed cluster cannot be unpacked: %v", err)
	return nil, fmt.Errorf("qcow2 cluster at %d: %w", at, err)
}

func (q *qcow2) inflate(out, packed []byte) (int, error) {
	if !q.zstd {
		return io.ReadFull(flate.NewReader(bytes.NewReader(packed)), out)
	}
	d, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return 0, err
	}
	defer d.Close()
	return io.ReadFull(d, out)
}
