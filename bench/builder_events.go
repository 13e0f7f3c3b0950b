package main

import (
	"fmt"
	"strconv"
	"time"

	"updoc/format/evtx"
)

// A shape makes the i-th event of a log of its kind.
type shape struct {
	name  string
	event func(i int) evtx.Event
}

// shapes are the kinds of logs that differ most in what they cost to read.
func shapes() []shape {
	return []shape{{"System", systemEvent}, {"Application", applicationEvent}, {"Security", securityEvent}, {"Setup", setupEvent}}
}

// event fills in what all events have.
func event(channel, provider string, id uint32, i int, data ...evtx.Item) evtx.Event {
	return evtx.Event{
		Provider: provider, ProviderGUID: guidOf(provider), EventID: id, Level: 4, Channel: channel, Computer: "DESKTOP-EXAMPLE1",
		Time: epoch.Add(time.Duration(i) * 37 * time.Second / 10), Keywords: 0x8000000000000000, ProcessID: uint32(600 + i%40), ThreadID: uint32(700 + i%90),
		UserSID: "S-1-5-18", Data: data,
	}
}

// classic is an event of a source that names no fields.
func classic(channel, provider string, id uint32, i int, texts ...string) evtx.Event {
	e := event(channel, provider, id, i)
	e.ProviderGUID, e.UserSID, e.Keywords, e.Qualifiers = evtx.GUID{}, "", 0x80000000000000, 16384
	for _, t := range texts {
		e.Data = append(e.Data, evtx.Item{Type: evtx.TypeString, Value: t})
	}
	return e
}

func guidOf(text string) (g evtx.GUID) {
	for i := range g {
		g[i] = byte(mix(uint64(len(text))<<32|uint64(text[i%len(text)])<<8|uint64(i)) >> 7)
	}
	return g
}

func text(name, value string) evtx.Item {
	return evtx.Item{Name: name, Type: evtx.TypeString, Value: value}
}

func number(name string, t evtx.Type, n int) evtx.Item {
	return evtx.Item{Name: name, Type: t, Value: strconv.Itoa(n)}
}

func hex(name string, t evtx.Type, n int) evtx.Item {
	return evtx.Item{Name: name, Type: t, Value: fmt.Sprintf("%#x", n)}
}

func guid(name string, i int) evtx.Item {
	a, b := mix(uint64(i)), mix(uint64(i)+1<<40)
	return evtx.Item{Name: name, Type: evtx.TypeGUID, Value: fmt.Sprintf("{%08X-%04X-%04X-%04X-%012X}", uint32(a), uint16(a>>32), uint16(a>>48), uint16(b), b>>16)}
}

func sid(name string, i int) evtx.Item {
	return evtx.Item{Name: name, Type: evtx.TypeSID, Value: fmt.Sprintf("S-1-5-21-1111111111-2222222222-3333333333-%d", 1000+i%7)}
}

// systemEvent mixes what fills a System log: services that start and stop, DCOM,
// names that cannot be resolved, the hive flush, updates.
func systemEvent(i int) evtx.Event {
	switch i % 10 {
	case 0, 1, 2, 3:
		e := event("System", "Service Control Manager", 7036, i, text("param1", fmt.Sprintf("Example Service %d", i%80)), text("param2", "running"))
		e.Source, e.Qualifiers, e.Binary = "Service Control Manager", 16384, []byte(fmt.Sprintf("svc%02d/4\x00\x00", i%80))
		return e
	case 4, 5:
		return event("System", "Microsoft-Windows-DistributedCOM", 10016, i, text("param1", "application-specific"), text("param2", "Local"), text("param3", "Activation"),
			text("param4", "{2593F8B9-4EAF-457C-B68A-50F6B8EA6B54}"), text("param5", "{15C20B67-12E7-4BB6-92BB-7AFF07997402}"), text("param6", "DESKTOP-EXAMPLE1"),
			text("param7", "user"), text("param8", fmt.Sprintf("S-1-5-21-1111111111-2222222222-3333333333-%d", 1000+i%3)), text("param9", "LocalHost (Using LRPC)"))
	case 6:
		return event("System", "Microsoft-Windows-DNS-Client", 1014, i, text("QueryName", fmt.Sprintf("host%d.example.com", i%500)), number("AddressLength", evtx.TypeUint32, 128),
			evtx.Item{Name: "Address", Type: evtx.TypeBinary, Value: fmt.Sprintf("02000035C0A8%04X00000000000000000000", i%65536)})
	case 7, 8:
		return event("System", "Microsoft-Windows-Kernel-General", 16, i, number("HiveNameLength", evtx.TypeUint16, 56),
			text("HiveName", `\??\C:\Users\user\AppData\Local\Packages\Example.App`+strconv.Itoa(i%120)+`\Settings\settings.dat`), number("KeysUpdated", evtx.TypeUint32, i%90), number("DirtyPages", evtx.TypeUint32, 7))
	default:
		return event("System", "Microsoft-Windows-Ntfs", 98, i, number("DriveName", evtx.TypeUint32, i%5), text("DeviceName", fmt.Sprintf(`\Device\HarddiskVolume%d`, i%5)), number("CorruptionState", evtx.TypeUint32, 0))
	}
}

