package cbs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"updoc/format/textlog"
	"updoc/testkit"
)

func errLine(text string) string {
	return "2024-01-09 10:00:30, Error                 " + text + "\r\n"
}

func TestFailedSession(t *testing.T) {
	log := mustRead(t, stamped(
		"Session: 31146322_2207785418 initialized by client UpdateAgentLCU, external staging directory: (null), external registry directory: (null)",
		"WU creates the package, AppID:UpdateOrchestrator, UpdateID:{B5D9F1A7-0000-4000-8000-00000000AB01}, revision: 201",
		"Failed to internally open package. [HRESULT = 0x800f0805 - CBS_E_INVALID_PACKAGE]",
		"Exec: Processing started.  Client: UpdateAgentLCU, Session: 31146322_2207785418, Package: Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4061.1.12, Identifier: KB5058411",
		"Session: 31146323_1 initialized by client WindowsUpdateAgent.",
		"Not able to read Ring [HRESULT = 0x80070002 - ERROR_FILE_NOT_FOUND]",
	)+errLine("CBS    Failed to resolve package 'Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.3915.1.7' [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]")+
		errLine("CBS    Failed to execute execution chain. [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]")+
		"2024-01-09 10:00:31, Info                  CBS    Exec: Processing complete.  Session: 31146322_2207785418, Package: Package_for_RollupFix~31bf3856ad364e35~amd64~~26100.4061.1.12, hr: 0x800f0831\r\n"+
		"2024-01-09 10:00:32, Info                  CBS    Session: 31146322_2207785418 finalized. Reboot required: no [HRESULT = 0x800f0831 - CBS_E_STORE_CORRUPTION]\r\n")
	if log.SessionCount != 2 || log.FailedSessions != 1 || len(log.Sessions) != 2 {
		t.Fatalf("%d sessions, %d failed, %d kept", log.SessionCount, log.FailedSessions, len(log.Sessions))
	}
	s := log.Sessions[0]
	if s.ID != "31146322_2207785418" || s.Client != "UpdateAgentLCU" || s.Line != 1 || s.Offset != 0 {
		t.Errorf("%+v", s)
	}
	if !s.Failed || !s.Ended || s.Result != 0x800f0831 || s.RebootRequired {
		t.Errorf("result %+v", s)
	}
	if s.UpdateID != "{b5d9f1a7-0000-4000-8000-00000000ab01}" || s.Revision != 201 || !slices.Equal(s.KBs, []string{"KB5058411"}) {
		t.Errorf("update %q %d %q", s.UpdateID, s.Revision, s.KBs)
	}
	if want := time.Date(2024, 1, 9, 10, 0, 32, 0, time.UTC); !s.End.Equal(want) || !s.Start.Equal(want.Add(-32*time.Second)) {
		t.Errorf("from %v to %v", s.Start, s.End)
	}
	f := s.FirstFailure
	if f == nil || f.Line != 7 || f.HRESULT != 0x800f0831 || !strings.Contains(f.Text, "26100.3915.1.7") || f.Level != textlog.LevelError {
		t.Errorf("first failure %+v", f)
	}
	if o := log.Sessions[1]; o.Failed || o.FirstFailure != nil {
		t.Errorf("the other session %+v", o)
	}
}

// TestInstallerBehind0x800f0922 has the log begin in the middle of a start-up:
// the installer that failed comes before the first line of the run.
func TestInstallerBehind0x800f0922(t *testing.T) {
	log := mustRead(t, errLine("     [0x01806a] CSI    0000004b (F) Failed execution of queue item Installer: Task Scheduler ({9edf0f01}) with HRESULT HRESULT_FROM_WIN32(1753).  Failure will not be ignored: A rollback will be initiated[gle=0x80004005]")+
		errLine("CBS    Startup: Failed to process advanced operation queue, startupPhase: 0.  A rollback transaction will be created. [HRESULT = 0x800f0922 - CBS_E_INSTALLERS_FAILED]")+
		stamped("Setting original failure status: 0x800f0922, last forward execute state: CbsExecuteStateResolvePending",
			"Startup: Processing complete. [HRESULT = 0x80070bc2 - ERROR_SUCCESS_REBOOT_REQUIRED]",
			"Starting TrustedInstaller initialization.",
			"Startup: current ExecuteState is CbsExecuteStateInitiateRollback",
			"Startup: Package: Package_for_KB5000736~31bf3856ad364e35~amd64~~10.0.1.3 completed startup processing, new state: Staged",
			"Startup: Processing complete. [HRESULT = 0x800f0922 - CBS_E_INSTALLERS_FAILED]",
			"Startup: received notification that startup processing completed, allowing user to logon"))
	if len(log.Sessions) != 1 || log.SessionCount != 0 || log.FailedSessions != 1 {
		t.Fatalf("sessions %+v", log.Sessions)
	}
	s := log.Sessions[0]
	if !s.Startup || !s.Failed || !s.Ended || !s.RebootRequired || s.Result != 0x800f0922 || !slices.Equal(s.KBs, []string{"KB5000736"}) {
		t.Errorf("%+v", s)
	}
	if s.FirstFailure == nil || s.FirstFailure.Line != 1 || s.FirstFailure.HRESULT != 0x800706d9 {
		t.Errorf("first failure %+v", s.FirstFailure)
	}
	if s.OriginalFailure == nil || s.OriginalFailure.HRESULT != 0x800f0922 || len(log.OriginalFailures) != 1 {
		t.Errorf("original failure %+v", s.OriginalFailure)
	}
	if n := log.Notable[0]; n.Sign != SignInstallerFailed || n.Subject != "Task Scheduler" {
		t.Errorf("notable %+v", n)
	}
}

