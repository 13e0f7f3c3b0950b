package remedy

import (
	"bytes"
	"errors"
	"testing"

	"updoc/format/wim"
	"updoc/model"
	"updoc/remedy/host"
)

// media is an install.wim with an image per build; each holds a winre.wim of 400 bytes.
func media(t *testing.T, arch string, builds ...int) []byte {
	t.Helper()
	var opts wim.Options
	for _, build := range builds {
		dir := func(name string, in ...*wim.Node) *wim.Node {
			return &wim.Node{Name: name, Attributes: wim.AttributeDirectory, Children: in}
		}
		file := &wim.Node{Name: "winre.wim", Content: wim.Zeros(400)}
		root := dir("", dir("Windows", dir("System32", dir("Recovery", file))))
		opts.Images = append(opts.Images, wim.Tree{Info: wim.Image{Name: "Windows", Arch: arch, HasVersion: build != 0, Major: 10, Build: build}, Root: root})
	}
	var b bytes.Buffer
	if err := wim.Write(&b, opts); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bare is a PC without any winre.wim.
func bare() *model.Machine {
	m := off(pc())
	m.WinRE.Any, m.WinRE.Staged = known(false), model.WinREImage{Exists: known(false)}
	return m
}

func TestInstallWimChoosesTheImageOfThisWindows(t *testing.T) {
	b := media(t, "amd64", 22621, 19041, 19041)
	got, err := InstallWim(bytes.NewReader(b), int64(len(b)), bare())
	if err != nil {
		t.Fatal(err)
	}
	if got[installImage] != int64(2) || got[installBuild] != int64(19041) || got[installArch] != "amd64" || got[installSize] != int64(400) {
		t.Errorf("%v", got)
	}
}

func TestInstallWimOfAnotherWindows(t *testing.T) {
	for code, b := range map[string][]byte{
		"refused-other-windows": media(t, "amd64", 22621), "refused-not-an-image": []byte("no image"),
	} {
		_, err := InstallWim(bytes.NewReader(b), int64(len(b)), bare())
		var e *model.Error
		if !errors.As(err, &e) || e.Code != code || e.Exit != 6 {
			t.Errorf("%v, want %s", err, code)
		}
	}
	arm := media(t, "arm64", 19041)
	if _, err := InstallWim(bytes.NewReader(arm), int64(len(arm)), bare()); err == nil {
		t.Error("an image for another processor was taken")
	}
}

func TestRestoreImage(t *testing.T) {
	p := model.Args{installWim: "/media/usb/install.wim", installImage: 2.0, installArch: "amd64", installBuild: 19041.0, installSize: float64(490 * mib)}
	restored := func(to string) []host.Op {
		return []host.Op{
			{Kind: host.ExtractWim, Local: "/media/usb/install.wim", Image: 2, From: at("", "Windows/System32/Recovery/winre.wim"), To: at(to, wimPath)},
			perhaps(copied(at("disk0p2", "Windows/Boot/DVD/EFI/boot.sdi"), at(to, sdiPath))),
			registered(to),
		}
	}
	wantOps(t, "winre-restore-image", bare(), p, restored("disk0p3")...)
	p[installSize] = float64(500 * mib) // 545 MiB are free there, 52 MiB are the margin
	wantOps(t, "winre-restore-image", bare(), p, restored("disk0p2")...)
	delete(p, installSize)
	wantOps(t, "winre-restore-image", bare(), p, restored("disk0p2")...)
	wantOps(t, "winre-restore-image", pc(), p)

	full := bare()
	full.Windows.Free = known(int64(gib))
	wantRefused(t, "winre-restore-image", full, p, "refused-no-room")
	p[installBuild] = 26100.0
	wantRefused(t, "winre-restore-image", bare(), p, "refused-other-windows")
	p[installBuild], p[installArch] = 0.0, "arm64"
	wantRefused(t, "winre-restore-image", bare(), p, "refused-other-windows")
	delete(p, installImage)
	p[installArch] = "amd64"
	wantRefused(t, "winre-restore-image", bare(), p, "refused-stale-plan")
	wantRefused(t, "winre-restore-image", bare(), model.Args{}, "refused-needs-file")
}
