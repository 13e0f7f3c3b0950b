package ntfsgrow

import (
	"fmt"

	"updoc/disk/ntfs"
)

// block is a changed index block, its update sequence undone, and its offset in the index.
type block struct {
	off int64
	b   []byte
}

// planIndex finds the blocks of the root folder's index that repeat $Bitmap's sizes, as every folder does of
// its files. An index so large that it is spread over several records keeps the old ones; the file record decides.
func (g *growth) planIndex() error {
	r, err := g.record(g.table, recordRoot)
	if err != nil || r == nil {
		return fmt.Errorf("root folder: %w", orDamaged(err))
	}
	var size int64
	return r.each(func(at int) error {
		a := r.attr(at)
		switch {
		case a.names(attrIndexRoot, "$I30") && !a.remote() && len(a.value()) >= 32:
			size = int64(le.Uint32(a.value()[8:]))
		case a.names(attrIndexBlocks, "$I30") && a.remote() && a.first() == 0:
			return g.planBlocks(a, size)
		}
		return nil
	})
}

func (g *growth) planBlocks(a attribute, size int64) error {
	runs, err := a.runs()
	if err != nil {
		return err
	}
	e := g.extent(runs, 0)
	if e.size = min(int64(le.Uint64(a[48:])), e.room()); e.size == 0 {
		return nil
	}
	if size < 512 || size > 64<<10 {
		return fmt.Errorf("index blocks of %d bytes: %w", size, ntfs.ErrDamaged)
	}
	if err := g.contained(e); err != nil {
		return fmt.Errorf("the root folder's index: %w", err)
	}
	g.index = e
	for off := int64(0); off <= e.size-size; off += size {
		b := make([]byte, size)
		if err := e.read(b, off); err != nil {
			return err
		}
		// What is no block is not in use.
		if ntfs.Fixup(b, "INDX") == nil && g.resizeEntry(b[24:]) {
			g.blocks = append(g.blocks, block{off, b})
		}
	}
	return nil
}

// resizeEntry looks through a node, which begins with its header, for $Bitmap's entry, and tells whether it was there
// and had other sizes. (Linux-NTFS documentation, "Index header", "Index entry", "$FILE_NAME".)
func (g *growth) resizeEntry(node []byte) (changed bool) {
	at, end := int64(le.Uint32(node)), min(int64(le.Uint32(node[4:])), int64(len(node)))
	for at+16 <= end {
		size, last := int64(le.Uint16(node[at+8:])), node[at+12]&2 != 0
		if last || size < 16 || at+size > end {
			return changed
		}
		entry := node[at : at+size]
		if le.Uint64(entry)<<16>>16 == recordBitmap && size >= 16+66 {
			alloc, bytes := uint64(g.newBitmap.room()), uint64(g.newBitmap.size)
			changed = changed || le.Uint64(entry[56:]) != alloc || le.Uint64(entry[64:]) != bytes
			le.PutUint64(entry[56:], alloc)
			le.PutUint64(entry[64:], bytes)
		}
		at += size
	}
	return changed
}

// writeIndex writes the blocks planIndex changed.
func (g *growth) writeIndex() error {
	for _, k := range g.blocks {
		seal(k.b)
		if err := g.index.write(k.b, k.off); err != nil {
			return err
		}
	}
	return nil
}
