package report

import (
	"time"

	"updoc/model"
)

// The fixtures are diagnoses made by hand, one for each kind of answer.

const mib = 1 << 20

func day(d, hour, minute int) time.Time { return time.Date(2024, 1, d, hour, minute, 0, 0, time.UTC) }

func file(artifact, path string) model.Origin {
	return model.Origin{Artifact: artifact, Volume: "disk0p3", Path: path}
}

func event(record uint64) model.Origin {
	o := file("evtx", `\Windows\System32\winevt\Logs\System.evtx`)
	o.Record, o.Offset = record, 70144
	return o
}

func attempt(id string, kb, title, outcome, code string, end time.Time, record uint64) model.Attempt {
	return model.Attempt{ID: id, KB: kb, Title: title, Start: end.Add(-4 * time.Minute), End: end, Stage: model.StageInstall, Outcome: outcome, Code: code, Origin: event(record), Records: []model.Record{}}
}

func winreAttempts() []model.Attempt {
	const title = "2024-01 Security Update for Windows 10 Version 22H2 for x64-based Systems (KB5034441)"
	list := []model.Attempt{
		attempt("a1", "KB5034122", "2024-01 Cumulative Update for Windows 10 Version 22H2 (KB5034122)", model.AttemptInstalled, "", day(9, 18, 40), 4701),
		attempt("a2", "KB5034441", title, model.AttemptFailed, "0x80070643", day(9, 18, 52), 4711),
		attempt("a3", "KB5034441", title, model.AttemptFailed, "0x80070643", day(10, 3, 15), 4760),
		attempt("a4", "KB2267602", "Security Intelligence Update for Microsoft Defender Antivirus - KB2267602", model.AttemptInstalled, "", day(11, 0, 5), 4790),
		attempt("a5", "KB5034441", title, model.AttemptFailed, "0x80070643", day(11, 18, 12), 4802),
	}
	list[4].InnerCode = "0x800f0828"
	return list
}

func partition(index int64, role, fs string, start, size, free uint64) model.Partition {
	id := "disk0p" + string(rune('0'+index))
	p := model.Partition{ID: id, Index: index, Role: role, Start: start * mib, Size: size * mib, Origin: model.Origin{Artifact: "partition-table", Volume: "disk0", Offset: 1024}}
	p.Volume = model.Volume{ID: id}
	if fs != "" {
		at := model.Origin{Artifact: "ntfs", Volume: id}
		p.Volume.FS, p.Volume.Free, p.Volume.Size = model.Known(fs, at), model.Known(int64(free*mib), at), model.Known(int64(size*mib), at)
	}
	return p
}

func diskOf(recovery, free uint64) model.Disk {
	const total = 64 << 10
	windows := uint64(total - 1 - 100 - 16 - recovery - 1)
	d := model.Disk{Size: total * mib, SectorSize: 512, Table: "gpt", Gaps: []model.Gap{{Start: 0, Size: mib}, {Start: (total - 1) * mib, Size: mib}}, Problems: []model.DiskProblem{}, Origin: model.Origin{Artifact: "partition-table", Volume: "disk0"}}
	d.Partitions = []model.Partition{
		partition(1, model.RoleESP, "fat32", 1, 100, 70), partition(2, model.RoleMSR, "", 101, 16, 0),
		partition(3, model.RoleWindows, "ntfs", 117, windows, 40<<10), partition(4, model.RoleRecovery, "ntfs", 117+windows, recovery, free),
	}
	return d
}

