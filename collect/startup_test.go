package collect

import (
	"testing"

	"updoc/format/pe"
	"updoc/format/regf"
	"updoc/model"
)

func autoKey(set *regf.BuilderKey, name, image string) *regf.BuilderKey {
	return set.Key(`Services\`+name).SetDword("Type", 0x10).SetDword("Start", 2).SetExpand("ImagePath", image)
}

func TestAutoServices(t *testing.T) {
	src := withDefender("", func(_, set *regf.BuilderKey) {
		autoKey(set, "Sync", `"C:\Program Files\Sync It\sync.exe" /service`).SetDword("DelayedAutoStart", 1).SetMulti("DependOnService", []string{"RpcSs", "Helper"})
		autoKey(set, "guard", `C:\Program Files\AV\guard.exe`).SetDword("LaunchProtected", 3)
		autoKey(set, "hosted", `%SystemRoot%\system32\svchost.exe -k x`).Key("Parameters").SetExpand("ServiceDll", `C:\Program Files\Host Ed\hosted.dll`)
		autoKey(set, "ours", `%SystemRoot%\system32\svchost.exe -k y`).Key("Parameters").SetExpand("ServiceDll", `%SystemRoot%\System32\ours.dll`)
		autoKey(set, "nofile", `D:\x.exe`)
		autoKey(set, "gone", `C:\Program Files\gone.exe`)
		autoKey(set, "manual", `C:\Program Files\Sync It\sync.exe`).SetDword("Start", 3)
		autoKey(set, "peruser", `C:\Program Files\Sync It\sync.exe`).SetDword("Type", 0x50)
		autoKey(set, "driver", `System32\drivers\x.sys`).SetDword("Type", 1)
	})
	for file, company := range map[string]string{"Program Files/Sync It/sync.exe": "Sync Ltd", "Program Files/AV/guard.exe": "AV Ltd",
		"Program Files/Host Ed/hosted.dll": "", "Windows/System32/ours.dll": "Microsoft Corporation"} {
		src.put(file, peBytes(t, pe.Numbers{1, 0, 0, 0}, company))
	}
	list := look(t, src).Startup.Services
	got := map[string]model.AutoService{}
	for _, s := range list.Items {
		got[s.Name] = s
	}
	if len(got) != 5 || !list.Coverage.Complete {
		t.Fatalf("%+v", list)
	}
	sync := got["sync"]
	want(t, "company", sync.Company, "Sync Ltd")
	want(t, "delayed", sync.Delayed, 1)
	want(t, "of the DLL", got["hosted"].Company, "")
	wantUnseen(t, "of what lies elsewhere", got["nofile"].Company, model.ReasonAbsent)
	wantUnseen(t, "of what is gone", got["gone"].Company, model.ReasonAbsent)
	if len(sync.Needs) != 2 || sync.Needs[1] != "helper" || sync.Protected || !got["guard"].Protected || sync.Origin.Key != `ControlSet001\Services\Sync:Start` ||
		got["hosted"].File != `Program Files\Host Ed\hosted.dll` {
		t.Errorf("%+v", got)
	}
}

func TestStartupEntries(t *testing.T) {
	src := withDefender("", func(software, _ *regf.BuilderKey) {
		run := software.Key(`Microsoft\Windows\CurrentVersion\Run`)
		run.SetString("Sync", `"C:\Program Files\Sync It\sync.exe" -tray`).SetString("Off", `C:\Program Files\Sync It\sync.exe`).SetString("Ours", `%windir%\ours.exe`)
		software.Key(`WOW6432Node\Microsoft\Windows\CurrentVersion\Run`).SetString("Sync", `helper.exe`)
		software.Key(approvedKey+`\Run`).SetBinary("Sync", []byte{6, 0, 0, 0}).SetBinary("Off", []byte{3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8})
		software.Key(approvedKey+`\StartupFolder`).SetBinary("off.lnk", []byte{3})
	})
	src.put("Program Files/Sync It/sync.exe", peBytes(t, pe.Numbers{1, 0, 0, 0}, "Sync Ltd"))
	src.put("Windows/ours.exe", peBytes(t, pe.Numbers{1, 0, 0, 0}, "Microsoft Corporation"))
	for _, name := range []string{"on.lnk", "off.lnk", "desktop.ini"} {
		src.put(startupFolder+"/"+name, []byte("x"))
	}
	list := look(t, src).Startup.Entries
	if len(list.Items) != 3 || !list.Coverage.Complete {
		t.Fatalf("%+v", list)
	}
	run, run32, link := list.Items[0], list.Items[1], list.Items[2]
	want(t, "company", run.Company, "Sync Ltd")
	wantUnseen(t, "company", run32.Company, model.ReasonAbsent)
	if run.Approved != "06000000" || run.Kind != model.StartupRun || run32.Kind != model.StartupRun32 || run32.Approved != "" || link.Name != "on.lnk" || link.Kind != model.StartupFolder {
		t.Errorf("%+v", list.Items)
	}
}

// What cannot be read is not said to be off, or on.
func TestStartupUnseen(t *testing.T) {
	src := withDefender("", nil)
	src.put(softwarePath, []byte("no hive"))
	src.put(systemPath, []byte("no hive"))
	s := look(t, src).Startup
	if s.Services.Coverage.Complete || s.Entries.Coverage.Complete || s.Services.Items == nil || s.Entries.Items == nil {
		t.Errorf("%+v", s)
	}
}
