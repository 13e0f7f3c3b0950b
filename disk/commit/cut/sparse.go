package cut

import (
	"bytes"
	"maps"
)

// pageSize and sectorSize in bytes: contents are kept by page and lost by sector.
const (
	pageSize   = 4096
	sectorSize = 512
)

// sparse is bytes by page over a base; a page neither has is zeros. A page is never
// changed once it is in there, so that copies share it.
type sparse struct {
	base  []byte
	pages map[int64][]byte
}

var zeroPage [pageSize]byte

func (s *sparse) page(n int64) []byte {
	if p, ok := s.pages[n]; ok {
		return p
	}
	return s.basePage(n)
}

func (s *sparse) basePage(n int64) []byte {
	off := n * pageSize
	switch {
	case off+pageSize <= int64(len(s.base)):
		return s.base[off : off+pageSize]
	case off >= int64(len(s.base)):
		return zeroPage[:]
	}
	p := bytes.Clone(zeroPage[:])
	copy(p, s.base[off:])
	return p
}

func (s *sparse) read(p []byte, off int64) {
	for len(p) > 0 {
		n := copy(p, s.page(off / pageSize)[off%pageSize:])
		p, off = p[n:], off+int64(n)
	}
}

// write keeps whole pages of p as they are: p must not change afterwards.
func (s *sparse) write(p []byte, off int64) {
	for len(p) > 0 {
		n, at := off/pageSize, off%pageSize
		if at == 0 && len(p) >= pageSize {
			s.pages[n] = p[:pageSize:pageSize]
			p, off = p[pageSize:], off+pageSize
			continue
		}
		page := bytes.Clone(s.page(n))
		k := copy(page[at:], p)
		s.pages[n] = page
		p, off = p[k:], off+int64(k)
	}
}

// content is a file or the disk.
type content struct {
	sparse
	size int64
}

func (c *content) clone() *content {
	return &content{sparse{c.base, maps.Clone(c.pages)}, c.size}
}

// resize leaves zeros where it was cut and grows again.
func (c *content) resize(size int64) {
	if size < c.size {
		maps.DeleteFunc(c.pages, func(n int64, _ []byte) bool { return n*pageSize >= size })
		if at := size % pageSize; at > 0 {
			c.write(zeroPage[at:], size)
		}
	}
	c.size = size
}