// pc is a healthy Windows 10 in Japan that was read whole from a disk.
func pc() model.Machine {
	hive := file("hive", `\Windows\System32\config\SOFTWARE`)
	hive.Key = `Microsoft\Windows NT\CurrentVersion\CurrentBuild`
	m := model.Machine{Schema: model.MachineSchema, LookedAt: day(13, 1, 0), LastSeen: day(12, 2, 30), Name: model.Known("DESKTOP-3F7K2QA", hive)}
	m.OS = model.OS{
		Family: model.Known("windows-10", hive), Edition: model.Known("Professional", hive), DisplayVersion: model.Known("22H2", hive),
		Build: model.Known(int64(19045), hive), Revision: model.Known(int64(3930), hive), ProductName: model.Known("Windows 10 Pro", hive),
	}
	m.Clock = model.Clock{Zone: model.Known("Tokyo Standard Time", hive), BiasMinutes: model.Known(int64(-540), hive)}
	m.Disks = model.Complete([]model.Disk{diskOf(510, 83)})
	m.Windows = m.Disks.Items[0].Partitions[2].Volume
	m.Windows.Dirty, m.Windows.LogFile = model.Known(false, hive), model.Known("clean", hive)
	m.Windows.BitLocker = model.BitLocker{Encrypted: model.Known(false, hive), State: model.Known("off", hive)}
	m.DiskLog = model.List[model.DiskEvent]{Items: []model.DiskEvent{}, Coverage: model.Coverage{From: day(1, 0, 0), To: day(12, 2, 30)}}
	m.Boot.Firmware, m.Boot.LastBoot = model.Known("uefi", hive), model.Known(day(11, 23, 50), hive)
	m.Pending.Any = model.Known(false, hive)
	at := model.Origin{Artifact: "ntfs", Volume: "disk0p4"}
	m.WinRE.Enabled, m.WinRE.Version = model.Known(true, at), model.Known("10.0.19041.1", at)
	m.WinRE.Active = model.ActiveRE{Exists: model.Known(true, at), ID: model.Known("disk0p4", at), Free: model.Known(int64(83*mib), at), ServicingShort: model.Known(int64(167*mib), at)}
	m.Looks = []model.Look{{Artifact: "hive", Volume: "disk0p3", Path: `\Windows\System32\config\SOFTWARE`, Note: "transaction logs replayed"},
		{Artifact: "reporting-events", Volume: "disk0p3", Path: `\Windows\SoftwareDistribution\ReportingEvents.log`, Unseen: &model.Unseen{Reason: model.ReasonAbsent, How: model.HowNothing}}}
	return m
}

func blank(m model.Machine) *model.Diagnosis {
	return &model.Diagnosis{
		Schema: model.DiagnosisSchema, Tool: model.Versioned{Name: "updoc", Version: "0.1.0"}, Knowledge: model.Versioned{Version: "test"},
		GeneratedAt: day(13, 1, 0), Source: model.SourceInfo{Kind: "disk", Path: "sick-pc.qcow2", Form: "qcow2"}, Machine: m,
		Failures: []model.Failure{}, Conditions: []model.Cause{}, Unseen: []model.UnseenEntry{}, Plan: model.Plan{Schema: model.PlanSchema, Steps: []model.Step{}},
	}
}

func tooSmall(verdict string) model.Cause {
	at := model.Origin{Artifact: "ntfs", Volume: "disk0p4", Path: `\$Bitmap`}
	const id = "winre-partition-too-small"
	args := model.Args{"free": int64(83 * mib), "need": int64(model.WinREServicingFree), "short": int64(167 * mib), "disk": int64(0), "partition": int64(4)}
	return model.Cause{
		ID: id, Fault: true, Verdict: verdict, Probability: 0.993, Args: args,
		For: []model.Finding{
			{ID: id + "/free-below-need", TextID: "cause." + id + ".free-below-need", Args: args, Origin: at, Value: int64(83 * mib)},
			{ID: id + "/space-event", TextID: "cause." + id + ".space-event", Origin: event(4712), Also: []model.Origin{event(4761), event(4803)}},
		},
		Against: []model.Finding{}, Missing: []model.Missing{}, Remedies: []string{"winre-enlarge"},
	}
}

func reboot(verdict string) model.Cause {
	const id = "pending-reboot"
	o := file("hive", `\Windows\System32\config\SOFTWARE`)
	o.Key = `Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`
	return model.Cause{
		ID: id, Fault: true, Verdict: verdict, Probability: 0.0004, Args: model.Args{"since": day(8, 4, 0), "boot": day(11, 23, 50)},
		For: []model.Finding{}, Against: []model.Finding{{ID: id + "/nothing-pending", TextID: "cause." + id + ".nothing-pending", Origin: o}}, Missing: []model.Missing{}, Remedies: []string{"restart"},
	}
}

func winreFailure(causes ...model.Cause) model.Failure {
	var list []model.Attempt
	for _, a := range winreAttempts() {
		if a.KB == "KB5034441" {
			list = append(list, a)
		}
	}
	return model.Failure{
		ID: "f1", KB: "KB5034441", Title: list[0].Title, Class: "winre", Code: "0x80070643", InnerCode: "0x800f0828", Stage: model.StageInstall,
		Attempts: list, First: list[0].End, Last: list[len(list)-1].End, Outcome: model.OutcomeFailing, Causes: causes,
	}
}

