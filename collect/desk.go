package collect

import (
	"context"
	"io"
	"io/fs"
	"strings"
	"time"

	"updoc/model"
	"updoc/source"
)

// desk is the working state of one collection: the source, the Machine that is being
// filled, and everything that is open.
type desk struct {
	ctx     context.Context
	src     source.Source
	m       *model.Machine
	windows string // id of the volume that holds Windows

	volumes map[string]volume
	hives   map[string]*hive
	logs    map[string]*eventLog
	closers []io.Closer
	growing []*model.Coverage // spans that end when the machine was last used
	zone    *zone             // nil: not known
	work    notes
}

// volume is a volume as a file system, or the reason why it is none.
type volume struct {
	fsys fs.FS
	err  error
}

// place is a file of a volume. path has forward slashes and no leading one, as io/fs
// wants it.
type place struct{ volume, path string }

func newDesk(ctx context.Context, src source.Source, opts Options) *desk {
	now := opts.Now
	if now.IsZero() {
		now = time.Now()
	}
	return &desk{
		ctx: ctx, src: src, windows: src.Windows(),
		m:       &model.Machine{Schema: model.MachineSchema, LookedAt: now.UTC()},
		volumes: map[string]volume{},
		hives:   map[string]*hive{},
		logs:    map[string]*eventLog{},
	}
}

func (d *desk) close() {
	for _, c := range d.closers {
		c.Close()
	}
}

// on returns a place on the Windows volume.
func (d *desk) on(path string) place { return place{d.windows, path} }

// origin returns the place as people know it: a Windows path without drive letter.
func (p place) origin(artifact string) model.Origin {
	return model.Origin{Artifact: artifact, Volume: p.volume, Path: windowsPath(p.path)}
}

