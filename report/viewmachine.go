package report

import (
	"slices"
	"sort"

	"updoc/model"
)

// shown says a known fact, or why it is not known.
func shown[T any](s speaker, f model.Fact[T], show func(T) string) string {
	if f.Known {
		return show(f.Value)
	}
	return s.form.notMeasured + " (" + s.word("reason-short", f.Reason().Reason) + ")"
}

func asIs(text string) string { return text }

// facts name the PC and what was looked at.
func (s speaker) facts(d *model.Diagnosis) []pair {
	m := &d.Machine
	out := []pair{{s.ui("label.pc"), valueOr(m.Name, "")}, {s.ui("label.windows"), s.windows(m.OS)}}
	source := model.Args{"path": d.Source.Path, "kind": s.word("source", d.Source.Kind)}
	if d.Source.Form != "" {
		source["kind"] = s.word("source", d.Source.Kind) + s.ui("list-comma") + d.Source.Form
	}
	if d.Source.Path != "" {
		out = append(out, pair{s.ui("label.source"), s.say("ui.source.line", source)})
	}
	if !m.LastSeen.IsZero() {
		out = append(out, pair{s.ui("label.last-seen"), s.form.show(m.LastSeen, "time")})
	}
	return append(out, pair{s.ui("label.times"), s.zoneName(m.Clock)})
}

func (s speaker) zoneName(c model.Clock) string {
	zone, known := zoneOf(c)
	switch {
	case !known:
		return s.ui("zone.utc")
	case c.Zone.Known && c.Zone.Value == "Tokyo Standard Time":
		return s.ui("zone.japan")
	}
	return s.say("ui.zone.offset", model.Args{"offset": zone.String()})
}

func valueOr[T any](f model.Fact[T], other T) T {
	if f.Known {
		return f.Value
	}
	return other
}

// productName is what people call the Windows: the stored name still says Windows 10
// on Windows 11.
func productName(o model.OS) string {
	family := map[string]string{"windows-10": "Windows 10", "windows-11": "Windows 11"}[valueOr(o.Family, "")]
	edition := map[string]string{"Core": "Home", "CoreSingleLanguage": "Home Single Language", "Professional": "Pro", "ProfessionalWorkstation": "Pro for Workstations", "Enterprise": "Enterprise", "Education": "Education", "EnterpriseS": "Enterprise LTSC"}[valueOr(o.Edition, "")]
	switch {
	case family != "" && edition != "":
		return family + " " + edition
	case o.ProductName.Known && family != "Windows 11":
		return o.ProductName.Value
	case family != "":
		return family
	}
	return valueOr(o.ProductName, "")
}

func (s speaker) windows(o model.OS) string {
	name := productName(o)
	if name == "" {
		return ""
	}
	if !o.Build.Known {
		return name
	}
	return s.say("ui.windows.line", model.Args{"product": name, "version": valueOr(o.DisplayVersion, ""), "build": o.Build.Value, "revision": valueOr(o.Revision, 0)})
}

func (s speaker) machineFacts(d *model.Diagnosis) []pair {
	m := &d.Machine
	yes := func(b bool) string {
		if b {
			return s.ui("yes")
		}
		return s.ui("no")
	}
	state := func(word string) string { return s.word("state", word) }
	when := func(f model.Fact[string]) string { return shown(s, f, state) }
	winre := shown(s, m.WinRE.Enabled, func(on bool) string { return state(map[bool]string{true: "enabled", false: "disabled"}[on]) })
	place := shown(s, m.WinRE.Active.ID, s.volume)
	if room := s.room(m.WinRE.Active); m.WinRE.Active.ID.Known && room != "" {
		place += s.ui("list-comma") + room
	}
	out := []pair{
		{s.ui("label.winre"), winre}, {s.ui("label.winre-version"), shown(s, m.WinRE.Version, asIs)}, {s.ui("label.winre-place"), place},
		{s.ui("label.bitlocker"), when(m.Windows.BitLocker.State)}, {s.ui("label.firmware"), when(m.Boot.Firmware)},
		{s.ui("label.pending"), shown(s, m.Pending.Any, yes)}, {s.ui("label.last-boot"), s.moment(m.Boot.LastBoot)},
		{s.ui("label.looked-at"), s.form.show(d.GeneratedAt, "time")}, {s.ui("label.knowledge"), d.Knowledge.Version},
	}
	if d.Tool.Version != "" {
		out = append(out, pair{s.ui("label.tool"), d.Tool.Name + " " + d.Tool.Version})
	}
	return out
}

