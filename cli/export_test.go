package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"updoc/doctor"
	"updoc/model"
	"updoc/source"
)

// FakeSurgery lets the verbs of repairing talk to a doctor that only pretends: what says
// what comes of it, a verdict or the code of an error. It writes what it was asked to do
// into the file calls of the working folder.
func FakeSurgery(what string) {
	f := fakeDoctor{what}
	surgery = surgeon{fix: f.fix, resume: f.again("resume"), undo: f.again("undo"), history: f.history, journal: func() (string, error) { return "state", nil }, open: f.open, backup: f.backup,
		pc: f.pc, fixLive: f.fixLive, resumeLive: f.resumeLive, undoLive: f.undoLive, watch: f.watch, result: f.result, remind: f.remind,
		asTask: f.asTask}
}

// TellDoing writes one byte for whatever a repair says that it is doing: w where it writes
// to the disk, or is about to, else a dot.
func TellDoing(w io.Writer) {
	real := surgery
	told := func(o doctor.FixOptions) doctor.FixOptions {
		o.Doing = func(d doctor.Doing) {
			mark := "."
			if slices.Contains([]string{"undo-copy", "write", "read-back", "undo"}, d.What) {
				mark = "w"
			}
			io.WriteString(w, mark)
		}
		return o
	}
	surgery.fix = func(ctx context.Context, path string, o doctor.FixOptions) (*doctor.Fixed, error) {
		return real.fix(ctx, path, told(o))
	}
	surgery.resume = func(ctx context.Context, id, path string, o doctor.FixOptions) (*doctor.Fixed, error) {
		return real.resume(ctx, id, path, told(o))
	}
	surgery.undo = func(ctx context.Context, id, path string, o doctor.FixOptions) (*doctor.Fixed, error) {
		return real.undo(ctx, id, path, told(o))
	}
}

type fakeDoctor struct{ what string }

