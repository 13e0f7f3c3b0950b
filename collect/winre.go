package collect

import (
	"errors"
	"io/fs"
	"strings"

	"updoc/format/reagent"
	"updoc/model"
)

const (
	recoveryFolder = "Windows/System32/Recovery"
	windowsRE      = "Recovery/WindowsRE"
	imageName      = "Winre.wim"
)

// winre fills Machine.WinRE: what ReAgent.xml says, the partition that it and the
// boot store name, the images found, the recovery partitions, WinREAgent's events and
// the logs of the recovery agent. The boot collector must have read the boot store.
// Source of all rules: field guide, winre §1 to §4, §7 to §10.
func winre(d *desk) {
	w := &d.m.WinRE
	d.reagentConfig(&w.Config)
	w.Enabled = bothTrue(enabledBy(w.Config), w.BCD.Enabled)
	d.agentLogs()
	d.activeRE()
	d.images()
	w.Recovery = d.candidates()
	d.winreEvents()
	d.winreRegistry()
	w.Version = firstKnown(w.Image.Version, must(w.Registry))
	d.roomRE()
}

// reagentConfig reads Windows\System32\Recovery\ReAgent.xml.
func (d *desk) reagentConfig(c *model.ReAgent) {
	at := d.on(recoveryFolder + "/ReAgent.xml")
	b, err := d.read(at, reagent.MaxSize+1)
	if err != nil {
		why := d.look("reagent-xml", at, err)
		*c = unseenConfig(why)
		if errors.Is(err, fs.ErrNotExist) {
			c.Damaged = d.notThere(at)
			c.Damaged.Origin.Artifact = "reagent-xml"
		}
		return
	}
	file, err := reagent.Parse(b)
	origin := func(key string) model.Origin {
		o := at.origin("reagent-xml")
		o.Key = key
		return o
	}
	why := d.lookNote("reagent-xml", at, err, strings.Join(file.Problems, "; "))
	damaged := err != nil || file.State() == reagent.StateUnknown && len(file.Problems) > 0
	if err != nil {
		*c = unseenConfig(why)
	} else {
		*c = knownConfig(file, origin)
	}
	c.Damaged = model.Known(damaged, origin("WindowsRE"))
}

func unseenConfig(why *model.Unseen) model.ReAgent {
	text := unseenOr[string](why)
	return model.ReAgent{State: text, Damaged: unseenOr[bool](why), Path: text, Offset: unseenOr[int64](why),
		GUID: text, DiskID: text, BCDObject: text}
}

func knownConfig(c *reagent.Config, origin func(string) model.Origin) model.ReAgent {
	at := origin("WinreLocation")
	return model.ReAgent{
		State:     model.Known(c.State(), origin("InstallState")),
		Path:      model.Known(c.Location.Path, at),
		Offset:    model.Known(int64(c.Location.Offset), at),
		GUID:      model.Known(c.Location.GUID, at),
		DiskID:    model.Known(c.Location.ID, at),
		BCDObject: model.Known(c.BCD, origin("WinreBCD")),
	}
}

// enabledBy tells whether ReAgent.xml says that recovery is on; a state that is neither
// on nor off says nothing.
func enabledBy(c model.ReAgent) model.Fact[bool] {
	if c.State.Known && c.State.Value == reagent.StateUnknown {
		return model.NotSeen[bool](model.Unseen{Artifact: "reagent-xml", Reason: model.ReasonDamaged,
			Detail: "InstallState is neither 0 nor 1", How: model.HowNothing})
	}
	return derive(c.State, func(s string) bool { return s == reagent.StateEnabled })
}

// bothTrue is true if both are, false if one is not.
func bothTrue(a, b model.Fact[bool]) model.Fact[bool] {
	switch {
	case a.Known && !a.Value:
		return a
	case b.Known && !b.Value:
		return b
	case !a.Known:
		return a
	case !b.Known:
		return b
	}
	return a
}

// winreRegistry reads WinREVersion, and the mark that Microsoft's script for patching
// winre.wim leaves.
func (d *desk) winreRegistry() {
	h := d.software()
	d.m.WinRE.Registry = h.text(currentVersion, "WinREVersion")
	mark := h.number(`Microsoft\PushButtonReset`, "WinREPathScriptSucceed")
	d.m.WinRE.Patched = derive(mark, func(n int64) bool { return n == 1 })
}

// winreEvents lists the WinREAgent events of the System log. Source: the event
// manifest (field guide, winre confirmed §5); numbers are signed.
func (d *desk) winreEvents() {
	log := d.log(systemLog)
	var items []model.WinREEvent
	for i := range log.events {
		e := &log.events[i]
		if e.provider != winreAgent {
			continue
		}
		out := model.WinREEvent{Time: e.time, EventID: int64(e.id), Phase: -1, Version: e.get("Version"), Origin: e.origin}
		if phase := e.get("ErrorPhase"); phase != "" {
			out.Phase = parseInt(phase)
		}
		if code, ok := hexCode(e.get("Errorcode")); ok && code != 0 {
			out.Code = hexText(code)
		}
		items = append(items, out)
	}
	listOf(d, log, items, &d.m.WinRE.Events)
}
