package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf16"

	"updoc/format/evtx"
)

// What a well used PC has of text logs, in bytes.
const (
	mplogSize     = 20 << 20 // each of three
	stubLogSize   = 2 << 20
	driverLogSize = 10 << 20
	msiLogSize    = 8 << 20
)

// lastUsed is a time shortly before the story ends: logs end there.
var lastUsed = time.Date(2024, 3, 20, 20, 0, 0, 0, time.UTC)

// textLogs writes the logs of Defender, of drivers and of an installation that went
// well. They say what such logs say on a PC where these work.
func textLogs(drive string) error {
	support := "ProgramData/Microsoft/Windows Defender/Support/"
	for i := range 3 {
		from := lastUsed.AddDate(0, 0, -30*(i+1))
		text := repeat(mplogSize/2, func(b *bytes.Buffer, n int) { mplogLine(b, from.Add(time.Duration(n)*25*time.Second), n) })
		if err := writeWide(drive, support+from.Format("MPLog-20060102-150405.log"), text); err != nil {
			return err
		}
	}
	stub := repeat(stubLogSize/2, func(b *bytes.Buffer, n int) {
		stubRun(b, lastUsed.AddDate(0, 0, -150).Add(time.Duration(n)*4*time.Hour), n)
	})
	if err := writeWide(drive, "Windows/Temp/MpSigStub.log", stub); err != nil {
		return err
	}
	msi := repeat(msiLogSize/2, msiLine)
	if err := writeWide(drive, "Windows/Temp/MSI4c1d2.LOG", msiHead+string(msi)+msiEnd); err != nil {
		return err
	}
	drivers := repeat(driverLogSize, func(b *bytes.Buffer, n int) {
		driverSection(b, lastUsed.AddDate(0, 0, -170).Add(time.Duration(n)*25*time.Minute), n)
	})
	return writeLog(drive, "Windows/INF/setupapi.dev.log", []byte("[Device Install Log]\r\n     OS Version = 10.0.19045\r\n\r\n"+drivers))
}

// repeat gathers pieces until there are size bytes.
func repeat(size int, piece func(*bytes.Buffer, int)) string {
	var b bytes.Buffer
	for n := 0; b.Len() < size; n++ {
		piece(&b, n)
	}
	return b.String()
}

