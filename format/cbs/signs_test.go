package cbs

import (
	"strings"
	"testing"
)

func TestSigns(t *testing.T) {
	cases := []struct {
		line            string
		sign            Sign
		subject, detail string
	}{
		{stamped("SpaceCheck: Insufficient free space"), SignSpaceCheck, "", ""},
		{stamped("BFSVC: SpaceCheck: 1234 used by third-party/OEM files outside of Microsoft boot directories"), SignSpaceCheck, "", ""},
		{stamped("any words before ServicingBootFiles failed. Error = 0x70"), SignServicingBootFiles, "", ""},
		{errLine(`CBS    Package "Package_for_KB5012170~31bf3856ad364e35~amd64~~14393.5285.1.4" requires Servicing Stack v10.0.14393.5285 but current Servicing Stack is v10.0.14393.4349. [HRESULT = 0x800f0823 - CBS_E_NEW_SERVICING_STACK_REQUIRED]`),
			SignNewStackRequired, "10.0.14393.5285", "10.0.14393.4349"},
		{stamped("Failed to create CSI transaction. A pending repair transaction already exists, reboot is required [HRESULT = 0x80070bc9 - ERROR_FAIL_REBOOT_REQUIRED]"), SignPendingTransaction, "", ""},
		{"2011-03-09 09:37:36, Info CSI 00000040 Pending transaction content must be resolved, cannot begin another transaction yet\n", SignPendingTransaction, "", ""},
		{errLine("CBS    Failed to stage [HRESULT = 0x800f0828 - CBS_E_INSUFFICIENT_DISK_SPACE]"), SignDiskSpace, "", ""},
		{stamped("Failed to extract [HRESULT = 0x80070070 - ERROR_DISK_FULL]"), SignDiskSpace, "", ""},
		{errLine(`CBS    Failed to open file: \\?\C:\Windows\System32\drivers\etc\hosts, error [HRESULT = 0x80070005 - E_ACCESSDENIED]`), SignAccessDenied, `C:\Windows\System32\drivers\etc\hosts`, ""},
		{errLine(`CSI    00000796 (F) c0000280 [Error,Facility=(system),Code=640 (0x0280)] #1# from X(name= ("null")}, on:[77]'\??\C:\Program Files (x86)\MSBuild'; a:(OBJ)`), SignReparsePoint, `C:\Program Files (x86)\MSBuild`, ""},
		{stamped("Failure in poqexec.exe while processing updates."), SignPrimitivesFailed, "", ""},
		{stamped("Reboot mark set"), SignRebootMarkSet, "", ""},
		{stamped("TI: CBS has signaled that a reboot is required."), SignRebootSignaled, "", ""},
		{"2024-01-09 10:00:00, Info                  DEPLOY [Pnp] Corrupt file: C:\\WINDOWS\\system32\\drivers\\bthmodem.sys\r\n", SignDriverCorrupt, `C:\WINDOWS\system32\drivers\bthmodem.sys`, ""},
		{stamped("WinRE: servicing the image failed"), SignWinRE, "", ""},
		{"Error                 CBS    Failed to resolve package 'Package_3222_for_KB3201845~31bf3856ad364e35~amd64~~10.0.1.2' [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]\n",
			SignPackageMissing, "Package_3222_for_KB3201845~31bf3856ad364e35~amd64~~10.0.1.2", ""},
		{stamped("Store corruption, manifest missing for package: Package_123_for_KB3192392~31bf3856ad364e35~amd64~~6.3.1.4"), SignPackageMissing, "Package_123_for_KB3192392~31bf3856ad364e35~amd64~~6.3.1.4", ""},
		{stamped("Mark store corruption flag because of package: Package_123_for_KB3192392~31bf3856ad364e35~amd64~~6.3.1.4. [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]"), SignPackageMissing, "Package_123_for_KB3192392~31bf3856ad364e35~amd64~~6.3.1.4", ""},
		{stamped(`Failed to find file: x86_example_31bf3856ad364e35_7.1.7601.23545_none_2\Write.dll [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]`), SignFileMissing, `x86_example_31bf3856ad364e35_7.1.7601.23545_none_2\Write.dll`, ""},
		{errLine(`CSI    00000051 (F) c0000242 [Error,Facility=(system),Code=578 (0x0242)] #9# from X::SysReadFile(h = 6f4 ('\Device\HarddiskVolume3\Windows\WinSxS\amd64_example_10.0.1_none_d6\certca.dll'), evt = 0)`), SignFileUnreadable, `\Windows\WinSxS\amd64_example_10.0.1_none_d6\certca.dll`, ""},
		{errLine(`CSI    0000009b (F) STATUS_OBJECT_NAME_NOT_FOUND #14# from X::SysCreateFile(oa = @0x6->OBJECT_ATTRIBUTES {s:24; rd:NULL; on:[40]"\??\C:\Windows\Example Folder"; a:(OBJ)}, cd = FILE_OPEN)`), SignPathMissing, `C:\Windows\Example Folder`, ""},
		{errLine(`CSI    0000009b (F) c0000034 [Error,Facility=(system)] #14# from X::SysCreateFile(on:[40]"\??\C:\Windows\WinSxS\x86_example_none_e4"; a:(OBJ)}, cd = FILE_OPEN)`), SignFileMissing, `C:\Windows\WinSxS\x86_example_none_e4`, ""},
		{errLine(`CSI    0000010a (F) Component marked deleted: amd64_example_31bf_10.0.1_none_1[gle=0x80004005]`), SignMarkedDeleted, "amd64_example_31bf_10.0.1_none_1", ""},
		{errLine("CSI    0000010a (F) STATUS_SXS_COMPONENT_STORE_CORRUPT #12# from X::Open()"), SignSideBySide, "", ""},
		{errLine("CBS    Failed to stage execution update. [HRESULT = 0x800f0991 - PSFX_E_MISSING_PAYLOAD_FILE]"), SignDeltaFailed, "", ""},
		{stamped("INSTALL index: 55, phase: 2, result 2, inf: example.inf"), SignDriverQueue, "example.inf", ""},
		{stamped("Doqe: Recording result: 0x80070003, for Inf: example4.inf"), SignDriverQueue, "example4.inf", ""},
		{stamped("Doqi: Failed loading driver operations queue. [HRESULT = 0x80070490 - ERROR_NOT_FOUND]"), SignDriverQueue, "", ""},
		{errLine("CBS    Exec: Failed to commit CBS transaction. [HRESULT = 0x80071a91 - ERROR_RM_NOT_ACTIVE]"), SignTransactionLog, "", ""},
		{errLine("CBS    Failed to load the COMPONENTS hive [HRESULT = 0x800705aa - ERROR_NO_SYSTEM_RESOURCES]"), SignNoResources, "", ""},
		{errLine("CBS    Transaction took too long [HRESULT = 0x800f0821 - CBS_E_ABORT]"), SignHang, "", ""},
		{errLine(`CSI    0000010a (F) Task Scheduler: RegisterTask failed for "\Microsoft\Windows\Example\Task" with HRESULT 0x80070002`), SignTaskFailed, `\Microsoft\Windows\Example\Task`, ""},
		{errLine(`CSI    0000010a (F) Failed execution of queue item Installer: Example Installer ({386fcc68-0000-0000-0000-000000000000}) with HRESULT 80070002.`), SignInstallerFailed, "Example Installer", "{386fcc68-0000-0000-0000-000000000000}"},
		{errLine(`CSI    0000010a (F) c0000022 [Error] from X::SysOpenKey(on:[60]"\Registry\Machine\COMPONENTS\Example")`), SignAccessDenied, `\Registry\Machine\COMPONENTS\Example`, ""},
	}
	for _, c := range cases {
		log := mustRead(t, c.line)
		if len(log.Notable) != 1 || log.NotableCounts[c.sign] != 1 {
			t.Errorf("%q: %+v", c.line, log.Notable)
			continue
		}
		n := log.Notable[0]
		if n.Sign != c.sign || n.Subject != c.subject || n.Detail != c.detail || n.Line != 1 {
			t.Errorf("%q:\n%+v", c.line, n)
		}
	}
}

