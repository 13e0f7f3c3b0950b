package fake_test

import (
	"errors"
	"strings"
	"testing"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
)

const (
	mib = uint64(1) << 20
	gib = uint64(1) << 30

	win, re = "disk0p1", "disk0p2"
	wim     = "Recovery/WindowsRE/Winre.wim"
	hive    = "Windows/System32/config/SYSTEM"
	newGUID = "{77777777-0000-0000-0000-000000000007}"
)

// pc is a PC with Windows and a recovery partition in use behind it.
func pc() *fake.PC {
	return fake.New(fake.PC{
		Disks: []*fake.Disk{{Size: 40 * gib, Table: "gpt", GUID: "{99999999-0000-0000-0000-000000000001}", Partitions: []*fake.Partition{
			{Role: model.RoleWindows, Start: mib, Size: 20 * gib, FS: "ntfs", Used: 8 * gib, Files: map[string]*fake.File{
				"Users/hana/letter.txt": {Content: []byte("dear"), Person: true},
				hive:                    {Hive: fake.Hive{`ControlSet001\Services\wuauserv`: {"Start": fake.Number(4)}}},
				"a/b.txt":               {Content: []byte("abc"), Attributes: 1, ACL: []byte{7}},
				"a/c/d.txt":             {Content: []byte("deep")},
			}},
			{Role: model.RoleRecovery, Start: mib + 20*gib, Size: 560 * mib, FS: "ntfs", Used: 16 * mib, Files: map[string]*fake.File{
				wim: {Size: 480 * mib, Attributes: 6, ACL: []byte{9}, Wim: &fake.Wim{Compression: "none", Holds: "re", Boot: 1}},
			}},
		}}},
		Locals: map[string]fake.File{"/l": {Content: []byte("local")}, "/i.wim": {Wim: &fake.Wim{Inside: map[string]fake.File{
			"x/winre.wim": {Size: 300 * mib, Wim: &fake.Wim{Compression: "lzx", Holds: "new"}}}}}},
	}).Enable(host.Place{Volume: re, Path: wim})
}

func at(volume, path string) host.Place { return host.Place{Volume: volume, Path: path} }

// every is one operation of each kind.
var every = []host.Op{
	{Kind: host.ShrinkVolume, Partition: win, Size: 19 * gib},
	{Kind: host.ResizeRecovery, Partition: re, Start: mib + 20*gib, Size: gib},
	{Kind: host.CreateRecovery, Start: 30 * gib, Size: gib, GUID: newGUID},
	{Kind: host.SetPartitionType, Partition: re, Text: "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"},
	{Kind: host.CopyFile, From: at(win, "a/b.txt"), To: at(re, "new/b.txt")},
	{Kind: host.PutFile, Local: "/l", To: at(win, "a/local")},
	{Kind: host.WriteFile, To: at(win, "a/b.txt"), Data: []byte("other")},
	{Kind: host.MoveAside, From: at(win, "a/b.txt")},
	{Kind: host.Rename, From: at(win, "a"), Text: "a.bak"},
	{Kind: host.Recompress, To: at(re, wim), Text: "lzx"},
	{Kind: host.ExtractWim, Local: "/i.wim", Image: 1, From: host.Place{Path: "x/winre.wim"}, To: at(win, wim)},
	{Kind: host.SetValue, To: at(win, hive), Key: `ControlSet001\Services\wuauserv`, Name: "Start", Type: 4, Number: 3},
	{Kind: host.DeleteValue, To: at(win, hive), Key: `controlset001\services\WUAUSERV`, Name: "start"},
	{Kind: host.DeleteKey, To: at(win, hive), Key: `ControlSet001`},
	{Kind: host.LeaveFollowUp, Data: []byte("{}")},
}

// A done operation is seen in the machine, changes nothing a second time, and can be
// taken back, which is idempotent too.
func TestEveryOperation(t *testing.T) {
	for _, op := range every {
		p := pc()
		h := p.Host()
		before := p.Snapshot()
		saved := save(t, p, op)
		do(t, h, op)
		after := p.Snapshot()
		if after == before {
			t.Errorf("%s changed nothing", op.Kind)
		}
		n := p.Power().Ticks()
		do(t, p.Host(), op)
		if p.Power().Ticks() != n || p.Snapshot() != after {
			t.Errorf("%s is not idempotent", op.Kind)
		}
		for range 2 {
			if err := h.Back(t.Context(), op, saved); err != nil || p.Snapshot() != before {
				t.Errorf("%s: not taken back: %v", op.Kind, err)
			}
		}
		sound(t, p)
	}
}