func TestOriginalFailureDecides(t *testing.T) {
	log := mustRead(t, stamped("Startup: SC autostart event signaled")+
		errLine("CBS    Startup: A possible hang was detected on the last boot. [HRESULT = 0x800f0920 - CBS_E_HANG_DETECTED]")+
		errLine("CBS    Startup: No progress detected while needing to process the advanced operation queue, rolling back and cancelling the transaction. [HRESULT = 0x80004005 - E_FAIL]")+
		stamped("Setting original failure status: 0x800f0920, last forward execute state: CbsExecuteStateResolvePending",
			"Startup: Processing complete. [HRESULT = 0x00000000 - S_OK]"))
	s := log.Sessions[0]
	if !s.Failed || s.FirstFailure.Line != 2 || s.OriginalFailure.Line != 4 || log.NotableCounts[SignHang] != 2 {
		t.Errorf("%+v\n%+v", s, log.NotableCounts)
	}
}

// TestHealthyNoise has everything that healthy machines write and nothing else.
func TestHealthyNoise(t *testing.T) {
	texts := []string{
		"Session: 100_1 initialized by client WindowsUpdateAgent.",
		"Exec: Processing started.  Client: WindowsUpdateAgent, Session: 100_1, Package: P, Identifier: KB5000001",
		"Retrieved original failure status: 0x00000000, last forward execute state: CbsExecuteStateStageDrivers",
	}
	for _, n := range noise {
		texts = append(texts, n+" and more [HRESULT = 0x80070005 - E_ACCESSDENIED]")
	}
	texts = append(texts,
		"Exec: Processing complete.  Session: 100_1, Package: P, Identifier: KB5000001 [HRESULT = 0x80070bc2 - ERROR_SUCCESS_REBOOT_REQUIRED]",
		"Session: 100_1 finalized. Reboot required: yes [HRESULT = 0x00000000 - S_OK]")
	log := mustRead(t, stamped(texts...))
	if log.FailedSessions != 0 || len(log.Notable) != 0 || len(log.OriginalFailures) != 0 {
		t.Errorf("failed %d, notable %+v", log.FailedSessions, log.Notable)
	}
	if s := log.Sessions[0]; !s.RebootRequired || !s.Ended || s.Failed || s.FirstFailure != nil {
		t.Errorf("%+v", s)
	}
	if log.HRESULTs[0x80070005] != int64(len(noise)) {
		t.Errorf("tags %v", log.HRESULTs)
	}
}

func TestStepsOfAnInterruptedSession(t *testing.T) {
	log := mustRead(t, stamped(
		"Session: 100_1 initialized by client X.",
		"Exec: Session processing started.  Client: Manual, Session(Store Corruption Detect/Repair): 100_1",
		"Starting TrustedInstaller initialization.",
		"Session: 100_2 initialized by client Y.",
	)+errLine("CBS    Failed to do it [HRESULT = 0x80070005 - E_ACCESSDENIED]")+
		stamped("Session: 100_2 finalized. Reboot required: no [HRESULT = 0x80070005 - E_ACCESSDENIED]"))
	if a, b := log.Sessions[0], log.Sessions[1]; a.Ended || a.Failed || !b.Failed || b.FirstFailure.Line != 5 {
		t.Errorf("%+v\n%+v", a, b)
	}
}

func TestSessionsAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 10000 {
		result := "0x00000000"
		if i == 17 {
			result = "0x800f0922"
		}
		b.WriteString(stamped(fmt.Sprintf("Session: %d_7 initialized by client C.", i+100), fmt.Sprintf("Session: %d_7 finalized. Reboot required: no [HRESULT = %s]", i+100, result)))
	}
	log := mustRead(t, b.String())
	if log.SessionCount != 10000 || log.FailedSessions != 1 || len(log.Sessions) > keepSessions+keepFailed {
		t.Fatalf("%d sessions, %d failed, %d kept", log.SessionCount, log.FailedSessions, len(log.Sessions))
	}
	first, last := log.Sessions[0], log.Sessions[len(log.Sessions)-1]
	if first.ID != "117_7" || !first.Failed || last.ID != "10099_7" || last.Failed {
		t.Errorf("first %+v\nlast %+v", first, last)
	}
}

func TestRealRollback(t *testing.T) {
	data := testkit.SampleBytes(t, "log/cbs/winmedic__CBS_container_installer_rolled_back_excerpt.log")
	log := mustRead(t, string(data))
	if log.FailedSessions != 1 || len(log.Sessions) != 1 {
		t.Fatalf("sessions %+v", log.Sessions)
	}
	s := log.Sessions[0]
	if s.Result != 0x800f0922 || s.FirstFailure.Line != 4 || s.FirstFailure.HRESULT != 0x800706d9 {
		t.Errorf("%+v: %+v", s, s.FirstFailure)
	}
	if n := log.Notable[0]; n.Subject != "Container Installer" || n.Sign != SignInstallerFailed {
		t.Errorf("%+v", n)
	}
	if n := log.Notable[1]; n.Detail != "containerai.dll" {
		t.Errorf("%+v", n)
	}
}

// TestRealHealthyLogs are controls: failing codes in plenty and nothing failed.
func TestRealHealthyLogs(t *testing.T) {
	for _, name := range []string{"hofcake__CBS.log", "howardzhy__CBS.log", "loghub__Windows_2k.log", "romi1996__CBS.log", "solstice__CBS_19041_clean.log"} {
		log := mustRead(t, string(testkit.SampleBytes(t, "log/cbs/"+name)))
		if log.FailedSessions != 0 {
			t.Errorf("%s: %d failed sessions", name, log.FailedSessions)
		}
		for _, n := range log.Notable {
			if n.Sign != SignRebootMarkSet && n.Sign != SignRebootMarkCleared {
				t.Errorf("%s: %+v", name, n)
			}
		}
	}
}
