// Package simulated is a Windows that runs, made from the disk of one: its registry and
// events are told from the files on it, so that everything about a running Windows is
// tested anywhere. It may import model, source, disk, format and winapi, and must never be
// part of the program.
package simulated

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"updoc/disk"
	"updoc/format/regf"
	"updoc/model"
	"updoc/source"
	"updoc/source/image"
	"updoc/source/live"
	"updoc/winapi"
)

// Options say what the disk does not. The zero value is a normal user's program.
type Options struct {
	Admin    bool           // with administrator rights
	InUse    []string       // files that a program holds open, below C:\, with slashes; nil: Busy
	Volatile []string       // keys that only memory holds: HKLM\SOFTWARE\…
	Left     []string       // keys that were left a day before Windows started
	Started  time.Time      // of the kernel; zero: not told
	Answers  map[string]any // answers to calls, by name: a value, or an error
}

// Busy are files that Windows itself holds open.
var Busy = []string{
	"Windows/System32/config/SYSTEM", "Windows/System32/config/SOFTWARE", "Windows/System32/config/COMPONENTS",
	"Windows/SoftwareDistribution/DataStore/DataStore.edb", "Windows/System32/winevt/Logs/System.evtx",
	"Windows/System32/catroot2/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/catdb", "ProgramData/Microsoft/Network/Downloader/qmgr.db",
}

// guarded are folders that a normal user may not look into.
var guarded = []string{
	"windows/system32/config", "windows/system32/recovery", "windows/system32/winevt/logs", "windows/panther", "windows/temp",
	"system volume information", "recovery", "programdata/microsoft/windows defender",
}

// Windows is a simulated Windows. It is used by one goroutine at a time.
type Windows struct {
	opts    Options
	disks   []*disk.Disk
	sources []*image.Source // one for each disk; the first one holds Windows
	home    source.Source
	hives   map[string]*regf.Hive
	shadows map[string]bool       // by id: those that were not deleted
	written map[string]winapi.Key // keys that were made, by lower-case path

	Asked map[string]int // how often each call was made
}

// New starts the Windows on the first of these disks. Close ends it.
func New(ctx context.Context, opts Options, paths ...string) (*Windows, error) {
	w := &Windows{opts: opts, hives: map[string]*regf.Hive{}, shadows: map[string]bool{}, written: map[string]winapi.Key{}, Asked: map[string]int{}}
	if opts.InUse == nil {
		w.opts.InUse = Busy
	}
	for i, path := range paths {
		d, err := disk.Open(ctx, path, disk.Options{})
		if err != nil {
			return nil, errors.Join(err, w.Close())
		}
		w.disks = append(w.disks, d)
		if i > 0 {
			none := func(uint64) bool { return false }
			w.sources = append(w.sources, image.Attach(image.Attached{Number: uint32(i), Disk: d, Holds: none, Taken: none}))
			continue
		}
		s, err := image.OpenDisk(d, path, image.Options{})
		if err != nil {
			return nil, err
		}
		w.sources, w.home = append(w.sources, s), s
	}
	return w, nil
}

// Close closes the disks.
func (w *Windows) Close() error {
	var errs []error
	for _, d := range w.disks {
		errs = append(errs, d.Close())
	}
	return errors.Join(errs...)
}

// Shadows is how many shadow copies are left.
func (w *Windows) Shadows() int { return len(w.shadows) }

// System is what source/live opens.
func (w *Windows) System() live.System {
	return live.System{Caller: w, Volume: w.volume, Disk: w.disk, InUse: func(err error) bool { return errors.Is(err, errInUse) }}
}

var errInUse = errors.New("held open by a program")

// refused is an error as Windows gives it.
func refused(call string, code uint32) error { return &winapi.Error{Call: call, Code: code} }

// Codes of winerror.h.
const (
	notFound = 2
	denied   = 5
)

// Call implements winapi.Caller.
func (w *Windows) Call(ctx context.Context, name string, args, answer any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.Asked[name]++
	if given, ok := w.opts.Answers[name]; ok {
		if err, bad := given.(error); bad {
			return err
		}
		return hand(given, answer)
	}
	got, err := w.answer(ctx, name, args)
	if err != nil {
		return err
	}
	return hand(got, answer)
}

