package ntfs

// Geometry is what the boot sector says about the volume's layout: sizes in bytes, Sectors without the
// one of the backup boot sector, MFT and Mirror as cluster numbers.
type Geometry struct {
	Sector, Cluster, Record, Sectors int64
	MFT, Mirror                      int64
}

// Clusters is how many whole clusters the volume has.
func (g Geometry) Clusters() int64 { return g.Sectors * g.Sector / g.Cluster }

// ParseBoot reads a boot sector, of which 512 bytes are enough. What cannot be one gives ErrNotNTFS.
func ParseBoot(sector []byte) (Geometry, error) {
	b, err := parseBoot(sector)
	if err != nil {
		return Geometry{}, err
	}
	return b.geometry(), nil
}

func (b *boot) geometry() Geometry {
	return Geometry{b.sector, b.cluster, b.record, b.total, b.mft, b.mirror}
}

// Geometry is the layout of the volume.
func (v *Volume) Geometry() Geometry { return v.boot.geometry() }

// FileTable tells where $MFT's content lies, in order, and its length in bytes. That a part of it could
// not be found stands in Problems.
func (v *Volume) FileTable() ([]Run, int64) { return v.mft.runs, min(v.mft.size, v.mft.init) }
