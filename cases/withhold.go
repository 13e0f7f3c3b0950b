package cases

import (
	"context"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"path"
	"strings"

	"updoc/model"
	"updoc/source"
)

// evidence are the pieces that Withhold takes away, each alone: files of the Windows
// volume by the end of their path in lower case, or a whole folder.
var evidence = []struct {
	name  string
	paths []string // path.Match patterns over the whole path, lower case
}{
	{"system-log", []string{"windows/system32/winevt/logs/system.evtx"}},
	{"setup-log", []string{"windows/system32/winevt/logs/setup.evtx"}},
	{"application-log", []string{"windows/system32/winevt/logs/application.evtx"}},
	{"other-event-logs", []string{"windows/system32/winevt/logs/microsoft-*"}},
	{"software-hive", []string{"windows/system32/config/software*"}},
	{"system-hive", []string{"windows/system32/config/system*"}},
	{"components-hive", []string{"windows/system32/config/components*"}},
	{"cbs-log", []string{"windows/logs/cbs/*"}},
	{"reporting-events", []string{"windows/softwaredistribution/reportingevents.log"}},
	{"data-store", []string{"windows/softwaredistribution/datastore/*"}},
	{"reagent-xml", []string{"windows/system32/recovery/reagent.xml"}},
	{"reagent-log", []string{"windows/logs/reagent/*", "windows/logs/winreagent/*"}},
	{"temporary-logs", []string{"windows/temp/*", "users/*/appdata/local/temp/*"}},
	{"defender-logs", []string{"programdata/microsoft/windows defender/support/*"}},
	{"setup-logs", []string{"windows/panther/*", "$windows.~bt/sources/panther/*", "windows/inf/setupapi.*"}},
	{"dism-log", []string{"windows/logs/dism/*"}},
	{"hosts", []string{"windows/system32/drivers/etc/hosts"}},
}

// Pieces that are no files.
const (
	otherVolumes = "other-volumes" // every volume but that of Windows
	diskLayout   = "disk-layout"   // the partition table
)

// Draw picks the pieces of evidence that are withheld, each with probability p.
func Draw(r *rand.Rand, p float64) []string {
	var out []string
	for _, e := range evidence {
		if r.Float64() < p {
			out = append(out, e.name)
		}
	}
	for _, name := range []string{otherVolumes, diskLayout} {
		if r.Float64() < p {
			out = append(out, name)
		}
	}
	return out
}

// Seeded gives every draw of every story its own random numbers, always the same.
func Seeded(story string, draw int) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(story))
	return rand.New(rand.NewPCG(h.Sum64(), uint64(draw)))
}

// Withhold returns src as somebody sees it who may not read the named pieces.
func Withhold(src source.Source, pieces []string) source.Source {
	v := &veiled{Source: src, hidden: map[string]bool{}}
	for _, p := range pieces {
		v.hidden[p] = true
	}
	return v
}

type veiled struct {
	source.Source
	hidden map[string]bool
}

// Disks implements source.Source.
func (v *veiled) Disks(ctx context.Context) model.List[model.Disk] {
	if v.hidden[diskLayout] {
		return model.Partial([]model.Disk{}, model.Unseen{Artifact: "partition-table", Reason: model.ReasonPermission, How: model.HowAdmin})
	}
	return v.Source.Disks(ctx)
}

// FS implements source.Source.
func (v *veiled) FS(volume string) (fs.FS, error) {
	windows := strings.EqualFold(volume, v.Windows())
	if !windows && v.hidden[otherVolumes] {
		return nil, &source.UnseenError{Unseen: model.Unseen{Artifact: "volume", Reason: model.ReasonPermission, How: model.HowAdmin}}
	}
	fsys, err := v.Source.FS(volume)
	if err != nil || !windows {
		return fsys, err
	}
	return veil{fsys, v.hides}, nil
}

func (v *veiled) hides(name string) bool {
	name = strings.ToLower(name)
	for _, e := range evidence {
		if !v.hidden[e.name] {
			continue
		}
		for _, pattern := range e.paths {
			if ok, _ := path.Match(pattern, name); ok {
				return true
			}
		}
	}
	return false
}

// veil is a volume some of whose files may not be opened. They stay in the lists of
// their folders: that they exist is no secret.
type veil struct {
	fs.FS
	hides func(string) bool
}

// Open implements fs.FS.
func (v veil) Open(name string) (fs.File, error) {
	if v.hides(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return v.FS.Open(name)
}
