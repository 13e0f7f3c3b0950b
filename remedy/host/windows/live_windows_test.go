package windows

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// The live tests run as an administrator on a Windows that may be changed: UPDOC_LIVE=1.
// They touch no disk but those that they make and attach themselves, in UPDOC_LIVE_FOLDER.

const (
	liveSize = 1100 // MiB
	liveMark = "updoc-live"
)

func liveDisks(t *testing.T) map[uint32]winapi.Disk {
	t.Helper()
	all, err := winapi.Disks.Do(t.Context(), winapi.New(), winapi.None{})
	must(t, "disks", err)
	out := map[uint32]winapi.Disk{}
	for _, d := range all {
		out[d.Number] = d
	}
	return out
}

func diskpart(t *testing.T, script string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "script.txt")
	must(t, "script", os.WriteFile(name, []byte(strings.ReplaceAll(script, "\n", "\r\n")), 0o600))
	end, err := winapi.Run.Do(context.Background(), winapi.New(), winapi.Command{Path: os.Getenv("SystemRoot") + `\System32\diskpart.exe`, Args: []string{"/s", name}, Seconds: 300})
	if err != nil || end.Exit != 0 {
		t.Fatalf("diskpart: %v %d\n%s", err, end.Exit, end.Output)
	}
}

// liveHost sees the ids of that disk alone.
func liveHost(t *testing.T, d winapi.Disk) *Host {
	m := &model.Machine{}
	disk := model.Disk{Index: int64(d.Number)}
	for _, p := range d.Partitions {
		disk.Partitions = append(disk.Partitions, model.Partition{ID: fmt.Sprintf("disk%dp%d", d.Number, p.Number), Start: p.Start, Size: p.Size})
	}
	m.Disks = model.Complete([]model.Disk{disk})
	return New(System{Calls: winapi.New(), Files: OnDisk(), Keep: t.TempDir()}, func(context.Context) (*model.Machine, error) { return m, nil })
}

// The whole way of a recovery partition that is enlarged, without the environment in use:
// shrink, keep, delete, create with its type, format, files back; and all of it back.
func TestLiveEnlarge(t *testing.T) {
	for _, table := range []string{"gpt", "mbr"} {
		t.Run(table, func(t *testing.T) { enlargeLive(t, liveDisk(t, table)) })
	}
}

func enlargeLive(t *testing.T, d winapi.Disk) {
	n := len(d.Partitions)
	data, re := d.Partitions[n-2], d.Partitions[n-1]
	h := liveHost(t, d)
	id := func(p winapi.Partition) string { return fmt.Sprintf("disk%dp%d", d.Number, p.Number) }
	for _, op := range []host.Op{
		{Kind: host.WriteFile, To: on(id(re), "Recovery/WindowsRE/winre.wim"), Data: tinyWim(t, liveMark)},
		{Kind: host.WriteFile, To: on(id(re), "Recovery/WindowsRE/boot.sdi"), Data: []byte("sdi")},
	} {
		_, err := do(t, h, op)
		must(t, op.To.Path, err)
	}
	const by = 200 * mib
	shrink := host.Op{Kind: host.ShrinkVolume, Partition: id(data), Size: data.Size - by}
	was, err := do(t, h, shrink)
	must(t, "shrink", err)
	grow := host.Op{Kind: host.ResizeRecovery, Partition: id(re), Start: re.Start - by, Size: re.Size + by}
	had, err := do(t, h, grow)
	must(t, "grow", err)
	now := liveDisks(t)[d.Number].Partitions
	got := now[len(now)-1]
	if got.Start != grow.Start || got.Size != grow.Size || !typedAsRecovery(got) || d.Table == "gpt" && got.Attributes != recoveryAttributes {
		t.Errorf("%+v", got)
	}
	must(t, "grow back", h.Back(t.Context(), grow, had))
	must(t, "shrink back", h.Back(t.Context(), shrink, was))
	now = liveDisks(t)[d.Number].Partitions
	for i, want := range d.Partitions {
		if now[i].Start != want.Start || now[i].Size != want.Size || !sortOf(want).is(now[i]) {
			t.Errorf("%+v, was %+v", now[i], want)
		}
	}
}

// A type that is changed, and back.
func TestLiveSetType(t *testing.T) {
	d := liveDisk(t, "gpt")
	p := d.Partitions[len(d.Partitions)-1]
	h := liveHost(t, d)
	op := host.Op{Kind: host.SetPartitionType, Partition: fmt.Sprintf("disk%dp%d", d.Number, p.Number), Text: "{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}"}
	was, err := do(t, h, op)
	must(t, "type", err)
	must(t, "back", h.Back(t.Context(), op, was))
	now := liveDisks(t)[d.Number].Partitions
	if !sortOf(p).is(now[len(now)-1]) || now[len(now)-1].GUID != p.GUID {
		t.Errorf("%+v, was %+v", now[len(now)-1], p)
	}
}

// A task that is registered and deleted.
func TestLiveTask(t *testing.T) {
	liveFolder(t)
	for _, logOn := range []bool{false, true} {
		_, err := winapi.RegisterTask.Do(t.Context(), winapi.New(), winapi.Task{Name: liveMark, Path: os.Getenv("SystemRoot") + `\System32\whoami.exe`, AtLogOn: logOn})
		must(t, "register", err)
		for range 2 {
			_, err = winapi.DeleteTask.Do(t.Context(), winapi.New(), liveMark)
			must(t, "delete", err)
		}
	}
}

// What reagentc tells by exit code and what ReAgent.xml holds agree on this Windows. It only
// looks: the recovery environment of the PC is not changed by any test.
func TestLiveReagentcAnswers(t *testing.T) {
	liveFolder(t)
	h := New(System{Calls: winapi.New(), Files: OnDisk(), Keep: t.TempDir()}, nil)
	now, err := h.agent(t.Context())
	must(t, "ReAgent.xml", err)
	end, err := winapi.Run.Do(t.Context(), winapi.New(), winapi.Command{Path: os.Getenv("SystemRoot") + `\System32\ReAgentc.exe`, Args: []string{"/info"}, Seconds: 120})
	if err != nil || end.Ended || end.Exit != 0 {
		t.Errorf("reagentc /info: %v %+v", err, end)
	}
	t.Logf("on %v, folder %q\n%s", now.on, now.folder, end.Output)
}
