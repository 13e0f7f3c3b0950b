package casekit

import (
	"fmt"
	"strings"
	"time"
)

const zeroGUID = "00000000-0000-0000-0000-000000000000"

// winrePath is the folder of winre.wim on its partition.
const winrePath = `\Recovery\WindowsRE`

// reagentPlace is a WinreLocation: where winre.wim is, as ReAgent.xml says it.
type reagentPlace struct {
	path, id, guid string
	offset         int64
}

func nowhere() reagentPlace { return reagentPlace{id: "0", guid: zeroGUID} }

// reagentPlace returns what ReAgent.xml names: the partition of winre.wim unless the
// text says otherwise.
func (w *world) reagentPlace() reagentPlace {
	p, ok := w.find(or(w.WinRE.Names.At, w.WinRE.At))
	if !ok || w.WinRE.State == stateDisabled {
		return nowhere()
	}
	l := w.disks[p.disk]
	place := reagentPlace{path: winrePath, id: "0", guid: l.guid, offset: p.start}
	if l.Table == tableMBR {
		place.id, place.guid = fmt.Sprint(l.signature), zeroGUID
	}
	if w.WinRE.Names.Offset != 0 {
		place.offset = int64(w.WinRE.Names.Offset)
	}
	place.guid = or(strings.ToLower(strings.Trim(w.WinRE.Names.GUID, "{}")), place.guid)
	return place
}

// reagentXML writes ReAgent.xml: UTF-8 with byte order mark, single-quoted
// declaration. Source: winre.md §3.
func (w *world) reagentXML() []byte {
	place, bcd, on := w.reagentPlace(), w.guid("bcd winre"), 1
	if w.WinRE.State == stateDisabled || place.path == "" {
		bcd, on = zeroGUID, 0
	}
	location := func(name string, p reagentPlace, index string) string {
		return fmt.Sprintf("  <%s path=\"%s\" id=\"%s\" offset=\"%d\" guid=\"%s\"%s/>\n", name, p.path, p.id, p.offset, braced(p.guid), index)
	}
	state := func(name string, v int) string { return fmt.Sprintf("  <%s state=\"%d\"/>\n", name, v) }
	var b strings.Builder
	b.WriteString("\ufeff<?xml version='1.0' encoding='utf-8'?>\n\n<WindowsRE version=\"2.0\">\n")
	fmt.Fprintf(&b, "  <WinreBCD id=\"%s\"/>\n", braced(bcd))
	b.WriteString(location("WinreLocation", place, "") + location("ImageLocation", nowhere(), ""))
	b.WriteString(location("PBRImageLocation", nowhere(), ` index="0"`) + location("PBRCustomImageLocation", nowhere(), ` index="0"`))
	b.WriteString(state("InstallState", on) + state("OsInstallAvailable", 0) + state("CustomImageAvailable", 0) + state("IsAutoRepairOn", 1) + state("WinREStaged", 0))
	b.WriteString("  <OperationParam path=\"\"/>\n" + state("OperationPermanent", 0) + "  <OsBuildVersion path=\"\"/>\n" + state("OemTool", 0))
	b.WriteString(state("IsServer", map[bool]int{true: 1}[strings.HasPrefix(w.OS.Type, "Server")]) + location("DownlevelWinreLocation", nowhere(), ""))
	b.WriteString(state("IsWimBoot", 0) + state("NarratorScheduled", 0))
	if on == 1 {
		b.WriteString(state("ScheduledOperation", 4))
	}
	b.WriteString("</WindowsRE>")
	if w.WinRE.State == stateDamaged {
		return []byte(b.String()[:b.Len()*2/5])
	}
	return []byte(b.String())
}

