package casekit

// fill gives everything that was not said its healthy default.
func (pc *PC) fill() {
	pc.Name = or(pc.Name, "DESKTOP-EXAMPLE1")
	pc.Zone = or(pc.Zone, "Tokyo Standard Time")
	pc.OS.fill()
	if len(pc.Disks) == 0 {
		pc.Disks = []Disk{{Partitions: []Partition{
			{ESP: 100 << 20}, {MSR: 16 << 20}, {Windows: SizeRest}, {Recovery: 850 << 20},
		}}}
	}
	for i := range pc.Disks {
		pc.Disks[i].fill()
	}
	if pc.OS.Firmware == "" {
		pc.OS.Firmware = map[bool]string{true: "bios", false: "uefi"}[pc.Disks[0].Table == tableMBR]
	}
	pc.WinRE.fill(pc)
	for i := range pc.Updates {
		pc.Updates[i].fill(pc)
	}
}

func (o *OS) fill() {
	o.Product = or(o.Product, "Windows 10 Home")
	o.Edition = or(o.Edition, "Core")
	o.Version = or(o.Version, "22H2")
	o.Build = or(o.Build, 19045)
	o.UBR = or(o.UBR, 3803)
	o.Type = or(o.Type, "Client")
	o.Language = or(o.Language, "en-US")
	o.Arch = or(o.Arch, "amd64")
	if o.Installed.IsZero() {
		o.Installed, _ = ParseTime("2021-06-05 10:20")
	}
}

const (
	tableGPT = "gpt"
	tableMBR = "mbr"
)

func (d *Disk) fill() {
	d.Size = or(d.Size, 64<<30)
	d.Sector = or(d.Sector, 512)
	d.Table = or(d.Table, tableGPT)
	for i := range d.Partitions {
		p := &d.Partitions[i]
		p.Label = or(p.Label, map[string]string{"recovery": "Recovery", "oem": "OEM", "data": "Data"}[p.Role()])
		p.FS = or(p.FS, map[string]string{"esp": fsFAT32, "msr": fsNone}[p.Role()])
		p.FS = or(p.FS, fsNTFS)
		if d.Table == tableMBR && p.Role() == "esp" {
			p.FS, p.Label = fsNTFS, or(p.Label, "System Reserved")
		}
	}
}

const (
	fsNTFS  = "ntfs"
	fsFAT32 = "fat32"
	fsNone  = "none"
)

// Role returns what a partition is for, from the field that was given: esp, msr,
// windows, recovery, oem, data; empty if none or several were.
func (p *Partition) Role() string {
	role := ""
	for _, r := range p.roles() {
		switch {
		case r.size == SizeUnset:
		case role != "":
			return ""
		default:
			role = r.name
		}
	}
	return role
}

// size returns the size that was given with the role.
func (p *Partition) size() Size {
	for _, r := range p.roles() {
		if r.size != SizeUnset {
			return r.size
		}
	}
	return SizeUnset
}

type roleSize struct {
	name string
	size Size
}

func (p *Partition) roles() []roleSize {
	return []roleSize{{"esp", p.ESP}, {"msr", p.MSR}, {"windows", p.Windows},
		{"recovery", p.Recovery}, {"oem", p.OEM}, {"data", p.Data}}
}

// WinRE states of ReAgent.xml.
const (
	stateEnabled  = "enabled"
	stateDisabled = "disabled"
	stateDamaged  = "damaged"
	stateMissing  = "missing"
	atNone        = "none"
)

const healthyWinRE = "10.0.19041.3920"

func (w *WinRE) fill(pc *PC) {
	if w.At == "" {
		w.At = map[bool]string{true: "recovery", false: atNone}[pc.has("recovery")]
	}
	w.State = or(w.State, stateEnabled)
	off := w.State == stateDisabled || w.At == atNone
	if w.BCD == Unsaid {
		w.BCD = map[bool]Switch{true: Off, false: On}[off]
	}
	if w.Wim.Missing == Unsaid && off {
		w.Wim.Missing = On
	}
	if w.Staged.Missing == Unsaid && (w.State != stateDisabled || pc.OS.Type == "Server Core") {
		w.Staged.Missing = On
	}
	w.Wim.fill()
	w.Staged.fill()
	w.Registry = or(w.Registry, w.Wim.Version)
}

func (w *Wim) fill() {
	w.Version = or(w.Version, healthyWinRE)
	w.Compression = or(w.Compression, "stored")
}

// has reports whether some disk has a partition of a role.
func (pc *PC) has(role string) bool {
	for _, d := range pc.Disks {
		for i := range d.Partitions {
			if d.Partitions[i].Role() == role {
				return true
			}
		}
	}
	return false
}
