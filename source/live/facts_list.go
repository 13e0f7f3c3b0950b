package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"updoc/model"
	"updoc/winapi"
)

// serviceNames are those that repairs need, and those that forbid one.
var serviceNames = []string{
	"wuauserv", "bits", "cryptsvc", "msiserver", "trustedinstaller", "usosvc", "dosvc", "appidsvc", "waasmedicsvc",
	"vss", "swprv", "winmgmt", "schedule", "windefend", "wscsvc", "clussvc", "w32time",
}

// states are the states of a service. Source: SERVICE_STATUS.dwCurrentState.
var states = map[uint32]string{
	1: "stopped", 2: "start-pending", 3: "stop-pending", 4: "running", 5: "continue-pending", 6: "pause-pending", 7: "paused",
}

func (s *Source) services(ctx context.Context) model.List[model.ServiceState] {
	got, err := winapi.Services.Do(ctx, s.sys, serviceNames)
	if err != nil {
		return model.Partial([]model.ServiceState{}, s.why("live", err))
	}
	items := []model.ServiceState{}
	for _, v := range got {
		name := strings.ToLower(v.Name)
		items = append(items, model.ServiceState{Name: name, State: cmp.Or(states[v.State], "unknown"),
			Origin: model.Origin{Artifact: "live", Key: "service " + name}})
	}
	return model.Complete(items)
}

// running tells whether a service runs; one that does not exist does not.
func running(list model.List[model.ServiceState], name string) model.Fact[bool] {
	if !list.Coverage.Complete {
		return model.NotSeen[bool](list.Coverage.Reason())
	}
	for _, v := range list.Items {
		if v.Name == name {
			return model.Known(v.State != "stopped", v.Origin)
		}
	}
	return model.Known(false, model.Origin{Artifact: "live", Key: "service " + name})
}

// updateRunning is true while the update agent says that it installs, Windows Installer
// carries out an installation or has left one open since Windows started (one from before is
// suspended: nobody carries it out), or a program of Windows works that runs only then. The
// component installer's service idles for minutes and alone is no sign. Who could not be
// asked is unseen, but for an agent whose service is stopped: that one does nothing.
// Sources: IUpdateInstaller.IsBusy; "_MSIExecute Mutex"; Installer\InProgress is grade L.
func (s *Source) updateRunning(ctx context.Context, services model.List[model.ServiceState]) model.Fact[bool] {
	at := model.Origin{Artifact: "live", Key: "update-agent"}
	busy, err := winapi.AgentBusy.Do(ctx, s.sys, winapi.None{})
	if err == nil && busy {
		return model.Known(true, at)
	}
	const progress = `Microsoft\Windows\CurrentVersion\Installer\InProgress`
	if k, kerr := s.Key(ctx, "SOFTWARE", progress); kerr == nil && !k.LastWrite.Before(s.info.Started) {
		return model.Known(true, model.Origin{Artifact: "hive", Path: `Windows\System32\config\SOFTWARE`, Key: progress})
	}
	others, oerr := winapi.Installers.Do(ctx, s.sys, winapi.None{})
	switch {
	case oerr == nil && len(others.Processes) > 0:
		return model.Known(true, model.Origin{Artifact: "live", Key: "process " + others.Processes[0]})
	case oerr == nil && others.MSI:
		return model.Known(true, model.Origin{Artifact: "live", Key: "windows-installer"})
	case oerr != nil:
		return model.NotSeen[bool](s.why("live", oerr))
	case err != nil && !agentStopped(services):
		return model.NotSeen[bool](s.why("live", err))
	}
	return model.Known(false, at)
}

// agentStopped tells whether the update agent's service is known not to run.
func agentStopped(services model.List[model.ServiceState]) bool {
	runs := running(services, "wuauserv")
	return runs.Known && !runs.Value
}

// Parts of productState. Source: the field guide, artifacts §8.
const (
	stateOn      = 0x1000
	stateMask    = 0xf000
	outdatedMask = 0x00f0
)

func (s *Source) security(ctx context.Context) model.List[model.Guard] {
	got, err := winapi.SecurityProducts.Do(ctx, s.sys, winapi.None{})
	if err != nil {
		return model.Partial([]model.Guard{}, s.why("live", err))
	}
	items := []model.Guard{}
	for _, p := range got {
		items = append(items, model.Guard{ID: p.ID, Name: p.Name, Active: p.State&stateMask == stateOn, UpToDate: p.State&outdatedMask == 0,
			Origin: model.Origin{Artifact: "live", Key: "security-center " + p.Name}})
	}
	return model.Complete(items)
}

// realTime asks Security Center, and Defender itself where there is no such list (a
// server).
func (s *Source) realTime(ctx context.Context, guards model.List[model.Guard]) model.Fact[bool] {
	for _, g := range guards.Items {
		if g.Active {
			return model.Known(true, g.Origin)
		}
	}
	d, err := winapi.Defender.Do(ctx, s.sys, winapi.None{})
	switch {
	case err == nil:
		return model.Known(d.RealTime, model.Origin{Artifact: "live", Key: "defender"})
	case guards.Coverage.Complete:
		return model.Known(false, model.Origin{Artifact: "live", Key: "security-center"})
	}
	return model.NotSeen[bool](s.why("live", err))
}

func (s *Source) loaded(ctx context.Context) model.List[string] {
	got, err := winapi.Filters.Do(ctx, s.sys, winapi.None{})
	if err != nil {
		return model.Partial([]string{}, s.why("live", err))
	}
	items := []string{}
	for _, f := range got {
		items = append(items, strings.ToLower(f.Name))
	}
	return model.Complete(items)
}

