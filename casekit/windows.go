package casekit

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"sort"
	"strings"
	"unicode/utf16"

	"updoc/format/cab"
)

// windowsVolume builds drive C: except for winre.wim, which needs to know how much
// room there is.
func (w *world) windowsVolume() (*volume, error) {
	v := newVolume(or(w.windows().Label, ""), w.OS.Installed.In(w.zone))
	v.lost = w.Permissions
	w.addPrograms(v)
	w.addInbox(v)
	w.addUsers(v)
	for name, data := range w.hiveFiles() {
		v.add(`Windows\System32\config\`+name, data).at = w.now
	}
	logs, err := w.eventLogs()
	if err != nil {
		return nil, err
	}
	for name, data := range logs {
		v.add(`Windows\System32\winevt\Logs\`+name, data).at = w.now
	}
	w.addTextLogs(v)
	w.addRecoveryConfig(v)
	w.addServicing(v)
	return v, w.addDatabases(v)
}

func (w *world) addPrograms(v *volume) {
	os := version{10, 0, w.branch(), w.OS.UBR}
	for _, name := range []string{"ntoskrnl.exe", "wuaueng.dll", "ReAgentc.exe", "ReAgent.dll", "bootmenuux.dll"} {
		v.add(`Windows\System32\`+name, program(name, os))
	}
	v.add(`Windows\explorer.exe`, program("explorer.exe", os))
	v.add(`Windows\Microsoft.NET\Framework64\v4.0.30319\clr.dll`, program("clr.dll", version{4, 8, 4084, 0}))
	v.add(`Windows\servicing\TrustedInstaller.exe`, program("TrustedInstaller.exe", os))
	v.add(`Windows\servicing\CbsCore.dll`, program("CbsCore.dll", os))
	w.addDefender(v)
	v.add(`Windows\System32\drivers\etc\hosts`, []byte("# 127.0.0.1 localhost\r\n"))
	for _, dir := range []string{`Program Files\Common Files`, `Program Files (x86)\Common Files`,
		`Windows\WinSxS\Temp`, `Windows\Temp`, `Windows\SoftwareDistribution\Download`, `Windows\SoftwareDistribution\DataStore\Logs`,
		`Windows\Panther`, `Windows\Installer`, `Windows\System32\catroot2`, `Windows\Logs\DISM`} {
		v.dir(dir)
	}
	v.dir(`$Recycle.Bin`).hidden = true
	v.dir(`System Volume Information`).hidden = true
	page := v.add(`pagefile.sys`, nil)
	page.size, page.hidden, page.unwritten = min(2<<30, w.windows().size/16), true, true
}

// addDefender puts Microsoft Defender in place: the platform in use, and the one that
// came with Windows.
func (w *world) addDefender(v *volume) {
	v.add(`ProgramData\Microsoft\Windows Defender\Platform\4.18.24010.12-0\MsMpEng.exe`, program("MsMpEng.exe", version{4, 18, 24010, 12}))
	v.add(`Program Files\Windows Defender\MsMpEng.exe`, program("MsMpEng.exe", version{4, 18, 1909, 6}))
	v.add(`Windows\System32\drivers\wd\WdFilter.sys`, program("WdFilter.sys", version{4, 18, 24010, 12}))
}

// addUsers puts a few files of a user without a name in place.
func (w *world) addUsers(v *volume) {
	for _, dir := range []string{"Desktop", "Downloads", "Pictures", `AppData\Local\Temp`} {
		v.dir(`Users\user\` + dir)
	}
	v.add(`Users\user\Documents\shopping list.txt`, []byte("bread\r\nmilk\r\n"))
	v.add(`Users\user\Documents\letter.txt`, []byte("Dear reader,\r\n"))
	v.dir(`Users\Public\Documents`)
	v.add(`Users\desktop.ini`, []byte("[.ShellClassInfo]\r\n")).hidden = true
}

func (w *world) addTextLogs(v *volume) {
	add := func(log, path string, data []byte) {
		if w.Logs[log].Missing == On {
			return
		}
		if w.Logs[log].Damaged == On {
			overwrite(data, len(data)*45/100, len(data)*55/100)
		}
		v.add(path, data).at = w.now
	}
	older, newer := w.splitCBS(w.cbsLines())
	add("CBS", `Windows\Logs\CBS\CBS.log`, w.textLog("CBS", newer))
	if packed := w.Logs["CBS"].Packed; len(older) > 0 {
		name := "CbsPersist_" + packed.In(w.zone).UTC().Format("20060102150405")
		data := cab.Write(name+".log", w.textLog("CBS", older), w.local(packed.In(w.zone)))
		v.add(`Windows\Logs\CBS\`+name+".cab", data).at = packed.In(w.zone)
	}
	add("ReportingEvents", `Windows\SoftwareDistribution\ReportingEvents.log`, w.reportLog())
	add("setupapi", `Windows\INF\setupapi.dev.log`, w.driverLog())
	add("ReAgent", `Windows\Logs\ReAgent\ReAgent.log`, w.textLog("ReAgent", w.reagentLog()))
	if lines := w.agentLog(); len(lines) > 0 {
		add("WinREAgent", `Windows\Logs\WinREAgent\setupact.log`, w.textLog("WinREAgent", lines))
		v.dir(`$WinREAgent`).hidden = true
	}
}

// splitCBS divides the lines of CBS.log into those of the packed part and the rest.
func (w *world) splitCBS(lines []logLine) (older, newer []logLine) {
	packed := w.Logs["CBS"].Packed
	if packed.IsZero() {
		return nil, lines
	}
	i := sort.Search(len(lines), func(i int) bool { return !lines[i].at.Before(packed.In(w.zone)) })
	return lines[:i], lines[i:]
}

// addRecoveryConfig puts ReAgent.xml in place.
func (w *world) addRecoveryConfig(v *volume) {
	if w.WinRE.State != stateMissing {
		f := v.add(`Windows\System32\Recovery\ReAgent.xml`, w.reagentXML())
		f.at = w.since
	} else {
		v.dir(`Windows\System32\Recovery`)
	}
}

// addServicing puts the package manifests and what is pending in place.
func (w *world) addServicing(v *volume) {
	for _, p := range w.allPackages() {
		if p.State == "installed" || p.State == "staged" || p.State == "install-pending" {
			v.add(`Windows\servicing\Packages\`+p.Name+".mum", []byte(mum(p.Name)))
		}
	}
	if !w.Pending.XML.IsZero() {
		f := v.add(`Windows\WinSxS\pending.xml`, []byte("<?xml version='1.0' encoding='utf-8'?>\r\n<PendingTransaction Version=\"3.1\" WcpVersion=\"10.0\" Identifier=\"1\"/>\r\n"))
		f.at = w.Pending.XML.In(w.zone)
	}
}

// mum is a package manifest: only its identity.
func mum(identity string) string {
	part := append(strings.Split(identity, "~"), make([]string, 5)...)
	return fmt.Sprintf("<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<assembly xmlns=\"urn:schemas-microsoft-com:asm.v3\" manifestVersion=\"1.0\">\r\n"+
		"  <assemblyIdentity name=\"%s\" version=\"%s\" processorArchitecture=\"%s\" language=\"%s\" publicKeyToken=\"%s\"/>\r\n</assembly>\r\n",
		part[0], part[4], part[2], or(part[3], "neutral"), part[1])
}

// recoveryVolume builds a recovery partition except for winre.wim.
func (w *world) recoveryVolume(p *part) *volume {
	v := newVolume(p.Label, w.OS.Installed.In(w.zone))
	if p != w.recovery() {
		v.dir(`Recovery\WindowsRE`).hidden = true
		return v
	}
	w.addWinREFolder(v)
	return v
}

// addWinREFolder puts what lies beside winre.wim in place, hidden as Windows does.
func (w *world) addWinREFolder(v *volume) {
	v.dir(`Recovery`).hidden = true
	v.dir(`Recovery\WindowsRE`).hidden = true
	sdi := v.add(`Recovery\WindowsRE\boot.sdi`, []byte("$SDI0001"))
	sdi.size, sdi.hidden = 3170304, true
	if w.WinRE.State == stateEnabled {
		v.add(`Recovery\WindowsRE\ReAgent.xml`, w.reagentXML()).hidden = true
	}
}

// addTold adds and takes away the files of the text that belong to a partition.
func (w *world) addTold(v *volume, p *part) {
	for _, f := range w.Files {
		on, _ := w.find(or(f.On, "windows"))
		if on != p {
			continue
		}
		path := strings.TrimPrefix(strings.TrimPrefix(f.Path, "C:"), `\`)
		if f.Delete == On {
			v.remove(path)
			continue
		}
		data := f.content()
		made := v.add(path, data)
		made.size, made.hidden, made.dir = max(int64(f.Size), int64(len(data))), f.Hidden == On, f.Dir == On
		made.unwritten = len(data) == 0 && f.Size > 256<<20
		if !f.At.IsZero() {
			made.at = f.At.In(w.zone)
		}
	}
}

// content returns the bytes of a file of the text.
func (f *File) content() []byte {
	if f.Hex != "" {
		raw, _ := unhex(f.Hex) // checked when the text was read
		return raw
	}
	text := strings.ReplaceAll(f.Text, "\n", "\r\n")
	if f.UTF16 != On {
		return []byte(text)
	}
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

// unhex reads hexadecimal digits with any white space between them.
func unhex(digits string) ([]byte, error) {
	return hex.DecodeString(strings.Join(strings.Fields(digits), ""))
}
