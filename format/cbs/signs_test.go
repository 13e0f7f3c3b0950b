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
			SignStoreCorruption, "Package_3222_for_KB3201845~31bf3856ad364e35~amd64~~10.0.1.2", ""},
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
