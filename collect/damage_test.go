package collect

import (
	"math/rand/v2"
	"strings"
	"testing"

	"updoc/model"
)

// rich is a PC with every artefact that is read.
func rich(t *testing.T) *fake {
	t.Helper()
	src := withWinRE(t, 83*mib)
	events, lines := winreAttempt(at("03:00:00"))
	src.putLog(t, systemLog, append(start(at("01:00:00"), 0), events...)...)
	src.putLog(t, clientLog, events[:2]...)
	src.putLog(t, setupLog, servicingEvent(3, at("03:01:30"), "KB5034441", 0x800f0828))
	src.putReporting(lines...)
	src.put(cbsPath, []byte(cbsLines))
	src.put(reagentLogPath, []byte(reagentLines))
	src.put(winreAgentLogPath, []byte("2024-01-10 12:07:37, Error                        WinREAgent: failed 0x800f0828\r\n"))
	src.put("Windows/WinSxS/pending.xml", []byte("<x/>"))
	src.put(recoveryFolder+"/Winre.wim", wimBytes(t, 1))
	return src
}

// Whatever happens to one file, the rest is collected, no collector breaks, and
// nothing that the file alone tells is known.
func TestOneFileBroken(t *testing.T) {
	whole := look(t, rich(t))
	if n := len(whole.Attempts.Items); n != 1 {
		t.Fatalf("%d attempts in the whole PC", n)
	}
	kinds := map[string][]byte{"empty": {}, "text": []byte("this is plain text\r\n"), "vanishes": vanishes, "failing": failing}
	template := rich(t)
	for volume, files := range template.volumes {
		for name := range files {
			for kind, content := range kinds {
				src := rich(t)
				src.on(volume, name, content)
				m := look(t, src)
				noCollectorBroke(t, name+" "+kind, m)
				unknownWithout(t, name+" "+kind, name, m)
			}
		}
	}
}

// unknownWithout checks facts that only one file tells.
func unknownWithout(t *testing.T, label, name string, m *model.Machine) {
	t.Helper()
	switch {
	case strings.HasSuffix(name, "/SOFTWARE") && (m.OS.Build.Known || m.Pending.CBSReboot.Known || m.Packages.Coverage.Complete),
		strings.HasSuffix(name, "/SYSTEM") && (m.Clock.Zone.Known || m.Services.Coverage.Complete),
		strings.HasSuffix(name, "/BCD") && m.WinRE.BCD.Enabled.Known,
		name == reagentPath && m.WinRE.Config.State.Known,
		name == cbsPath && m.CBS.Sessions.Coverage.Covers(at("03:01:00")),
		strings.HasSuffix(name, "System.evtx") && (m.Boot.LastBoot.Known || m.WinRE.Events.Coverage.Covers(at("03:01:00"))):
		t.Errorf("%s: something is known that was not seen", label)
	}
}

func noCollectorBroke(t *testing.T, label string, m *model.Machine) {
	t.Helper()
	for _, l := range m.Looks {
		if l.Artifact == "collector" {
			t.Errorf("%s: collector %s broke: %+v", label, l.Path, l.Unseen)
		}
	}
}

// Random damage in the middle of any file breaks no collector.
func TestRandomDamage(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		src := rich(t)
		for _, files := range src.volumes {
			for _, f := range files {
				b := append([]byte{}, f.Data...)
				for range 1 + len(b)/2000 {
					b[r.IntN(len(b))] ^= byte(1 << r.IntN(8))
				}
				f.Data = b[:len(b)-r.IntN(1+len(b)/4)]
			}
		}
		noCollectorBroke(t, "random damage", look(t, src))
	}
}

// A machine in which no file can be read has no known fact that a file tells, and no
// list that proves anything.
func TestNothingReadable(t *testing.T) {
	src := rich(t)
	src.volumes = nil
	m := look(t, src)
	noCollectorBroke(t, "nothing readable", m)
	for name, known := range map[string]bool{
		"build": m.OS.Build.Known, "name": m.Name.Known, "enabled": m.WinRE.Enabled.Known, "active": m.WinRE.Active.Exists.Known,
		"any image": m.WinRE.Any.Known, "pending": m.Pending.Any.Known, "survived": m.Pending.Survived.Known,
		"renames": m.Pending.FileRenames.Known, "last boot": m.Boot.LastBoot.Known, "firmware": m.Boot.Firmware.Known,
		"stack": m.CBS.Stack.Known, "zone": m.Clock.Zone.Known, "patched": m.WinRE.Patched.Known,
		"attempts": m.Attempts.Coverage.Covers(now), "packages": m.Packages.Coverage.Complete,
		"services": m.Services.Coverage.Complete, "events": m.WinRE.Events.Coverage.Covers(now), "disk log": m.DiskLog.Coverage.Covers(now),
		"sessions": m.CBS.Sessions.Coverage.Covers(now), "agent log": m.WinRE.AgentLog.Coverage.Covers(now),
	} {
		if known {
			t.Errorf("%s is known", name)
		}
	}
}