// room says free, needed and lacking room of the active recovery partition.
func (s speaker) room(a model.ActiveRE) string {
	if !a.Free.Known {
		return ""
	}
	args := model.Args{"free": a.Free.Value, "need": int64(model.WinREServicingFree), "short": model.WinREServicingFree - a.Free.Value}
	if a.Free.Value < model.WinREServicingFree {
		return s.say("ui.short.line", args)
	}
	return s.say("ui.enough.line", args)
}

// maxAttempts bounds the table of attempts; the newest are kept.
const maxAttempts = 200

func (s speaker) attemptRows(d *model.Diagnosis) [][]string {
	items := slices.Clone(d.Machine.Attempts.Items)
	sort.SliceStable(items, func(i, j int) bool { return attemptTime(items[i]).After(attemptTime(items[j])) })
	if len(items) == 0 {
		return nil
	}
	rows := [][]string{{s.ui("label.when"), s.ui("label.update"), s.ui("label.stage"), s.ui("label.result"), s.ui("label.error"), s.ui("label.place")}}
	for _, a := range items[:min(len(items), maxAttempts)] {
		name := a.KB
		if name == "" {
			name = a.Title
		}
		codes := a.Code
		if a.InnerCode != "" && a.InnerCode != a.Code {
			codes += " < " + a.InnerCode
		}
		rows = append(rows, []string{s.form.show(attemptTime(a), "stamp"), name, s.word("stage", a.Stage), s.word("attempt", a.Outcome), codes, s.place(a.Origin, false)})
	}
	return rows
}

func (s speaker) partitionRows(m *model.Machine) [][]string {
	rows := [][]string{{s.ui("label.partition"), s.ui("label.start"), s.ui("label.size"), s.ui("label.free"), s.ui("label.fs"), s.ui("label.role")}}
	for i := range m.Disks.Items {
		d := &m.Disks.Items[i]
		for _, p := range d.Partitions {
			size := func(n uint64) string { return sizeOf(float64(n)) }
			free := s.form.notMeasured
			if p.Volume.Free.Known {
				free = size(uint64(max(p.Volume.Free.Value, 0)))
			}
			rows = append(rows, []string{p.ID, size(p.Start), size(p.Size), free, fsName(p.Volume), s.role(p.Role, d.Table, "role")})
		}
	}
	if len(rows) == 1 {
		return nil
	}
	return rows
}

func fsName(v model.Volume) string {
	if name := valueOr(v.FS, ""); name != "empty" {
		return name
	}
	return ""
}

// role names what a partition is for; the system partition of an MBR disk has
// another name than that of a GPT disk.
func (s speaker) role(role, table, list string) string {
	if role == model.RoleESP && table == "mbr" {
		role = "esp-mbr"
	}
	return s.word(list, role)
}

func (s speaker) lookRows(m *model.Machine) [][]string {
	if len(m.Looks) == 0 {
		return nil
	}
	rows := [][]string{{s.ui("label.artifact"), s.ui("label.result"), s.ui("label.place")}}
	for _, l := range m.Looks {
		result, place := s.ui("looks.read"), l.Path
		if l.Unseen != nil {
			result = s.word("reason-short", l.Unseen.Reason)
		}
		for _, more := range []string{detailOf(l.Unseen), l.Note} {
			if more != "" {
				place += " (" + more + ")"
			}
		}
		rows = append(rows, []string{s.artifact(l.Artifact, ""), result, place})
	}
	return rows
}

func detailOf(u *model.Unseen) string {
	if u == nil {
		return ""
	}
	return u.Detail
}
