package windows

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/journal"
	"updoc/winapi"
)

// pc is a simulated Windows with the journal of one repair on a real folder.
type pc struct {
	*sim
	folder string
	ops    []host.Op
	answer func(s *sim, text string) // what the person does who is asked; nil: nobody is there
	heard  winapi.Caller             // through which the sim is asked; nil: itself
}

// host is a new one, as after a restart of the program.
func (p *pc) host() *Host {
	var calls winapi.Caller = p.sim
	if p.heard != nil {
		calls = p.heard
	}
	return New(System{Calls: calls, Files: p.sim, Keep: `C:\ProgramData\updoc\keep`, Program: `C:\Tools\updoc.exe`,
		Wait: func(context.Context, time.Duration) error { return p.tick() },
		Now:  func() time.Time { return time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC) }}, p.look)
}

func (p *pc) open() (*journal.Journal, error) {
	list, err := journal.List(p.folder)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return journal.Create(p.folder, journal.Head{Target: "this PC", Ops: p.ops}, nil)
	}
	return journal.Open(p.folder, list[0].ID, nil)
}

func (p *pc) apply() error {
	return p.steps(func(s *journal.Steps, h *Host) error { return s.Run(p.t.Context(), h) })
}

func (p *pc) undo() error {
	return p.steps(func(s *journal.Steps, h *Host) error { return s.Undo(p.t.Context(), h) })
}

// unchanged: nobody else has changed anything.
func (p *pc) unchanged(t *testing.T) {
	t.Helper()
	if others := p.others(t); len(others) > 0 {
		t.Error("somebody else is said to have changed", others)
	}
}

func (p *pc) others(t *testing.T) (others []string) {
	t.Helper()
	must(t, "changed", p.once(func(s *journal.Steps, h *Host) (err error) {
		others, err = s.Changed(p.t.Context(), h)
		return err
	}))
	return others
}

// rounds bounds how often something is waited for.
const rounds = 6

// steps goes on after restarts, and when the person has answered.
func (p *pc) steps(do func(*journal.Steps, *Host) error) error {
	for round := 0; ; round++ {
		err := p.once(do)
		var later *host.Interrupted
		switch {
		case !errors.As(err, &later) || p.answer == nil || round == rounds:
			return err
		case later.For == model.WaitRestart:
			delete(p.reg, strings.ToLower(sessionKey))
		default:
			p.answer(p.sim, later.Text)
		}
	}
}

func (p *pc) once(do func(*journal.Steps, *Host) error) error {
	j, err := p.open()
	if err != nil {
		return err
	}
	return errors.Join(do(j.Steps(), p.host()), j.Close())
}

// course is a repair on a PC.
type course struct {
	name     string
	ops      []host.Op
	pc       func(t testing.TB) *sim
	answer   func(s *sim, text string)
	troubles []string // under which it is refused, or comes out as it should all the same
	want     func(s *sim) bool
}

func (c course) make(t testing.TB) *pc {
	s := newSim(t)
	if c.pc != nil {
		s = c.pc(t)
	}
	s.ticks = 0
	return &pc{sim: s, folder: inMemory(t), ops: c.ops, answer: c.answer}
}