func windowsPath(path string) string { return strings.ReplaceAll(path, "/", `\`) }

// slashPath turns a Windows path into the form io/fs wants.
func slashPath(path string) string {
	return strings.Trim(strings.ReplaceAll(path, `\`, "/"), "/")
}

func (d *desk) fs(id string) (fs.FS, error) {
	v, ok := d.volumes[id]
	if !ok {
		v.fsys, v.err = d.src.FS(id)
		d.volumes[id] = v
	}
	return v.fsys, v.err
}

// open opens a file for random access until the end of the collection.
func (d *desk) open(p place) (source.File, int64, error) {
	fsys, err := d.fs(p.volume)
	if err != nil {
		return nil, 0, err
	}
	f, size, err := source.Open(fsys, p.path)
	if err != nil {
		return nil, 0, err
	}
	d.closers = append(d.closers, f)
	return f, size, nil
}

// openBriefly opens a file that the caller closes: there may be many.
func (d *desk) openBriefly(p place) (source.File, int64, error) {
	fsys, err := d.fs(p.volume)
	if err != nil {
		return nil, 0, err
	}
	return source.Open(fsys, p.path)
}

// whyNot is why something is unseen that many PCs do not have: no look is noted.
func (d *desk) whyNot(artifact string, p place, err error) *model.Unseen {
	why := source.Why(artifact, err)
	if why.Reason == model.ReasonAbsent && !d.whole(p.volume) && p.volume != "" {
		why.How = model.HowCopyFolder
	}
	return &why
}

// howCopied is how what a copy of some folders lacks can be seen; on a Windows that runs
// nothing was copied, and it is seen as running says.
func (d *desk) howCopied(running string) string {
	if _, runs := d.src.(source.Running); runs {
		return running
	}
	return model.HowCopyFolder
}

// stat returns what is known about a file or folder without reading it.
func (d *desk) stat(p place) (fs.FileInfo, error) {
	fsys, err := d.fs(p.volume)
	if err != nil {
		return nil, err
	}
	return fs.Stat(fsys, p.path)
}

// list returns the entries of a folder; those read before an error are kept.
func (d *desk) list(p place) ([]fs.DirEntry, error) {
	fsys, err := d.fs(p.volume)
	if err != nil {
		return nil, err
	}
	return fs.ReadDir(fsys, p.path)
}

// read returns the first limit bytes of a file.
func (d *desk) read(p place, limit int64) ([]byte, error) {
	fsys, err := d.fs(p.volume)
	if err != nil {
		return nil, err
	}
	f, size, err := source.Open(fsys, p.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.NewSectionReader(f, 0, min(size, limit)))
}

// look notes that an artefact was looked for and what came of it; it returns why the
// artefact's facts are unseen, nil if err is nil.
func (d *desk) look(artifact string, p place, err error) *model.Unseen {
	return d.lookNote(artifact, p, err, "")
}

func (d *desk) lookNote(artifact string, p place, err error, note string) *model.Unseen {
	l := model.Look{Artifact: artifact, Volume: p.volume, Path: windowsPath(p.path), Note: note}
	if err != nil {
		l.Unseen = d.whyNot(artifact, p, err)
	}
	for i := range d.m.Looks {
		if old := d.m.Looks[i]; old.Artifact == l.Artifact && old.Volume == l.Volume && old.Path == l.Path {
			return l.Unseen
		}
	}
	d.m.Looks = append(d.m.Looks, l)
	return l.Unseen
}

// met remembers the newest time stamp in the evidence. One far in the future is a
// clock gone wrong, not the machine's last day.
func (d *desk) met(t time.Time) {
	if t.After(d.m.LastSeen) && t.Before(d.m.LookedAt.Add(24*time.Hour)) {
		d.m.LastSeen = t.UTC()
	}
}

// grow marks a span whose log runs until the machine was last used: that nothing
// stands behind its last line means that nothing happened.
func (d *desk) grow(c *model.Coverage) { d.growing = append(d.growing, c) }

// finish lets the spans end where the machine was last used, and makes empty lists
// of those that nobody filled.
func (d *desk) finish() {
	m := d.m
	filled(&m.Disks.Items)
	filled(&m.Boot.Boots.Items)
	filled(&m.WinRE.Recovery.Items)
	filled(&m.WinRE.Events.Items)
	filled(&m.WinRE.AgentLog.Items)
	filled(&m.Attempts.Items)
	filled(&m.Packages.Items)
	filled(&m.CBS.Sessions.Items)
	filled(&m.CBS.Notes.Items)
	filled(&m.CBS.Corruption.Items)
	filled(&m.Services.Items)
	filled(&m.Policies.Items)
	filled(&m.Clock.Jumps.Items)
	filled(&m.DiskLog.Items)
	filled(&m.Storage.Checks.Items)
	filled(&m.Defender.Events.Items)
	filled(&m.Defender.Runs.Items)
	filled(&m.Defender.Log.Items)
	filled(&m.Installer.Products.Items)
	filled(&m.Installer.Patches.Items)
	filled(&m.Installer.Events.Items)
	filled(&m.Installer.Logs.Items)
	filled(&m.DotNet.Runtimes.Items)
	filled(&m.Programs.Items)
	filled(&m.Filters.Items)
	filled(&m.Security.Items)
	filled(&m.Agent.Hidden.Items)
	filled(&m.Agent.Hosts.Items)
	filled(&m.Agent.Firewall.Items)
	filled(&m.Agent.Log.Items)
	filled(&m.Agent.Transfers.Items)
	filled(&m.Agent.Services.Items)
	filled(&m.Agent.Mounts.Items)
	filled(&m.DriverLog.Items)
	filled(&m.Setup.Log.Items)
	filled(&m.Hardware.BootLog.Items)
	filled(&m.Inbox.Items)
	filled(&m.EndOfLife.Items)
	filled(&m.Permissions.Items)
	filled(&m.Folders.Items)
	filled(&m.Spares.Items)
	filled(&m.Startup.Services.Items)
	filled(&m.Startup.Entries.Items)
	filled(&m.Looks)
	for _, c := range d.growing {
		if !c.To.IsZero() && c.To.Before(d.m.LastSeen) {
			c.To = d.m.LastSeen
		}
	}
}

func filled[T any](items *[]T) {
	if *items == nil {
		*items = []T{}
	}
}
