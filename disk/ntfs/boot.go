package ntfs

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

var le = binary.LittleEndian

// boot is the geometry of the volume.
type boot struct {
	sector, cluster, total int64 // bytes, bytes, sectors
	mft, mirror            int64 // clusters
	record, index          int64 // bytes
	serial                 uint64
}

// clusters is how many whole clusters the volume has.
func (b *boot) clusters() int64 { return b.total * b.sector / b.cluster }

// readBoot takes the first sector, or the backup in the last one and then says so.
func (v *Volume) readBoot() (*boot, error) {
	b, err := v.bootAt(0)
	if err == nil {
		if b.bytes() > v.size {
			v.log.Add("volume-truncated", v.size, "the volume declares %d bytes, there are %d", b.bytes(), v.size)
		}
		return b, nil
	}
	for _, back := range []int64{512, 4096, v.size/2/512*512 + 512} {
		if backup, berr := v.bootAt(v.size - back); berr == nil {
			v.log.Add("boot-sector-damaged", 0, "the boot sector is unusable (%v), its backup was read", err)
			return backup, nil
		}
	}
	return nil, err
}

// bytes is the declared length.
func (b *boot) bytes() int64 { return b.total * b.sector }

func (v *Volume) bootAt(off int64) (*boot, error) {
	if off < 0 {
		return nil, ErrNotNTFS
	}
	s := make([]byte, 512)
	if _, err := v.r.ReadAt(s, off); err != nil {
		return nil, fmt.Errorf("boot sector: %w", err)
	}
	return parseBoot(s)
}

// parseBoot reads one boot sector and checks that its figures can be meant.
func parseBoot(s []byte) (*boot, error) {
	if len(s) < 512 || string(s[3:11]) != "NTFS    " || s[510] != 0x55 || s[511] != 0xaa {
		return nil, ErrNotNTFS
	}
	b := &boot{
		sector: int64(le.Uint16(s[11:])),
		total:  int64(le.Uint64(s[40:])),
		mft:    int64(le.Uint64(s[48:])),
		mirror: int64(le.Uint64(s[56:])),
		serial: le.Uint64(s[72:]),
	}
	b.cluster = b.sector * sectorsPerCluster(s[13])
	b.record = recordLength(int8(s[64]), b.cluster)
	b.index = recordLength(int8(s[68]), b.cluster)
	return b, b.check()
}

func (b *boot) check() error {
	bad := func(what string, n int64) error { return fmt.Errorf("boot sector: %s %d: %w", what, n, ErrNotNTFS) }
	power := func(n, low, high int64) bool { return n >= low && n <= high && bits.OnesCount64(uint64(n)) == 1 }
	switch {
	case !power(b.sector, 256, 4096):
		return bad("sector size", b.sector)
	case !power(b.cluster, b.sector, 2<<20):
		return bad("cluster size", b.cluster)
	case !power(b.record, 512, 64<<10):
		return bad("file record size", b.record)
	case !power(b.index, 512, 64<<10):
		return bad("index block size", b.index)
	case b.total <= 0 || b.total > 1<<62/b.sector:
		return bad("sector count", b.total)
	case b.mft <= 0 || b.mft >= b.clusters():
		return bad("file table at cluster", b.mft)
	}
	return nil
}

// sectorsPerCluster: values above 128 are negative powers of two (clusters above 64 KiB).
func sectorsPerCluster(c byte) int64 {
	if c > 128 {
		return 1 << min(256-int(c), 30)
	}
	return int64(c)
}

// recordLength: positive is clusters, negative a power of two of bytes.
func recordLength(c int8, cluster int64) int64 {
	if c < 0 {
		return 1 << min(-int(c), 30)
	}
	return int64(c) * cluster
}
