package collect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"updoc/codec/wintype"
	"updoc/format/regf"
	"updoc/model"
	"updoc/source"
)

// running is a fake source that runs: one key of SOFTWARE, one log, one state.
type running struct {
	*fake
	keys    map[string]source.RegistryKey
	log     source.EventLog
	err     error
	started model.Fact[time.Time]
	home    model.Volume
	asked   []string
}

func (r *running) Key(_ context.Context, hive, path string) (source.RegistryKey, error) {
	r.asked = append(r.asked, hive+`\`+path)
	if k, ok := r.keys[hive+`\`+path]; ok {
		return k, nil
	}
	if strings.HasSuffix(path, "Secret") {
		return source.RegistryKey{}, fs.ErrPermission
	}
	return source.RegistryKey{}, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
}

func (r *running) KeySecurity(context.Context, string, string) ([]byte, error) {
	return nil, fs.ErrPermission
}

func (r *running) Events(_ context.Context, channel string, want map[string][]uint32, newest int) (source.EventLog, error) {
	r.asked = append(r.asked, channel)
	return r.log, r.err
}

func (r *running) Live(context.Context) model.Live {
	return model.Live{Admin: model.Known(true, model.Origin{Artifact: "live"})}
}
func (r *running) Memory() model.Fact[int64]      { return model.Known(int64(8), model.Origin{}) }
func (r *running) Started() model.Fact[time.Time] { return r.started }
func (r *running) Home() (model.Volume, bool)     { return r.home, r.home.ID != "" }

// Where no disk shows the volume of a Windows that runs, Windows itself tells of it; what
// it does not tell either is no matter of a disk that could be diagnosed instead.
func TestHomeThatNoDiskShows(t *testing.T) {
	r := newRunning()
	r.disks = model.Complete([]model.Disk{})
	at := model.Origin{Artifact: "ntfs"}
	r.home = model.Volume{ID: "C", Free: model.Known(int64(7), at)}
	if m := look(t, r); m.Windows.Free.Value != 7 || m.Storage.Unreadable.Reason().How == model.HowDisk {
		t.Errorf("%+v, %+v", m.Windows, m.Storage.Unreadable.Reason())
	}
	r.home = model.Volume{}
	if m := look(t, r); m.Windows.Free.Known || m.Windows.Free.Reason().How == model.HowDisk {
		t.Errorf("%+v", m.Windows.Free)
	}
}

func newRunning() *running {
	return &running{fake: newFake(regf.NewRoot("ROOT"), regf.NewRoot("ROOT")), keys: map[string]source.RegistryKey{`SOFTWARE\`: {}, `SYSTEM\`: {}}}
}

// Whether what waits has outlived a start is known without an event log: Windows tells when
// it was started.
func TestPendingOutlivesAStart(t *testing.T) {
	for hours, want := range map[time.Duration]bool{-1: true, 1: false} {
		r := newRunning()
		r.started = model.Known(now, model.Origin{Artifact: "live"})
		r.keys[`SOFTWARE\`+cbsKey+`\RebootPending`] = source.RegistryKey{LastWrite: now.Add(hours * time.Hour)}
		if got := look(t, r).Pending.Survived; !got.Known || got.Value != want {
			t.Errorf("%+v, not %t", got, want)
		}
	}
}

// Keys of a registry that runs look like those of a file, and what is not there is known
// not to be.
func TestRunningRegistry(t *testing.T) {
	src := newRunning()
	src.keys[`SOFTWARE\Some`] = source.RegistryKey{Subkeys: []string{"A"}, Values: []source.RegistryValue{
		{Name: "Text", Type: 1, Data: wintype.AppendUTF16Z(nil, "語")}, {Name: "Number", Type: 4, Data: []byte{7, 0, 0, 0}}}}
	d := newDesk(t.Context(), src, Options{})
	h := d.software()
	if got := h.text("Some", "text"); got.Value != "語" || got.Origin.Key != "Some:text" || got.Origin.Path != `Windows\System32\config\SOFTWARE` {
		t.Errorf("%+v", got)
	}
	if got := h.number("Some", "Number"); got.Value != 7 || got.Origin.Offset != 0 {
		t.Errorf("%+v", got)
	}
	if got := h.exists("Nowhere"); !got.Known || got.Value {
		t.Errorf("%+v", got)
	}
	if got := d.volatile(h.exists("Nowhere")); !got.Known {
		t.Errorf("a volatile key that is not there: %+v", got)
	}
	if why := h.exists("Secret").Reason(); why.Reason != model.ReasonPermission || why.How != model.HowAdmin {
		t.Errorf("%+v", why)
	}
	keys, why := h.subkeys("Some")
	if why != nil || len(keys) != 1 || keys[0].Name() != "A" {
		t.Errorf("%v %+v", keys, why)
	}
}

// Events that cannot be read could be any: nothing is proved by their absence.
func TestAskedEvents(t *testing.T) {
	at := time.Date(2024, 3, 20, 11, 0, 0, 0, time.UTC)
	src := newRunning()
	src.log = source.EventLog{First: at.Add(-time.Hour), Last: at, Events: []source.Event{
		{Time: at, Provider: updateClient, ID: 20, Record: 5, Fields: []source.EventField{{Name: "errorCode", Text: "0x80070643"}}}}}
	l := newDesk(t.Context(), src, Options{Now: at}).log(clientLog)
	if len(l.events) != 1 || l.events[0].get("errorcode") != "0x80070643" || l.events[0].origin.Record != 5 || !l.coverage.Covers(at) || l.coverage.Covers(at.Add(-2*time.Hour)) {
		t.Errorf("%+v", l)
	}
	if src.asked[len(src.asked)-1] != "Microsoft-Windows-WindowsUpdateClient/Operational" {
		t.Errorf("asked %v", src.asked)
	}
	src.log.Unread = 1
	if l = newDesk(t.Context(), src, Options{Now: at}).log(systemLog); l.coverage.Covers(at) || l.coverage.Reason().Reason != model.ReasonDamaged {
		t.Errorf("%+v", l.coverage)
	}
	src.err = errors.Join(fs.ErrPermission)
	if l = newDesk(t.Context(), src, Options{Now: at}).log(systemLog); l.why == nil || l.why.How != model.HowAdmin || len(l.events) != 0 {
		t.Errorf("%+v", l)
	}
	src.err = errors.New("the service does not run")
	src.putLog(t, systemLog, update(20, at, "An update", winreID, 0x80070643))
	if l = newDesk(t.Context(), src, Options{Now: at}).log(systemLog); l.why != nil || len(l.events) != 1 {
		t.Errorf("not read from the file: %+v", l)
	}
	src.err = fs.ErrNotExist
	d := newDesk(t.Context(), src, Options{Now: at})
	if l = d.optionalLog(ntfsLog); l.why == nil || len(d.m.Looks) != 0 {
		t.Errorf("%+v, %+v", l.why, d.m.Looks)
	}
}

// The start that the log tells of is kept unless it misses a later one.
func TestStartOfWindows(t *testing.T) {
	at := time.Date(2024, 3, 20, 11, 0, 0, 0, time.UTC)
	log, count := model.Known(at, model.Origin{Artifact: "evtx"}), model.Known(at.Add(time.Second), model.Origin{Artifact: "live"})
	later := model.Known(at.Add(time.Hour), model.Origin{Artifact: "live"})
	var none model.Fact[time.Time]
	for i, c := range []struct{ logged, counted, want model.Fact[time.Time] }{
		{log, count, log}, {log, later, later}, {none, count, count}, {log, none, log}, {later, log, later},
	} {
		if got := newerStart(c.logged, c.counted); got != c.want {
			t.Errorf("%d: %+v", i, got)
		}
	}
}

func TestLiveFactsAreUnseenOffline(t *testing.T) {
	m := look(t, newFake(regf.NewRoot("ROOT"), regf.NewRoot("ROOT")))
	for name, why := range map[string]model.Unseen{"admin": m.Live.Admin.Reason(), "mode": m.Live.Mode.Reason(), "skew": m.Live.SkewSeconds.Reason(),
		"services": m.Live.Services.Coverage.Reason(), "tools": m.Live.Tools.Coverage.Reason(), "process": m.Live.Process.Reason()} {
		if why.Reason != model.ReasonOffline || why.How != model.HowLive {
			t.Errorf("%s: %+v", name, why)
		}
	}
	runs := look(t, newRunning())
	if !runs.Live.Admin.Value || runs.Hardware.Memory.Value != 8 {
		t.Errorf("%+v", runs.Live)
	}
}

// Nobody is told to copy the folder of the Windows that runs.
func TestHowOnARunningWindows(t *testing.T) {
	before, after := softwareKeys(), softwareKeys()
	after.Key("x")
	dirty := regf.BuildDirty(before, after, regf.BuildOptions{})
	path := "Windows/System32/config/COMPONENTS"
	src := newRunning()
	src.put(path, dirty.Hive)
	if why := newDesk(t.Context(), src, Options{}).hive("COMPONENTS").old; why == nil || why.How != model.HowRestart {
		t.Errorf("%+v", why)
	}
	copied := newFake(softwareKeys(), systemKeys())
	copied.put(path, dirty.Hive)
	if why := newDesk(t.Context(), copied, Options{}).hive("COMPONENTS").old; why == nil || why.How != model.HowCopyFolder {
		t.Errorf("%+v", why)
	}
}