// applicationEvent mixes classic sources, some with long texts.
func applicationEvent(i int) evtx.Event {
	switch i % 6 {
	case 0:
		return classic("Application", "MsiInstaller", 1033, i, "Example Program "+strconv.Itoa(i%300), "3.2."+strconv.Itoa(i%90), "1033", "0", "Example Software", "(NULL)")
	case 1:
		return classic("Application", "Windows Error Reporting", 1001, i, strconv.Itoa(i), "5", "APPCRASH", "Not available", "0", "example.exe", "3.2.1."+strconv.Itoa(i%90), "5f1e2d3c", "module.dll",
			"10.0.19041.3803", "6a5b4c3d", "c0000005", fmt.Sprintf("%016x", i*4096), "", "", `\\?\C:\ProgramData\Microsoft\Windows\WER\Temp\WER`+strconv.Itoa(i)+`.tmp.dmp`, `C:\ProgramData\Microsoft\Windows\WER\ReportArchive\AppCrash_example.exe`, "", "0",
			fmt.Sprintf("%08x-1111-2222-3333-444444444444", i), "268435456", "")
	case 2:
		return classic("Application", "ESENT", 326, i, "svchost", "1132,D,50", "Unistore: ", "1", `C:\Users\user\AppData\Local\Comms\UnistoreDB\store.vol`, "0",
			"[1] 0.000001 +J(0) [2] 0.000133 -0.000027 (1) CM -0.000067 (1) WT +J(0) +M(C:0K, Fs:4, WS:16K # 16K, PF:0K # 0K, P:0K) [3] 0.0000"+strconv.Itoa(i%90)+" +J(0)", "lgposAttach = 00000"+strconv.Itoa(i%900)+":0001:0000")
	case 3:
		trace := "Application: example.exe\nFramework Version: v4.0.30319\nDescription: The process was terminated due to an unhandled exception.\nException Info: System.InvalidOperationException\n"
		for depth := range 8 + i%8 {
			trace += fmt.Sprintf("   at Example.Program.Part%d.Step%d(System.String, Int32, System.Object)\n", depth, i%50)
		}
		return classic("Application", ".NET Runtime", 1026, i, trace)
	case 4:
		return classic("Application", "Microsoft-Windows-Security-SPP", 16384, i, "2124-02-27T10:05:"+strconv.Itoa(10+i%50)+"Z", "RulesEngine")
	default:
		return classic("Application", "VSS", 8224, i, "", "Operation: shutdown of service "+strconv.Itoa(i%40))
	}
}

// securityEvent mixes events with many typed fields.
func securityEvent(i int) evtx.Event {
	const provider = "Microsoft-Windows-Security-Auditing"
	e := event("Security", provider, 4624, i, sid("SubjectUserSid", i), text("SubjectUserName", "DESKTOP-EXAMPLE1$"), text("SubjectDomainName", "WORKGROUP"), hex("SubjectLogonId", evtx.TypeHex64, 0x3e7),
		sid("TargetUserSid", i+1), text("TargetUserName", "SYSTEM"), text("TargetDomainName", "NT AUTHORITY"), hex("TargetLogonId", evtx.TypeHex64, i*16), number("LogonType", evtx.TypeUint32, 5), text("LogonProcessName", "Advapi  "))
	e.Keywords, e.UserSID = 0x8020000000000000, ""
	if i%3 == 0 {
		e.EventID = 4672
		e.Data = append(e.Data[:4], text("PrivilegeList", "SeAssignPrimaryTokenPrivilege\n\t\t\tSeTcbPrivilege\n\t\t\tSeSecurityPrivilege\n\t\t\tSeTakeOwnershipPrivilege\n\t\t\tSeLoadDriverPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeRestorePrivilege"))
		return e
	}
	e.Data = append(e.Data, text("AuthenticationPackageName", "Negotiate"), text("WorkstationName", "-"), guid("LogonGuid", i), text("TransmittedServices", "-"), text("LmPackageName", "-"), number("KeyLength", evtx.TypeUint32, 0),
		hex("ProcessId", evtx.TypeSize, 0x2dc+i%64), text("ProcessName", `C:\Windows\System32\services.exe`), text("IpAddress", fmt.Sprintf("192.0.2.%d", i%255)), number("IpPort", evtx.TypeUint32, i%65536),
		text("ImpersonationLevel", "%%1833"), text("RestrictedAdminMode", "-"), text("TargetOutboundUserName", "-"), text("TargetOutboundDomainName", "-"), text("VirtualAccount", "%%1843"),
		hex("TargetLinkedLogonId", evtx.TypeHex64, 0), text("ElevatedToken", "%%1842"))
	return e
}

// setupEvent is a package's change of state, whose fields stand in UserData.
func setupEvent(i int) evtx.Event {
	e := event("Setup", "Microsoft-Windows-Servicing", uint32(1+i%4), i, text("PackageIdentifier", fmt.Sprintf("KB%d", 5000000+i%9000)), number("IntendedPackageState", evtx.TypeUint32, 5112),
		text("IntendedPackageStateTextized", "Installed"), hex("ErrorCode", evtx.TypeHex32, 0x800f0920+i%8), text("Client", "WindowsUpdateAgent"))
	e.UserData, e.UserDataNS = "CbsPackageChangeState", "http://manifests.microsoft.com/win/2004/08/windows/setup_provider"
	return e
}
