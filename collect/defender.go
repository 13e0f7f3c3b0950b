package collect

import (
	"encoding/binary"
	"path"
	"regexp"
	"strings"
	"time"

	"updoc/format/regf"
	"updoc/model"
)

const (
	defenderKey      = `Microsoft\Windows Defender`
	defenderPolicies = `Policies\Microsoft\Windows Defender`
	defenderATP      = `Policies\Microsoft\Windows Advanced Threat Protection`
	signatureKey     = defenderKey + `\Signature Updates`
	inboxEngine      = "Program Files/Windows Defender/MsMpEng.exe"
	platformFolder   = "ProgramData/Microsoft/Windows Defender/Platform"
	serviceDisabled  = 4
)

// defender fills Machine.Defender. Source of names and positions: field guide,
// artifacts §6 and confirmed §3.
func defender(d *desk) {
	d.defenderService()
	d.defenderState()
	d.defenderVersions()
	d.defenderEvents()
	d.defenderRuns()
	d.defenderLog()
}

// defenderService tells what the service starts and whether that is there.
func (d *desk) defenderService() {
	out := &d.m.Defender
	h, set := d.system()
	key := set + `\Services\WinDefend`
	out.Service = h.exists(key)
	inbox := d.there("file", inboxEngine, "Program Files")
	switch {
	case !out.Service.Known:
		why := out.Service.Why
		out.Platform, out.PlatformMissing, out.Files = unseenOr[string](why), unseenOr[bool](why), inbox
		return
	case !out.Service.Value:
		why := absent("hive", key)
		out.Platform, out.PlatformMissing, out.Files = model.NotSeen[string](why), model.Known(false, out.Service.Origin), inbox
		return
	}
	image := must(h.text(key, "ImagePath"))
	program := imagePath(image.Value)
	if program == "" {
		why := &model.Unseen{Artifact: "hive", Reason: model.ReasonAbsent, Detail: "ImagePath " + image.Value, How: model.HowNothing}
		if image.Why != nil {
			why = image.Why
		}
		out.Platform, out.PlatformMissing, out.Files = unseenOr[string](why), unseenOr[bool](why), inbox
		return
	}
	there := d.there("file", program, defenderRoot(program))
	out.PlatformMissing = derive(there, func(ok bool) bool { return !ok })
	out.Platform = d.platformOf(image, program, there)
	out.Files = either(there, inbox)
}

// defenderRoot is the folder that a copy must have to tell that a program is not there:
// that of all platforms, or the program's own.
func defenderRoot(program string) string {
	if strings.HasPrefix(strings.ToLower(program), strings.ToLower(platformFolder)+"/") {
		return platformFolder
	}
	return path.Dir(program)
}

// either is true if one of two facts is; false only if both are known to be.
func either(a, b model.Fact[bool]) model.Fact[bool] {
	switch {
	case a.Known && a.Value:
		return a
	case b.Known && b.Value, a.Known:
		return b
	}
	return a
}

var platformVersion = regexp.MustCompile(`(?i)[\\/]platform[\\/](\d+\.\d+\.\d+\.\d+)(?:-\d+)?[\\/]`)

// platformOf is the version of the program that the service starts: its folder's
// name, or, of the one that came with Windows, its version resource.
func (d *desk) platformOf(image model.Fact[string], program string, there model.Fact[bool]) model.Fact[string] {
	if m := platformVersion.FindStringSubmatch(image.Value); m != nil {
		return model.Known(m[1], image.Origin)
	}
	if !there.Known || !there.Value {
		return model.NotSeen[string](absent("pe", windowsPath(program)))
	}
	at := d.on(program)
	info, err := d.programInfo(at)
	if err != nil {
		return unseenOr[string](d.look("pe", at, err))
	}
	if !info.HasVersion {
		return model.NotSeen[string](absent("pe", windowsPath(program)))
	}
	return model.Known(info.FileVersion.String(), at.origin("pe"))
}

// defenderState tells whether Defender is switched off or stands back.
func (d *desk) defenderState() {
	out := &d.m.Defender
	system, set := d.system()
	h := d.software()
	start := system.number(set+`\Services\WinDefend`, "Start")
	disabled := derive(start, func(n int64) bool { return n == serviceDisabled })
	set1 := func(n int64) bool { return n == 1 }
	out.Off = either(either(disabled, derive(h.number(defenderPolicies, "DisableAntiSpyware"), set1)),
		derive(h.number(defenderKey, "DisableAntiSpyware"), set1))
	passive := derive(h.number(defenderKey, "PassiveMode"), func(n int64) bool { return n == 1 || n == 2 })
	out.Passive = either(passive, derive(h.number(defenderATP, "ForceDefenderPassiveMode"), set1))
}

// defenderVersions reads the versions of engine and intelligence, and what is newest
// among the platforms that were downloaded.
func (d *desk) defenderVersions() {
	out := &d.m.Defender
	h := d.software()
	out.Engine = must(h.text(signatureKey, "EngineVersion"))
	out.Intelligence = must(h.text(signatureKey, "AVSignatureVersion"))
	out.Updated = firstKnown(h.filetime(signatureKey, "SignaturesLastUpdated"), h.filetime(signatureKey, "AVSignatureApplied"))
	out.Newest = d.newestPlatform()
}

// filetime reads a time in the form of a FILETIME: eight bytes, or a number.
func (h *hive) filetime(path, name string) model.Fact[time.Time] {
	return must(valueOf(h, path, name, func(v regf.Value) (time.Time, error) {
		if v.Type() == regf.Qword {
			n, err := v.Uint()
			return fromFiletime(n), err
		}
		b, err := v.Bytes()
		if err != nil || len(b) != 8 {
			return time.Time{}, err
		}
		return fromFiletime(binary.LittleEndian.Uint64(b)), nil
	}))
}

var platformName = regexp.MustCompile(`^(\d+\.\d+\.\d+\.\d+)(?:-\d+)?$`)

func (d *desk) newestPlatform() model.Fact[string] {
	at := d.on(platformFolder)
	if there := d.there("file", platformFolder, platformFolder); !there.Known || !there.Value {
		return derive(there, func(bool) string { return "" })
	}
	entries, err := d.list(at)
	if err != nil {
		return unseenOr[string](d.whyNot("file", at, err))
	}
	newest := ""
	for _, e := range entries {
		if m := platformName.FindStringSubmatch(e.Name()); m != nil && e.IsDir() && laterVersion(m[1], newest) {
			newest = m[1]
		}
	}
	return model.Known(newest, at.origin("file"))
}
