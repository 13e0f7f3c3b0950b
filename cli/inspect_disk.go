package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"updoc/disk"
	"updoc/disk/bitlocker"
	"updoc/disk/fat"
	"updoc/disk/ntfs"
	"updoc/disk/table"
)

type diskView struct {
	s       *subject
	disk    *disk.Disk
	volumes []*diskVolume
}

// shapeless reports whether nothing on the disk tells that it is one.
func (v *diskView) shapeless() bool {
	t := v.disk.Table()
	return t.Kind == table.None && len(t.Problems) == 0 && v.volumes[0].fs.Kind == "unknown"
}

type diskDocument struct {
	Kind       string          `json:"kind"`
	Table      string          `json:"table"`
	SectorSize int             `json:"sectorSize"` // bytes
	Partitions []diskPartition `json:"partitions"`
	Problems   []diskProblem   `json:"problems"`
	about
	Format    string         `json:"format"`              // container: raw, vhd, vhdx, qcow2, device, with .gz or .zst
	GUID      string         `json:"guid,omitempty"`      // of a GPT disk
	Signature string         `json:"signature,omitempty"` // of an MBR disk
	Gaps      []diskGap      `json:"gaps"`
	Volume    *diskPartition `json:"volume,omitempty"` // the file system of a disk without a table
}

type diskProblem struct {
	Code   string `json:"code"`
	Text   string `json:"text"`
	Offset int64  `json:"offset"` // bytes from the start of the disk, -1: no place
}

type diskGap struct {
	Start uint64 `json:"start"`
	Size  uint64 `json:"size"`
}

// diskPartition is a partition with what its file system says. Null: an MBR has no
// such thing, or nothing could be read.
type diskPartition struct {
	Index      int            `json:"index"`
	Type       string         `json:"type"`
	TypeGUID   *string        `json:"typeGuid"`
	GUID       *string        `json:"guid"`
	Attributes *string        `json:"attributes"`
	Start      uint64         `json:"start"` // bytes
	Size       uint64         `json:"size"`
	FS         string         `json:"fs"`
	Label      *string        `json:"label"`
	Free       *uint64        `json:"free"`
	ID         string         `json:"id"` // for IMAGE:ID/PATH
	Name       string         `json:"name,omitempty"`
	MBRType    string         `json:"mbrType,omitempty"`
	Active     bool           `json:"active,omitempty"`
	Logical    bool           `json:"logical,omitempty"`
	Windows    bool           `json:"windows,omitempty"`
	Serial     string         `json:"serial,omitempty"`
	Cluster    int64          `json:"clusterSize,omitempty"`
	Dirty      *bool          `json:"dirty,omitempty"`
	LogFile    string         `json:"logFile,omitempty"`
	BitLocker  *bitLockerInfo `json:"bitlocker,omitempty"`
	Problems   []diskProblem  `json:"problems,omitempty"`
}

type bitLockerInfo struct {
	State      string   `json:"state"` // on, suspended, converting, unknown
	Method     string   `json:"method,omitempty"`
	Protectors []string `json:"protectors,omitempty"`
}

func (v *diskView) document(ctx context.Context) (document, error) {
	t := v.disk.Table()
	d := &diskDocument{Kind: "disk", Table: t.Kind, SectorSize: v.disk.SectorSize(), Partitions: []diskPartition{}, Problems: []diskProblem{},
		about: aboutOf(v.s), Format: v.disk.Format(), Gaps: []diskGap{}}
	d.Size = v.disk.Size()
	switch t.Kind {
	case table.GPT:
		d.GUID = braced(t.DiskGUID)
	case table.MBR:
		d.Signature = fmt.Sprintf("0x%08x", t.DiskSignature)
	}
	for _, vol := range v.volumes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p := describeVolume(vol, t.Kind)
		if t.Kind == table.None {
			d.Volume = &p
			continue
		}
		d.Partitions = append(d.Partitions, p)
	}
	for _, g := range t.Gaps {
		d.Gaps = append(d.Gaps, diskGap{g.Start, g.Size})
	}
	d.Problems = append(problemsOf(t.Problems), problemsOf(v.disk.Problems())...)
	return d, nil
}

func braced(g table.GUID) string { return "{" + g.String() + "}" }

func problemsOf(list []disk.Problem) []diskProblem {
	out := []diskProblem{}
	for _, p := range list {
		out = append(out, diskProblem{p.Code, p.Text, p.Offset})
	}
	return out
}

func describeVolume(v *diskVolume, kind string) diskPartition {
	p := diskPartition{Index: v.part.Index, Type: v.part.TypeName(), Start: v.part.Start, Size: v.part.Size, FS: v.fs.Kind,
		ID: v.id, Name: v.part.Name, Active: v.part.Active, Logical: v.part.Logical}
	switch kind {
	case table.GPT:
		p.TypeGUID, p.GUID = new(braced(v.part.TypeGUID)), new(braced(v.part.GUID))
		p.Attributes = new(fmt.Sprintf("0x%016x", v.part.Attributes))
	case table.MBR:
		p.MBRType = fmt.Sprintf("0x%02x", v.part.MBRType)
	default:
		p.Type, p.Size = "", uint64(v.data.Size())
	}
	if v.fs.FromBackup {
		p.Problems = append(p.Problems, diskProblem{"boot-sector-damaged", "only the backup boot sector is readable", 0})
	}
	v.fileSystem(&p)
	return p
}

