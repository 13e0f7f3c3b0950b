package evtx

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"updoc/codec/wintype"
)

const (
	nameBuckets     = 64
	templateBuckets = 32
)

// Options shape the file around the events. The zero Options give a clean log
// without spare room.
type Options struct {
	Full  bool // the flag that the log reached its maximum size
	Slots int  // size of the file in chunks of 64 KiB; unused ones are zero

	// Damage, for tests.
	Dirty        bool  // as if the power had failed: flag set, header not updated since the first chunk
	BadCRC       []int // chunks whose records checksum is made wrong
	TruncateLast int   // bytes cut off the end of the last chunk; Slots is then ignored
}

// Writer writes an event log, one event at a time, for tests and demonstrations.
// It is not safe for concurrent use. An event that cannot be written is left out; once
// out has failed, every call returns its error.
type Writer struct {
	out    io.WriteSeeker
	opt    Options
	b      *builder
	chunks int
	nextID uint64
	first  uint64 // ids in the chunk being built, 0 if it is empty
	last   uint64
	lastAt int // offset of the chunk's last record
	stale  []byte
	err    error
}

// ErrTooLarge means that an event does not fit into a chunk of 64 KiB.
var ErrTooLarge = errors.New("event larger than a chunk")

// NewWriter begins a log at the current position of out, which must be its
// start. Close completes it; it does not close out.
func NewWriter(out io.WriteSeeker, opt Options) *Writer {
	w := &Writer{out: out, opt: opt, b: newBuilder(), nextID: 1}
	w.write(make([]byte, headerBlockSize))
	return w
}

