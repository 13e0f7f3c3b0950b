package reagentlog

import (
	"bytes"
	"strconv"
	"strings"

	"updoc/format/textlog"
)

// partition interprets the lines of a partition's record:
//
//	--Partition info--
//	VolumeName: \\?\Volume{…}, PartitionName: \\?\GLOBALROOT\device\harddisk0\partition4
//	Partition number: 4, offset: 1023135449088, free space: 1054896128, total space: 1073737728
//	DiskNumber:0, DiskSignature:0, NTFS:1, Mbr:0, Active:0, Boot:0, BitlockerEnabled:1
//	GPT partition GUID:: {…}
//	DiskId: {…}
func (in *reader) partition(e Entry, t []byte) bool {
	switch {
	case bytes.HasPrefix(t, []byte("--Partition info--")):
		in.endPartition()
	case bytes.HasPrefix(t, []byte("VolumeName: ")):
		p := in.record(e, in.part != nil)
		p.volume(t)
	case bytes.HasPrefix(t, []byte("Partition number: ")):
		p := in.record(e, in.part != nil && in.part.Number != 0)
		p.Number = int(number(t, "Partition number: "))
		p.Start, p.Free, p.Total = number(t, "offset: "), number(t, "free space: "), number(t, "total space: ")
	case in.part == nil || in.part.Process != e.Process:
		return false
	case bytes.HasPrefix(t, []byte("DiskNumber:")):
		in.part.flags(t)
	case bytes.HasPrefix(t, []byte("GPT partition GUID:")):
		in.part.TypeGUID = guid(t)
	case bytes.HasPrefix(t, []byte("DiskId: ")):
		in.part.DiskID = guid(t)
	default:
		in.endPartition()
		return false
	}
	return true
}

// record returns the record being read, or a new one.
func (in *reader) record(e Entry, fresh bool) *Partition {
	if fresh || in.part != nil && in.part.Process != e.Process {
		in.endPartition()
	}
	if in.part == nil {
		in.part = &Partition{Entry: e, Disk: -1}
	}
	return in.part
}

func (in *reader) endPartition() {
	p := in.part
	in.part = nil
	if p == nil || p.Number == 0 {
		return
	}
	in.log.PartitionCount++
	in.log.Partitions = textlog.AppendNewest(in.log.Partitions, *p, maxPartitions)
}

func (p *Partition) volume(t []byte) {
	name, device, _ := bytes.Cut(t, []byte(", PartitionName: "))
	p.Volume = guid(name)
	p.Device = textlog.Clip(device, maxText)
}

func (p *Partition) flags(t []byte) {
	p.HasFlags = true
	p.Disk = int(number(t, "DiskNumber:"))
	p.NTFS, p.MBR = number(t, "NTFS:") != 0, number(t, "Mbr:") != 0
	p.Active, p.Boot = number(t, "Active:") != 0, number(t, "Boot:") != 0
	p.BitLocker = number(t, "BitlockerEnabled:") != 0
}

// check interprets the lines of a look at a partition:
//
//	MeetPartitionRequirements Partition details: {Offset: 1023135449088, Free space: 1054896128, Total space: 1073737728}
//	MeetPartitionRequirements WinRE WIM size: 822021945
//	MeetPartitionRequirements Required free space: 876547897
//	MeetPartitionRequirements Partition has bitlocker, offset = 1023135449088
//	 skip partition because it does not meet WinRE requirements
func (in *reader) check(e Entry, t []byte) bool {
	t, ok := bytes.CutPrefix(t, []byte("MeetPartitionRequirements "))
	switch {
	case !ok:
		return in.checkVerdict(t)
	case bytes.HasPrefix(t, []byte("Partition details: ")):
		in.endCheck()
		in.test = &Check{Entry: e, Start: number(t, "Offset: "), Free: number(t, "Free space: "), Total: number(t, "Total space: ")}
	case in.test == nil:
		return false
	case bytes.HasPrefix(t, []byte("WinRE WIM size: ")):
		in.test.WimSize = number(t, "WinRE WIM size: ")
	case bytes.HasPrefix(t, []byte("Required free space: ")):
		in.test.Required = number(t, "Required free space: ")
	case bytes.HasPrefix(t, []byte("Partition has bitlocker")):
		in.test.BitLocker, in.test.Refused = true, true
		return false // a verdict besides
	}
	return true
}

