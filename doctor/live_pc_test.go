package doctor

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"updoc/format/sd"
	"updoc/knowledge"
	"updoc/model"
	"updoc/remedy"
	"updoc/remedy/conform"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
	"updoc/remedy/journal"
	"updoc/source"
)

var liveBase = sync.OnceValues(knowledge.Load)

// errKilled stands for the end of the program in the middle of what it does.
var errKilled = errors.New("killed")

// sickPC is a running Windows in memory: host/fake with what only a running Windows has.
// It survives the program; so do the files of its folder.
type sickPC struct {
	*fake.PC
	t        testing.TB
	change   func(m *model.Machine)         // what the facts are besides those of fake.PC
	remedy   map[string][]host.Op           // operations of remedies under test
	do       map[string]func(host.Op) error // what an operation that only Windows has does; "back " before it: its way back
	followUp []byte                         // file of that name on C
	stranger bool                           // it belongs to somebody else
	now      time.Time
	boots    int
	begun    map[string]int // RestartWindows by name: the boot in which it was begun
	goOn     bool
	again    Again // with which GoOn was called last
	noTasks  bool  // the Task Scheduler is broken
	restart  int   // asked for
	stays    error // why Windows does not restart
	asked    bool  // a restart is due
	looks    int   // how often it was opened to be looked at
	told     bool
	keeps    map[string]int // how often the host was opened for each folder of a journal
	sees     func(host.Op) map[string]string
	log      []string // operations, "back " before those taken back
}

func newSickPC(t testing.TB, change func(*model.Machine)) *sickPC {
	return &sickPC{PC: conform.Of("winre-enable")[0].PC(), t: t, change: change, remedy: map[string][]host.Op{}, do: map[string]func(host.Op) error{},
		now: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC), begun: map[string]int{}, keeps: map[string]int{}}
}

// runsWell is what a running Windows tells when nothing stands in the way.
func runsWell(m *model.Machine) {
	yes, no := model.Known(true, model.Origin{}), model.Known(false, model.Origin{})
	m.Name = model.Known("DESKTOP-EXAMPLE1", model.Origin{})
	m.OS.Build, m.OS.Family = model.Known(int64(19045), model.Origin{}), model.Known("windows-10", model.Origin{})
	m.OS.Architecture = model.Known("amd64", model.Origin{})
	m.Live = model.Live{Admin: yes, System: no, Remote: no, Mode: model.Known(model.ModeNormal, model.Origin{}), Power: yes, UpdateRunning: no,
		Cluster: no, Conversion: no, Protected: no}
	m.Pending.Any = no
}

// Open implements PC.
func (p *sickPC) Open(ctx context.Context) (source.Source, error) {
	p.looks++
	m, err := p.Host0().Machine(ctx)
	if err != nil {
		return nil, err
	}
	runsWell(m)
	m.Boot.LastBoot = model.Known(time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC).Add(time.Duration(p.boots)*time.Hour), model.Origin{})
	if p.change != nil {
		p.change(m)
	}
	return &recorded{m: m, followUp: p.followUp, stranger: p.stranger}, nil
}

// Host0 is the host of the fake itself.
func (p *sickPC) Host0() *fake.Host { return p.PC.Host() }

// Host implements PC.
func (p *sickPC) Host(_ func(context.Context) (*model.Machine, error), keep string) (host.Stepwise, error) {
	if p.keeps[keep]++; !filepath.IsAbs(keep) {
		p.t.Error("not absolute:", keep)
	}
	return &liveHost{p.PC.Host(), p}, nil
}

// GoOn, Done, Restart and Tell implement PC and Teller.
func (p *sickPC) GoOn(_ context.Context, a Again) error {
	p.tick()
	if p.noTasks {
		return &model.Error{Code: "task-failed", Exit: exitNotCured}
	}
	p.goOn, p.again = true, a
	return nil
}
func (p *sickPC) Done(context.Context) error {
	p.tick()
	if p.noTasks {
		return &model.Error{Code: "task-failed", Exit: exitNotCured}
	}
	p.goOn, p.told = false, false
	return nil
}
func (p *sickPC) Tell(context.Context, time.Time) error { p.tick(); p.told = true; return nil }
func (p *sickPC) Restart(context.Context, int, string) error {
	p.tick()
	if !p.goOn {
		p.t.Error("restarted before anything would go on")
	}
	p.restart++
	p.asked = p.stays == nil
	return p.stays
}

// tick is one write: the program may be killed in front of it.
func (p *sickPC) tick() {
	if p.Power().Tick() != nil {
		panic(errKilled)
	}
}

// Now and Sleep implement Clock. The clock is asked before each record and file is written.
func (p *sickPC) Now() time.Time {
	p.tick()
	p.now = p.now.Add(time.Second)
	return p.now
}

func (p *sickPC) Sleep(ctx context.Context, d time.Duration) error {
	p.now = p.now.Add(d)
	return ctx.Err()
}

// boot starts Windows again.
func (p *sickPC) boot() {
	p.Power().Restart()
	p.boots++
	p.asked = false
}

func (p *sickPC) options(folder string) FixOptions {
	b, err := liveBase()
	if err != nil {
		p.t.Fatal(err)
	}
	return FixOptions{Options: Options{Knowledge: b}, Journal: folder, Clock: p, Accept: []string{workSaved}, find: p.find}
}

