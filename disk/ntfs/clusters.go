package ntfs

import (
	"context"
	"fmt"
	"io"
)

// Extent is a stretch of the volume in bytes.
type Extent struct{ Start, Size int64 }

// Records whose extents others may want to know.
const (
	RecordMFT     = recordMFT
	RecordLogFile = recordLogFile
	RecordBitmap  = recordBitmap
)

// Extents is where the unnamed content of a file lies; nil if it is in the file's record.
func (v *Volume) Extents(name string) ([]Extent, error) {
	n, err := v.find("extents", name, true)
	if err != nil {
		return nil, err
	}
	return v.extents(n.rec)
}

// SystemExtents is where the unnamed content of a metadata file lies.
func (v *Volume) SystemExtents(record uint64) ([]Extent, error) {
	rec, err := v.record(record)
	if err != nil {
		return nil, err
	}
	return v.extents(rec)
}

func (v *Volume) extents(rec *record) ([]Extent, error) {
	pieces, err := v.pieces(rec, attrData, "")
	if err != nil {
		return nil, err
	}
	var out []Extent
	for _, p := range pieces {
		for _, r := range p.runs {
			if r.LCN != Sparse {
				out = append(out, Extent{r.LCN * v.boot.cluster, r.Count * v.boot.cluster})
			}
		}
	}
	return out, nil
}

// Bitmap is $Bitmap: bit n%8 of byte n/8 tells that cluster n is in use.
func (v *Volume) Bitmap() ([]byte, error) {
	s, err := v.system(recordBitmap)
	if err != nil {
		return nil, fmt.Errorf("$Bitmap: %w", err)
	}
	need := (v.boot.clusters() + 7) / 8
	if v.boot.clusters() > maxClusters || s.size < need {
		return nil, fmt.Errorf("$Bitmap has %d bytes for %d clusters: %w", s.size, v.boot.clusters(), ErrDamaged)
	}
	b := make([]byte, need)
	if err := s.readFull(b, 0); err != nil {
		return nil, fmt.Errorf("$Bitmap: %w", err)
	}
	return b, nil
}

// StreamRef names one data stream by the number of its file record.
type StreamRef struct {
	Record uint64
	Stream string
}

// Beyond lists the data streams of files (metadata files not counted) that have a cluster
// at or behind a byte offset of the volume: what must move if the volume is to end there.
func (v *Volume) Beyond(ctx context.Context, offset int64) ([]StreamRef, error) {
	var out []StreamRef
	seen := map[StreamRef]bool{}
	for num := uint64(firstUserEntry); num < uint64(v.mft.size/v.boot.record); num++ {
		if num%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		rec, err := v.recordFrom(v.mft, num)
		if err != nil || !rec.inUse {
			continue // unused records need not be readable; a torn one in use stops the tools that shrink
		}
		for _, a := range rec.attrs {
			ref := StreamRef{num, a.name}
			if rec.base != 0 {
				ref.Record = reference(rec.base)
			}
			if a.kind == attrData && a.reaches(offset/v.boot.cluster) && !seen[ref] {
				seen[ref] = true
				out = append(out, ref)
			}
		}
	}
	return out, nil
}

func (a *attr) reaches(lcn int64) bool {
	for _, r := range a.runs {
		if r.LCN != Sparse && r.LCN+r.Count > lcn {
			return true
		}
	}
	return false
}

// OpenRef opens a stream by its record: the bytes NTFS keeps, a compression of NTFS undone,
// those of CompactOS and EFS not.
func (v *Volume) OpenRef(ref StreamRef) (*io.SectionReader, error) {
	rec, err := v.record(ref.Record)
	if err != nil {
		return nil, err
	}
	pieces, err := v.pieces(rec, attrData, ref.Stream)
	if err != nil {
		return nil, err
	}
	s, err := v.newStream(pieces)
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(s, 0, s.size), nil
}
