package collect

import (
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"

	"updoc/model"
)

const (
	diskEventLimit  = 500
	diskEventAge    = 365 * day
	noSuchDevice    = 0xc000000e // NTSTATUS: the device was pulled out
	statusOffset    = 0x14       // of the final NTSTATUS in the data of disk 51
	raidPortAdvance = 129
)

// diskLog fills Machine.DiskLog from the System log (and Ntfs/Operational): trouble
// with the disk that Windows lives on. Source of ids and fields: field guide,
// artifacts confirmed §14. Events of pulled-out and other disks are left out;
// Time-Service also has a 129, so the provider decides.
func diskLog(d *desk) {
	system, disk := d.log(systemLog), d.windowsDiskNumber()
	var items []model.DiskEvent
	for _, log := range []*eventLog{system, d.optionalLog(ntfsLog)} {
		for i := range log.events {
			e := &log.events[i]
			kind, device := diskTrouble(e)
			if kind == "" || otherDisk(device, disk) || d.m.LastSeen.Sub(e.time) > diskEventAge {
				continue
			}
			items = append(items, model.DiskEvent{Time: e.time, Kind: kind, Provider: e.provider,
				EventID: int64(e.id), Device: device, Origin: e.origin})
		}
	}
	kept, cut := within(items, diskEventLimit)
	listOf(d, system, kept, &d.m.DiskLog)
	if cut {
		d.m.DiskLog.Coverage.From = kept[0].Time
	}
	cover := d.m.DiskLog.Coverage
	if !system.torn && cover.To.Before(d.m.LastSeen) {
		cover.To = d.m.LastSeen // finish lets the list reach as far
	}
	d.storage(kept, cover)
	d.checks()
}

// diskTrouble returns what an event says is wrong, and with which device; "" if
// nothing.
func diskTrouble(e *event) (kind, device string) {
	provider := strings.ToLower(e.provider)
	switch {
	case provider == diskProvider:
		return diskKind(e), e.at(0)
	case provider == strings.ToLower(ntfsProvider), provider == strings.ToLower(ntfsModern):
		return ntfsKind(e), firstText(e.get("DriveName"), e.get("VolumeId"), e.get("VolumeName"), e.at(0))
	case e.id == raidPortAdvance && len(wantedEvents[provider]) == 1:
		return "controller-reset", e.at(0)
	}
	return "", ""
}

func diskKind(e *event) string {
	switch e.id {
	case 7:
		return "bad-block"
	case 9:
		return "controller-reset"
	case 11, 154:
		return "io-error"
	case 51:
		if len(e.binary) >= statusOffset+4 && binary.LittleEndian.Uint32(e.binary[statusOffset:]) == noSuchDevice {
			return ""
		}
		return "io-error"
	case 52:
		return "predicted-failure"
	case 153:
		return "retried"
	}
	return ""
}

func ntfsKind(e *event) string {
	state, _ := strconv.ParseInt(e.get("CorruptionActionState"), 0, 64)
	switch {
	case e.id == 55, e.id == 98 && e.level <= 3 && state > 0:
		return "corruption"
	case e.id == 130:
		return "repaired"
	case e.id >= 131 && e.id <= 133: // a repair that could not be made online
		return "corruption"
	case e.id == 137, e.id == 140, e.id == 149:
		if code, err := strconv.ParseUint(e.get("Error"), 0, 32); err == nil && code == noSuchDevice {
			return ""
		}
		return "flush-failed"
	}
	return ""
}

var (
	diskNumber = regexp.MustCompile(`(?i)harddisk(\d+)\\(?:DR(\d+))?`)
	driveName  = regexp.MustCompile(`^[A-Za-z]:$`)
)

// unknownDisk is the number of a disk whose number is not known.
const unknownDisk = -1

// otherDisk tells whether a device is surely another disk than Windows' own. Windows
// is drive C: of itself. Devices are numbered as they appear: what was plugged in later,
// such as a stick, has a DR number that is not the number of its disk.
func otherDisk(device string, windows int) bool {
	if m := diskNumber.FindStringSubmatch(device); m != nil {
		n, err := strconv.Atoi(m[1])
		if m[2] != "" && m[2] != m[1] {
			return true
		}
		return err == nil && windows != unknownDisk && n != windows
	}
	return driveName.MatchString(device) && !strings.EqualFold(device, "C:")
}

// windowsDiskNumber is the number under which Windows knows its own disk: the one
// ReAgent.log names for a recovery partition that lies on it, else unknownDisk. The
// number that a disk has here says nothing.
func (d *desk) windowsDiskNumber() int {
	active := d.m.WinRE.Active
	if !active.Place.Known || active.Place.Value == model.PlaceOtherDisk {
		return unknownDisk
	}
	if p, _, ok := d.record(uint64(active.Start.Value)); ok && p.Disk >= 0 {
		return p.Disk
	}
	return unknownDisk
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
