package ntfsgrow

import (
	"fmt"
	"slices"

	"updoc/disk/ntfs"
)

// system finds the unnamed content of a system file, which must lie in its base record alone.
func (g *growth) system(num int64) (extent, error) {
	var found *extent
	r, err := g.record(g.table, num)
	if err != nil || r == nil {
		return extent{}, fmt.Errorf("is missing: %w", orDamaged(err))
	}
	err = r.each(func(at int) error {
		a := r.attr(at)
		if a.kind() == attrList {
			return fmt.Errorf("a system file spread over several records: %w", ErrUnsupported)
		}
		if !a.is("") {
			return nil
		}
		runs, err := a.runs()
		e := g.extent(runs, int64(le.Uint64(a[48:])))
		found = &e
		return err
	})
	if err != nil {
		return extent{}, err
	}
	if found == nil {
		return extent{}, fmt.Errorf("no content on the volume: %w", ErrUnsupported)
	}
	return *found, g.contained(*found)
}

func orDamaged(err error) error {
	if err == nil {
		return ntfs.ErrDamaged
	}
	return err
}

// planBitmap works out the new $Bitmap: the old one moved, $Boot where the volume will begin, and room for
// itself. Bits behind the last cluster are set, as mkntfs and Windows have them.
func (g *growth) planBitmap() error {
	all := g.geo.Clusters()
	g.used = bits{make([]byte, (all+7)/8), all}
	if err := g.bitmap.read(g.used.b, 0); err != nil {
		return err
	}
	g.newUsed = g.used.shift(g.shift, g.clusters)
	boot := counted(g.boot.runs)
	if g.shift+boot > g.clusters {
		return fmt.Errorf("$Boot of %d clusters: %w", boot, ErrUnsupported)
	}
	g.newUsed.fill(g.shift, boot, false)
	g.newUsed.fill(0, boot, true)
	if err := g.placeBitmap(); err != nil {
		return err
	}
	g.newUsed.fill(g.clusters, int64(len(g.newUsed.b))*8-g.clusters, true)
	return nil
}

// placeBitmap leaves $Bitmap where it is if that is enough, else it finds one run for it.
func (g *growth) placeBitmap() error {
	runs, size := shifted(g.bitmap.runs, g.shift), int64(len(g.newUsed.b))
	if size > g.bitmap.room() {
		for _, r := range runs {
			g.newUsed.fill(r.LCN, r.Count, false)
		}
		n := (size + g.geo.Cluster - 1) / g.geo.Cluster
		first, ok := g.newUsed.room(n)
		if !ok {
			return fmt.Errorf("%d clusters for $Bitmap: %w", n, ErrNoRoom)
		}
		g.newUsed.fill(first, n, true)
		runs = []ntfs.Run{{VCN: 0, LCN: first, Count: n}}
	}
	g.newBitmap = extent{g.dev, g.grown.Start, g.geo.Cluster, size, runs}
	return nil
}

// survey carries the change of every file record out in memory, and demands that the clusters the files
// occupy are exactly those of $Bitmap, before and after. No record is kept: write works them out again.
func (g *growth) survey() error {
	before, after := newBits(g.geo.Clusters()), newBits(g.clusters)
	for num := int64(0); num < g.table.size/g.geo.Record; num++ {
		r, err := g.record(g.table, num)
		if err != nil {
			return err
		}
		if r == nil {
			continue
		}
		if err := r.claim(before); err != nil {
			return err
		}
		if _, err := g.renumber(r); err != nil {
			return err
		}
		if err := r.claim(after); err != nil {
			return err
		}
	}
	if !before.equal(g.used) || !after.equal(g.newUsed) {
		return ErrBitmap
	}
	return nil
}

// claim marks the clusters of all attributes of the record.
func (r *record) claim(used bits) error {
	return r.each(func(at int) error {
		a := r.attr(at)
		if !a.remote() {
			return nil
		}
		runs, err := a.runs()
		if err == nil {
			err = claim(used, runs)
		}
		if err != nil {
			return fmt.Errorf("file record %d: %w", r.num, err)
		}
		return nil
	})
}

// renumber gives the record the cluster numbers of the grown volume and tells whether that changed it.
func (g *growth) renumber(r *record) (changed bool, err error) {
	found := false
	err = r.each(func(at int) error {
		a := r.attr(at)
		if r.num == recordBad && a.kind() == attrList {
			return fmt.Errorf("$BadClus has a list of attributes: %w", ErrBadClusters)
		}
		if r.num == recordRoot && a.names(attrIndexRoot, "$I30") && !a.remote() && len(a.value()) >= 32 {
			changed = g.resizeEntry(a.value()[16:]) || changed
		}
		if !a.remote() {
			return nil
		}
		found = found || a.is("$Bad")
		did, err := g.renumberAttr(r, at)
		changed = changed || did
		return err
	})
	if err == nil && r.num == recordBad && !found {
		err = r.damaged("$Bad is missing")
	}
	return changed, err
}

func (g *growth) renumberAttr(r *record, at int) (bool, error) {
	a := r.attr(at)
	runs, err := a.runs()
	if err != nil {
		return false, err
	}
	switch {
	case r.num == recordBoot && a.is(""):
		return false, nil
	case r.num == recordBitmap && a.is(""):
		return true, g.renumberBitmap(r, at)
	case r.num == recordBad && a.is("$Bad"):
		return true, g.lengthenBad(r, at, runs)
	}
	moved := shifted(runs, g.shift)
	if slices.Equal(moved, runs) {
		return false, nil
	}
	return true, r.setRuns(at, moved)
}

func (g *growth) renumberBitmap(r *record, at int) error {
	size := g.newBitmap.size
	r.setSize(at, counted(g.newBitmap.runs), g.newBitmap.room(), size)
	le.PutUint64(r.b[at+56:], uint64(size)) // all of it is written
	return r.setRuns(at, g.newBitmap.runs)
}

// lengthenBad makes the hole that stands for the sound clusters as long as the volume.
func (g *growth) lengthenBad(r *record, at int, runs []ntfs.Run) error {
	if slices.ContainsFunc(runs, func(run ntfs.Run) bool { return run.LCN != ntfs.Sparse }) || r.attr(at).first() != 0 {
		return ErrBadClusters
	}
	bytes := g.clusters * g.geo.Cluster
	r.setSize(at, g.clusters, bytes, bytes)
	return r.setRuns(at, []ntfs.Run{{VCN: 0, LCN: ntfs.Sparse, Count: g.clusters}})
}