// confirmedDiagnosis is the main story: the recovery partition is too small.
func confirmedDiagnosis() *model.Diagnosis {
	d := blank(pc())
	d.Machine.Attempts = model.List[model.Attempt]{Items: winreAttempts(), Coverage: model.Coverage{From: day(1, 0, 0), To: day(12, 2, 30)}}
	d.Outcome, d.ExitCode = model.OutcomeFailing, 1
	d.Failures = []model.Failure{winreFailure(tooSmall(model.VerdictConfirmed), reboot(model.VerdictRuledOut))}
	d.Unseen = []model.UnseenEntry{{Artifact: "reporting-events", Path: `\Windows\SoftwareDistribution\ReportingEvents.log`, Reason: model.ReasonAbsent, How: model.HowNothing, Blocks: []string{"false-error-already-installed"}}}
	d.Plan.Steps = []model.Step{
		{ID: "s1", For: []string{"f1"}, Cause: "winre-partition-too-small", Remedy: "back-up-files", Risk: model.RiskLook, Where: []string{model.WherePerson}, Params: model.Args{}, Gates: []model.Gate{}, UndoKind: "none-needed"},
		{ID: "s2", For: []string{"f1"}, Cause: "winre-partition-too-small", Remedy: "winre-enlarge", Risk: model.RiskPartition, Where: []string{model.WhereOffline},
			Params: model.Args{"disk": int64(0), "partition": "disk0p4", "shrinkBy": int64(429 * mib)}, UndoKind: "exact", Seconds: 1200, Bytes: 600 * mib,
			Gates: []model.Gate{{ID: "backup", State: model.GateUnseen}, {ID: "file-system-clean", State: model.GateOpen}}, Expect: "machine.winre.active.free >= 262144000", Otherwise: []string{"winre-new-partition"}},
		{ID: "s3", For: []string{"f1"}, Cause: "winre-partition-too-small", Remedy: "retry-update", Risk: model.RiskLook, Where: []string{model.WhereLive}, Params: model.Args{}, Gates: []model.Gate{}, UndoKind: "none-needed", Seconds: 900},
	}
	d.Plan.After = []model.Layout{layoutAfter(d.Machine.Disks.Items[0], 429*mib)}
	return d
}

func layoutAfter(disk model.Disk, by uint64) model.Layout {
	l := model.Layout{Disk: disk.Index}
	for _, p := range disk.Partitions {
		lp := model.LayoutPartition{From: p.ID, Role: p.Role, Start: p.Start, Size: p.Size}
		switch p.Role {
		case model.RoleWindows:
			lp.Size -= by
		case model.RoleRecovery:
			lp.Start, lp.Size = lp.Start-by, lp.Size+by
		}
		l.Partitions = append(l.Partitions, lp)
	}
	return l
}

func falseErrorDiagnosis() *model.Diagnosis {
	d := blank(pc())
	d.Machine.WinRE.Version = model.Known("10.0.19041.3920", model.Origin{Artifact: "wim", Volume: "disk0p4", Path: `\Recovery\WindowsRE\winre.wim`})
	d.Machine.Attempts = model.Complete(winreAttempts())
	const id = "false-error-already-installed"
	args := model.Args{"have": "10.0.19041.3920", "target": "10.0.19041.3920"}
	c := model.Cause{ID: id, Verdict: model.VerdictConfirmed, Probability: 0.99, Args: args, Against: []model.Finding{}, Missing: []model.Missing{}, Remedies: []string{"no-action-needed"},
		For: []model.Finding{{ID: id + "/winre-is-new", TextID: "cause." + id + ".winre-is-new", Args: args, Origin: d.Machine.WinRE.Version.Origin}}}
	f := winreFailure(c)
	f.Outcome = model.OutcomeFalseError
	d.Failures, d.Outcome = []model.Failure{f}, model.OutcomeFalseError
	d.Plan.Steps = []model.Step{{ID: "s1", For: []string{"f1"}, Cause: id, Remedy: "no-action-needed", Risk: model.RiskLook, Where: []string{model.WherePerson}, Params: model.Args{}, Gates: []model.Gate{}, UndoKind: "none-needed"}}
	return d
}

func healthyDiagnosis() *model.Diagnosis {
	d := blank(pc())
	d.Machine.Attempts = model.Complete(winreAttempts()[:1])
	d.Outcome = model.OutcomeHealthy
	return d
}