func writeWide(drive, path, text string) error {
	units := utf16.Encode([]rune("\ufeff" + text))
	b := make([]byte, 0, 2*len(units))
	for _, u := range units {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return writeLog(drive, path, b)
}

func writeLog(drive, path string, b []byte) error {
	full := filepath.Join(drive, path)
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(full, b, 0o600); err != nil {
		return err
	}
	return os.Chtimes(full, lastUsed, lastUsed)
}

func mplogLine(b *bytes.Buffer, at time.Time, n int) {
	b.WriteString(at.Format("2006-01-02T15:04:05.000Z "))
	switch n % 8 {
	case 0, 1, 2:
		fmt.Fprintf(b, "ProcessImageName: example%03d.exe, Pid: %d, TotalTime: %d, Count: %d, MaxTime: %d, MaxTimeFile: \\Device\\HarddiskVolume3\\Users\\user\\AppData\\Local\\part%05d.dat, EstimatedImpact: 1%%\r\n", n%200, 1000+n%9000, n%500, n%90, n%70, n)
	case 3:
		fmt.Fprintf(b, "SDN:Issuing SDN query for \\Device\\HarddiskVolume3\\Windows\\Temp\\%08x.tmp (sha1=%016x%016x%08x)\r\n", n, mix(uint64(n)), mix(uint64(n)+1), uint32(n))
	case 4:
		fmt.Fprintf(b, "[RTP] [Mini-filter] Unsuccessful scan status (#%d): \\Device\\HarddiskVolume3\\Users\\user\\Documents\\text%05d.docx. Process: example.exe, Status: 0xc0000034, State: 0, ScanRequest #%d, FileId: 0x%x, Reason: OnOpen\r\n", n%5, n, n, n*16)
	case 5:
		fmt.Fprintf(b, "Resource scan of file: \\\\?\\C:\\Windows\\WinSxS\\part%05d could not open it: 0x80070020\r\n", n)
	case 6:
		fmt.Fprintf(b, "Signature updated via InternalDefinitionUpdateServer, hr = 0x00000000, version 1.407.%d.0\r\n", n%900)
	default:
		fmt.Fprintf(b, "BM telemetry: GUID {%08X-0000-4000-8000-%012X} Status: 0 Duration: %d ms\r\n", uint32(n), mix(uint64(n))>>16, n%40)
	}
}

func stubRun(b *bytes.Buffer, at time.Time, n int) {
	line := func(format string, args ...any) { fmt.Fprintf(b, format+"\r\n", args...) }
	rule := strings.Repeat("-", 80)
	line("%s\r\nStart time: %s\r\nProcess: %x.%x\r\nCommand: /stub 1.1.24010.2001 /payload 1.407.%d.0 /MpWUStub /program C:\\Windows\\SoftwareDistribution\\Download\\Install\\AM_Delta_Patch_1.407.%d.0.exe WD /q",
		rule, at.Format("2006-01-02 15:04:05Z"), 400+n, 500+n, n, n)
	line("Administrator: yes\r\nVersion: 1.1.24010.2001\r\n\r\n================================ ProductSearch =================================\r\n")
	line("               Microsoft Windows Defender (RS1+):\r\n       Status: Active")
	for _, part := range []string{"Engine:  1.1.24020.9", "Platform:  4.18.24010.12", "AV base:  1.407.0.0", "AV delta:  1.407.0.0", "AS base:  1.407.0.0", "NIS base:  0.0.0.0"} {
		line("       %s", part)
	}
	line("\r\n================================ ValidateUpdate ================================\r\n")
	line("MpSigStub successfully updated Microsoft Windows Defender (RS1+) using the AM BDD package.")
	line("End time: %s\r\n%s\r\n", at.Add(9*time.Second).Format("2006-01-02 15:04:05Z"), rule)
}

const (
	msiHead = "=== Verbose logging started: 2024/03/20  19:40:11  Build type: SHIP UNICODE 5.00.10011.00  Calling process: C:\\Windows\\System32\\msiexec.exe ===\r\n"
	msiEnd  = "Action ended 19:44:30: INSTALL. Return value 1.\r\nProperty(S): ProductName = Example Tool\r\nProperty(S): ProductVersion = 2.0.1\r\n" +
		"MSI (s) (04:24) [19:44:31:000]: MainEngineThread is returning 0\r\n=== Verbose logging stopped: 2024/03/20  19:44:31 ===\r\n"
)

func msiLine(b *bytes.Buffer, n int) {
	head := fmt.Sprintf("MSI (s) (04:24) [19:4%d:%02d:%03d]: ", n%4, n%60, n%1000)
	switch n % 4 {
	case 0:
		fmt.Fprintf(b, "%sExecuting op: FileCopy(SourceName=part%05d|Part%05d.dll,SourceCabKey=file%05d,DestName=Part%05d.dll,Attributes=512,FileSize=%d,PerTick=65536)\r\n", head, n, n, n, n, n)
	case 1:
		fmt.Fprintf(b, "%sFile: C:\\Program Files\\Example Tool\\Part%05d.dll;  To be installed;  Won't patch;  No existing file\r\n", head, n)
	case 2:
		fmt.Fprintf(b, "%sComponent: Component%05d; Installed: Absent; Request: Local; Action: Local\r\n", head, n)
	default:
		fmt.Fprintf(b, "%sNote: 1: 1402 2: HKEY_LOCAL_MACHINE\\Software\\Example\\Part%05d 3: 2\r\n", head, n)
	}
}

// driverSection is the installation of a driver; one of 250 devices has none, as on
// any PC.
func driverSection(b *bytes.Buffer, at time.Time, n int) {
	const stamp = "2006/01/02 15:04:05.000"
	fmt.Fprintf(b, ">>>  [Device Install (DiInstallDevice) - USB\\VID_%04X&PID_%04X\\%08x]\r\n>>>  Section start %s\r\n", n%65536, n*7%65536, n, at.Format(stamp))
	for i := range 12 {
		fmt.Fprintf(b, "     dvi:           Driver INF - oem%d.inf (C:\\Windows\\System32\\DriverStore\\FileRepository\\driver%04d.inf_amd64_%016x) step %d\r\n", n%90, n%800, mix(uint64(n)), i)
	}
	status := "SUCCESS"
	if n%250 == 0 {
		status = "FAILURE(0xe0000203)"
	}
	fmt.Fprintf(b, "<<<  Section end %s\r\n<<<  [Exit status: %s]\r\n\r\n", at.Add(2*time.Second).Format(stamp), status)
}

// defenderEvent is Microsoft Defender saying that it is well and up to date.
func defenderEvent(i int) evtx.Event {
	const channel, provider = "Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender"
	platform, version := text("Platform version", "4.18.24010.12"), fmt.Sprintf("1.407.%d.0", i%900)
	if i%4 == 0 {
		return event(channel, provider, 2000, i, text("Product Name", "%%827"), text("Product Version", "4.18.24010.12"), text("Current Signature Version", version), text("Previous Signature Version", version),
			text("Domain", "NT AUTHORITY"), text("User", "SYSTEM"), text("SID", "S-1-5-18"), text("Signature Type", "%%800"), text("Update Type", "%%804"), text("Current Engine Version", "1.1.24020.9"), text("Previous Engine Version", "1.1.24020.9"))
	}
	if i%4 == 1 {
		return event(channel, provider, 5007, i, text("Product Name", "%%827"), text("Product Version", "4.18.24010.12"),
			text("Old Value", fmt.Sprintf(`HKLM\SOFTWARE\Microsoft\Windows Defender\Diagnostics\Counter = %#x`, i)), text("New Value", fmt.Sprintf(`HKLM\SOFTWARE\Microsoft\Windows Defender\Diagnostics\Counter = %#x`, i+1)))
	}
	return event(channel, provider, 1150, i, text("Product Name", "%%827"), platform, text("Unused", ""), text("Engine version", "1.1.24020.9"), text("Security intelligence version", version))
}