// checkVerdict ends a look by the sentence that follows it.
func (in *reader) checkVerdict(t []byte) bool {
	switch {
	case in.test == nil:
	case bytes.Contains(t, []byte("does not meet WinRE requirements")):
		in.test.Refused = true
		in.endCheck()
	case bytes.Contains(t, []byte("partition meets requirements")), bytes.Contains(t, []byte("it meets WinRE requirements")):
		in.test.Meets = true
		in.endCheck()
	}
	return false // a verdict besides
}

func (in *reader) endCheck() {
	c := in.test
	in.test = nil
	if c == nil {
		return
	}
	in.log.CheckCount++
	in.log.Checks = textlog.AppendNewest(in.log.Checks, *c, maxChecks)
}

// call interprets "Exit WinReInstall returns 0 with last error: 0x70" and
// "Exit WinReX return error code: 0x2". Functions that succeeded are passed.
func (in *reader) call(e Entry, t []byte) {
	t, ok := bytes.CutPrefix(t, []byte("Exit "))
	if !ok {
		return
	}
	name, rest, _ := bytes.Cut(t, []byte(" "))
	code, stated := hex(rest, "last error: 0x")
	failed := bytes.Contains(rest, []byte("returns 0 ")) && stated
	if !stated {
		code, stated = hex(rest, "error code: 0x")
		failed = stated && code != 0
	}
	if !failed {
		return
	}
	in.log.CallCount++
	in.log.Calls = textlog.AppendNewest(in.log.Calls, Call{Entry: e, Function: textlog.Clip(name, 64), Code: code}, maxCalls)
}

// verdictWords tell the verdicts by their words.
var verdictWords = []struct {
	words string
	kind  VerdictKind
}{
	{"Partition has bitlocker", VerdictBitLocker},
	{"does not meet WinRE requirements", VerdictUnfit},
	{"No suitable partition could be found for installing WinRE", VerdictNoPartition},
	{"select partition because it meets WinRE requirements", VerdictSelected},
	{"skip partition because it is in use", VerdictInUse},
	{"WinRE not configured", VerdictNotConfigured},
}

func (in *reader) verdict(e Entry, t []byte) {
	for _, w := range verdictWords {
		if bytes.Contains(t, []byte(w.words)) {
			in.log.VerdictCount++
			in.log.Verdicts = textlog.AppendNewest(in.log.Verdicts, Verdict{Entry: e, Kind: w.kind}, maxVerdicts)
			return
		}
	}
}

// number returns the decimal number behind label, 0 if there is none.
func number(t []byte, label string) uint64 {
	i := bytes.Index(t, []byte(label))
	if i < 0 {
		return 0
	}
	t = t[i+len(label):]
	n := 0
	for n < len(t) && t[n] >= '0' && t[n] <= '9' {
		n++
	}
	v, err := strconv.ParseUint(string(t[:n]), 10, 63)
	if err != nil {
		return 0
	}
	return v
}

// hex returns the hexadecimal number of at most 32 bits behind label.
func hex(t []byte, label string) (uint32, bool) {
	i := bytes.Index(t, []byte(label))
	if i < 0 {
		return 0, false
	}
	t = t[i+len(label):]
	n := 0
	for n < len(t) && strings.IndexByte("0123456789abcdefABCDEF", t[n]) >= 0 {
		n++
	}
	v, err := strconv.ParseUint(string(t[:n]), 16, 32)
	return uint32(v), err == nil
}

// guid returns the first "{…}" of GUID form in t, lower case; "" if none.
func guid(t []byte) string {
	i := bytes.IndexByte(t, '{')
	if i < 0 || len(t) < i+38 || t[i+37] != '}' {
		return ""
	}
	g := strings.ToLower(string(t[i : i+38]))
	if strings.Trim(g[1:37], "0123456789abcdef-") != "" {
		return ""
	}
	return g
}
