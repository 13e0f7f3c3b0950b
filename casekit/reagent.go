package casekit

import (
	"fmt"
	"strings"
	"time"

	"updoc/format/reagent"
)

// winrePath is the folder of winre.wim on its partition.
const winrePath = `\Recovery\WindowsRE`

// reagentPlace returns what ReAgent.xml names: the partition of winre.wim unless the
// text says otherwise.
func (w *world) reagentPlace() (place reagent.Location, ok bool) {
	p, ok := w.find(or(w.WinRE.Names.At, w.WinRE.At))
	if w.WinRE.State == stateDisabled || (!ok && w.WinRE.Names.Offset == 0) {
		return reagent.Location{}, false
	}
	if !ok {
		p = w.windows() // a place that is gone is named on the Windows disk
	}
	l := w.disks[p.disk]
	place = reagent.Location{Path: winrePath, ID: "0", GUID: braced(l.guid), Offset: uint64(p.start)}
	if l.Table == tableMBR {
		place.ID, place.GUID = fmt.Sprint(l.signature), ""
	}
	if w.WinRE.Names.Offset != 0 {
		place.Offset = uint64(w.WinRE.Names.Offset)
	}
	if w.WinRE.Names.GUID != "" {
		place.GUID = braced(strings.ToLower(strings.Trim(w.WinRE.Names.GUID, "{}")))
	}
	return place, true
}

// reagentXML writes ReAgent.xml.
func (w *world) reagentXML() []byte {
	c := reagent.New()
	if strings.HasPrefix(w.OS.Type, "Server") {
		c.IsServer = "1"
	}
	if place, ok := w.reagentPlace(); ok {
		c.Location, c.BCD = place, braced(w.guid("bcd winre"))
		c.InstallState, c.AutoRepair, c.ScheduledOperation = "1", "1", "4"
	}
	text := c.Format()
	if w.WinRE.State == stateDamaged {
		return text[:len(text)*2/5]
	}
	return text
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