// hand gives an answer the way a recording does, as JSON.
func hand(got, answer any) error {
	raw, err := json.Marshal(got)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, answer)
}

func (w *Windows) answer(ctx context.Context, name string, args any) (any, error) {
	switch name {
	case string(winapi.System):
		return w.system(), nil
	case string(winapi.Token):
		return winapi.TokenInfo{User: "S-1-5-21-1-2-3-1001", Admin: w.opts.Admin, CanAdmin: true, Session: 1}, nil
	case string(winapi.RegistryKey):
		return w.key(args.(string))
	case string(winapi.KeySecurity):
		return w.keySecurity(args.(string))
	case string(winapi.Channel):
		return w.channel(ctx, args.(string))
	case string(winapi.Events):
		return w.events(ctx, args.(winapi.EventQuery))
	case string(winapi.Disks):
		return w.layouts(), nil
	case string(winapi.Volumes):
		return w.volumes(ctx), nil
	case string(winapi.Services):
		return w.services(args.([]string)), nil
	case string(winapi.FileSecurity):
		return w.fileSecurity(args.(string))
	case string(winapi.AgentBusy):
		return false, nil
	case string(winapi.Installers):
		return winapi.InstallersInfo{Processes: []string{}}, nil
	case string(winapi.AppControl):
		return winapi.AppControlInfo{}, nil
	case string(winapi.Power):
		return winapi.PowerStatus{Line: 1, Battery: 255}, nil
	case string(winapi.ShadowCopy):
		return w.shadow()
	case string(winapi.DeleteShadow):
		if !w.shadows[args.(string)] {
			return nil, refused(name, notFound)
		}
		delete(w.shadows, args.(string))
		return winapi.None{}, nil
	}
	if w.opts.Admin {
		return w.write(name, args)
	}
	return nil, fmt.Errorf("%s: %w", name, winapi.ErrUnsupported)
}

func (w *Windows) system() winapi.SystemInfo {
	info := winapi.SystemInfo{Build: 19045, Product: 1, Architecture: "amd64", Process: "amd64", Memory: 8 << 30, Windows: `C:\Windows`,
		Started: w.opts.Started, Languages: []string{"en-US"}}
	if k, err := w.key(`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`); err == nil {
		for _, v := range k.Values {
			if strings.EqualFold(v.Name, "CurrentBuild") {
				text, _ := regf.LooseValue(v.Name, v.Type, v.Data).String()
				fmt.Sscan(text, &info.Build)
			}
		}
	}
	info.Build = max(info.Build, 10240)
	return info
}

func (w *Windows) shadow() (winapi.Shadow, error) {
	if !w.opts.Admin {
		return winapi.Shadow{}, refused("shadow-copy", denied)
	}
	id := fmt.Sprintf("{shadow-%d}", w.Asked[string(winapi.ShadowCopy)])
	w.shadows[id] = true
	return winapi.Shadow{ID: id, Device: shadowDevice}, nil
}

const shadowDevice = `\\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy1`

func (w *Windows) disk(number uint32) (live.Raw, error) {
	if !w.opts.Admin {
		return nil, &fs.PathError{Op: "open", Path: `\\.\PhysicalDrive`, Err: fs.ErrPermission}
	}
	return kept{w.disks[number]}, nil
}

// kept is a disk that stays open for the next look.
type kept struct{ *disk.Disk }

// Close implements io.Closer.
func (kept) Close() error { return nil }

// letters are the drive letters of the volumes that have one, by id.
func (w *Windows) letters() map[string]string {
	out := map[string]string{w.home.Windows(): `C:\`}
	next := 'D'
	for _, s := range w.sources {
		for _, p := range s.Disks(context.Background()).Items[0].Partitions {
			if _, err := s.FS(p.ID); p.Role == model.RoleData && err == nil {
				out[p.ID] = string(next) + `:\`
				next++
			}
		}
	}
	return out
}