// Whatever is refused leaves all as it was.
func TestRefused(t *testing.T) {
	for name, op := range map[string]host.Op{
		"below what is used": {Kind: host.ShrinkVolume, Partition: win, Size: 7 * gib},
		"larger":             {Kind: host.ShrinkVolume, Partition: win, Size: 21 * gib},
		"no partition":       {Kind: host.ShrinkVolume, Partition: "disk0p9", Size: gib},
		"not covering":       {Kind: host.ResizeRecovery, Partition: re, Start: 21 * gib, Size: gib},
		"over Windows":       {Kind: host.ResizeRecovery, Partition: re, Start: 19 * gib, Size: 2 * gib},
		"over another":       {Kind: host.CreateRecovery, Start: 10 * gib, Size: gib, GUID: newGUID},
		"behind the disk":    {Kind: host.CreateRecovery, Start: 39 * gib, Size: 2 * gib, GUID: newGUID},
		"no file":            {Kind: host.CopyFile, From: at(win, "no"), To: at(win, "b")},
		"no room":            {Kind: host.CopyFile, From: at(re, wim), To: at(re, "b")},
		"a folder":           {Kind: host.MoveAside, From: at(win, "a")},
		"name in use":        {Kind: host.Rename, From: at(win, "a"), Text: "Windows"},
		"nothing to rename":  {Kind: host.Rename, From: at(win, "none"), Text: "x"},
		"no image":           {Kind: host.SetWinRE, To: at(win, wim)},
		"no key":             {Kind: host.SetValue, To: at(win, hive), Key: "None", Name: "x", Type: 4},
		"no hive":            {Kind: host.DeleteKey, To: at(win, "a/b.txt"), Key: "x"},
		"unknown":            {Kind: "format-c"},
	} {
		p := pc()
		before := p.Snapshot()
		var e *model.Error
		if err := p.Host().Do(t.Context(), op); !errors.As(err, &e) || e.Exit != 6 {
			t.Errorf("%s: %v", name, err)
		}
		if p.Snapshot() != before {
			t.Errorf("%s: something changed", name)
		}
		sound(t, p)
	}
}

// A copy has attributes and permissions.
func TestCopyKeepsAttributes(t *testing.T) {
	p := pc()
	do(t, p.Host(), every[4])
	if f := p.Disks[0].Partitions[1].Files["new/b.txt"]; f == nil || f.Attributes != 1 || string(f.ACL) != "\x07" || string(f.Content) != "abc" {
		t.Errorf("%+v", f)
	}
}

// Every trouble ends in an error with all as it was: success is not believed.
func TestTroubles(t *testing.T) {
	create := every[2]
	for _, c := range []struct {
		trouble fake.Trouble
		ops     []host.Op
	}{
		{fake.Trouble{Kind: fake.ShrinksLess}, every[:1]},
		{fake.Trouble{Kind: fake.EncryptsNew}, []host.Op{create}},
		{fake.Trouble{Kind: fake.DeleteFails}, []host.Op{{Kind: host.CreateRecovery, Start: 30 * gib, Size: gib, GUID: newGUID, Replace: re}}},
		{fake.Trouble{Kind: fake.NoRoom}, every[4:5]},
		{fake.Trouble{Kind: fake.NoRoom, Path: "Winre.wim"}, every[9:10]},
		{fake.Trouble{Kind: fake.InUse, Path: "a/c/d.txt"}, every[8:9]},
		{fake.Trouble{Kind: fake.InUse}, every[7:8]},
		{fake.Trouble{Kind: fake.DoesNothing}, every[:1]},
		{fake.Trouble{Kind: fake.DoesNothing, Times: 1}, every[8:9]},
		{fake.Trouble{Kind: fake.DoesNothing, Op: host.SetValue}, every[11:12]},
	} {
		p := pc()
		p.Troubles = []fake.Trouble{c.trouble}
		before := p.Snapshot()
		var e *model.Error
		if err := p.Host().Do(t.Context(), c.ops[0]); !errors.As(err, &e) {
			t.Errorf("%+v: %v", c.trouble, err)
		}
		if got := p.Snapshot(); got != before {
			t.Errorf("%+v: not as before:\n%s", c.trouble, got)
		}
		sound(t, p)
	}
}

