package ntfsgrow

import (
	"fmt"
	"io"
	"sort"

	"updoc/disk/ntfs"
)

// extent is the content of a file that has a place on the disk for every byte.
type extent struct {
	dev           Device
	base, cluster int64 // where cluster 0 lies on the disk, and a cluster's size, in bytes
	size          int64 // bytes
	runs          []ntfs.Run
}

// extent is content by the cluster numbers of the volume as it is.
func (g *growth) extent(runs []ntfs.Run, size int64) extent {
	return extent{g.dev, g.old.Start, g.geo.Cluster, size, runs}
}

// room is how many bytes the clusters hold.
func (e extent) room() int64 {
	if len(e.runs) == 0 {
		return 0
	}
	last := e.runs[len(e.runs)-1]
	return (last.VCN + last.Count) * e.cluster
}

// contained refuses content with holes, with parts outside the volume or with more parts than it can have.
func (g *growth) contained(e extent) error {
	var vcn, all = int64(0), g.geo.Clusters()
	for _, r := range e.runs {
		if r.VCN != vcn || r.LCN == ntfs.Sparse || r.LCN > all-r.Count || vcn > all-r.Count {
			return fmt.Errorf("run %+v: %w", r, ntfs.ErrDamaged)
		}
		vcn += r.Count
	}
	if e.size <= 0 || e.size > e.room() {
		return fmt.Errorf("%d bytes in %d clusters: %w", e.size, vcn, ntfs.ErrDamaged)
	}
	return nil
}

// read fills p with what lies at off of the content.
func (e extent) read(p []byte, off int64) error { return e.transfer(p, off, e.dev.ReadAt) }

// write puts p at off of the content.
func (e extent) write(p []byte, off int64) error { return e.transfer(p, off, e.dev.WriteAt) }

func (e extent) transfer(p []byte, off int64, move func([]byte, int64) (int, error)) error {
	for len(p) > 0 {
		at, left := e.place(off)
		if left == 0 {
			return fmt.Errorf("nothing lies at %d: %w", off, ntfs.ErrDamaged)
		}
		part := p[:min(int64(len(p)), left)]
		if n, err := move(part, at); n < len(part) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("disk offset %d: %w", at, err)
		}
		p, off = p[len(part):], off+int64(len(part))
	}
	return nil
}

// place gives the disk offset of a byte and how many follow it there.
func (e extent) place(off int64) (at, left int64) {
	vcn := off / e.cluster
	i := sort.Search(len(e.runs), func(i int) bool { return e.runs[i].VCN+e.runs[i].Count > vcn })
	if i == len(e.runs) || e.runs[i].VCN > vcn {
		return 0, 0
	}
	in := off - e.runs[i].VCN*e.cluster
	return e.base + e.runs[i].LCN*e.cluster + in, e.runs[i].Count*e.cluster - in
}
