package reagentlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"updoc/format/textlog"
	"updoc/testkit"
)

func mustRead(t testing.TB, text string) *Log {
	t.Helper()
	log, err := Read(context.Background(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// lines makes lines of the tool out of texts; "!" before a text is a warning.
func lines(texts ...string) string {
	var b strings.Builder
	for i, t := range texts {
		level := "Info   "
		if w, ok := strings.CutPrefix(t, "!"); ok {
			level, t = "Warning", w
		}
		fmt.Fprintf(&b, "2024-01-09 10:00:%02d, %s                      [ReAgentc.exe] %s\r\n", i%60, level, t)
	}
	return b.String()
}

func TestEnableRefusedForBitLocker(t *testing.T) {
	log := mustRead(t, lines(
		"------------------------------------------------------",
		`-----Executing command line: reagentc /enable-----`,
		"------------------------------------------------------",
		"Enter WinReInstall",
		" Checking partition at offset 1048576, partition number: 1",
		" skip GPT Partition which type is not PARTITION_MSFT_RECOVERY_GUID",
		" Checking partition at offset 500000, partition number: 4",
		"MeetPartitionRequirements Partition details: {Offset: 500000, Free space: 300, Total space: 1000}",
		"MeetPartitionRequirements WinRE WIM size: 500",
		"MeetPartitionRequirements Required free space: 54526452",
		"!MeetPartitionRequirements Partition has bitlocker, offset = 500000 ",
		" skip partition because it does not meet WinRE requirements",
		"!No suitable partition could be found for installing WinRE",
		"Exit WinReInstall returns 0 with last error: 0xc1a3",
		"------------------------------------------------------",
		`-----Exiting command line: reagentc /enable, Error: 2-----`,
	))
	if len(log.Commands) != 1 || len(log.Checks) != 1 || len(log.Calls) != 1 || len(log.Verdicts) != 3 || len(log.Problems) != 2 {
		t.Fatalf("%+v", log)
	}
	c := log.Commands[0]
	if c.CommandLine != "reagentc /enable" || !c.Ended || !c.Failed || c.Result != "2" || c.Line != 2 || c.EndLine != 16 || c.End.Sub(c.Time) != 14*time.Second {
		t.Errorf("command %+v", c)
	}
	k := log.Checks[0]
	if k.Start != 500000 || k.Free != 300 || k.Total != 1000 || k.WimSize != 500 || k.Required != 54526452 || !k.BitLocker || !k.Refused || k.Meets || k.Line != 8 {
		t.Errorf("check %+v", k)
	}
	if f := log.Calls[0]; f.Function != "WinReInstall" || f.Code != 0xc1a3 || f.Line != 14 {
		t.Errorf("call %+v", f)
	}
	for i, want := range []VerdictKind{VerdictBitLocker, VerdictUnfit, VerdictNoPartition} {
		if log.Verdicts[i].Kind != want {
			t.Errorf("verdict %+v", log.Verdicts[i])
		}
	}
}

func TestAcceptedPartition(t *testing.T) {
	log := mustRead(t, lines(
		"MeetPartitionRequirements Partition details: {Offset: 1, Free space: 2, Total space: 3}",
		" partition meets requirements",
		" NOTE: select partition because it meets WinRE requirements",
		"Exit WinReInstall returns 1 with last error: 0x0",
	))
	if len(log.Checks) != 1 || !log.Checks[0].Meets || log.Checks[0].Refused || len(log.Calls) != 0 || len(log.Verdicts) != 1 || log.Verdicts[0].Kind != VerdictSelected {
		t.Errorf("%+v", log)
	}
}

func TestPartitionRecords(t *testing.T) {
	log := mustRead(t, lines(
		"--Partition info--",
		`VolumeName: \\?\Volume{4A0E924C-2D23-4E96-98DF-CED58930A50F}, PartitionName: \\?\GLOBALROOT\device\harddisk1\partition4`,
		"Partition number: 4, offset: 1023135449088, free space: 1054896128, total space: 1073737728",
		"DiskNumber:1, DiskSignature:0, NTFS:1, Mbr:0, Active:0, Boot:0, BitlockerEnabled:1",
		"GPT partition GUID:: {DE94BBA4-06D1-4D40-A16A-BFD50179D6AC} ",
		"DiskId: {9E31A0A2-B2F3-4F9C-A69C-610B1B57B909} ",
		"Partition number: 5, offset: 10, free space: 20, total space: 30",
		"something else",
		"DiskNumber:7, DiskSignature:0, NTFS:1, Mbr:0, Active:0, Boot:0, BitlockerEnabled:1",
	))
	if len(log.Partitions) != 2 || log.PartitionCount != 2 {
		t.Fatalf("%+v", log.Partitions)
	}
	p, q := log.Partitions[0], log.Partitions[1]
	if p.Volume != "{4a0e924c-2d23-4e96-98df-ced58930a50f}" || p.Device != `\\?\GLOBALROOT\device\harddisk1\partition4` || p.Line != 2 {
		t.Errorf("%+v", p)
	}
	if p.Number != 4 || p.Start != 1023135449088 || p.Free != 1054896128 || p.Total != 1073737728 || p.Disk != 1 {
		t.Errorf("%+v", p)
	}
	if !p.HasFlags || !p.NTFS || !p.BitLocker || p.MBR || p.Active || p.Boot || p.TypeGUID != "{de94bba4-06d1-4d40-a16a-bfd50179d6ac}" || p.DiskID != "{9e31a0a2-b2f3-4f9c-a69c-610b1b57b909}" {
		t.Errorf("%+v", p)
	}
	if q.Number != 5 || q.Disk != -1 || q.HasFlags || q.TypeGUID != "" || q.Total != 30 {
		t.Errorf("the record cut short: %+v", q)
	}
}

func TestNoiseAndBootVerdict(t *testing.T) {
	log := mustRead(t, "2024-01-09 10:00:00, Warning                      [RelPost.exe] RegOpenKeyEx(RecEnv) failed: 0x2\r\n"+
		"2024-01-09 10:00:00, Error                        [svchost.exe] WinReSetTriggerFile failed to delete file (0x2)\r\n"+
		"2024-01-09 10:00:00, Info                         [bootim.exe] WinRE not configured\r\n")
	if len(log.Problems) != 0 || len(log.Verdicts) != 1 || log.Verdicts[0].Kind != VerdictNotConfigured || log.Verdicts[0].Process != "bootim.exe" {
		t.Errorf("%+v", log)
	}
}

func TestListsKeepTheNewest(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		b.WriteString(lines(fmt.Sprintf("-----Executing command line: x%d-----", i), fmt.Sprintf("Partition number: %d, offset: 1, free space: 2, total space: 3", i+1)))
	}
	log := mustRead(t, b.String())
	if log.CommandCount != 1000 || len(log.Commands) != maxCommands || log.Commands[maxCommands-1].CommandLine != "x999" || log.Commands[0].Ended {
		t.Errorf("%d commands, %d kept", log.CommandCount, len(log.Commands))
	}
	if log.PartitionCount != 1000 || len(log.Partitions) != maxPartitions || log.Partitions[maxPartitions-1].Number != 1000 {
		t.Errorf("%d partitions, %d kept", log.PartitionCount, len(log.Partitions))
	}
}

func TestReadErrorKeepsWhatWasSeen(t *testing.T) {
	broken := errors.New("bad sector")
	log, err := Read(context.Background(), io.MultiReader(strings.NewReader(lines("Partition number: 4, offset: 1, free space: 2, total space: 3")), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || len(log.Partitions) != 1 {
		t.Errorf("%v %+v", err, log)
	}
}

func TestRealLog(t *testing.T) {
	log := mustRead(t, string(testkit.SampleBytes(t, "log/reagent/mhimken6__ReAgent_excerpt.log")))
	if log.Lines != 20 || log.Stamped != 20 || log.Bytes != 2652 {
		t.Errorf("lines %d, stamped %d, bytes %d", log.Lines, log.Stamped, log.Bytes)
	}
	const layout = "2006-01-02 15:04:05"
	if log.FirstTime.Format(layout) != "2023-02-17 10:04:38" || log.LastTime.Format(layout) != "2023-02-17 10:05:34" {
		t.Errorf("from %v to %v", log.FirstTime, log.LastTime)
	}
	if len(log.Commands) != 2 || len(log.Partitions) != 2 || len(log.Problems) != 0 || len(log.Calls) != 0 {
		t.Fatalf("%+v", log)
	}
	if c := log.Commands[0]; c.CommandLine != `"C:\WINDOWS\system32\ReAgentc.exe" /disable` || c.Failed || c.Result != "0" || c.EndLine != 5 {
		t.Errorf("%+v", c)
	}
	if c := log.Commands[1]; c.Ended || !strings.HasSuffix(c.CommandLine, "/info") {
		t.Errorf("%+v", c)
	}
	if p := log.Partitions[0]; p.Number != 1 || p.Free != 236310528 || p.TypeGUID != "{c12a7328-f81f-11d2-ba4b-00a0c93ec93b}" || p.BitLocker || p.NTFS {
		t.Errorf("%+v", p)
	}
	if p := log.Partitions[1]; p.Number != 4 || p.Free != 1054896128 || !p.BitLocker || !p.NTFS || p.TypeGUID != "" {
		t.Errorf("%+v", p)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(lines("-----Executing command line: a-----", "-----Exiting command line: a, Error: 3-----")))
	f.Add([]byte(lines("Partition number: 4, offset: 1, free space: 2, total space: 3", "DiskNumber:0, NTFS:1", "GPT partition GUID:: {DE94BBA4-06D1-4D40-A16A-BFD50179D6AC}")))
	f.Add([]byte(lines("MeetPartitionRequirements Partition details: {Offset: 1}", "does not meet WinRE requirements", "Exit X returns 0 with last error: 0x70")))
	f.Fuzz(func(t *testing.T, data []byte) {
		log, err := Read(context.Background(), bytes.NewReader(data))
		if err != nil || log.Bytes != int64(len(data)) {
			t.Fatalf("%v, %d bytes", err, log.Bytes)
		}
		for _, p := range log.Partitions {
			if p.Number == 0 || p.Line < 1 || p.Line > log.Lines {
				t.Fatalf("%+v", p)
			}
		}
		for _, e := range log.Problems {
			if !utf8.ValidString(e.Text) || len(e.Text) > maxText || e.Level == textlog.LevelInfo {
				t.Fatalf("%+v", e)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	data := []byte(strings.Repeat(lines("Enter WinReGetConfig", "Partition number: 4, offset: 1, free space: 2, total space: 3", "GPT partition GUID:: {DE94BBA4-06D1-4D40-A16A-BFD50179D6AC}"), 3000))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Read(context.Background(), bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
