package collect

import (
	"slices"
	"strings"
	"time"

	"updoc/model"
)

// innerCode is a code behind a wrapper and where it was read.
type innerCode struct {
	code   string
	origin model.Origin
}

// zoneError is how far a local-time log may be off when the law of its zone changed.
const zoneError = 65 * time.Minute

// neverWinRE are updates that never touch the recovery environment: definitions, the
// antimalware platform, the malicious software removal tool.
var neverWinRE = map[string]bool{"KB2267602": true, "KB4052623": true, "KB890830": true}

// addInner hands what CBS, WinREAgent, MsiInstaller and Servicing say to the attempts it belongs
// to. What belongs to none, but names a KB, was installed by other means (wusa, DISM)
// or in a time the other histories do not reach: it becomes an attempt of its own.
func (d *desk) addInner(j *joiner) {
	var alone []happening
	j.index = ownersOf(j.all)
	for _, h := range d.sessionHappenings() {
		slack := zoneError
		if h.kb == "" && h.updateID == "" {
			slack = sameWindow
		}
		if !j.hand(h, slack) && h.what == whatSessionFailed {
			alone = append(alone, h)
		}
	}
	for _, h := range agentHappenings(d.log(systemLog)) {
		j.hand(h, 3*sameWindow)
	}
	for _, h := range installerHappenings(d.optionalLog(applicationLog)) {
		j.handInstaller(h)
	}
	for _, h := range servicingHappenings(d.log(setupLog)) {
		if !j.hand(h, 3*sameWindow) {
			alone = append(alone, h)
		}
	}
	alone = slices.DeleteFunc(alone, func(h happening) bool { return h.kb == "" || h.time.IsZero() })
	j.join(alone)
}

// hand adds a happening to the attempt it belongs to, if there is one.
func (j *joiner) hand(h happening, slack time.Duration) bool {
	a := j.owner(h, slack)
	if a == nil {
		return false
	}
	a.parts = append(a.parts, h)
	j.index.add(a, h)
	if h.code == "" || a.outcome != model.AttemptFailed {
		return true
	}
	a.inner = append(a.inner, innerCode{h.code, h.origin})
	if h.startup && a.stage == model.StageInstall {
		a.stage = model.StageCommit
	}
	return true
}

// owner returns the attempt nearest in time that a happening can belong to.
func (j *joiner) owner(h happening, slack time.Duration) *joined {
	if h.time.IsZero() {
		return nil
	}
	var best *joined
	near := slack
	for _, a := range j.index.of(h) {
		far := a.distance(h.time)
		if far > near || best != nil && far == near && a.place >= best.place || !a.mayOwn(h) {
			continue
		}
		best, near = a, far
	}
	return best
}

// mayOwn tells whether an attempt and a happening can be about the same update. What
// names no update can only explain an installation that failed.
func (a *joined) mayOwn(h happening) bool {
	if a.stage == model.StageScan || a.stage == model.StageDownload {
		return false
	}
	same := slices.ContainsFunc(a.parts, func(p happening) bool {
		return h.updateID != "" && p.updateID == h.updateID || h.kb != "" && p.kb == h.kb
	})
	if h.kb != "" || h.updateID != "" {
		return same
	}
	return a.outcome == model.AttemptFailed && !slices.ContainsFunc(a.parts, func(p happening) bool {
		return p.store || neverWinRE[p.kb]
	})
}

// distance is how far a time lies outside an attempt; 0 inside.
func (a *joined) distance(t time.Time) time.Duration {
	from, to := a.parts[0].time, a.last
	if begun, ok := a.first[whatInstallStarted]; ok {
		from = begun
	}
	return max(from.Sub(t), t.Sub(to), 0)
}

// agentHappenings reads WinREAgent 4501 (serviced) and 4502 (failed).
func agentHappenings(l *eventLog) []happening {
	var all []happening
	for i := range l.events {
		e := &l.events[i]
		if e.provider != winreAgent || e.id != 4501 && e.id != 4502 {
			continue
		}
		h := happening{time: e.time, what: whatWinREServiced, history: fromWinRE, origin: e.origin}
		if e.id == 4502 {
			h.what = whatWinREFailed
			h.setCode(hexCode(e.get("Errorcode")))
		}
		all = append(all, h)
	}
	return all
}

// servicingHappenings reads the Servicing events of the Setup log. Source of ids and
// names: field guide, artifacts confirmed §1; the number of a state is 5000 + its
// CurrentState, older builds write the word.
func servicingHappenings(l *eventLog) []happening {
	var all []happening
	for i := range l.events {
		e := &l.events[i]
		what := servicingWhat[e.id]
		if e.provider != servicing || what == "" || !meansInstall(e) {
			continue
		}
		id := firstText(e.get("PackageIdentifier"), e.get("identifier"), e.at(0))
		h := happening{time: e.time, what: what, history: fromServicing, origin: e.origin,
			kb: kbIn(id), client: firstText(e.get("Client"))}
		if e.id == 3 {
			h.setCode(hexCode(firstText(e.get("ErrorCode"), e.get("errorCode"))))
		}
		all = append(all, h)
	}
	return all
}

var servicingWhat = map[uint32]string{
	1: whatServicingStart, 2: whatServicingDone, 3: whatServicingFailed, 4: whatServicingReboot,
}

// meansInstall tells whether a change aims at "installed"; staging and removing are
// no attempts to install.
func meansInstall(e *event) bool {
	target := firstText(e.get("IntendedPackageState"), e.get("targetPackageState"))
	word := firstText(e.get("IntendedPackageStateTextized"), e.get("targetPackageStateTextized"))
	return target == "" || target == "5112" || target == "112" || strings.EqualFold(target, "Installed") || strings.EqualFold(word, "Installed")
}

// sessionHappenings reads the ends of CBS sessions.
func (d *desk) sessionHappenings() []happening {
	var all []happening
	for _, s := range d.work.sessions {
		h := happening{time: s.End, what: whatSessionDone, history: fromCBS, origin: s.Origin,
			client: s.Client, updateID: s.updateID, startup: s.startup}
		if h.time.IsZero() {
			h.time = s.Start
		}
		if s.Failed && !s.startup && len(s.KBs) == 0 && !fromUpdate(s.Client) {
			continue
		}
		if s.Failed {
			h.what, h.code = whatSessionFailed, s.Code
		} else if len(s.KBs) == 0 {
			continue
		}
		all = append(all, perKB(h, s.KBs)...)
	}
	return all
}

// fromUpdate tells whether Windows Update asked for a session.
func fromUpdate(client string) bool {
	return client == "" || strings.HasPrefix(client, "WindowsUpdateAgent") || strings.HasPrefix(client, "UpdateAgent")
}

// perKB gives each KB of a session its happening; those of none stay without.
func perKB(h happening, kbs []string) []happening {
	if len(kbs) == 0 {
		return []happening{h}
	}
	var all []happening
	for _, kb := range kbs {
		h.kb = kb
		all = append(all, h)
	}
	return all
}
