package collect

import (
	"errors"
	"io/fs"
	"path"
	"strconv"
	"time"

	"updoc/model"
	"updoc/source"
)

const autoUpdateKey = `Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update`

// pending fills Machine.Pending from the servicing and Windows Update keys of
// SOFTWARE, from SYSTEM\…\Control\Session Manager and from WinSxS\pending.xml.
// Source: field guide, artifacts §4 and confirmed §1; that SessionsPending exists
// proves nothing (correction K2). File renames alone are weak, and PackagesPending is
// unsure (grade U): neither counts.
func pending(d *desk) {
	s := d.software()
	p := &d.m.Pending
	var since flagTimes
	p.CBSReboot = d.volatile(since.key(s, cbsKey+`\RebootPending`))
	p.InProgress = since.key(s, cbsKey+`\RebootInProgress`)
	p.UpdateReboot = d.volatile(since.key(s, autoUpdateKey+`\RebootRequired`))
	p.OpenSessions = since.sessions(s)
	p.Packages = packagesPending(s)
	p.DriverOperations = driverOperations(s)
	p.FileRenames = d.fileRenames()
	p.PendingXML = since.pendingXML(d)
	p.Any = anyTrue(p.InProgress, p.PendingXML, some(p.OpenSessions))
	for _, flag := range []model.Fact[bool]{p.CBSReboot, p.UpdateReboot} {
		if flag.Known && (flag.Value || d.live()) {
			p.Any = anyTrue(flag, p.Any)
		}
	}
	p.Since = since.oldest()
	d.pendingAttempt(p)
	p.Survived = survived(p, d.m.Boot.LastBoot)
}

// volatile turns the absence of a volatile key into "unseen": it lives in memory and
// ends with the session, so the file of a hive never tells that it was not there.
// What lasts (pending.xml, sessions) decides then. Source: CBS.log itself
// calls it "RebootPending volatile key".
func (d *desk) volatile(flag model.Fact[bool]) model.Fact[bool] {
	if d.live() || !flag.Known || flag.Value {
		return flag
	}
	return model.NotSeen[bool](model.Unseen{Artifact: "hive", Reason: model.ReasonOffline, How: model.HowLive})
}

// pendingAttempt lets an update that waits for a restart speak where the volatile keys
// cannot: offline, one installed after the last start still waits, whatever the lasting
// flags say. The attempts must have been joined before.
func (d *desk) pendingAttempt(p *model.Pending) {
	if d.live() || p.Any.Known && p.Any.Value {
		return
	}
	boot := d.m.Boot.LastBoot
	var first *model.Attempt
	for i := range d.m.Attempts.Items {
		a := &d.m.Attempts.Items[i]
		waits := a.Outcome == model.AttemptPending && (!boot.Known || a.End.After(boot.Value))
		if waits && (first == nil || a.End.Before(first.End)) {
			first = a
		}
	}
	switch {
	case first == nil:
	case boot.Known:
		p.Any, p.Since = model.Known(true, first.Origin), model.Known(first.End, first.Origin)
	case p.Any.Known:
		why := boot.Reason()
		p.Any, p.Since = unseenOr[bool](&why), unseenOr[time.Time](&why)
	}
}

// live reports whether the registry of a running Windows is asked, whose volatile keys are
// seen. One whose files are read hides them like any other disk.
func (d *desk) live() bool {
	_, runs := d.src.(source.Registered)
	return runs
}

// flagTimes are the flags that are set, each with when it was set.
type flagTimes []model.Fact[time.Time]

func (f *flagTimes) add(t time.Time, o model.Origin) {
	if !t.IsZero() {
		*f = append(*f, model.Known(t, o))
	}
}

func (f *flagTimes) key(h *hive, path string) model.Fact[bool] {
	set := h.exists(path)
	if set.Known && set.Value {
		k, _, _ := h.key(path)
		f.add(k.LastWrite(), set.Origin)
	}
	return set
}