// reagentc silently uses drive C: the partition that was named must be found not to be
// in use, and nothing of the attempt may stay.
func TestFallsBack(t *testing.T) {
	p := pc().Disable()
	copyBack := host.Op{Kind: host.CopyFile, From: at(win, "Windows/System32/Recovery/Winre.wim"), To: at(re, wim)}
	do(t, p.Host(), copyBack)
	before := p.Snapshot()
	p.Troubles = []fake.Trouble{{Kind: fake.FallsBack}}
	set := host.Op{Kind: host.SetWinRE, To: at(re, wim)}
	if err := p.Host().Do(t.Context(), set); err == nil || !strings.Contains(err.Error(), "tool-did-otherwise") {
		t.Error(err)
	}
	if p.Snapshot() != before {
		t.Error("something of it stays")
	}
	p.Troubles = nil
	do(t, p.Host(), set)
	m := look(t, p)
	if w := m.WinRE; !w.Enabled.Value || !w.Agree.Value || w.Active.ID.Value != re || w.Active.Place.Value != model.PlaceAfter {
		t.Errorf("%+v", w.Active)
	}
}

// An encrypted target is refused, as reagentc refuses it.
func TestEncryptedTarget(t *testing.T) {
	p := pc()
	p.Boot = fake.Boot{}
	p.Disks[0].Partitions[1].Encrypted = true
	if err := p.Host().Do(t.Context(), host.Op{Kind: host.SetWinRE, To: at(re, wim)}); err == nil {
		t.Error("enabled on an encrypted volume")
	}
	if m := look(t, p); !m.WinRE.Encrypted.Value {
		t.Error("not seen")
	}
}

// Cut anywhere, an operation can be done again or taken back.
func TestRestartInTheMiddle(t *testing.T) {
	for _, op := range every {
		for n := 1; ; n++ {
			p := pc()
			before := p.Snapshot()
			saved := save(t, p, op)
			p.Power().CutAt(n)
			err := p.Host().Do(t.Context(), op)
			if err == nil {
				break
			}
			if !errors.Is(err, fake.ErrRestart) {
				t.Fatalf("%s: %v", op.Kind, err)
			}
			if _, err := p.Host().Machine(t.Context()); !errors.Is(err, fake.ErrRestart) {
				t.Error("facts while the power is off")
			}
			p.Power().Restart()
			if n%2 == 0 {
				do(t, p.Host(), op)
			}
			if err := p.Host().Back(t.Context(), op, saved); err != nil || p.Snapshot() != before {
				t.Errorf("%s, cut at %d: %v", op.Kind, n, err)
			}
			sound(t, p)
		}
	}
}

// The monitor sees what must never be.
func TestMonitor(t *testing.T) {
	for name, c := range map[string]struct {
		op   host.Op
		want string
	}{
		"the only image removed without a copy": {host.Op{Kind: host.MoveAside, From: at(re, wim)}, "no usable recovery environment"},
		"its partition replaced":                {host.Op{Kind: host.CreateRecovery, Start: 30 * gib, Size: gib, GUID: newGUID, Replace: re}, "no usable recovery environment"},
		"a person's file removed":               {host.Op{Kind: host.MoveAside, From: at(win, "Users/hana/letter.txt")}, "lost disk0p1:Users/hana/letter.txt"},
		"a person's file written over":          {host.Op{Kind: host.WriteFile, To: at(win, "Users/hana/letter.txt"), Data: []byte("x")}, "lost disk0p1"},
	} {
		p := pc()
		do(t, p.Host(), c.op) // without Save: nothing is in a journal
		if v := strings.Join(p.Violations(), "\n"); !strings.Contains(v, c.want) {
			t.Errorf("%s: %q", name, v)
		}
	}
	p := pc()
	saved := save(t, p, every[7])
	do(t, p.Host(), every[7])
	sound(t, p)
	if len(saved) == 0 {
		t.Error("nothing saved")
	}
}

func do(t *testing.T, h *fake.Host, op host.Op) {
	t.Helper()
	if err := h.Do(t.Context(), op); err != nil {
		t.Fatalf("%s: %v", op.Kind, err)
	}
}

func sound(t *testing.T, p *fake.PC) {
	t.Helper()
	for _, v := range p.Violations() {
		t.Error(v)
	}
}

func save(t *testing.T, p *fake.PC, op host.Op) []byte {
	t.Helper()
	saved, err := p.Host().Save(t.Context(), op)
	if err != nil {
		t.Fatalf("%s: %v", op.Kind, err)
	}
	return saved
}

func look(t *testing.T, p *fake.PC) *model.Machine {
	t.Helper()
	m, err := p.Host().Machine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return m
}
