package ntfs

import "fmt"

// openMFT finds the file table's own runs. Its first record is read from where the boot sector says,
// or from the mirror; pieces kept in further records are read through the pieces known so far.
func (v *Volume) openMFT() error {
	rec, err := v.bootRecord(v.boot.mft)
	if err != nil {
		v.log.Add("mft-record-damaged", v.boot.mft*v.boot.cluster, "the file table's first record: %v", err)
		if rec, err = v.bootRecord(v.boot.mirror); err != nil {
			return fmt.Errorf("file table: %w", err)
		}
	}
	first, err := v.newStream(rec.matching(attrData, ""))
	if err != nil {
		return fmt.Errorf("file table: %w", err)
	}
	first.meta = true
	pieces, err := v.piecesWith(first, rec, attrData, "")
	if err != nil {
		v.log.Add("mft-runs-damaged", v.boot.mft*v.boot.cluster, "parts of the file table cannot be found: %v", err)
		v.mft = first
		return nil
	}
	if v.mft, err = v.newStream(pieces); err != nil {
		return fmt.Errorf("file table: %w", err)
	}
	v.mft.meta = true
	return nil
}

// bootRecord reads record 0 at a cluster without knowing the file table yet.
func (v *Volume) bootRecord(cluster int64) (*record, error) {
	if cluster <= 0 || cluster >= v.boot.clusters() {
		return nil, fmt.Errorf("cluster %d: %w", cluster, ErrDamaged)
	}
	b := make([]byte, v.boot.record)
	if err := v.readVolume(b, cluster*v.boot.cluster, true); err != nil {
		return nil, err
	}
	return parseRecord(b, recordMFT)
}
