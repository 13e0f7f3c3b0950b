package ntfs

import (
	"fmt"
	"io"
	"sync"
)

const (
	pageSize  = 4096
	pageLimit = 512 // per generation: at most 4 MiB are kept
)

// pageCache keeps pages of file records and folder blocks in two generations: when the young one is
// full it becomes the old one, and what is asked for again returns to the young. The zero value is ready.
type pageCache struct {
	mu         sync.Mutex
	young, old map[int64][]byte
}

// read fills p from off by whole pages.
func (c *pageCache) read(r io.ReaderAt, size int64, p []byte, off int64) error {
	for len(p) > 0 {
		at := off / pageSize * pageSize
		page, err := c.page(r, size, at)
		if err != nil {
			return err
		}
		if off-at >= int64(len(page)) {
			return fmt.Errorf("volume offset %d: %w", off, io.ErrUnexpectedEOF)
		}
		n := copy(p, page[off-at:])
		p, off = p[n:], off+int64(n)
	}
	return nil
}

func (c *pageCache) page(r io.ReaderAt, size, at int64) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if page, ok := c.young[at]; ok {
		return page, nil
	}
	page, ok := c.old[at]
	if !ok {
		page = make([]byte, max(0, min(pageSize, size-at)))
		if n, err := r.ReadAt(page, at); n < len(page) {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, fmt.Errorf("volume offset %d: %w", at, err)
		}
	}
	if len(c.young) >= pageLimit {
		c.old, c.young = c.young, nil
	}
	if c.young == nil {
		c.young = map[int64][]byte{}
	}
	c.young[at] = page
	return page, nil
}