// inMemory is a folder that costs nothing to sync, where there is one: the journal syncs
// each record, and thousands of them are written.
func inMemory(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "updoc-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

const (
	windowsEnd = 101*mib + 30*gib
	shorter    = 30*gib - 500*mib
)

func on(id, path string) host.Place { return host.Place{Volume: id, Path: path} }

const reImage = "Recovery/WindowsRE/winre.wim"

var (
	shrinkOp = host.Op{Kind: host.ShrinkVolume, Partition: "disk0p2", Size: shorter}
	growOp   = host.Op{Kind: host.ResizeRecovery, Partition: "disk0p3", Start: 101*mib + shorter, Size: 1060 * mib}
)

func software(kind, key, name string) host.Op {
	return host.Op{Kind: kind, To: on("disk0p2", "Windows/System32/config/SOFTWARE"), Key: key, Name: name}
}

// courses: a repair of each kind of operation, the heaviest as the remedies use them.
var courses = []course{
	{name: "recovery enlarged", ops: []host.Op{shrinkOp, growOp},
		troubles: []string{"shrinks less", "resize-partition fails", "delete-partition fails", "create-partition fails", "format-partition fails", "grabbed",
			"untyped", "refuses recovery", "falls back", "setreimage fails", "reagentc lies", "reagentc hangs"},
		want: func(s *sim) bool {
			p := s.part(101*mib + shorter)
			return p != nil && p.Size == 1060*mib && p.Attributes == recoveryAttributes && s.boot.on && s.boot.extent.Start == p.Start &&
				string(s.vol(p.Start).files[`recovery\windowsre\boot.sdi`].data) == "sdi"
		}},
	{name: "recovery enlarged on MBR", pc: withMBR, ops: []host.Op{shrinkOp, growOp},
		troubles: []string{"delete-partition fails", "create-partition fails", "format-partition fails", "set-partition-type fails", "falls back"},
		want: func(s *sim) bool {
			p := s.part(101*mib + shorter)
			return p != nil && p.Size == 1060*mib && p.MBRType == 0x27 && s.boot.on && s.boot.extent.Start == p.Start
		}},
	{name: "recovery partition replaced on MBR", pc: fourOnMBR, ops: []host.Op{shrinkOp,
		{Kind: host.CreateRecovery, Disk: 0, Start: 101*mib + shorter, Size: 1060 * mib, Replace: "disk0p3"},
		{Kind: host.CopyFile, From: on("disk0p2", reImage), To: on(host.NewPartition, reImage)},
		{Kind: host.SetWinRE, To: on(host.NewPartition, reImage)}},
		want: func(s *sim) bool {
			p := s.part(101*mib + shorter)
			return len(s.disk.Partitions) == 4 && p.MBRType == 0x27 && s.boot.extent.Start == p.Start
		}},
	{name: "leftovers moved aside, then enlarged", pc: withLeftover, ops: []host.Op{
		{Kind: host.MoveAside, From: on("disk0p3", "Recovery/WindowsRE/old.wim")},
		{Kind: host.WriteFile, To: on("disk0p3", "Recovery/Logs/new.txt"), Data: []byte("x")}, shrinkOp, growOp,
		{Kind: host.Rename, From: on("disk0p3", "Recovery/Logs/new.txt"), Text: "newer.txt"}},
		want: func(s *sim) bool { return s.vol(101*mib + shorter).files[`recovery\logs\newer.txt`] != nil }},
	{name: "new recovery partition", ops: []host.Op{shrinkOp,
		{Kind: host.CreateRecovery, Disk: 0, Start: 101*mib + shorter, Size: 499 * mib},
		{Kind: host.CopyFile, From: on("disk0p3", reImage), To: on(host.NewPartition, reImage)},
		{Kind: host.SetWinRE, To: on(host.NewPartition, reImage)}},
		troubles: []string{"create-partition fails", "format-partition fails", "grabbed", "untyped", "falls back", "setreimage fails", "reagentc lies"},
		want:     func(s *sim) bool { return s.boot.on && s.boot.extent.Start == 101*mib+shorter }},
	{name: "recovery partition replaced", pc: recoveryOnC, ops: []host.Op{shrinkOp,
		{Kind: host.CreateRecovery, Disk: 0, Start: 101*mib + shorter, Size: 1060 * mib, Replace: "disk0p3"},
		{Kind: host.CopyFile, From: on("disk0p2", reImage), To: on(host.NewPartition, reImage)},
		{Kind: host.SetWinRE, To: on(host.NewPartition, reImage)}},
		troubles: []string{"create-partition fails", "delete-partition fails", "grabbed", "falls back"},
		want:     func(s *sim) bool { return len(s.disk.Partitions) == 3 && s.boot.extent.Start == 101*mib+shorter }},
	{name: "recovery switched on", pc: switchedOff, ops: []host.Op{
		{Kind: host.CopyFile, From: on("disk0p2", "Windows/System32/Recovery/winre.wim"), To: on("disk0p3", reImage)},
		{Kind: host.SetWinRE, To: on("disk0p3", reImage)}},
		troubles: []string{"falls back", "setreimage fails", "reagentc lies", "reagentc hangs"},
		want:     func(s *sim) bool { return s.boot.on && s.boot.extent.Start == windowsEnd }},
	{name: "type", ops: []host.Op{{Kind: host.SetPartitionType, Partition: "disk0p1", Text: "{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}"}},
		troubles: []string{"set-partition-type fails"},
		want:     func(s *sim) bool { return strings.HasPrefix(s.part(mib).TypeGUID, "ebd0") }},
	{name: "files", pc: withFiles, ops: []host.Op{
		{Kind: host.PutFile, Local: `D:\new.dll`, To: on("disk0p2", "Windows/System32/new.dll")},
		{Kind: host.WriteFile, Data: []byte("short"), To: on("disk0p2", "Windows/old.ini")},
		{Kind: host.WriteFile, Data: []byte("x"), To: on("disk0p2", "Windows/deep/er/new.ini")},
		{Kind: host.MoveAside, From: on("disk0p2", "Windows/pending.xml")},
		{Kind: host.MoveAside, From: on("disk0p2", "Windows/nowhere.xml"), Maybe: true},
		{Kind: host.Rename, From: on("disk0p2", "Windows/SoftwareDistribution"), Text: "SoftwareDistribution.old"},
		{Kind: host.DropHosts, To: on("disk0p2", "Windows/System32/drivers/etc/hosts")},
		{Kind: host.LeaveFollowUp, Data: []byte("plan"), To: on("disk0p2", "Windows/follow-up.json")}},
		want: func(s *sim) bool {
			return s.content(`C:\Windows\pending.xml`) == nil && string(s.content(`C:\Windows\old.ini`)) == "short" &&
				s.content(`C:\Windows\SoftwareDistribution.old\a\b.db`) != nil && !strings.Contains(string(s.content(`C:\Windows\System32\drivers\etc\hosts`)), "microsoft")
		}},
	{name: "registry", pc: withKeys, troubles: []string{"registry lies"}, ops: []host.Op{
		{Kind: host.SetValue, To: on("disk0p2", "Windows/System32/config/SYSTEM"), Key: `ControlSet001\Services\wuauserv`, Name: "Start", Type: 4, Number: 3},
		{Kind: host.SetValue, To: on("disk0p2", "Windows/System32/config/SOFTWARE"), Key: `Policies\New\Deep`, Name: "Text", Type: 1, Text: "値", Make: true},
		software(host.DeleteValue, `Policies\WindowsUpdate`, "Disable"),
		software(host.DeleteKey, `Queue`, "")},
		want: func(s *sim) bool {
			return s.reg[`hklm\software\queue`] == nil && s.reg[`hklm\software\policies\new\deep`]["text"].Type == 1 && s.reg[`hklm\system\controlset001\services\wuauserv`]["start"].Data[0] == 3 && len(s.noticed) > 0
		}},
	{name: "services", pc: withServices, troubles: []string{"service hangs"}, ops: []host.Op{{Kind: host.StopService, Name: "cryptsvc"}, {Kind: host.StartService, Name: "msiserver"}},
		want: func(s *sim) bool { return s.services["cryptsvc"].state == 1 && s.services["msiserver"].state == 4 }},
	{name: "hidden update", ops: []host.Op{{Kind: host.HideUpdate, Name: updateID}}, want: func(s *sim) bool { return s.hidden[updateID] }},
	{name: "protection", pc: protected, ops: []host.Op{{Kind: host.SuspendProtection, Partition: "disk0p2", Number: 1}},
		want: func(s *sim) bool { return s.vols[1].enc.Protection == 0 && s.vols[1].enc.Suspended == 1 }},
	{name: "reminder", pc: unwatched, ops: []host.Op{{Kind: host.Remind, Text: "remind-antivirus", Until: "antivirus-active"}},
		want: func(s *sim) bool { return len(s.tasks) == 1 }},
	{name: "patched", ops: []host.Op{{Kind: host.ServiceImage, Local: `D:\kb.cab`, Image: 1, To: on("disk0p3", reImage)}},
		troubles: []string{"dism lies", "dism hangs", "package fails", "reagentc lies", "reagentc hangs", "setreimage fails", "falls back"},
		want: func(s *sim) bool {
			return string(s.vols[2].files[`recovery\windowsre\winre.wim`].data) == string(tinyWim(s.t, "serviced")) &&
				s.boot.on && s.sealed == sumOf(s.vols[2].files[`recovery\windowsre\winre.wim`].data)
		}},
	{name: "patched on MBR", pc: withMBR, ops: []host.Op{{Kind: host.ServiceImage, Local: `D:\kb.cab`, Image: 1, To: on("disk0p3", reImage)}},
		want: func(s *sim) bool {
			return s.boot.on && s.sealed == sumOf(tinyWim(s.t, "serviced"))
		}},
	{name: "extracted", pc: withInstallWim, ops: []host.Op{{Kind: host.ExtractWim, Local: `D:\install.wim`, Image: 1, From: on("", "Windows/System32/Recovery/winre.wim"), To: on("disk0p2", "Windows/System32/Recovery/winre.wim")}},
		want: func(s *sim) bool { return s.content(`C:\Windows\System32\Recovery\winre.wim`) != nil }},
}

const updateID = "0a1b2c3d-0000-1111-2222-333344445555"

func withMBR(t testing.TB) *sim { return newSim(t).onMBR() }

// fourOnMBR has no entry left.
func fourOnMBR(t testing.TB) *sim {
	s := recoveryOnC(t).onMBR()
	s.addPartition(winapi.Partition{Start: 60 * gib, Size: gib, MBRType: 7}).fs = ntfs
	s.enable(s.vols[1], `Recovery\WindowsRE`)
	return s
}

func withLeftover(t testing.TB) *sim {
	s := newSim(t)
	s.writeOn(s.vols[2], `Recovery\WindowsRE\old.wim`, []byte("old"))
	return s
}

func recoveryOnC(t testing.TB) *sim {
	s := newSim(t)
	s.writeOn(s.vols[1], `Recovery\WindowsRE\winre.wim`, s.images[0])
	s.enable(s.vols[1], `Recovery\WindowsRE`)
	return s
}

func switchedOff(t testing.TB) *sim {
	s := newSim(t)
	if _, err := s.reagentc([]string{"/disable"}); err != nil {
		t.Fatal(err)
	}
	return s
}

func withFiles(t testing.TB) *sim {
	s := newSim(t)
	s.write(`D:\new.dll`, []byte("code"))
	s.write(`C:\Windows\old.ini`, []byte("a longer text than the new one"))
	_, at := s.find(`C:\Windows\old.ini`)
	f := s.vols[1].files[strings.ToLower(at)]
	f.attributes, f.security = attrReadOnly|attrSystem, []byte("only mine")
	s.write(`C:\Windows\pending.xml`, []byte("<xml/>"))
	s.write(`C:\Windows\SoftwareDistribution\a\b.db`, []byte("db"))
	s.write(`C:\Windows\System32\drivers\etc\hosts`, []byte("127.0.0.1 localhost\r\n0.0.0.0 update.microsoft.com\r\n"))
	return s
}

func withKeys(t testing.TB) *sim {
	s := newSim(t)
	for _, v := range []winapi.ValueAt{
		{Key: `HKLM\SYSTEM\ControlSet001\Services\wuauserv`, Value: winapi.Value{Name: "Start", Type: 4, Data: []byte{4, 0, 0, 0}}},
		{Key: `HKLM\SOFTWARE\Policies\WindowsUpdate`, Value: winapi.Value{Name: "Disable", Type: 4, Data: []byte{1, 0, 0, 0}}},
		{Key: `HKLM\SOFTWARE\Queue\a\b`, Value: winapi.Value{Name: "", Type: 1, Data: []byte{0, 0}}},
		{Key: `HKLM\SOFTWARE\Queue`, Value: winapi.Value{Name: "n", Type: 3, Data: []byte{9}}},
	} {
		if _, _, err := s.actRegistry(string(winapi.SetValue), v); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func withServices(t testing.TB) *sim {
	s := newSim(t)
	s.services["cryptsvc"] = &simService{state: 4, dependents: []string{"applockerfltr"}}
	s.services["applockerfltr"] = &simService{state: 4}
	s.services["msiserver"] = &simService{state: 1}
	return s
}

func protected(t testing.TB) *sim {
	s := newSim(t)
	s.vols[1].enc = winapi.EncryptedVolume{Conversion: 1, Protection: 1}
	s.images, s.persons = nil, nil // what lies on an encrypted volume does not count there
	return s
}

func unwatched(t testing.TB) *sim {
	s := newSim(t)
	s.facts = func(m *model.Machine) { m.Live.RealTime = model.Known(false, model.Origin{}) }
	return s
}

func withInstallWim(t testing.TB) *sim {
	s := newSim(t)
	s.write(`D:\install.wim`, installWim(t, s.images[0]))
	return s
}

func TestCourses(t *testing.T) {
	for _, c := range courses {
		t.Run(c.name, func(t *testing.T) {
			p := c.make(t)
			before := p.snapshot()
			must(t, "apply", p.apply())
			after, calls := p.snapshot(), p.ticks
			if !c.want(p.sim) || after == before {
				t.Fatalf("not as wanted:\n%s", after)
			}
			must(t, "apply again", p.apply())
			same(t, "apply again", after, p.snapshot())
			p.renumber()
			p.unchanged(t)
			at := p.ticks
			must(t, "undo", p.undo())
			same(t, "undo", before, p.snapshot())
			undoing := p.ticks - at
			must(t, "undo again", p.undo())
			sound(t, "whole", p)
			c.cuts(t, before, after, calls, undoing)
			for _, trouble := range c.troubles {
				c.troubled(t, trouble, before)
			}
		})
	}
}

// cuts cuts the power at every call and write, goes on and goes back, and cuts that too.
func (c course) cuts(t *testing.T, before, after string, calls, undoing int) {
	for n := 1; n <= calls; n += spread(calls, 20) {
		for _, way := range []string{"resume", "undo"} {
			want, do := after, (*pc).apply
			if way == "undo" {
				want, do = before, (*pc).undo
			}
			for k := 0; k <= calls; k += 1 + spread(calls, 6)*7/3 {
				p := c.make(t)
				p.cutAt = n
				if err := p.apply(); !errors.Is(err, errCut) {
					t.Fatalf("not cut at %d: %v", n, err)
				}
				p.restart()
				when := fmt.Sprintf("cut at call %d of %d, %s", n, calls, way)
				if k > 0 {
					p.cutAt = p.ticks + k
					when += fmt.Sprintf(" cut at %d", k)
					_ = do(p)
					p.restart()
				}
				must(t, when, do(p))
				same(t, when, want, p.snapshot())
				sound(t, when, p)
				if t.Failed() {
					t.FailNow()
				}
			}
		}
	}
	for n := 1; n <= undoing; n += spread(undoing, 15) {
		p := c.make(t)
		must(t, "apply", p.apply())
		p.cutAt = p.ticks + n
		_ = p.undo()
		p.restart()
		when := fmt.Sprintf("undo cut at call %d", n)
		must(t, when, p.undo())
		same(t, when, before, p.snapshot())
		sound(t, when, p)
	}
}

// spread is the step that tries no more than most of n.
func spread(n, most int) int {
	if testing.Short() {
		most /= 8
	}
	return max(1, n/max(most, 1))
}

// troubled: either all is as wanted, or nothing has changed; and it can be taken back.
func (c course) troubled(t *testing.T, trouble, before string) {
	p := c.make(t)
	p.trouble = trouble
	err := p.apply()
	when := "trouble " + trouble
	if err == nil && !c.want(p.sim) {
		t.Errorf("%s: not as wanted, and no error:\n%s", when, p.snapshot())
	}
	sound(t, when, p)
	_ = p.undo() // may fail while it lasts
	sound(t, when+", undo", p)
	p.trouble = ""
	must(t, when+", undo", p.undo())
	same(t, when, before, p.snapshot())
	sound(t, when+", undo once it is over", p)
}

func must(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %s", what, whole(err))
	}
}

// whole is an error with the arguments of those that have some.
func whole(err error) string {
	var e *model.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("%v %v", err, e.Args)
	}
	return err.Error()
}

func same(t *testing.T, what, want, got string) {
	t.Helper()
	if want == got {
		return
	}
	had := map[string]bool{}
	for _, l := range strings.Split(want, "\n") {
		had[l] = true
	}
	for _, l := range strings.Split(got, "\n") {
		if !had[l] {
			t.Errorf("%s: now %s", what, l)
		}
		delete(had, l)
	}
	for l := range had {
		t.Errorf("%s: gone %s", what, l)
	}
}

func sound(t *testing.T, what string, p *pc) {
	t.Helper()
	for _, w := range p.wrong {
		t.Errorf("%s: %s", what, w)
	}
}