// sessions counts unfinished sessions: subkeys of SessionsPending whose Complete is
// not 1.
func (f *flagTimes) sessions(h *hive) model.Fact[int64] {
	path := cbsKey + `\SessionsPending`
	keys, why := h.subkeys(path)
	open := model.Known(int64(0), h.origin(path, "", 0))
	for _, k := range keys {
		if n, err := number(k, "Complete"); err == nil && n == 1 {
			continue
		}
		open.Value++
		open.Origin = h.origin(path+`\`+k.Name(), "Complete", k.Offset())
		f.add(k.LastWrite(), open.Origin)
	}
	if why != nil && open.Value == 0 {
		return unseenOr[int64](why)
	}
	return open
}

// packagesPending counts the subkeys of PackagesPending. What they mean is not
// documented, so they are told and decide nothing.
func packagesPending(h *hive) model.Fact[int64] {
	path := cbsKey + `\PackagesPending`
	keys, why := h.subkeys(path)
	if why != nil && len(keys) == 0 {
		return unseenOr[int64](why)
	}
	o := h.origin(path, "", 0)
	for _, k := range keys {
		o = h.origin(path+`\`+k.Name(), "", k.Offset())
	}
	return model.Known(int64(len(keys)), o)
}

func (f *flagTimes) pendingXML(d *desk) model.Fact[bool] {
	at := d.on("Windows/WinSxS/pending.xml")
	info, err := d.stat(at)
	switch {
	case err == nil:
		f.add(info.ModTime().UTC(), at.origin("file"))
		d.look("file", at, nil)
		return model.Known(true, at.origin("file"))
	case errors.Is(err, fs.ErrNotExist):
		return d.notThere(at)
	}
	return unseenOr[bool](d.look("file", at, err))
}

// notThere tells that a file does not exist. In a copied folder that is only known if
// the folder it would lie in was copied too.
func (d *desk) notThere(at place) model.Fact[bool] {
	folder := place{at.volume, path.Dir(at.path)}
	if _, err := d.stat(folder); err != nil && !d.whole(at.volume) {
		return unseenOr[bool](d.look("file", folder, err))
	}
	return model.Known(false, at.origin("file"))
}

// driverOperations counts the numbered subkeys of DriverOperations: one for each
// queue of drivers that is not done. Source: field guide, artifacts confirmed §1.
func driverOperations(h *hive) model.Fact[int64] {
	path := cbsKey + `\DriverOperations`
	keys, why := h.subkeys(path)
	if why != nil && len(keys) == 0 {
		return unseenOr[int64](why)
	}
	out := model.Known(int64(0), h.origin(path, "", 0))
	for _, k := range keys {
		if _, err := strconv.Atoi(k.Name()); err == nil {
			out.Value++
			out.Origin = h.origin(path+`\`+k.Name(), "", k.Offset())
		}
	}
	return out
}

// fileRenames counts the pairs of PendingFileRenameOperations and its twin.
func (d *desk) fileRenames() model.Fact[int64] {
	h, set := d.system()
	path := set + `\Control\Session Manager`
	first := h.renames(path, "PendingFileRenameOperations")
	second := h.renames(path, "PendingFileRenameOperations2")
	if !first.Known || !second.Known {
		return model.Fact[int64]{Why: firstWhy(first.Why, second.Why)}
	}
	first.Value += second.Value
	return first
}

func (h *hive) renames(path, name string) model.Fact[int64] {
	return derive(h.texts(path, name), func(list []string) int64 { return int64((len(list) + 1) / 2) })
}

func firstWhy(whys ...*model.Unseen) *model.Unseen {
	for _, w := range whys {
		if w != nil {
			return w
		}
	}
	return nil
}

func some(f model.Fact[int64]) model.Fact[bool] {
	return derive(f, func(n int64) bool { return n > 0 })
}

// anyTrue is true if one flag is, false only if all are seen not to be.
func anyTrue(flags ...model.Fact[bool]) model.Fact[bool] {
	var unseen *model.Fact[bool]
	for i, f := range flags {
		if f.Known && f.Value {
			return f
		}
		if !f.Known && unseen == nil {
			unseen = &flags[i]
		}
	}
	if unseen != nil {
		return *unseen
	}
	return flags[0]
}

func (f flagTimes) oldest() model.Fact[time.Time] {
	if len(f) == 0 {
		return model.NotSeen[time.Time](absent("hive", "nothing is pending"))
	}
	oldest := f[0]
	for _, t := range f[1:] {
		if t.Value.Before(oldest.Value) {
			oldest = t
		}
	}
	return oldest
}

// survived tells whether what is pending is older than the last real start.
func survived(p *model.Pending, boot model.Fact[time.Time]) model.Fact[bool] {
	switch {
	case p.Any.Known && !p.Any.Value:
		return p.Any
	case !p.Any.Known:
		return p.Any
	case !p.Since.Known:
		return unseenOr[bool](p.Since.Why)
	case !boot.Known:
		why := boot.Reason()
		return unseenOr[bool](&why)
	}
	return model.Known(p.Since.Value.Before(boot.Value), p.Since.Origin)
}