// fileSystem fills in what the volume says about itself.
func (v *diskVolume) fileSystem(p *diskPartition) {
	if v.fs.Kind == "bitlocker" {
		p.BitLocker = v.lock()
		return
	}
	fsys, err := v.open()
	switch vol := fsys.(type) {
	case *ntfs.Volume:
		p.Windows = v.holdsWindows()
		p.Label, p.Serial, p.Cluster = new(vol.Label()), fmt.Sprintf("0x%016x", vol.Serial()), vol.ClusterSize()
		p.Dirty, p.LogFile = new(vol.Dirty()), string(vol.LogFileState())
		p.setFree(vol.FreeBytes())
		p.Problems = append(p.Problems, problemsOf(vol.Problems())...)
	case *fat.Volume:
		p.Label, p.Serial, p.Cluster = new(vol.Label()), fmt.Sprintf("0x%08x", vol.Serial()), vol.ClusterSize()
		p.setFree(vol.FreeBytes())
		p.Problems = append(p.Problems, problemsOf(vol.Problems())...)
	case nil:
		if readable(v.fs.Kind) {
			p.Problems = append(p.Problems, diskProblem{"file-system-damaged", err.Error(), 0})
		}
	}
}

func (p *diskPartition) setFree(n uint64, err error) {
	if err == nil {
		p.Free = &n
		return
	}
	p.Problems = append(p.Problems, diskProblem{"free-space-unreadable", err.Error(), -1})
}

func (v *diskVolume) lock() *bitLockerInfo {
	vol, err := bitlocker.Read(v.data, v.data.Size())
	if err != nil {
		return &bitLockerInfo{State: "unknown"}
	}
	info := &bitLockerInfo{State: "on", Method: vol.Method}
	for _, p := range vol.Protectors {
		info.Protectors = append(info.Protectors, p.Kind)
	}
	switch {
	case !vol.Settled():
		info.State = "converting"
	case vol.Suspended():
		info.State = "suspended"
	}
	return info
}

func (v *diskView) records(ctx context.Context, out *lines) error {
	doc, err := v.document(ctx)
	if err != nil {
		return err
	}
	d := doc.(*diskDocument)
	for _, p := range d.Partitions {
		if err := out.add(p); err != nil {
			return err
		}
	}
	if d.Volume != nil {
		return out.add(d.Volume)
	}
	return nil
}

func (d *diskDocument) show(s *sheet) {
	s.title(d.Path, "disk")
	s.row("container", d.Format)
	s.row("size", sizeText(uint64(d.Size)))
	s.row("table", d.Table)
	s.row("sector-size", fmt.Sprint(d.SectorSize))
	s.row("identifier", d.GUID+d.Signature)
	parts := d.Partitions
	if d.Volume != nil {
		parts = []diskPartition{*d.Volume}
	}
	s.table("partitions", []string{"id", "type", "start", "size", "file-system", "label", "free", "note"}, d.rows(parts))
	var found []string
	for _, p := range d.Problems {
		found = append(found, p.Code+": "+p.Text)
	}
	for _, part := range parts {
		for _, p := range part.Problems {
			found = append(found, part.ID+": "+p.Code+": "+p.Text)
		}
	}
	s.list("problems", found)
}

// rows puts partitions and the gaps between them in the order they lie on the disk.
func (d *diskDocument) rows(parts []diskPartition) [][]string {
	type placed struct {
		start uint64
		cells []string
	}
	var all []placed
	for _, p := range parts {
		free, label := "", ""
		if p.Free != nil {
			free = sizeText(*p.Free)
		}
		if p.Label != nil {
			label = *p.Label
		}
		all = append(all, placed{p.Start, []string{p.ID, p.Type, commas(p.Start), sizeText(p.Size), p.FS, label, free, p.note()}})
	}
	for _, g := range d.Gaps {
		if g.Size >= 1<<20 {
			all = append(all, placed{g.Start, []string{"-", "", commas(g.Start), sizeText(g.Size), "", "", "", ""}})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.start, b.start) })
	var out [][]string
	for _, p := range all {
		out = append(out, p.cells)
	}
	return out
}

func (p *diskPartition) note() string {
	var words []string
	for word, ok := range map[string]bool{"windows": p.Windows, "active": p.Active, "logical": p.Logical, "dirty": p.Dirty != nil && *p.Dirty} {
		if ok {
			words = append(words, word)
		}
	}
	slices.Sort(words)
	if p.BitLocker != nil {
		words = append(words, "bitlocker "+p.BitLocker.State)
	}
	return strings.Join(words, ", ")
}