// programs are tools that are files, below System32 or the root of the volume.
var programs = []struct{ name, path string }{
	{"reagentc", "ReAgentc.exe"}, {"dism", "Dism.exe"}, {"sfc", "sfc.exe"}, {"chkdsk", "chkdsk.exe"}, {"msiexec", "msiexec.exe"},
	{"mpcmdrun", "/Program Files/Windows Defender/MpCmdRun.exe"},
}

// serving are tools that are services, and work unless they are switched off.
var serving = []struct{ name, service string }{{"vss", "vss"}, {"wua", "wuauserv"}, {"task-scheduler", "schedule"}}

const disabled = 4

func (s *Source) tools(ctx context.Context, services model.List[model.ServiceState]) model.List[model.Tool] {
	var items []model.Tool
	fsys, err := s.FS(s.windows)
	for _, p := range programs {
		path := s.system32() + p.path
		if strings.HasPrefix(p.path, "/") {
			path = p.path[1:]
		}
		t := model.Tool{Name: p.name, Origin: model.Origin{Artifact: "file", Volume: s.windows, Path: strings.ReplaceAll(path, "/", `\`)}}
		if err == nil {
			_, serr := fs.Stat(fsys, path)
			t.Works = s.there(serr, t.Origin)
		} else {
			t.Works = model.NotSeen[bool](s.why("file", err))
		}
		items = append(items, t)
	}
	for _, v := range serving {
		items = append(items, model.Tool{Name: v.name, Works: s.enabled(ctx, v.service), Origin: model.Origin{Artifact: "live", Key: "service " + v.service}})
	}
	return model.Complete(append(items, s.wmi(ctx)))
}

// system32 is where 64-bit programs lie: a 32-bit program that asks for System32 is shown
// another folder.
func (s *Source) system32() string {
	if s.info.Process == "x86" && s.info.Architecture != "x86" {
		return "Windows/Sysnative/"
	}
	return "Windows/System32/"
}

func (s *Source) there(err error, at model.Origin) model.Fact[bool] {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return model.Known(err == nil, at)
	}
	return model.NotSeen[bool](s.why("file", err))
}

func (s *Source) enabled(ctx context.Context, service string) model.Fact[bool] {
	path := `CurrentControlSet\Services\` + service
	at := model.Origin{Artifact: "hive", Path: `Windows\System32\config\SYSTEM`, Key: path + ":Start"}
	k, err := s.Key(ctx, "SYSTEM", path)
	if err != nil {
		return s.there(err, at)
	}
	return model.Known(numberOf(k, "Start") != disabled, at)
}

// wmi is asked something that every Windows has.
func (s *Source) wmi(ctx context.Context) model.Tool {
	t := model.Tool{Name: "wmi", Origin: model.Origin{Artifact: "live", Key: "wmi"}}
	_, err := winapi.DiskHealth.Do(ctx, s.sys, winapi.None{})
	switch {
	case err == nil, errors.Is(err, fs.ErrPermission):
		t.Works = model.Known(true, t.Origin) // a refusal is an answer too
	case errors.Is(err, winapi.ErrUnsupported):
		t.Works = model.NotSeen[bool](s.unasked("live"))
	default:
		t.Works = model.Known(false, t.Origin)
	}
	return t
}

func (s *Source) skew(ctx context.Context) model.Fact[int64] {
	if !s.opts.Network {
		return model.NotSeen[int64](notAsked())
	}
	got, err := winapi.Clock.Do(ctx, s.sys, cmp.Or(s.opts.Clock, DefaultClock))
	if err != nil || got.Server.IsZero() {
		return model.NotSeen[int64](model.Unseen{Artifact: "live", Reason: model.ReasonUnsupported, Detail: fmt.Sprint(err), How: model.HowNothing})
	}
	return model.Known(int64(got.Here.Sub(got.Server).Seconds()), model.Origin{Artifact: "live", Key: "clock"})
}

// search is what the update agent is asked for: without being asked for hidden updates it
// leaves them out. Source: IUpdateSearcher::Search.
const search = "(IsInstalled=0 and IsHidden=0) or (IsInstalled=0 and IsHidden=1)"

func (s *Source) offered(ctx context.Context) model.List[model.Offer] {
	if !s.opts.Network {
		return model.Partial([]model.Offer{}, notAsked())
	}
	got, err := Offers(ctx, s.sys)
	if err != nil {
		return model.Partial([]model.Offer{}, s.why("live", err))
	}
	return model.Complete(got)
}

// Offers is what the update agent of w offers, hidden or not; it asks its server. Errors are
// those of the call.
func Offers(ctx context.Context, w winapi.Caller) ([]model.Offer, error) {
	got, err := winapi.SearchUpdates.Do(ctx, w, search)
	if err != nil {
		return nil, err
	}
	items := []model.Offer{}
	for _, u := range got {
		o := model.Offer{UpdateID: strings.ToLower(u.UpdateID), Title: u.Title, Hidden: u.Hidden, Downloaded: u.Downloaded, Size: int64(u.Size),
			Origin: model.Origin{Artifact: "live", Key: "update-agent " + u.UpdateID}}
		if len(u.KBs) > 0 {
			o.KB = u.KBs[0]
		}
		items = append(items, o)
	}
	return items, nil
}

// notAsked: the network is only used when somebody asks for it.
func notAsked() model.Unseen {
	return model.Unseen{Artifact: "live", Reason: model.ReasonNotLooked, How: model.HowOnline}
}
