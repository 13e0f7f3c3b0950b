package collect

import (
	"testing"

	"updoc/format/pe"
	"updoc/format/regf"
	"updoc/model"
)

func TestImagePath(t *testing.T) {
	for image, want := range map[string]string{
		`"%ProgramFiles%\Windows Defender\MsMpEng.exe" -x`: "Program Files/Windows Defender/MsMpEng.exe",
		`\SystemRoot\System32\drivers\a.sys`:               "Windows/System32/drivers/a.sys",
		`\??\C:\Windows\System32\drivers\b.sys`:            "Windows/System32/drivers/b.sys",
		`system32\DRIVERS\c.sys`:                           "Windows/System32/DRIVERS/c.sys",
		`%SystemRoot%\system32\svchost.exe -k netsvcs -p`:  "Windows/system32/svchost.exe",
		`C:\Program Files\Some AV\d.exe /run`:              "Program Files/Some AV/d.exe",
		`D:\elsewhere\e.sys`:                               "",
		`C:\..\..\f.sys`:                                   "",
		`\\server\share\g.sys`:                             "",
		``:                                                 "",
		`"`:                                                "",
	} {
		if got := imagePath(image); got != want {
			t.Errorf("%q: %q, want %q", image, got, want)
		}
	}
}

func filterKey(set *regf.BuilderKey, name string, kind, start uint32, group, altitude string) *regf.BuilderKey {
	k := set.Key(`Services\`+name).SetDword("Type", kind).SetDword("Start", start).SetString("Group", group).SetExpand("ImagePath", `system32\drivers\`+name+".sys")
	if altitude != "" {
		k.Key("Instances").SetString("DefaultInstance", name+" Instance")
		k.Key(`Instances\other`).SetString("Altitude", "1")
		k.Key(`Instances\`+name+" Instance").SetString("Altitude", altitude)
	}
	return k
}

func TestFilters(t *testing.T) {
	src := withDefender("", func(_, set *regf.BuilderKey) {
		filterKey(set, "Eamonm", 2, 1, "FSFilter Anti-Virus", "328700.5")
		filterKey(set, "klif", 1, 4, "FSFilter Anti-Virus", "")
		filterKey(set, "ehdrv", 1, 1, "Base", "")
		filterKey(set, "ImDisk", 1, 2, "", "")
		filterKey(set, "storahci", 1, 0, "SCSI Miniport", "")
		filterKey(set, "strangedisk", 1, 0, "SCSI miniport", "")
		filterKey(set, "beep", 1, 1, "Base", "")
		filterKey(set, "Spooler", 0x10, 2, "", "320000")
		filterKey(set, "broken", 2, 3, "", "high")
		set.Key(`Services\.NET CLR Data`)
		set.Key(`Services\nostart`).SetDword("Type", 2)
	})
	src.put("Windows/System32/drivers/eamonm.sys", peBytes(t, pe.Numbers{1, 0, 0, 0}, " Example AV "))
	src.put("Windows/System32/drivers/klif.sys", []byte("no program"))
	list := look(t, src).Filters
	got := map[string]model.Filter{}
	for _, f := range list.Items {
		got[f.Name] = f
	}
	if len(got) != 6 || !list.Coverage.Complete {
		t.Fatalf("%d of %d: %+v", len(got), len(list.Items), list)
	}
	f := got["eamonm"]
	if f.Altitude != 328700.5 || f.Start != 1 || f.Type != 2 {
		t.Errorf("%+v", f)
	}
	want(t, "file", f.File, true)
	want(t, "company", f.Company, "Example AV")
	want(t, "missing file", got["ehdrv"].File, false)
	wantUnseen(t, "company of a missing file", got["ehdrv"].Company, model.ReasonAbsent)
	if got["broken"].Altitude != 1 || got["klif"].Start != 4 {
		t.Errorf("%+v", got)
	}
}

// Without the folder of the drivers nobody can say that one lacks.
func TestFiltersOfAFewFiles(t *testing.T) {
	list := look(t, withDefender("", func(_, set *regf.BuilderKey) { filterKey(set, "eamonm", 2, 1, "", "328700") }).folder()).Filters
	if len(list.Items) != 1 {
		t.Fatalf("%+v", list)
	}
	wantUnseen(t, "file", list.Items[0].File, model.ReasonAbsent)
}

func TestPrograms(t *testing.T) {
	src := withDefender("", func(software, _ *regf.BuilderKey) {
		software.Key(uninstallKeys[0]+`\{1}`).SetString("DisplayName", "Example Security").SetString("Publisher", "Example").SetString("DisplayVersion", "17.0")
		software.Key(uninstallKeys[0]+`\part`).SetString("Publisher", "Example")
		software.Key(uninstallKeys[1]+`\{2}`).SetString("DisplayName", "Example 32").SetDword("DisplayVersion", 3)
	})
	list := look(t, src).Programs
	if len(list.Items) != 2 || !list.Coverage.Complete {
		t.Fatalf("%+v", list)
	}
	if p := list.Items[0]; p.Name != "Example Security" || p.Publisher != "Example" || p.Version != "17.0" || p.Origin.Key == "" {
		t.Errorf("%+v", p)
	}
	if p := list.Items[1]; p.Name != "Example 32" || p.Version != "3" {
		t.Errorf("%+v", p)
	}
	delete(src.volumes["disk0p3"], softwarePath)
	m := look(t, src)
	if m.Programs.Coverage.Complete || m.Programs.Coverage.Why == nil {
		t.Error("programs of a missing hive are complete")
	}
	wantUnseen(t, "compat", m.OS.QualityCompat, model.ReasonAbsent)
}

func TestQualityCompat(t *testing.T) {
	src := withDefender("", func(software, _ *regf.BuilderKey) {
		software.Key(qualityCompat).SetDword("cadca5fe-87d3-4b96-b7fb-a231484277cc", 0)
	})
	want(t, "set to 0", look(t, src).OS.QualityCompat, true)
	want(t, "absent", look(t, withDefender("", nil)).OS.QualityCompat, false)
}
