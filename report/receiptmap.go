package report

import (
	"reflect"
	"time"

	"updoc/model"
)

// receiptMaps draws the partition tables before and after, and names a disk only once. A
// table that stays as it is needs no drawing.
func (s speaker) receiptMaps(r *model.Receipt, d *model.Diagnosis) paperSection {
	out := s.section("receipt.map")
	if reflect.DeepEqual(r.Before, r.After) {
		return out
	}
	if d == nil {
		d = &model.Diagnosis{}
	}
	for _, before := range r.Before {
		disk := diskOfLayout(before, d)
		p := mapPair{Disk: disk.Index, Caption: []string{s.ui("map.scale")}}
		p.Before = s.draw(d, &disk, extentsOf(&disk), "before")
		out.Bars = append(out.Bars, s.barOf(s.ui("receipt.before"), extentsOf(&disk), disk.Table))
		for _, after := range r.After {
			if after.Disk != before.Disk {
				continue
			}
			parts := extentsAfter(&disk, after)
			p.After = s.draw(d, &disk, parts, "after")
			out.Bars = append(out.Bars, s.barOf(s.ui("receipt.after"), parts, disk.Table))
		}
		out.Maps = append(out.Maps, p)
	}
	return out
}

// diskOfLayout is a disk as a receipt tells of it. What a layout does not hold (size,
// kind of table, free space) is taken from the diagnosis where that knows the disk.
func diskOfLayout(l model.Layout, d *model.Diagnosis) model.Disk {
	out := model.Disk{Index: l.Disk}
	known := map[string]model.Volume{}
	for _, disk := range d.Machine.Disks.Items {
		if disk.Index != l.Disk {
			continue
		}
		out.Size, out.Table = disk.Size, disk.Table
		for _, p := range disk.Partitions {
			known[p.ID] = p.Volume
		}
	}
	for _, p := range l.Partitions {
		out.Partitions = append(out.Partitions, model.Partition{ID: p.From, Role: p.Role, Start: p.Start, Size: p.Size, Volume: known[p.From]})
		out.Size = max(out.Size, p.Start+p.Size)
	}
	return out
}

func zoneOfDiagnosis(d *model.Diagnosis) *time.Location {
	if d == nil {
		return nil
	}
	zone, _ := zoneOf(d.Machine.Clock)
	return zone
}
