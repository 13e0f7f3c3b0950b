package cli

import (
	"updoc/format/bcd"
	"updoc/format/regf"
)

// bcdDocument is what a boot store says, of the recovery environment above all.
type bcdDocument struct {
	Default         *string     `json:"default"`
	Loaders         []bcdLoader `json:"loaders"`
	Recovery        *string     `json:"recovery"` // loader of the recovery environment the default one leads to
	RecoveryEnabled *bool       `json:"recoveryEnabled"`
	RecoveryDevice  *string     `json:"recoveryDevice"`
	WimPath         *string     `json:"wimPath"`
	Disagreements   []string    `json:"disagreements"`
	Problems        []string    `json:"problems"`
	Objects         []bcdObject `json:"objects"`
}

type bcdObject struct {
	ID          string   `json:"id"`
	Type        string   `json:"type"`
	Description string   `json:"description,omitempty"`
	Path        string   `json:"path,omitempty"`
	Elements    []string `json:"elements"`
}

type bcdLoader struct {
	ID          string `json:"id"`
	Description string `json:"description"`
	Device      string `json:"device"`
	Path        string `json:"path"`
}

// describeBCD returns nil if the hive is no boot store.
func describeBCD(h *regf.Hive) *bcdDocument {
	store, err := bcd.Read(h)
	if err != nil {
		return nil
	}
	d := &bcdDocument{Loaders: []bcdLoader{}, Objects: []bcdObject{}}
	if !store.Default.IsZero() {
		d.Default = new(store.Default.String())
	}
	for _, o := range store.Loaders() {
		d.Loaders = append(d.Loaders, bcdLoader{o.ID.String(), o.Text(bcd.Description), deviceText(o.Device(bcd.AppDevice)), o.Text(bcd.Path)})
	}
	for _, o := range store.Objects {
		obj := bcdObject{o.ID.String(), hex32(o.Type), o.Text(bcd.Description), o.Text(bcd.Path), []string{}}
		for _, e := range o.Elements {
			obj.Elements = append(obj.Elements, e.ID.String())
		}
		d.Objects = append(d.Objects, obj)
	}
	re := store.WinRE()
	d.RecoveryEnabled = re.RecoveryEnabled
	if re.Entry != nil {
		d.Recovery, d.WimPath = new(re.Entry.ID.String()), new(re.WimPath)
		d.RecoveryDevice = new(deviceText(re.Device))
	}
	d.Disagreements, d.Problems = append([]string{}, re.Disagreements...), append([]string{}, store.Problems...)
	return d
}

func deviceText(d *bcd.Device) string {
	if d == nil {
		return ""
	}
	return d.String()
}

func (d *bcdDocument) show(s *sheet) {
	var rows [][]string
	for _, l := range d.Loaders {
		rows = append(rows, []string{l.ID, l.Description, l.Device, l.Path})
	}
	s.table("loaders", []string{"id", "description", "device", "path"}, rows)
	s.row("objects", commas(len(d.Objects)))
	if d.Default != nil {
		s.row("default-loader", *d.Default)
	}
	if d.Recovery != nil {
		s.row("recovery-loader", *d.Recovery)
		s.row("recovery-device", *d.RecoveryDevice)
		s.row("wim", *d.WimPath)
	}
	if d.RecoveryEnabled != nil {
		s.rowBool("recovery-enabled", *d.RecoveryEnabled)
	}
	s.list("disagreements", append(append([]string{}, d.Disagreements...), d.Problems...))
}
