package regf

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
)

// recoverOld applies the one old-format log that belongs to the hive's last write.
func (h *Hive) recoverOld(logs []logFile) {
	f, ok := h.pickOld(logs)
	if !ok {
		h.note("the hive is dirty and no transaction log belongs to its last write")
		return
	}
	pages, err := f.dirtyPages()
	if err != nil {
		h.note("%s: %v", f.Name, err)
		return
	}
	if !h.base.valid() {
		h.adopt(f)
	}
	for _, p := range pages {
		h.pages.patch(p)
	}
	h.base.root, h.base.binsSize = f.base.root, f.base.binsSize
	h.info.Recovered = true
	h.info.Replayed = append(h.info.Replayed, fmt.Sprintf("%s: %d bytes of dirty pages", f.Name, total(pages)))
}

// pickOld chooses the log whose time of writing equals the hive's, in the order given; failing that, one that is newer, which
// Windows 8 and later use too: it was written when the hive itself could no longer be.
func (h *Hive) pickOld(logs []logFile) (logFile, bool) {
	written := h.lastWritten()
	for _, f := range logs {
		if f.base.written == written {
			return f, true
		}
	}
	newest := slices.MaxFunc(logs, func(a, b logFile) int { return cmp.Compare(a.base.written, b.base.written) })
	return newest, written != 0 && newest.base.written > written
}

// lastWritten returns the FILETIME of the last write: from the base block or, if that is broken, its copy in the first bin.
func (h *Hive) lastWritten() uint64 {
	if h.base.valid() {
		return h.base.written
	}
	bin := make([]byte, 32)
	if readFull(h.pages.r, bin, baseSize) != nil || string(bin[:4]) != "hbin" {
		return 0
	}
	return u64(bin, 20)
}

// dirtyPages reads the dirty vector: one bit for each 512 bytes of the hive bins, and the dirty ones packed behind it.
func (f *logFile) dirtyPages() ([]patch, error) {
	sector := int64(sectorSize) * int64(max(1, min(f.base.cluster, 8)))
	vector := make([]byte, 4+(int64(f.base.binsSize)/sectorSize+7)/8)
	from := sector + (int64(len(vector))+sector-1)/sector*sector
	if from > f.Size {
		return nil, fmt.Errorf("%w: the log is too short for its dirty vector", ErrDamaged)
	}
	if err := readFull(f.R, vector, sector); err != nil {
		return nil, err
	}
	if string(vector[:4]) != "DIRT" {
		return nil, fmt.Errorf("%w: the log has no dirty vector", ErrDamaged)
	}
	return f.packed(vector[4:], from)
}

// packed pairs every set bit with the next page of the log; neighbours become one patch.
func (f *logFile) packed(bitmap []byte, from int64) ([]patch, error) {
	var out []patch
	for i, b := range bitmap {
		for ; b != 0; b &= b - 1 {
			to := baseSize + sectorSize*int64(8*i+bits.TrailingZeros8(b))
			if from+sectorSize > f.Size || to+sectorSize > baseSize+int64(f.base.binsSize) {
				return nil, fmt.Errorf("%w: the log lacks dirty pages", ErrDamaged)
			}
			if n := len(out); n > 0 && out[n-1].to+out[n-1].size == to {
				out[n-1].size += sectorSize
			} else {
				out = append(out, patch{f.R, from, to, sectorSize})
			}
			from += sectorSize
		}
	}
	return out, nil
}

func total(pages []patch) (n int64) {
	for _, p := range pages {
		n += p.size
	}
	return n
}