// Build returns a whole log in memory, as a Writer makes it. The error says
// which event, counted from 0, could not be written.
func Build(events []Event, opt Options) ([]byte, error) {
	var m memory
	w := NewWriter(&m, opt)
	for i := range events {
		if err := w.Add(events[i]); err != nil {
			return nil, fmt.Errorf("event %d: %w", i, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return m.b, nil
}

// Add writes an event. Its record id must be higher than the one before.
func (w *Writer) Add(e Event) error {
	if e.RecordID == 0 {
		e.RecordID = w.nextID
	}
	if e.RecordID < w.nextID {
		return fmt.Errorf("record id %d after %d", e.RecordID, w.nextID-1)
	}
	start := len(w.b.buf)
	if err := w.record(&e); err != nil {
		w.b.cut(start)
		return err
	}
	if len(w.b.buf) >= chunkSize { // evtxexport drops a record that ends with its chunk
		w.b.cut(start)
		if start == chunkHeaderSize {
			return ErrTooLarge
		}
		w.flush(0)
		return w.Add(e)
	}
	if w.first == 0 {
		w.first = e.RecordID
	}
	w.last, w.lastAt, w.nextID = e.RecordID, start, e.RecordID+1
	return w.err
}

// record appends one record to the chunk.
func (w *Writer) record(e *Event) error {
	values, err := systemValues(e)
	if err != nil {
		return err
	}
	inner, err := e.payload()
	if err != nil {
		return err
	}
	b, start := w.b, len(w.b.buf)
	b.u32(0x2a2a)
	b.u32(0)
	b.u64(e.RecordID)
	b.u64(wintype.Filetime(e.Time))
	if err := b.event(e, values, inner); err != nil {
		return err
	}
	for (len(b.buf)-start+4)%8 != 0 {
		b.u8(0)
	}
	size := len(b.buf) - start + 4
	b.u32(size)
	le.PutUint32(b.buf[start+4:], uint32(size))
	return nil
}

// event writes the binary XML. The payload stands at its final place, so that
// the names and templates in it can be referred to; its length is filled in.
func (b *builder) event(e *Event, values []encoded, inner payload) error {
	b.fragmentHeader()
	values = append(values, encoded{typ: TypeBinXML})
	b.instance("event\x00"+e.Computer, func() { b.outer(e.Computer) }, values)
	length := len(b.buf) - 4
	for _, v := range values {
		length -= len(v.raw)
	}
	start := len(b.buf)
	b.fragmentHeader()
	b.instance(inner.shape, func() { inner.body(b) }, inner.values)
	b.u8(tokEOF)
	if len(b.buf)-start > 0xffff {
		return ErrTooLarge
	}
	le.PutUint16(b.buf[length:], uint16(len(b.buf)-start))
	b.u8(tokEOF)
	return nil
}

// flush completes the chunk, leaving out its last cut bytes, and begins the next.
func (w *Writer) flush(cut int) {
	if w.first == 0 {
		return
	}
	free := len(w.b.buf)
	chunk := w.b.buf[:chunkSize]
	clear(chunk[free:])
	w.chunkHeader(chunk, free)
	w.write(chunk[:chunkSize-min(max(cut, 0), chunkSize)])
	w.chunks++
	if w.stale == nil {
		w.stale = w.fileHeader()
	}
	w.first = 0
	w.b.reset()
}

func (w *Writer) chunkHeader(c []byte, free int) {
	copy(c, chunkMagic)
	le.PutUint64(c[8:], w.first)
	le.PutUint64(c[16:], w.last)
	le.PutUint64(c[24:], w.first)
	le.PutUint64(c[32:], w.last)
	le.PutUint32(c[40:], 128)
	le.PutUint32(c[44:], uint32(w.lastAt))
	le.PutUint32(c[48:], uint32(free))
	for _, n := range w.b.nameList { // the newest of a bucket stays
		le.PutUint32(c[128+4*(n.hash%nameBuckets):], uint32(n.off))
	}
	for _, t := range w.b.tmplList {
		le.PutUint32(c[384+4*(t.hash%templateBuckets):], uint32(t.off))
	}
	sum := crc32.ChecksumIEEE(c[chunkHeaderSize:free])
	for _, bad := range w.opt.BadCRC {
		if bad == w.chunks {
			sum = ^sum
		}
	}
	le.PutUint32(c[52:], sum)
	sum = crc32.Update(crc32.ChecksumIEEE(c[:120]), crc32.IEEETable, c[128:chunkHeaderSize])
	le.PutUint32(c[124:], sum)
}

func (w *Writer) fileHeader() []byte {
	h := make([]byte, fileHeaderSize)
	copy(h, fileMagic)
	le.PutUint64(h[16:], uint64(max(w.chunks-1, 0)))
	le.PutUint64(h[24:], w.nextID)
	le.PutUint32(h[32:], fileHeaderSize)
	le.PutUint16(h[36:], 1)
	le.PutUint16(h[38:], 3)
	le.PutUint16(h[40:], headerBlockSize)
	le.PutUint16(h[42:], uint16(w.chunks))
	flags := uint32(0)
	if w.opt.Full {
		flags |= flagFull
	}
	if w.opt.Dirty {
		flags |= flagDirty
	}
	le.PutUint32(h[120:], flags)
	le.PutUint32(h[124:], crc32.ChecksumIEEE(h[:120]))
	return h
}

// Close writes the last chunk, the spare room and the header.
func (w *Writer) Close() error {
	w.flush(w.opt.TruncateLast)
	header := w.fileHeader()
	if w.opt.Dirty && w.stale != nil {
		header = w.stale
	}
	w.spare()
	if w.err == nil {
		_, w.err = w.out.Seek(0, io.SeekStart)
	}
	w.write(header)
	if w.err == nil {
		_, w.err = w.out.Seek(0, io.SeekEnd)
	}
	return w.err
}

// spare fills the file up to the wished number of slots.
func (w *Writer) spare() {
	if w.opt.TruncateLast > 0 {
		return
	}
	room := make([]byte, chunkSize)
	for i := w.chunks; i < w.opt.Slots; i++ {
		w.write(room)
	}
}

func (w *Writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.out.Write(b)
	}
}

// memory is a file in memory.
type memory struct {
	b   []byte
	pos int
}

func (m *memory) Write(p []byte) (int, error) {
	if grow := m.pos + len(p) - len(m.b); grow > 0 {
		m.b = append(m.b, bytes.Repeat([]byte{0}, grow)...)
	}
	m.pos += copy(m.b[m.pos:], p)
	return len(p), nil
}

func (m *memory) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		m.pos = int(offset)
	case io.SeekEnd:
		m.pos = len(m.b) + int(offset)
	default:
		return 0, errors.New("seek from the current position is not supported")
	}
	return int64(m.pos), nil
}