// reagentLog is ReAgent.log: how WinRE was switched on when Windows was installed, or
// off later, and a look at it. Source of the grammar: winre.md, "Confirmed later" §5.
func (w *world) reagentLog() []logLine {
	installed := w.OS.Installed.In(w.zone).Add(20 * time.Minute)
	lines := w.reagentCommand(installed, "/enable", "Enter WinReInstall", w.partitionLines(), "Exit WinReInstall returns 1 with last error: 0x0")
	switch w.WinRE.State {
	case stateDisabled:
		lines = append(lines, w.reagentCommand(w.since.Add(26*time.Hour), "/disable", "Enter WinReUnInstall", nil, "Exit WinReUnInstall returns 1 with last error: 0x0")...)
	default:
		lines = append(lines, w.reagentCommand(w.since.Add(26*time.Hour), "/info", "Enter WinReGetConfig", nil, "Exit WinReGetConfig returns 1 with last error: 0x0")...)
	}
	if p := w.recovery(); p != nil && p.Encrypted != "" {
		lines = append(lines, w.reagentCommand(w.since.Add(27*time.Hour), "/enable", "Enter WinReInstall", append(w.partitionLines(), "Partition has bitlocker",
			"skip partition because it does not meet WinRE requirements", "No suitable partition could be found for installing WinRE"),
			"Exit WinReInstall returns 0 with last error: 0x80310000")...)
	}
	return lines
}

func (w *world) reagentCommand(at time.Time, option, enter string, middle []string, exit string) []logLine {
	rule := strings.Repeat("-", 54)
	command := `"C:\WINDOWS\system32\ReAgentc.exe" ` + option
	texts := append([]string{rule, "-----Executing command line: " + command + "-----", rule, enter, "Parameters: configWinDir: NULL"}, middle...)
	result := "0"
	if strings.Contains(exit, "returns 0") {
		result = "1"
	}
	texts = append(texts, exit, rule, "-----Exiting command line: "+command+", Error: "+result+"-----", rule)
	var lines []logLine
	for _, t := range texts {
		lines = append(lines, logLine{at: at, level: "Info", text: "[ReAgentc.exe] " + t})
	}
	return lines
}

// partitionLines describe the recovery partition as reagentc saw it, if the text says
// how much is free.
func (w *world) partitionLines() []string {
	p := w.recovery()
	if p == nil || p.Free == 0 {
		return nil
	}
	l := w.disks[p.disk]
	isMBR := map[bool]int{true: 1}[l.Table == tableMBR]
	encrypted := map[bool]int{true: 1}[p.Encrypted != ""]
	return []string{
		fmt.Sprintf("Partition number: %d, offset: %d, free space: %d, total space: %d", p.index, p.start, p.Free, p.size),
		fmt.Sprintf("DiskNumber:%d, DiskSignature:%d, NTFS:1, Mbr:%d, Active:0, Boot:0, BitlockerEnabled:%d", p.disk, uint64(isMBR)*uint64(l.signature), isMBR, encrypted),
		"GPT partition GUID:: " + braced(strings.ToUpper(p.typeGUID)) + " ",
		"DiskId: " + braced(strings.ToUpper(l.guid)) + " ",
	}
}

// agentLog is Logs\WinREAgent\setupact.log. Its real grammar is not published; it is
// written like the other logs of Windows Setup.
func (w *world) agentLog() []logLine {
	var lines []logLine
	say := func(at time.Time, level, text string) {
		lines = append(lines, logLine{at: at, level: level, text: text})
	}
	for i := range w.attempts {
		a := &w.attempts[i]
		if a.Agent == (Agent{}) {
			continue
		}
		at := a.end.Add(-5 * time.Second)
		say(a.downloaded.Add(3*time.Second), "Info", "WinREAgent: servicing of the recovery environment started for "+a.KB)
		switch p := w.recovery(); {
		case a.Agent.Version != "":
			say(at, "Info", "WinREAgent: servicing finished, version "+a.Agent.Version)
			continue
		case a.Agent.Phase == 2 && p != nil && p.Free > 0:
			say(at, "Error", fmt.Sprintf("WinREAgent: not enough free space in the recovery partition: needed %d, available %d", 262144000, p.Free))
		}
		say(at, "Error", fmt.Sprintf("WinREAgent: servicing failed in phase %d with error %s", a.Agent.Phase, a.Agent.Code))
	}
	return lines
}
