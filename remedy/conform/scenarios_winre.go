package conform

import (
	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/fake"
)

// winREScenarios are those that leave the partition table alone.
var winREScenarios = []Scenario{
	{Name: "staged", Remedy: "winre-enable", PC: func() *fake.PC { return gpt().Disable() }, Expect: on},
	{Name: "staged, MBR", Remedy: "winre-enable", PC: func() *fake.PC { return mbr().Disable() }, Expect: on},
	{Name: "no room in the partition", Remedy: "winre-enable", PC: func() *fake.PC {
		pc := gpt().Disable()
		part(pc, 3).Used = 400 * mib
		return pc
	}, Expect: on},
	{Name: "boot store forgot it", Remedy: "winre-enable", PC: func() *fake.PC {
		pc := gpt()
		pc.Boot = fake.Boot{}
		return pc.Copy()
	}, Expect: on},
	{Name: "cut off", Remedy: "winre-rewrite-config", PC: func() *fake.PC {
		pc := gpt()
		f := part(pc, 2).Files["windows/system32/recovery/reagent.xml"]
		f.Content = []byte("<WindowsRE version=\"2.0\"><WinreLoc")
		return pc.Copy()
	}, Expect: on},
	{Name: "old image and scratch folder", Remedy: "winre-clear-leftovers", PC: func() *fake.PC {
		pc := gpt()
		p := part(pc, 3)
		p.Size, p.FSSize = 800*mib, 800*mib
		p.Files["recovery/windowsre/winre_old.wim"] = &fake.File{Path: "Recovery/WindowsRE/winre_old.wim", Size: 200 * mib}
		p.Files["$winreagent/scratch/update.wim"] = &fake.File{Path: "$WinREAgent/Scratch/update.wim", Size: 60 * mib}
		return pc.Copy()
	}, Expect: works},
	{Name: "stored", Remedy: "winre-recompress", PC: func() *fake.PC { return loose("none", 900*mib) }, Expect: works},
	{Name: "xpress", Remedy: "winre-recompress", PC: func() *fake.PC { return loose("xpress", 2000*mib) }, Expect: works},
	{Name: "from C", Remedy: "winre-move-to-partition", PC: onC, Expect: func(m *model.Machine) bool {
		return works(m) && m.WinRE.Active.Place.Value == model.PlaceAfter
	}},
	{Name: "no image anywhere", Remedy: "winre-restore-image", PC: noImage,
		Params: model.Args{"install-wim": "/media/install.wim", "install-wim-image": int64(1), "install-wim-architecture": "amd64",
			"install-wim-build": int64(19041), "install-wim-winre-size": int64(450 * mib)}, Expect: on},
	{Name: "size not known", Remedy: "winre-restore-image", PC: noImage,
		Params: model.Args{"install-wim": "/media/install.wim", "install-wim-image": int64(1)}, Expect: on},
	{Name: "for the running Windows", Remedy: "winre-add-safe-os-update", PC: func() *fake.PC {
		pc := gpt()
		pc.Locals = map[string]fake.File{"/media/kb.cab": {Content: []byte("a cabinet")}}
		return pc
	}, Params: model.Args{"safe-os-update": "/media/kb.cab"}, Expect: on},
}

// loose lets the image be larger than it need be, and its partition just large enough.
func loose(compression string, size uint64) *fake.PC {
	pc := gpt()
	p := part(pc, 3)
	p.Size, p.FSSize = size+80*mib, size+80*mib
	p.Files["recovery/windowsre/winre.wim"] = image(compression, size)
	p.Files["recovery/windowsre/winre.wim"].Path = wimPath
	return pc.Copy()
}

// onC lets recovery run from drive C beside an empty recovery partition with room.
func onC() *fake.PC {
	pc := gpt()
	w, p := part(pc, 2), part(pc, 3)
	p.Size, p.FSSize = gib, gib
	for key, f := range p.Files {
		w.Files[key] = f
		delete(p.Files, key)
	}
	return pc.Enable(host.Place{Volume: windows, Path: wimPath})
}

func noImage() *fake.PC {
	pc := gpt().Disable()
	delete(part(pc, 2).Files, "windows/system32/recovery/winre.wim")
	inside := *image("lzx", 450*mib)
	pc.Locals = map[string]fake.File{"/media/install.wim": {Size: 4 * gib, Wim: &fake.Wim{Inside: map[string]fake.File{
		"windows/system32/recovery/winre.wim": inside}}}}
	return pc.Copy()
}
