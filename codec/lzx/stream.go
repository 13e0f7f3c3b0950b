package lzx

import (
	"fmt"
	"math/bits"

	"updoc/codec/xpress/prefix"
)

const (
	// FrameSize is how many bytes a frame of a Stream makes, all but the last one, in bytes.
	FrameSize = 32768
	// translated is how far call targets are translated, in bytes from the start of a stream.
	translated = 1 << 30
)

// Stream decompresses LZX as cabinets hold it: frames of 32 KiB, each in words of its own, of one stream with one window.
// Blocks go on over frames, matches do not. Source: [MS-PATCH] 2. A stream cannot go on behind an error.
type Stream struct {
	decoder Decoder
	window  int
	made    []byte // what was made; before end at least a window of it, if there was so much
	end     int
	total   int64 // bytes made since the start

	begun bool
	size  int32 // of the file that call targets were translated for; 0: they were not
	kind  uint32
	left  int    // bytes of the current block that are not made yet
	pad   bool   // a byte is left out in front of the next block
	out   []byte // the frame with its call targets turned back
}

// NewStream returns a stream with a window of so many bytes, a power of two from DefaultWindow to MaxWindow. It holds twice
// the window.
func NewStream(window int) (*Stream, error) {
	if window < DefaultWindow || window > MaxWindow || bits.OnesCount(uint(window)) != 1 {
		return nil, fmt.Errorf("%w: a window of %d bytes", ErrDamaged, window)
	}
	s := &Stream{window: window, made: make([]byte, 2*window)}
	s.decoder.slots, s.decoder.recent = slots(window), [3]int{1, 1, 1}
	return s, nil
}

// Frame decompresses the next frame, of size bytes at most FrameSize. The result is valid until it is called again.
func (s *Stream) Frame(src []byte, size int) ([]byte, error) {
	if size < 0 || size > FrameSize {
		return nil, fmt.Errorf("%w: a frame of %d bytes", ErrDamaged, size)
	}
	if s.end+size > len(s.made) {
		copy(s.made, s.made[s.end-s.window:s.end])
		s.end = s.window
	}
	r := prefix.NewReader(src)
	start := s.end
	if err := s.fill(start+size, &r); err != nil {
		return nil, err
	}
	if r.Overrun() {
		return nil, fmt.Errorf("%w: the input ends too early", ErrDamaged)
	}
	frame, base := s.made[start:s.end], s.total
	s.total += int64(size)
	if s.size == 0 || base >= translated {
		return frame, nil
	}
	s.out = append(s.out[:0], frame...)
	untranslate(s.out, int32(base), s.size)
	return s.out, nil
}

// fill makes bytes up to a place in s.made.
func (s *Stream) fill(to int, r *prefix.Reader) error {
	if !s.begun && to > s.end {
		s.begun = true
		if r.Bits(1) == 1 {
			s.size = int32(r.Bits(32))
		}
	}
	for s.end < to {
		if s.left == 0 {
			if err := s.block(r); err != nil {
				return err
			}
		}
		dst := s.made[:s.end+min(s.left, to-s.end)]
		n, err := s.part(dst, r)
		s.end, s.left = s.end+n, s.left-n
		if err != nil {
			return err
		}
		s.leaveOut(r)
	}
	return nil
}

// part decodes a part of the current block.
func (s *Stream) part(dst []byte, r *prefix.Reader) (int, error) {
	if s.kind != stored {
		return s.decoder.matches(s.kind == aligned, dst, s.end, r)
	}
	n, err := storedBytes(dst[s.end:], r)
	s.pad = s.pad != (n&1 == 1)
	return n, err
}

// leaveOut passes the byte behind an odd number of stored ones. It may stand at the end of this frame or at the start of
// the next.
func (s *Stream) leaveOut(r *prefix.Reader) {
	if s.left == 0 && s.pad && len(r.Rest()) > 0 {
		r.Skip(1)
		s.pad = false
	}
}

// block reads the head of a block.
func (s *Stream) block(r *prefix.Reader) error {
	s.leaveOut(r)
	s.kind = r.Bits(3)
	s.left, s.pad = int(r.Bits(24)), false
	switch {
	case s.left == 0 || r.Overrun():
		return fmt.Errorf("%w: a block of %d bytes", ErrDamaged, s.left)
	case s.kind == stored:
		return s.decoder.storedHeader(r)
	case s.kind != verbatim && s.kind != aligned:
		return fmt.Errorf("%w: a block of kind %d", ErrDamaged, s.kind)
	}
	if err := s.decoder.codes(s.kind, r); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}
