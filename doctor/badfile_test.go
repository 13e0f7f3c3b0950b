package doctor_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"updoc/disk"
	"updoc/model"
	"updoc/source"
	"updoc/source/folder"
	"updoc/source/image"
	"updoc/testkit"
)

// mishap is something that happens to one file. seen says that whoever reads the
// file must notice.
type mishap struct {
	name   string
	seen   bool
	brief  bool // part of the short list
	happen func(f source.File, size int64) (source.File, error)
}

// rewrite is a mishap of the content.
func rewrite(change func(b []byte) []byte) func(source.File, int64) (source.File, error) {
	return func(f source.File, size int64) (source.File, error) {
		b := make([]byte, min(size, 4<<20)) // winre.wim is mostly zeros
		if _, err := f.ReadAt(b, 0); err != nil && err != io.EOF {
			return nil, err
		}
		return content(f, change(b)), nil
	}
}

func mishaps() []mishap {
	r := rand.New(rand.NewPCG(3, 4))
	list := []mishap{
		{name: "vanishes", happen: func(source.File, int64) (source.File, error) {
			return nil, &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
		}},
		{name: "not allowed", seen: true, happen: func(source.File, int64) (source.File, error) {
			return nil, &fs.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}
		}},
		{name: "unreadable", seen: true, happen: func(f source.File, _ int64) (source.File, error) { return &dying{f, 0, errMedium}, nil }},
		{name: "empty", seen: true, happen: rewrite(func([]byte) []byte { return nil })},
		{name: "zeros", seen: true, happen: rewrite(func(b []byte) []byte { return make([]byte, len(b)) })},
		{name: "text", seen: true, happen: rewrite(func([]byte) []byte { return []byte("This is a letter.\r\nIt has two lines.\r\n") })},
		{name: "noise", seen: true, happen: rewrite(func(b []byte) []byte {
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			return b
		})},
		{name: "long line", seen: true, happen: func(f source.File, _ int64) (source.File, error) {
			return &replaced{f, &longLine{size: 100 << 20}}, nil
		}},
		{name: "other bytes first", happen: rewrite(func(b []byte) []byte { return testkit.UTF16(string(b), binary.BigEndian) })},
		{name: "byte mark only", seen: true, happen: rewrite(func([]byte) []byte { return []byte{0xff, 0xfe} })},
	}
	for _, reads := range []int{1, 3, 10, 40} {
		list = append(list, mishap{name: fmt.Sprintf("dies after %d reads", reads), happen: func(f source.File, _ int64) (source.File, error) {
			return &dying{f, reads, errMedium}, nil
		}})
	}
	for _, part := range []int{1, 20, 50, 90, 99} {
		list = append(list, mishap{name: fmt.Sprintf("%d %% left", part), happen: rewrite(func(b []byte) []byte { return b[:len(b)*part/100] })})
	}
	for range 4 {
		list = append(list, mishap{name: "flips", happen: rewrite(func(b []byte) []byte {
			for range 1 + len(b)/3000 {
				if len(b) > 0 {
					b[r.IntN(len(b))] ^= byte(1 << r.IntN(8))
				}
			}
			return b
		})})
	}
	for i := range list {
		list[i].brief = slices.Contains([]string{"unreadable", "empty", "noise", "dies after 3 reads", "50 % left", "flips"}, list[i].name)
	}
	return list
}

// own are conditions that damage of one file is: Windows, too, would find it broken.
var own = map[string][]string{
	"reagent.xml": {"reagent-config-corrupt"},
	"winre.wim":   {"winre-wim-missing"},
	"bcd":         {"winre-disabled"},
}

// Whatever happens to one file while it is read, the rest is diagnosed, the loss is
// said, and nothing false becomes sure.
func TestOneFileOfADisk(t *testing.T) {
	t.Parallel()
	img := sick(t)
	oneFile(t, func() (source.Source, error) {
		return image.OpenDisk(disk.New(&patient{Image: img}), "sick.img", image.Options{})
	}, mishaps())
}