// TestNoSign has lines that use the words of a sign and tell of success.
func TestNoSign(t *testing.T) {
	for _, line := range []string{
		stamped("INSTALL index: 53, phase: 1, result 0, inf: machine.inf"),
		stamped("Doqe: Recording result: 0x00000000, for Inf: machine.inf"),
		"    Installer name: 'Task Scheduler'\r\n",
		stamped("Exec: Processing complete") + "    Installer name: 'Task Scheduler'\r\n",
	} {
		if log := mustRead(t, line); len(log.Notable) != 0 {
			t.Errorf("%q: %+v", line, log.Notable)
		}
	}
}

func TestNotableKeepsFirstAndNewest(t *testing.T) {
	log := mustRead(t, strings.Repeat(stamped("Reboot mark set"), 1000)+stamped("Reboot mark cleared"))
	if log.NotableCounts[SignRebootMarkSet] != 1000 || len(log.Notable) != keepSign+1 {
		t.Fatalf("%d kept of %v", len(log.Notable), log.NotableCounts)
	}
	if a, b := log.Notable[keepFirst-1].Line, log.Notable[keepFirst].Line; a != keepFirst || b != 1000-(keepSign-keepFirst)+1 {
		t.Errorf("gap from %d to %d", a, b)
	}
	if last := log.Notable[keepSign]; last.Sign != SignRebootMarkCleared {
		t.Errorf("last %+v", last)
	}
}

func TestCodeOf(t *testing.T) {
	cases := map[string]uint32{
		"x [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND] y [HRESULT = 0x800f0922]": 0x800f0922,
		"with HRESULT HRESULT_FROM_WIN32(1753).":                                   0x800706d9,
		"with HRESULT HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND).":                   0x80070002,
		"ErrorCode: 800706d9\tPhase: 39":                                           0x800706d9,
		"done, hr: 0x800f0831":                                                     0x800f0831,
		"Setting original failure status: 0x800f0920, last":                        0x800f0920,
		"ServicingBootFiles failed. Error = 0x70":                                  0x80070070,
		"(F) c0000280 [Error,Facility=(system)":                                    0xc0000280,
		"(F) Attempting to mark store corrupt[gle=0x80004005]":                     0x80004005,
		"HRESULT_FROM_WIN32(99999999999999999999)":                                 0,
		"nothing here": 0,
	}
	for text, want := range cases {
		if got := codeOf([]byte(text)); got != want {
			t.Errorf("%q gives %#x, want %#x", text, got, want)
		}
	}
}
