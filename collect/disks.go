package collect

import (
	"updoc/model"
	"updoc/source"
)

// disks fills Machine.Disks and Machine.Windows with what the source knows of the
// disks, their partitions and the file systems on them.
func disks(d *desk) {
	d.m.Disks = d.src.Disks(d.ctx)
	d.m.Windows = model.Volume{ID: d.windows}
	if p := d.partition(d.windows); p != nil {
		d.m.Windows = p.Volume
		d.m.Windows.ID = d.windows
		return
	}
	if runs, is := d.src.(source.Running); is {
		if told, ok := runs.Home(); ok {
			d.m.Windows = told
			return
		}
	}
	why := *d.noDisk()
	v := &d.m.Windows
	v.FS, v.Label = unseenOr[string](&why), unseenOr[string](&why)
	v.Size, v.Free = unseenOr[int64](&why), unseenOr[int64](&why)
	v.Dirty, v.Hibernated = unseenOr[bool](&why), unseenOr[bool](&why)
	v.LogFile = unseenOr[string](&why)
	v.BitLocker = model.BitLocker{Encrypted: unseenOr[bool](&why), State: unseenOr[string](&why), Method: unseenOr[string](&why)}
}

// whole tells whether all of a volume is there, so that a file that is not found does not
// exist: of a disk, and of a running Windows also where its disks are not told
// (dynamic disks, Storage Spaces). Of a copied folder it is not known.
func (d *desk) whole(volume string) bool {
	_, runs := d.src.(source.Running)
	return runs && volume == d.windows || d.partition(volume) != nil
}

// partition returns the partition of that id, nil if there is none.
func (d *desk) partition(id string) *model.Partition {
	for i := range d.m.Disks.Items {
		parts := d.m.Disks.Items[i].Partitions
		for j := range parts {
			if parts[j].ID == id {
				return &parts[j]
			}
		}
	}
	return nil
}

// partitions returns every partition, those of the Windows disk first.
func (d *desk) partitions() []*model.Partition {
	var first, rest []*model.Partition
	home := int64(-1)
	if p := d.partition(d.windows); p != nil {
		home = p.Disk
	}
	for i := range d.m.Disks.Items {
		parts := d.m.Disks.Items[i].Partitions
		for j := range parts {
			if parts[j].Disk == home {
				first = append(first, &parts[j])
			} else {
				rest = append(rest, &parts[j])
			}
		}
	}
	return append(first, rest...)
}

// disk returns the disk of that index, nil if there is none.
func (d *desk) disk(index int64) *model.Disk {
	for i := range d.m.Disks.Items {
		if d.m.Disks.Items[i].Index == index {
			return &d.m.Disks.Items[i]
		}
	}
	return nil
}

// noDisk is why a fact of a disk is unseen.
func (d *desk) noDisk() *model.Unseen {
	why := d.m.Disks.Coverage.Reason()
	_, runs := d.src.(source.Running)
	switch {
	case why.Reason == model.ReasonNotLooked && runs:
		why = model.Unseen{Artifact: "partition-table", Reason: model.ReasonUnsupported, How: model.HowNothing}
	case why.Reason == model.ReasonNotLooked:
		why = model.Unseen{Artifact: "partition-table", Reason: model.ReasonNoDisk, How: model.HowDisk}
	}
	return &why
}
