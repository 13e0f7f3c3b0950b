package collect

import (
	"bytes"
	"testing"

	"updoc/format/regf"
	"updoc/source"
)

// loads lets a running registry hold what a hive does.
func (r *running) loads(t *testing.T, name string, b []byte) {
	t.Helper()
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	root, err := h.Root()
	if err != nil {
		t.Fatal(err)
	}
	var load func(path string, k regf.Key)
	load = func(path string, k regf.Key) {
		var out source.RegistryKey
		values, err := k.Values()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			data, err := v.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			out.Values = append(out.Values, source.RegistryValue{Name: v.Name(), Type: v.Type(), Data: data})
		}
		subs, err := k.Subkeys()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range subs {
			out.Subkeys = append(out.Subkeys, s.Name())
			below := s.Name()
			if path != "" {
				below = path + `\` + below
			}
			load(below, s)
		}
		r.keys[name+`\`+path] = out
	}
	load("", root)
}

// A boot store that cannot be read as a file is read as Windows has loaded it: the same
// facts; one without end is not.
func TestLoadedBootStore(t *testing.T) {
	file := withWinRE(t, 83*mib)
	fromFile := look(t, file)
	src := &running{fake: file, keys: newRunning().keys}
	src.loads(t, "BCD", file.volumes["disk0p1"][efiStore].Data)
	delete(file.volumes["disk0p1"], efiStore)
	d := newDesk(t.Context(), src, Options{Now: now})
	disks(d)
	boot(d)
	got, want := d.m.WinRE.BCD, fromFile.WinRE.BCD
	if !got.Enabled.Value || got.Partition.Value != want.Partition.Value || got.Path.Value != want.Path.Value || got.Sequence.Value != want.Sequence.Value ||
		d.m.Boot.LoaderEFI.Value != fromFile.Boot.LoaderEFI.Value || d.m.Boot.Store.Value != `HKLM\BCD00000000` {
		t.Errorf("%+v\n%+v\n%+v", got, want, d.m.Boot)
	}
	if o := got.Enabled.Origin; o.Volume != "" || o.Offset != 0 || o.Path != `HKLM\BCD00000000` || o.Key == "" {
		t.Errorf("%+v", o)
	}
	src.keys[`BCD\`] = source.RegistryKey{Subkeys: []string{"a"}}
	for path := "a"; len(path) < 30; path += `\a` {
		src.keys[`BCD\`+path] = source.RegistryKey{Subkeys: []string{"a"}}
	}
	d = newDesk(t.Context(), src, Options{Now: now})
	disks(d)
	boot(d)
	if d.m.Boot.Store.Known || d.m.WinRE.BCD.Enabled.Known {
		t.Errorf("%+v", d.m.Boot.Store)
	}
}