func (p *sickPC) find(id string) (remedy.Remedy, bool) {
	if ops, ok := p.remedy[id]; ok {
		return remedy.Remedy{ID: id, Ops: func(*model.Machine, model.Args) ([]host.Op, error) { return slices.Clone(ops), nil }}, true
	}
	return remedy.Find(id)
}

// killed runs f and tells whether the program was killed in it.
func killed(f func()) (was bool) {
	defer func() {
		if v := recover(); v != nil {
			if v != errKilled {
				panic(v)
			}
			was = true
		}
	}()
	f()
	return false
}

// liveHost adds the operations that only a running Windows has.
type liveHost struct {
	*fake.Host
	pc *sickPC
}

func (h *liveHost) own(op host.Op) bool {
	return slices.Contains([]string{host.RestartWindows, host.RunTool, host.InstallUpdate, host.AwaitPerson, host.StartService, host.StopService}, op.Kind)
}

// Save implements host.Stepwise.
func (h *liveHost) Save(ctx context.Context, op host.Op) ([]byte, error) {
	if !h.own(op) {
		return h.Host.Save(ctx, op)
	}
	if op.Kind == host.RestartWindows {
		h.pc.tick()
		h.pc.begun[op.Name] = h.pc.boots
	}
	return []byte("{}"), nil
}

// Do implements host.Host. The power may fail in the middle of it, or the program be ended:
// whatever is done on a Windows is gone on with by itself.
func (h *liveHost) Do(ctx context.Context, op host.Op) error {
	if !h.pc.goOn && !h.pc.noTasks {
		h.pc.t.Error("nothing would go on after", op.Kind)
	}
	if !h.own(op) {
		h.pc.log = append(h.pc.log, op.Kind)
		return h.Host.Do(ctx, op)
	}
	h.pc.tick()
	h.pc.log = append(h.pc.log, op.Kind)
	if op.Kind == host.RestartWindows {
		if h.pc.begun[op.Name] == h.pc.boots {
			return &host.Interrupted{For: model.WaitRestart}
		}
	}
	if do := h.pc.do[op.Kind]; do != nil {
		return do(op)
	}
	return nil
}

// Seen and KeepOthers implement host.Witness.
func (h *liveHost) Seen(_ context.Context, op host.Op) (map[string]string, error) {
	if h.pc.sees == nil {
		return nil, nil
	}
	return h.pc.sees(op), nil
}

func (h *liveHost) KeepOthers(_ context.Context, op host.Op) error {
	h.pc.log = append(h.pc.log, "keep "+op.Kind)
	return nil
}

// Back implements host.Stepwise.
func (h *liveHost) Back(ctx context.Context, op host.Op, saved []byte) error {
	h.pc.log = append(h.pc.log, "back "+op.Kind)
	if !h.pc.goOn && !h.pc.noTasks {
		h.pc.t.Error("nothing would go on after the way back of", op.Kind)
	}
	if do := h.pc.do["back "+op.Kind]; do != nil {
		return do(op)
	}
	if h.own(op) {
		h.pc.tick()
		return nil
	}
	return h.Host.Back(ctx, op, saved)
}

// recorded is a source with facts read already.
type recorded struct {
	m        *model.Machine
	followUp []byte
	stranger bool
}

func (r *recorded) Info() model.SourceInfo                       { return model.SourceInfo{Kind: "live"} }
func (r *recorded) Disks(context.Context) model.List[model.Disk] { return r.m.Disks }
func (r *recorded) Windows() string                              { return r.m.Windows.ID }
func (r *recorded) BytesRead() int64                             { return 0 }
func (r *recorded) Close() error                                 { return nil }
func (r *recorded) Machine() (*model.Machine, error)             { return r.m, nil }
func (r *recorded) FS(string) (fs.FS, error) {
	if r.followUp == nil {
		return fstest.MapFS{}, nil
	}
	owner := sd.Administrators
	if r.stranger {
		owner = "S-1-5-21-1-2-3-1001"
	}
	return readerAt{fstest.MapFS{followUpPath: {Data: r.followUp}}, owner}, nil
}

// readerAt: the files of MapFS are io.ReaderAt already.
type readerAt struct {
	fs.FS
	owner string
}

// Security implements source.Secured.
func (r readerAt) Security(string) ([]byte, error) {
	return (&sd.Descriptor{Owner: r.owner, HasDACL: true, DACL: []sd.Entry{{Mask: 0x1f01ff, SID: sd.System}, {Mask: 0x1200a9, SID: sd.Users}}}).Bytes()
}

func journals(t testing.TB) string { return filepath.Join(t.TempDir(), journalsName) }

// put and has are about files on drive C.
func (p *sickPC) put(path string, text []byte) {
	p.Disks[0].Partitions[1].Files[strings.ToLower(path)] = &fake.File{Path: path, Content: text}
}

func (p *sickPC) has(path string) bool {
	return p.Disks[0].Partitions[1].Files[strings.ToLower(path)] != nil
}

// journalOf is the id of the n-th journal in a folder, the oldest first.
func journalOf(t testing.TB, folder string, n int) string {
	all, err := journal.List(folder)
	if err != nil || len(all) < n {
		t.Fatal(all, err)
	}
	return all[len(all)-n].ID
}
