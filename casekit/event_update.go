package casekit

import (
	"fmt"
	"time"
)

// updateEvents are what Windows Update, WinREAgent and servicing wrote about every
// attempt.
func (w *world) updateEvents() []record {
	var list []record
	for i := range w.attempts {
		a := &w.attempts[i]
		if !a.silent("system") {
			list = append(list, a.systemEvents()...)
			list = append(list, a.agentEvents()...)
		}
		if !a.silent("operational") {
			list = append(list, a.operationalEvents()...)
		}
		if !a.silent("setup") && a.Package != "" && a.installs() {
			list = append(list, w.servicingEvents(a)...)
		}
	}
	return list
}

// about are the data of an event that names an update.
func (a *attempt) about(service bool) []field {
	data := []field{{"updateTitle", a.title}, {"updateGuid", guidText(a.id)}, {"updateRevisionNumber", uint32(a.Revision)}}
	if service {
		data = append(data, field{"serviceGuid", guidText(a.service())})
	}
	return data
}

func (a *attempt) event(at time.Time, id, level, opcode int, keywords uint64, data []field) record {
	r := manifest(at, byUpdate, id, 1, level, data...)
	r.task, r.opcode, r.keywords, r.process = 1, opcode, keywordManifest|keywords, 5712
	return r
}

// systemEvents are 44, 43, then 19 or 20.
func (a *attempt) systemEvents() []record {
	list := []record{a.event(a.start, 44, levelInfo, 12, 0x2004, a.about(false))}
	if !a.installs() {
		return list
	}
	list = append(list, a.event(a.downloaded.Add(2*time.Second), 43, levelInfo, 13, 0x2008, a.about(false)))
	switch a.Outcome {
	case outcomeInstalled:
		list = append(list, a.event(a.finished, 19, levelInfo, 13, 0x18, a.about(true)))
	case outcomeFailed:
		list = append(list, a.event(a.finished, 20, levelError, 13, 0x28, a.failed()))
	}
	return list
}

func (a *attempt) failed() []field {
	return append([]field{{"errorCode", hexNumber(a.EventCode)}}, a.about(true)...)
}

// operationalEvents are 41 or 31, in the client's own log. Event 31 names the title
// before the code.
func (a *attempt) operationalEvents() []record {
	r := a.event(a.downloaded, 41, levelInfo, 12, 0x4014, a.about(false))
	if !a.installs() && a.Outcome == outcomeFailed {
		about := a.about(true)
		data := append([]field{about[0], {"errorCode", hexNumber(a.EventCode)}}, about[1:]...)
		r = a.event(a.end, 31, levelError, 12, 0x4024, data)
	}
	r.log = "WindowsUpdate"
	return []record{r}
}

// agentEvents are WinREAgent 4501 or 4502, a few seconds before Windows Update hears
// of the result.
func (a *attempt) agentEvents() []record {
	at := a.end.Add(-4 * time.Second)
	switch {
	case a.Agent.Version != "":
		return []record{manifest(at, byWinRE, 4501, 0, levelInfo, field{"Version", a.Agent.Version})}
	case a.Agent.Phase != 0 || a.Agent.Code != 0:
		return []record{manifest(at, byWinRE, 4502, 0, levelCritical,
			field{"ErrorPhase", int32(a.Agent.Phase)}, field{"Errorcode", int32(a.Agent.Code)})}
	}
	return nil
}

// servicingEvents are Servicing 1 and then 2, 3 or 4 of the Setup log. The state
// numbers are 5000 + CurrentState.
func (w *world) servicingEvents(a *attempt) []record {
	id := or(a.KB, a.Package)
	begin := w.servicing(a.downloaded.Add(4*time.Second), 1, "CbsPackageInitiateChanges",
		field{"PackageIdentifier", id}, field{"InitialPackageState", uint32(5000)}, field{"InitialPackageStateTextized", "Absent"},
		field{"IntendedPackageState", uint32(5112)}, field{"IntendedPackageStateTextized", "Installed"}, field{"Client", client(a)})
	list := []record{begin}
	change := func(at time.Time, event int, code Code) {
		list = append(list, w.servicing(at, event, "CbsPackageChangeState",
			field{"PackageIdentifier", id}, field{"IntendedPackageState", uint32(5112)}, field{"IntendedPackageStateTextized", "Installed"},
			field{"ErrorCode", fmt.Sprintf("0x%x", uint32(code))}, field{"Client", client(a)}))
	}
	if a.Outcome == outcomePending || !a.restart.IsZero() {
		change(a.end.Add(-3*time.Second), 4, 0)
	}
	switch a.Outcome {
	case outcomeInstalled:
		change(a.finished.Add(-5*time.Second), 2, 0)
	case outcomeFailed:
		change(a.finished.Add(-5*time.Second), 3, or(a.CBS, a.Code))
	}
	return list
}

func (w *world) servicing(at time.Time, id int, wrap string, data ...field) record {
	r := manifest(at, byServicing, id, 0, levelInfo, data...)
	r.log, r.wrap, r.task, r.process = "Setup", wrap, 1, 3320
	if id == 3 {
		r.level = levelError
	}
	return r
}

// client is who asks servicing for a change.
func client(a *attempt) string {
	if a.Kind == kindLCU {
		return "UpdateAgentLCU"
	}
	return "WindowsUpdateAgent"
}