// A few bytes that cannot be read, anywhere in a registry hive, the boot store or
// ReAgent.xml, change no fact to another value.
func TestHoles(t *testing.T) {
	t.Parallel()
	img := sick(t)
	open := func() (source.Source, error) {
		return image.OpenDisk(disk.New(&patient{Image: img}), "sick.img", image.Options{})
	}
	sizes := map[string]int64{}
	whole := examineTampered(t, open, func(id string, f source.File, size int64) (source.File, error) {
		sizes[id] = size
		return f, nil
	})
	truth := factsOf(t, whole)
	const config = "disk0p3:windows/system32/config/"
	var c complaints
	for _, name := range []string{config + "software", config + "system", "disk0p1:efi/microsoft/boot/bcd", "disk0p3:windows/system32/recovery/reagent.xml"} {
		if sizes[name] == 0 {
			t.Fatalf("%s was not read", name)
		}
		for at := int64(0); at < sizes[name]; at += 320 {
			d := examineTampered(t, open, func(id string, f source.File, _ int64) (source.File, error) {
				if id != name {
					return f, nil
				}
				return &holed{File: f, hole: span{at, 64}}, nil
			})
			c.add(fmt.Sprint(name, " ", at), append(wrongs(whole, d), changed(t, truth, d)...))
		}
	}
	c.report(t)
}

// The same for drive C: of other stories, as folders, with the mishaps that differ most.
func TestOneFileOfAFolder(t *testing.T) {
	for _, story := range []string{"pending-reboot", "ssu-missing", "false-error-already-installed", "control-healed", "control-noise", "esp-wrong-type", "winre-disabled"} {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			dir := build(t, story)
			oneFile(t, func() (source.Source, error) { return folder.Open(dir) }, slices.DeleteFunc(mishaps(), func(m mishap) bool { return !m.brief }))
		})
	}
}

// oneFile lets each mishap happen to each file that a diagnosis reads.
func oneFile(t *testing.T, open func() (source.Source, error), list []mishap) {
	t.Helper()
	var files []string
	whole := examineTampered(t, open, func(id string, f source.File, _ int64) (source.File, error) {
		if !slices.Contains(files, id) {
			files = append(files, id)
		}
		return f, nil
	})
	if len(files) < 8 {
		t.Fatalf("only %v were read", files)
	}
	var c complaints
	for _, name := range files {
		for _, m := range list {
			d := examineTampered(t, open, func(id string, f source.File, size int64) (source.File, error) {
				if id != name {
					return f, nil
				}
				return m.happen(f, size)
			})
			wrong := wrongs(whole, d, own[name[strings.LastIndexByte(name, '/')+1:]]...)
			if m.tells(name) && !noticed(d, name) {
				wrong = append(wrong, "not noticed")
			}
			c.add(name+" "+m.name, wrong)
		}
	}
	c.report(t)
}

func examineTampered(t *testing.T, open func() (source.Source, error), how func(string, source.File, int64) (source.File, error)) *model.Diagnosis {
	t.Helper()
	src, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	return examine(t, &tampered{Source: src, tamper: how, opened: map[string]int64{}})
}

// tells reports whether a mishap of this file can be told: a text log or the hosts file
// may well be empty, and the logs of a clean hive are not needed.
func (m mishap) tells(name string) bool {
	dot := name[strings.LastIndexByte(name, '.')+1:]
	empty := m.name == "empty" || m.name == "byte mark only"
	return m.seen && dot != "log1" && dot != "log2" && !strings.HasSuffix(name, "/bcd.log") && !((dot == "log" || strings.HasSuffix(name, "/etc/hosts")) && empty)
}

// noticed reports whether something is said about a file.
func noticed(d *model.Diagnosis, id string) bool {
	_, name, _ := strings.Cut(id, ":")
	return slices.ContainsFunc(d.Machine.Looks, func(l model.Look) bool {
		return strings.EqualFold(strings.ReplaceAll(l.Path, `\`, "/"), name) && (l.Unseen != nil || l.Note != "")
	})
}
