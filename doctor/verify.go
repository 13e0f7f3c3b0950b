package doctor

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"updoc/knowledge"
	"updoc/model"
)

// Exit codes of Verify, by verdict (DESIGN.md).
var verifyExits = map[string]int{model.VerifyCured: 0, model.VerifyFailing: 1, model.VerifyUnseen: 3, model.VerifyWaiting: 5}

// Verify says from a diagnosis whether updates are in, and whether what was wrong is
// cured. kbs are KB numbers as Windows shows them (KB5034441); none means every update
// that ever failed, and the conditions of the PC too. It is pure: nothing is looked at.
func Verify(d *model.Diagnosis, b *knowledge.Base, kbs []string) model.Verification {
	out := model.Verification{Schema: model.VerificationSchema, Tool: Tool, Source: d.Source, Updates: []model.Verified{}, Conditions: []string{}}
	for _, kb := range kbs {
		out.Updates = append(out.Updates, verifyUpdate(d, b, model.Failure{KB: kb}))
	}
	if len(kbs) == 0 {
		for _, f := range d.Failures {
			out.Updates = append(out.Updates, verifyUpdate(d, b, f))
		}
		for _, c := range d.Conditions {
			if c.Fault && (c.Verdict == model.VerdictConfirmed || c.Verdict == model.VerdictLikely) {
				out.Conditions = append(out.Conditions, c.ID)
			}
		}
	}
	out.Verdict = verifyVerdict(out, d, len(kbs) == 0)
	out.ExitCode = verifyExits[out.Verdict]
	return out
}

// verifyVerdict sums up; the worst counts. Without KBs, what was not seen of the PC counts
// as it does for a diagnosis.
func verifyVerdict(v model.Verification, d *model.Diagnosis, whole bool) string {
	some := func(states ...string) bool {
		return slices.ContainsFunc(v.Updates, func(u model.Verified) bool { return slices.Contains(states, u.State) })
	}
	switch {
	case some(model.UpdateFailing, model.UpdateMissing), len(v.Conditions) > 0:
		return model.VerifyFailing
	case some(model.UpdateWaiting):
		return model.VerifyWaiting
	case some(model.UpdateUnseen), whole && d.Outcome == model.OutcomeUnseen:
		return model.VerifyUnseen
	}
	return model.VerifyCured
}

func verifyUpdate(d *model.Diagnosis, b *knowledge.Base, f model.Failure) model.Verified {
	v := model.Verified{KB: f.KB, Title: f.Title, Signs: []model.Sign{}}
	outcome, replaced := "", false
	for _, known := range d.Failures {
		if known.KB == f.KB && (f.KB != "" || known.ID == f.ID) {
			v.Title, outcome = known.Title, known.Outcome
		}
	}
	if outcome != "" {
		v.Signs = append(v.Signs, model.Sign{Kind: "diagnosis", Have: outcome})
	}
	if k := b.KBs[f.KB]; k != nil {
		v.Signs = append(v.Signs, versionSigns(&d.Machine, k)...)
		v.Title = cmp.Or(v.Title, k.Title.EN)
	}
	v.Signs = append(v.Signs, packageSigns(&d.Machine, f.KB)...)
	last := lastAttempt(&d.Machine, f)
	if last != nil {
		v.Title = cmp.Or(v.Title, last.Title)
		v.Signs = append(v.Signs, model.Sign{Kind: "history", Have: last.Outcome, Time: last.End, Origin: last.Origin})
	}
	replaced = outcome == model.OutcomeHealed && (last == nil || last.Outcome != model.AttemptInstalled)
	v.State = verifiedState(v.Signs, outcome, replaced)
	return v
}

// verifiedState weighs the signs: what the diagnosis says of a failure first, then what
// versions show, then packages, then the history.
func verifiedState(signs []model.Sign, outcome string, replaced bool) string {
	has := func(kind string, states ...string) bool {
		return slices.ContainsFunc(signs, func(s model.Sign) bool { return s.Kind == kind && slices.Contains(states, s.Have) })
	}
	version := func(reached bool) bool {
		return slices.ContainsFunc(signs, func(s model.Sign) bool { return s.Need != "" && reaches(s.Have, s.Need) == reached })
	}
	waits := has("package", "install-pending") || has("history", model.AttemptPending)
	switch {
	case outcome == model.OutcomeFalseError:
		return model.UpdateFalseError
	case outcome == model.OutcomeFailing && !waits:
		return model.UpdateFailing
	case version(true), has("package", "installed", "permanent"):
		return model.UpdateInstalled
	case waits:
		return model.UpdateWaiting
	case replaced, has("package", "superseded"):
		return model.UpdateReplaced
	case version(false):
		return model.UpdateMissing
	case outcome == model.OutcomeHealed, has("history", model.AttemptInstalled):
		return model.UpdateInstalled
	}
	return model.UpdateUnseen
}

// versionSigns compare Windows and its recovery environment with what the update makes
// of them.
func versionSigns(m *model.Machine, k *knowledge.KB) []model.Sign {
	var out []model.Sign
	if build, revision := m.OS.Build, m.OS.Revision; build.Known && revision.Known {
		have := strconv.FormatInt(build.Value, 10) + "." + strconv.FormatInt(revision.Value, 10)
		for _, need := range k.Builds {
			if strings.HasPrefix(need, strconv.FormatInt(build.Value, 10)+".") {
				out = append(out, model.Sign{Kind: "build", Have: have, Need: need, Origin: revision.Origin})
			}
		}
	}
	if v := m.WinRE.Version; v.Known && k.Target != "" && sameLine(v.Value, k.Target) {
		out = append(out, model.Sign{Kind: "winre", Have: v.Value, Need: k.Target, Origin: v.Origin})
	}
	return out
}

// sameLine reports whether two versions are of one build of Windows: those of another
// build are no measure.
func sameLine(a, b string) bool {
	cut := func(v string) string { return v[:max(0, strings.LastIndexByte(v, '.'))] }
	return cut(a) == cut(b)
}

// reaches reports whether version have is need or newer, part by part.
func reaches(have, need string) bool {
	x, y := strings.Split(have, "."), strings.Split(need, ".")
	for i := range min(len(x), len(y)) {
		p, _ := strconv.Atoi(x[i])
		q, _ := strconv.Atoi(y[i])
		if p != q {
			return p > q
		}
	}
	return len(x) >= len(y)
}

func packageSigns(m *model.Machine, kb string) []model.Sign {
	var out []model.Sign
	for _, p := range m.Packages.Items {
		same := func(s model.Sign) bool { return s.Have == p.State }
		if kb != "" && p.KB == kb && !slices.ContainsFunc(out, same) {
			out = append(out, model.Sign{Kind: "package", Have: p.State, Time: p.Installed, Origin: p.Origin})
		}
	}
	return out
}

// lastAttempt is the newest try to install an update; nil if there is none.
func lastAttempt(m *model.Machine, f model.Failure) *model.Attempt {
	attempts := f.Attempts
	if len(attempts) == 0 && f.KB != "" {
		for _, a := range m.Attempts.Items {
			if a.KB == f.KB && !a.Store {
				attempts = append(attempts, a)
			}
		}
	}
	var last *model.Attempt
	for i := range attempts {
		if last == nil || !attempts[i].End.Before(last.End) {
			last = &attempts[i]
		}
	}
	return last
}
