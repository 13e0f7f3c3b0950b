package regf

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

// chunkSize is the unit of reading, in bytes: small enough that one key of a large hive costs little, large enough that a
// whole walk is not a storm of reads.
const chunkSize = 16 << 10

// cacheChunks bounds the memory held for read chunks (32 MiB); the oldest are dropped first.
const cacheChunks = (32 << 20) / chunkSize

// A chunk is one aligned piece of the hive with the replayed pages already in it.
type chunk struct {
	data []byte
	bad  uint8 // bit n: page n of the chunk could not be read
	err  error // why
}

// A patch is a run of bytes of a transaction log that stands in place of the hive's own.
type patch struct {
	src  io.ReaderAt
	from int64 // offset in src
	to   int64 // offset in the hive file
	size int64 // bytes
}

// pager gives random access to a hive with its replayed logs on top, reading and keeping no more than is asked for.
// It is safe for concurrent use.
type pager struct {
	r       io.ReaderAt
	size    int64             // bytes in r
	limit   int64             // bytes addressable: hive bins end here
	patches map[int64][]patch // by chunk, in the order they were applied
	patched int64             // where the furthest patch ends
	slots   []atomic.Pointer[chunk]
	mu      sync.Mutex
	loaded  []int64 // chunk numbers in the order they came
}

// setLimit fixes the end of the addressable bytes; it must be called once, before the first view.
func (p *pager) setLimit(limit int64) {
	p.limit = limit
	p.slots = make([]atomic.Pointer[chunk], (limit+chunkSize-1)/chunkSize)
}

// patch lays a run of log bytes over the hive; later patches win.
func (p *pager) patch(x patch) {
	if p.patches == nil {
		p.patches = map[int64][]patch{}
	}
	p.patched = max(p.patched, x.to+x.size)
	for x.size > 0 {
		i := x.to / chunkSize
		n := min(x.size, (i+1)*chunkSize-x.to)
		p.patches[i] = append(p.patches[i], patch{x.src, x.from, x.to, n})
		x.from, x.to, x.size = x.from+n, x.to+n, x.size-n
	}
}

// view returns n bytes at pos. The slice must not be written to; it may be a copy.
func (p *pager) view(pos int64, n int) ([]byte, error) {
	if pos < 0 || n < 0 || pos+int64(n) > p.limit {
		return nil, fmt.Errorf("%w: %d bytes at 0x%x lie beyond its end", ErrDamaged, n, pos)
	}
	at := int(pos % chunkSize)
	if at+n > chunkSize {
		return p.join(pos, n)
	}
	c, err := p.chunk(pos / chunkSize)
	if err != nil {
		return nil, err
	}
	if c.bad != 0 && c.touchesBad(at, n) {
		return nil, fmt.Errorf("read at 0x%x: %w", pos, c.err)
	}
	return c.data[at : at+n : at+n], nil
}

// join copies a run that crosses chunks.
func (p *pager) join(pos int64, n int) ([]byte, error) {
	out := make([]byte, 0, n)
	for n > 0 {
		part := min(n, chunkSize-int(pos%chunkSize))
		b, err := p.view(pos, part)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
		pos, n = pos+int64(part), n-part
	}
	return out, nil
}

func (c *chunk) touchesBad(at, n int) bool {
	for i := at / pageSize; i <= (at+n-1)/pageSize; i++ {
		if c.bad&(1<<i) != 0 {
			return true
		}
	}
	return false
}

func (p *pager) chunk(i int64) (*chunk, error) {
	if c := p.slots[i].Load(); c != nil {
		return c, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.slots[i].Load(); c != nil {
		return c, nil
	}
	c, err := p.load(i)
	if err != nil {
		return nil, err
	}
	p.keep(i, c)
	return c, nil
}

// keep stores a chunk and drops the oldest one when the cache is full; slices handed out stay valid.
func (p *pager) keep(i int64, c *chunk) {
	if len(p.loaded) >= cacheChunks {
		p.slots[p.loaded[0]].Store(nil)
		p.loaded = p.loaded[1:]
	}
	p.loaded = append(p.loaded, i)
	p.slots[i].Store(c)
}

func (p *pager) load(i int64) (*chunk, error) {
	start := i * chunkSize
	c := &chunk{data: make([]byte, min(chunkSize, p.limit-start))}
	p.readBase(c, start)
	for _, x := range p.patches[i] {
		at := min(x.to-start, int64(len(c.data)))
		n := min(x.size, int64(len(c.data))-at)
		if err := readFull(x.src, c.data[at:at+n], x.from); err != nil {
			return nil, fmt.Errorf("read transaction log: %w", err)
		}
		c.clearBad(int(at), int(n))
	}
	return c, nil
}

// readBase fills a chunk from the hive file; what lies behind its end stays zero, as in a hive grown by its log.
func (p *pager) readBase(c *chunk, start int64) {
	have := max(0, min(int64(len(c.data)), p.size-start))
	if have == 0 || readFull(p.r, c.data[:have], start) == nil {
		return
	}
	for at := int64(0); at < have; at += pageSize {
		page := c.data[at:min(at+pageSize, have)]
		if err := readFull(p.r, page, start+at); err != nil {
			clear(page)
			c.bad |= 1 << (at / pageSize)
			c.err = err
		}
	}
}

// clearBad forgets read errors of pages that a patch replaces whole.
func (c *chunk) clearBad(at, n int) {
	for i := (at + pageSize - 1) / pageSize; (i+1)*pageSize <= at+n; i++ {
		c.bad &^= 1 << i
	}
}

// readFull reads len(b) bytes; an end of input before that is an error.
func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