// severalDiagnosis has a likely cause, an update whose name and cause are not known,
// a healed failure, and a disk that begins to fail.
func severalDiagnosis() *model.Diagnosis {
	d := confirmedDiagnosis()
	likely := tooSmall(model.VerdictLikely)
	likely.Probability = 0.81
	likely.Missing = []model.Missing{{ID: "x", TextID: "cause.winre-partition-too-small.free-below-need.settle", Fact: "machine.winre.active.free", Artifact: "ntfs", Reason: model.ReasonDamaged, How: model.HowNothing}}
	delete(likely.Args, "partition")
	open := reboot(model.VerdictPossible)
	open.Against, open.Missing = nil, []model.Missing{{ID: "y", TextID: "cause.pending-reboot.restart-required.settle", Fact: "machine.pending.any", Artifact: "hive", Reason: model.ReasonDamaged, How: model.HowCopyFolder}}
	nameless := model.Failure{ID: "f2", Class: "unknown", Code: "0x80240016", Stage: model.StageInstall, First: day(2, 1, 0), Last: day(2, 1, 0), Outcome: model.OutcomeFailing, Causes: []model.Cause{open},
		Attempts: []model.Attempt{attempt("b1", "", "", model.AttemptFailed, "0x80240016", day(2, 1, 0), 4100)}}
	healed := model.Failure{ID: "f3", KB: "KB5033372", Class: "lcu", Code: "0x80073712", Last: day(1, 3, 0), First: day(1, 3, 0), Outcome: model.OutcomeHealed, Causes: []model.Cause{}, Attempts: []model.Attempt{}}
	d.Failures = []model.Failure{winreFailure(likely), nameless, healed}
	d.Failures[0].Contrast = &model.Contrast{Cause: likely.ID, Next: open.ID, Odds: 12, Holds: []string{}, Against: []model.Finding{},
		Lacking: []model.Finding{{ID: "pending-reboot/restart-required", TextID: "cause.pending-reboot.restart-required", Args: model.Args{}}}}
	d.Failures[1].Contrast = &model.Contrast{Cause: open.ID, Next: likely.ID, Holds: []string{}, Against: []model.Finding{}, Lacking: []model.Finding{}}
	d.Machine.DiskLog.Items = []model.DiskEvent{{Time: day(5, 0, 0), Kind: "bad-block", Provider: "disk", EventID: 7, Origin: event(4400)}}
	d.Machine.Storage.Errors = model.Known(int64(4), event(4400))
	d.Plan.Steps[1].Gates[1].State = model.GateClosed
	return d
}

func conditionDiagnosis() *model.Diagnosis {
	d := blank(pc())
	c := tooSmall(model.VerdictConfirmed)
	c.For = []model.Finding{{ID: c.ID + "/condition", TextID: "cause." + c.ID + ".condition", Args: c.Args, Origin: c.For[0].Origin}}
	d.Conditions, d.Outcome, d.ExitCode = []model.Cause{c}, model.OutcomeCondition, 1
	return d
}

// unseenDiagnosis is a disk whose Windows is encrypted: nothing could be seen.
func unseenDiagnosis() *model.Diagnosis {
	why := func(artifact string) model.Unseen {
		return model.Unseen{Artifact: artifact, Reason: model.ReasonEncrypted, How: model.HowUnlock}
	}
	m := model.Machine{Schema: model.MachineSchema, LookedAt: day(13, 1, 0)}
	m.Disks = model.Complete([]model.Disk{diskOf(510, 0)})
	m.Windows.BitLocker.Encrypted = model.Known(true, model.Origin{Artifact: "bitlocker", Volume: "disk0p3"})
	m.DiskLog = model.Partial([]model.DiskEvent{}, why("evtx"))
	d := blank(m)
	d.Outcome, d.ExitCode = model.OutcomeUnseen, 3
	for _, path := range []string{`\Windows\System32\config\SOFTWARE`, `\Windows\System32\config\SYSTEM`} {
		d.Unseen = append(d.Unseen, model.UnseenEntry{Artifact: "hive", Path: path, Reason: model.ReasonEncrypted, How: model.HowUnlock, Blocks: []string{"pending-reboot"}})
	}
	d.Unseen = append(d.Unseen, model.UnseenEntry{Artifact: "evtx", Path: `\Windows\System32\winevt\Logs\System.evtx`, Reason: model.ReasonEncrypted, How: model.HowUnlock, Blocks: []string{}})
	return d
}

var fixtures = map[string]func() *model.Diagnosis{
	"confirmed": confirmedDiagnosis, "false-error": falseErrorDiagnosis, "healthy": healthyDiagnosis,
	"several": severalDiagnosis, "condition": conditionDiagnosis, "unseen": unseenDiagnosis,
}