func (f fakeDoctor) note(format string, args ...any) {
	file, err := os.OpenFile("calls", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	fmt.Fprintf(file, format+"\n", args...)
}

func (f fakeDoctor) fix(_ context.Context, path string, o doctor.FixOptions) (*doctor.Fixed, error) {
	f.note("fix %s only=%s max=%s accept=%s dry=%t journal=%s files=%d", path, strings.Join(o.Only, ","), o.MaxRisk, strings.Join(o.Accept, ","), o.DryRun, o.Journal, len(o.Files))
	if err := f.refusal(o); err != nil {
		return nil, err
	}
	o.Doing(doctor.Doing{What: "write", Done: 1, Total: 2})
	verdict := f.what
	switch {
	case o.DryRun:
		verdict = model.FixDry
	case verdict == "risk" || verdict == "gate":
		verdict = model.FixCured
	}
	if o.Confirm != nil {
		ok, err := o.Confirm(&doctor.Proposal{Receipt: fakeReceipt("")})
		if err != nil || !ok {
			f.note("declined")
			return nil, declinedOr(err)
		}
	}
	f.note("written %t", !o.DryRun)
	return &doctor.Fixed{Receipt: fakeReceipt(verdict)}, nil
}

func declinedOr(err error) error {
	if err != nil {
		return err
	}
	return &model.Error{Code: "declined", Exit: exitCancelled}
}

// refusal refuses as the real one does, before anything is written.
func (f fakeDoctor) refusal(o doctor.FixOptions) error {
	switch f.what {
	case "risk":
		if !slices.Contains(o.Accept, "R4") {
			return &model.Error{Code: "risk-not-accepted", Exit: 6, Args: model.Args{"risk": "R4", "remedy": "winre-enlarge"}}
		}
	case "gate":
		if !slices.Contains(o.Accept, "recovery-key") {
			return &model.Error{Code: "gate-closed", Exit: 6, Args: model.Args{"gate": "recovery-key"}}
		}
	case "gate-hard":
		return &model.Error{Code: "gate-closed", Exit: 6, Args: model.Args{"gate": "not-hibernated"}}
	case "half-done-error":
		return &model.Error{Code: "half-done", Exit: 4, Args: model.Args{"id": "j1", "journal": "journals"}, Err: context.Canceled}
	case "cancelled":
		return context.Canceled
	case "container":
		return &model.Error{Code: "not-writable-container", Args: model.Args{"path": "a.qcow2", "format": "qcow2", "command": "qemu-img convert -O raw a.qcow2 a.img"}}
	}
	return nil
}

func (f fakeDoctor) again(verb string) func(context.Context, string, string, doctor.FixOptions) (*doctor.Fixed, error) {
	return func(_ context.Context, id, path string, o doctor.FixOptions) (*doctor.Fixed, error) {
		f.note("%s id=%s path=%s journal=%s", verb, id, path, o.Journal)
		if f.what == "changed" {
			return nil, &model.Error{Code: "disk-changed", Exit: 6, Args: model.Args{"path": "a.img"}, Err: fmt.Errorf("byte 4096 is neither old nor new")}
		}
		verdict := model.FixCured
		if verb == "undo" {
			verdict = model.FixUndone
		}
		return &doctor.Fixed{Receipt: fakeReceipt(verdict)}, nil
	}
}

func (f fakeDoctor) history(folder string) ([]model.JournalInfo, error) {
	f.note("history %s", folder)
	if f.what == "nothing" {
		return nil, nil
	}
	state := "VERIFIED"
	if f.what == "half-done" {
		state = "APPLYING"
	}
	at := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	return []model.JournalInfo{
		{ID: "j2", Folder: folder + "/j2", Target: "a.img", State: "UNDONE", Started: at, Remedy: []string{"winre-enlarge"}, Bytes: 5 << 20},
		{ID: "j1", Folder: folder + "/j1", Target: "a.img", State: state, Started: at.Add(-time.Hour), Remedy: []string{"winre-enlarge"}, Bytes: 5 << 20},
	}, nil
}

func (f fakeDoctor) backup(_ context.Context, src source.Source, dir string, o doctor.BackupOptions) (*model.Backup, error) {
	f.note("backup %s list=%t", dir, o.List)
	r := &model.Backup{Schema: model.BackupSchema, Source: src.Info(), Folder: dir, Total: model.BackupCount{Files: 2, Bytes: 4096}}
	r.Places = []model.BackupSet{{Volume: "disk0p3", Path: `\Users\hanako\Pictures`, User: "hanako", Kind: "pictures", Found: r.Total}}
	if o.List {
		r.Folder = ""
		return r, nil
	}
	r.Copied = r.Total
	if strings.HasSuffix(f.what, "backup-fails") {
		r.Copied.Files, r.Failed = 1, model.BackupCount{Files: 1, Bytes: 2048}
		r.Files = []model.BackupFile{{Path: `\Users\hanako\Pictures\a.jpg`, Problem: model.BackupUnread}}
	}
	return r, nil
}

// fakeReceipt tells of a recovery partition that was enlarged.
func fakeReceipt(verdict string) *model.Receipt {
	const mib = 1 << 20
	layout := func(windows, start, size uint64) []model.Layout {
		return []model.Layout{{Partitions: []model.LayoutPartition{
			{From: "disk0p1", Role: model.RoleESP, Start: mib, Size: 100 * mib},
			{From: "disk0p2", Role: model.RoleWindows, Start: 101 * mib, Size: windows * mib},
			{From: "disk0p3", Role: model.RoleRecovery, Start: start * mib, Size: size * mib},
		}}}
	}
	r := &model.Receipt{Schema: model.ReceiptSchema, ID: "j1", Journal: "00ff", Folder: "state/j1", Source: model.SourceInfo{Kind: "disk", Path: "a.img"}, State: "VERIFIED", Verdict: verdict}
	r.Started = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	r.Ended = r.Started.Add(time.Minute)
	r.Steps = []model.ReceiptStep{{ID: "s1", Remedy: "winre-enlarge", Risk: "R4", Verdict: model.StepDone}}
	r.Before, r.After = layout(60000, 60101, 500), layout(59500, 59601, 1000)
	r.Changed = model.Changed{Ranges: []model.Range{{Start: 512, Size: 4096}, {Start: mib, Size: 5 * mib}}, Bytes: 5*mib + 4096, Journal: 11 * mib, Seconds: 40}
	r.Notes = []string{"dirty-flag", "restore-points"}
	return r
}

// pc: this PC is a Windows if what begins with live-.
func (f fakeDoctor) pc() (doctor.PC, error) {
	if strings.HasPrefix(f.what, "live-") {
		return nil, nil
	}
	return doctor.ThisPC()
}

// asTask writes down the order that the task gets.
func (f fakeDoctor) asTask(_ context.Context, _ doctor.PC, o doctor.FixOptions, order func(log string) []string) (string, error) {
	f.note("as task: %s", strings.Join(order(`C:\ProgramData\updoc\journals\as-task.log`), " "))
	if f.what == "live-admin" {
		return "", &model.Error{Code: "live-not-administrator", Exit: 2}
	}
	return `C:\ProgramData\updoc\journals\as-task.log`, nil
}

func (f fakeDoctor) fixLive(_ context.Context, _ doctor.PC, o doctor.FixOptions) (*doctor.Fixed, error) {
	f.note("live only=%s max=%s accept=%s dry=%t norestart=%t wait=%s", strings.Join(o.Only, ","), o.MaxRisk, strings.Join(o.Accept, ","), o.DryRun, o.NoRestart, o.Wait)
	switch f.what {
	case "live-admin":
		return nil, &model.Error{Code: "live-not-administrator", Exit: 2}
	case "live-half":
		return nil, &model.Error{Code: "live-half-done", Exit: 4, Args: model.Args{"journal": "j"}, Err: context.Canceled}
	}
	if o.Accepts != nil {
		gate := "work-saved"
		if f.what == "live-mark" {
			gate = "windows-clean"
		}
		if yes, err := o.Accepts(gate); !yes || err != nil {
			return nil, declinedOr(err)
		}
	}
	if o.Confirm != nil {
		steps := []model.Step{{Remedy: "winre-enable", Risk: "R1", Seconds: 60}}
		for _, p := range []*doctor.Proposal{{Steps: steps}, {Restart: true}} {
			if yes, err := o.Confirm(p); !yes || err != nil {
				return nil, declinedOr(err)
			}
		}
	}
	r := f.liveReceipt()
	r.Backup = o.Backup
	return &doctor.Fixed{Receipt: r}, nil
}

// open: this PC can be looked at if it is a Windows; of it nothing is told.
func (f fakeDoctor) open(ctx context.Context, o doctor.LiveOptions) (source.Source, error) {
	if strings.HasPrefix(f.what, "live-") {
		return here{}, nil
	}
	return doctor.OpenLive(ctx, o)
}

// here is this PC.
type here struct{ source.Source }

func (here) Info() model.SourceInfo { return model.SourceInfo{Kind: "live"} }
func (here) Close() error           { return nil }

func (f fakeDoctor) resumeLive(_ context.Context, _ doctor.PC, o doctor.FixOptions) (*doctor.Fixed, error) {
	f.note("resume live norestart=%t ask=%t", o.NoRestart, o.Confirm != nil)
	if f.what == "live-nothing" {
		return nil, &model.Error{Code: "nothing-to-resume"}
	}
	return &doctor.Fixed{Receipt: f.liveReceipt()}, nil
}

func (f fakeDoctor) undoLive(_ context.Context, _ doctor.PC, id string, o doctor.FixOptions) (*doctor.Fixed, error) {
	f.note("undo live id=%s", id)
	if f.what == "live-nothing" {
		return nil, &model.Error{Code: "nothing-to-undo"}
	}
	if o.Confirm != nil {
		if yes, err := o.Confirm(&doctor.Proposal{}); !yes || err != nil {
			return nil, declinedOr(err)
		}
	}
	r := f.liveReceipt()
	r.Verdict = model.FixUndone
	return &doctor.Fixed{Receipt: r}, nil
}

func (f fakeDoctor) watch(_ context.Context, _ doctor.PC, o doctor.WatchOptions) (*model.Verification, *doctor.Fixed, error) {
	f.note("watch %s tries=%d budget=%s every=%s", o.KB, o.Tries, o.Budget, o.Between)
	v := &model.Verification{Schema: model.VerificationSchema, Verdict: model.VerifyCured, Tries: 2, Conditions: []string{},
		Updates: []model.Verified{{KB: o.KB, State: model.UpdateInstalled, Signs: []model.Sign{}}}}
	switch f.what {
	case "live-again":
		v.Verdict, v.ExitCode, v.Stopped, v.Updates[0].State = model.VerifyFailing, 1, model.StoppedSameAgain, model.UpdateFailing
	case "live-false":
		v.Updates[0].State, v.Tries = model.UpdateFalseError, 0
	case "live-budget":
		v.Verdict, v.ExitCode, v.Stopped, v.Updates[0].State = model.VerifyFailing, 1, model.StoppedBudget, model.UpdateFailing
	case "live-cancelled":
		return nil, nil, context.Canceled
	case "live-restart", "live-refused":
		v.Verdict, v.ExitCode = model.VerifyFailing, 1
		return v, &doctor.Fixed{Receipt: f.liveReceipt()}, nil
	}
	return v, nil, nil
}

func (f fakeDoctor) result(string) (*model.Receipt, error) {
	if f.what == "live-nothing" {
		return nil, nil
	}
	return f.liveReceipt(), nil
}

// liveReceipt tells of a recovery environment that was switched on.
func (f fakeDoctor) liveReceipt() *model.Receipt {
	r := fakeReceipt(model.FixCured)
	r.Source, r.After, r.Notes, r.Changed = model.SourceInfo{Kind: "live"}, r.Before, []string{}, model.Changed{}
	r.Steps = []model.ReceiptStep{{ID: "s1", Remedy: "winre-enable", Risk: "R1", Verdict: model.StepDone}}
	switch f.what {
	case "live-restart", "live-person", "live-agent":
		r.Verdict, r.Waiting = model.FixWaiting, &model.Waiting{For: strings.TrimPrefix(f.what, "live-"), Since: r.Started}
	case "live-again":
		r.Verdict, r.Stopped = model.FixNotCured, &model.Stopped{Code: model.StoppedSameAgain, Tried: []string{"winre-enable"}, Seen: []string{"winre-disabled"}}
		r.Steps[0].Verdict, r.Steps[0].Detail = model.StepUndone, "live-not-as-expected"
	case "live-refused":
		r.Verdict = model.FixRefused
		r.Steps[0].Verdict, r.Steps[0].Detail, r.Steps[0].Gate = model.StepRefused, "gate-closed", "power"
	}
	return r
}

// remind: only live-cured needs none any more.
func (f fakeDoctor) remind(_ context.Context, _ doctor.PC, until string, _ doctor.Options) (bool, error) {
	f.note("remind until=%s", until)
	return f.what != "live-cured", nil
}
