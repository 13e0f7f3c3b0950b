// Package fake is a whole PC in memory on which remedies are tried: disks, partitions,
// volumes with files, hives, the settings of the recovery environment. It keeps the
// contract of host.Stepwise, changes at once as a running Windows does, and misbehaves
// on demand in the ways that are documented of Windows and its tools.
//
// It may import model, format and remedy/host. It must never touch the machine it runs
// on, and never be kinder than Windows is.
package fake

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// PC is one machine. Give New a literal of the exported fields; it is used by one
// goroutine at a time.
type PC struct {
	Disks    []*Disk
	Boot     Boot
	Facts    model.Machine   // what no operation changes and Machine passes on; unseen stays unseen
	Locals   map[string]File // files of whoever runs updoc, by their local path
	Troubles []Trouble       // how it misbehaves; nil: not at all
	Running  *Running        // of a Windows that runs; nil: a disk

	power      Power
	op         string
	hadWinRE   bool
	hadImage   bool
	persons    map[string]string // what a person's file holds → where it was
	kept       map[string]bool   // what Save has read of files
	keptConfig bool
	violations []string

	asked     string          // what the person is asked to do
	restarts  bool            // a restart was asked for
	wasPaused bool            // an antivirus was paused at the last look
	unguarded bool            // … when watching began
	suspended map[string]bool // protection that was suspended when watching began
	idle      map[string]bool // services that did not run then
}

// Disk is one disk. Gaps are what no partition covers.
type Disk struct {
	Index      int64
	Size       uint64 // bytes
	SectorSize int64  // bytes; 0: 512
	Table      string // gpt or mbr
	GUID       string // GPT, braced lower case
	Signature  string // MBR, 0x%08x
	Partitions []*Partition
	Problems   []model.DiskProblem
	Extended   []model.Gap // MBR: where extended partitions lie
}

// Partition is an entry of the table and the volume on it. An empty ID, Index, FSSize or
// Type is filled in by New.
type Partition struct {
	ID         string
	Serial     int // tells partitions apart whatever happens to their entries
	Index      int64
	Role       string
	Type       string // GUID in braces, or 0x27
	GUID       string
	Attributes string
	Name       string
	Active     bool
	Logical    bool
	Start      uint64 // bytes
	Size       uint64 // bytes
	FS         string // empty: not formatted
	FSSize     uint64 // bytes the file system covers
	Used       uint64 // bytes taken by what Files does not list, none of which can be moved
	Label      string
	Dirty      bool
	Encrypted  bool
	Files      map[string]*File // by lower-case path with slashes
}

// File is a file, or an empty folder. Folders that hold something need not be listed.
type File struct {
	Path       string // as it is spelled; filled in by New
	Content    []byte
	Size       uint64 // bytes it takes; 0: as long as Content
	Attributes uint32 // FILE_ATTRIBUTE_…: 2 hidden, 4 system
	ACL        []byte
	Person     bool `json:",omitempty"` // a person's own: must never be lost
	Folder     bool `json:",omitempty"`
	Wim        *Wim `json:",omitempty"` // it is an image
	Hive       Hive `json:",omitempty"` // it is a registry hive
}

// Wim is what matters of an image.
type Wim struct {
	Compression string // none, xpress, lzx
	Holds       string // hash of its contents, whatever the compression
	Boot        int    // boot index
	Version     string
	Damaged     bool
	Inside      map[string]File `json:",omitempty"` // files that can be extracted, by lower-case path
}

// Hive is a registry hive: key path → value name → value, each as it is spelled.
type Hive map[string]map[string]Value

// Value is one value of a hive. Type is a registry type number.
type Value struct {
	Type uint32
	Data []byte
}

// Boot is the recovery entry of the boot store. The zero Boot has none.
type Boot struct {
	Enabled   bool
	Sequence  string // GUID of the loader object
	Path      string // of the image on its partition, with backslashes
	Partition string // GPT GUID
	Disk      string // GPT GUID, or MBR signature
	Offset    uint64 // MBR, bytes
	Sealed    string `json:",omitempty"` // hash of the image that BitLocker trusts
}

// New fills in what the literal left out and begins to watch.
func New(pc PC) *PC {
	p := &pc
	serial := 0
	for i, d := range p.Disks {
		d.Index = int64(i)
		d.SectorSize = max(d.SectorSize, 512)
		for j, part := range d.Partitions {
			serial++
			part.Serial = serial
			part.fill(d, int64(j)+1)
		}
	}
	p.begin()
	return p
}

func (p *Partition) fill(d *Disk, index int64) {
	if p.Index == 0 {
		p.Index = index
	}
	if p.ID == "" {
		p.ID = fmt.Sprintf("disk%dp%d", d.Index, p.Index)
	}
	if p.Type == "" {
		p.Type = typeOf(d.Table, p.Role)
	}
	if d.Table == "gpt" && p.GUID == "" {
		p.GUID = fmt.Sprintf("{11111111-2222-3333-4444-%012x}", p.Serial)
	}
	if p.Role == model.RoleRecovery && d.Table == "gpt" && p.Attributes == "" {
		p.Attributes = recoveryAttributes
	}
	if p.FS != "" && p.FSSize == 0 {
		p.FSSize = p.Size
	}
	files := map[string]*File{}
	for path, f := range p.Files {
		f.Path = strings.Trim(path, "/")
		files[strings.ToLower(f.Path)] = f
	}
	p.Files = files
}

// Copy returns a machine of its own that is as this one is now: watching begins anew,
// no restart is due.
func (pc *PC) Copy() *PC {
	out := &PC{Boot: pc.Boot, Facts: pc.Facts, Locals: pc.Locals, Troubles: slices.Clone(pc.Troubles), Running: pc.Running.copy()}
	for _, d := range pc.Disks {
		disk := *d
		disk.Partitions = nil
		for _, p := range d.Partitions {
			disk.Partitions = append(disk.Partitions, p.copy(true))
		}
		out.Disks = append(out.Disks, &disk)
	}
	out.begin()
	return out
}

func (p *Partition) copy(files bool) *Partition {
	out := *p
	out.Files = map[string]*File{}
	for path, f := range p.Files {
		if files {
			out.Files[path] = f.copy()
		}
	}
	return &out
}

func (f *File) copy() *File {
	if f == nil {
		return nil
	}
	out := *f
	out.Content, out.ACL = slices.Clone(f.Content), slices.Clone(f.ACL)
	if f.Wim != nil {
		wim := *f.Wim
		out.Wim = &wim
	}
	if f.Hive != nil {
		out.Hive = Hive{}
		for key, values := range f.Hive {
			out.Hive[key] = maps.Clone(values)
		}
	}
	return &out
}

// Snapshot is all that operations can change, as JSON: equal machines give equal texts.
func (pc *PC) Snapshot() string {
	disks := pc.Disks
	if pc.Running != nil {
		disks = pc.checked()
	}
	b, err := json.MarshalIndent(struct {
		Disks   []*Disk
		Boot    Boot
		Running any `json:",omitempty"`
	}{disks, pc.Boot, pc.Running.undoable()}, "", " ")
	if err != nil {
		panic(err) // plain data always has a JSON form
	}
	return string(b)
}

// Host is a new host for this machine, as after a restart of the program.
func (pc *PC) Host() *Host { return &Host{pc: pc} }

// Host carries out operations on a PC.
type Host struct {
	pc    *PC
	fresh int    // serial of what NewPartition names; 0: none was made
	boots int    // how often Windows had started when a restart was begun
	what  string // what a rename that was begun is about
}

var _ host.Remembering = (*Host)(nil)
