package casekit

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"time"
)

// bootEvents are what every start and the stop before it leave in the System log.
func (w *world) bootEvents() []record {
	var list []record
	for i, b := range w.boots {
		if i > 0 || b.at.Sub(w.since) > time.Hour {
			list = append(list, w.stop(b)...)
		}
		list = append(list, w.start(b)...)
	}
	return list
}

func (w *world) stop(b start) []record {
	at := b.at.Add(-w.shift("stop"+b.at.String(), 25*time.Second, 50*time.Second))
	log := classic(at, byLog, 6006, 32768, levelInfo)
	log.binary = []byte{1, 0, 0, 0, 0, 0, 0, 0}
	power := manifest(at.Add(2*time.Second), byPower, 109, 0, levelInfo,
		field{"ShutdownActionType", uint32(5)}, field{"ShutdownEventCode", uint32(0)}, field{"ShutdownReason", uint32(5)})
	power.task, power.keywords, power.user = 103, 0x8000400000000404, ""
	kernel := manifest(at.Add(4*time.Second), byKernel, 13, 0, levelInfo, field{"StopTime", at.Add(4 * time.Second)})
	kernel.task, kernel.keywords, kernel.user = 2, 0x8000000000000080, ""
	return []record{log, power, kernel}
}

// bootTypes are the values of Kernel-Boot 27. Source: field notes on BootType.
func bootTypes() map[string]uint32 { return map[string]uint32{"cold": 0, "fast": 1, "resume": 2} }

func (w *world) start(b start) []record {
	kind := manifest(b.at.Add(time.Millisecond), byBoot, 27, 1, levelInfo,
		field{"BootType", bootTypes()[b.kind]}, field{"LoadOptions", " NOEXECUTE=OPTIN"})
	kind.task = 33
	last := manifest(b.at.Add(time.Millisecond), byBoot, 20, 1, levelInfo,
		field{"LastShutdownGood", true}, field{"LastBootGood", true}, field{"LastBootId", uint32(1)}, field{"BootStatusPolicy", uint32(1)})
	last.task = 31
	if b.kind != "cold" {
		return []record{kind}
	}
	list := []record{w.kernelStart(b.at), last, kind}
	list = append(list, w.healthyVolumes(b.at.Add(2*time.Second))...)
	return append(list, w.logStart(b.at.Add(9*time.Second))...)
}

func (w *world) kernelStart(at time.Time) record {
	r := manifest(at, byKernel, 12, 0, levelInfo,
		field{"MajorVersion", uint32(10)}, field{"MinorVersion", uint32(0)}, field{"BuildVersion", uint32(w.OS.Build)},
		field{"QfeVersion", uint32(w.OS.UBR)}, field{"ServiceVersion", uint32(0)}, field{"BootMode", uint32(0)},
		field{"StartTime", at.Add(-400 * time.Millisecond)})
	r.task, r.keywords = 1, 0x8000000000000080
	return r
}

// healthyVolumes are Ntfs 98 with state 0: nothing is wrong.
func (w *world) healthyVolumes(at time.Time) []record {
	r := manifest(at, byNTFS, 98, 0, levelInfo, field{"DriveName", "C:"},
		field{"DeviceName", fmt.Sprintf(`\Device\HarddiskVolume%d`, w.windows().index)}, field{"CorruptionActionState", uint32(0)})
	r.keywords |= 2
	return []record{r}
}

// logStart is what the event log service says of itself.
func (w *world) logStart(at time.Time) []record {
	version := classic(at, byLog, 6009, 32768, levelInfo, "10.00.", strconv.Itoa(w.OS.Build), "", "Multiprocessor Free", "0")
	up := classic(at, byLog, 6005, 32768, levelInfo)
	up.binary = systemTime(w.local(at))
	return []record{version, up}
}

// systemTime is a SYSTEMTIME with eight zero bytes behind it.
func systemTime(t time.Time) []byte {
	b := make([]byte, 0, 24)
	for _, v := range []int{t.Year(), int(t.Month()), int(t.Weekday()), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / 1e6} {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return append(b, make([]byte, 8)...)
}

// clockEvents are Kernel-General 1 for every change of the clock: forward by a program
// (reason 1), back by the hardware clock (2).
func (w *world) clockEvents() []record {
	var list []record
	for _, j := range w.Clock {
		now, old, reason := j.At.In(w.zone), j.From.In(w.zone), uint32(1)
		if now.Before(old) {
			reason = 2
		}
		r := manifest(now, byKernel, 1, 4, levelInfo, field{"NewTime", now}, field{"OldTime", old},
			field{"Reason", reason}, field{"ProcessName", `\Device\HarddiskVolume3\Windows\System32\svchost.exe`},
			field{"ProcessID", uint32(1184)}, field{"TimeDeltaInMs", int64(now.Sub(old) / time.Millisecond)})
		r.task, r.keywords = 5, 0x8000000000000010
		list = append(list, r)
	}
	return list
}

// diskEvents are the classic events of trouble with storage. Source: artifacts.md §14.
func (w *world) diskEvents() []record {
	var list []record
	for _, d := range w.DiskEvents {
		for _, at := range d.At {
			list = append(list, diskEvent(at.In(w.zone), d))
		}
	}
	return list
}

func diskEvent(at time.Time, d DiskEvent) record {
	device := or(d.Device, `\Device\Harddisk0\DR0`)
	switch d.ID {
	case 129:
		return classic(at, "storahci", 129, 0x8004, levelWarning, or(d.Device, `\Device\RaidPort0`))
	case 153:
		return withStatus(classic(at, byDisk, 153, 0x8004, levelWarning, device, "0x416e32", "0", `\Device\00000024`), 0x80040099, 0)
	case 51:
		return withStatus(classic(at, byDisk, 51, 0x8004, levelWarning, device), 0x80040033, 0xc000009d)
	case 55:
		r := manifest(at, byNTFS, 55, 0, levelError, field{"DriveName", "C:"}, field{"DeviceName", device}, field{"CorruptionState", hexNumber(0)},
			field{"HeaderFlags", hexNumber(0x922)}, field{"Severity", "Critical"}, field{"Origin", "File System Driver"},
			field{"Verb", "Bad FRS"}, field{"Description", "The Master File Table (MFT) contains a corrupted file record."})
		return r
	}
	return classic(at, byDisk, d.ID, 0xc004, levelError, device)
}

// withStatus adds the binary part of a storage event: the event code at 0x0c and the
// final status at 0x14.
func withStatus(r record, code, status uint32) record {
	r.binary = make([]byte, 0x28)
	binary.LittleEndian.PutUint32(r.binary[0x0c:], code)
	binary.LittleEndian.PutUint32(r.binary[0x14:], status)
	return r
}
