package main

import (
	"context"
	"fmt"
	"path/filepath"

	"updoc/format/pe"
	"updoc/format/wim"
)

// recoveryTree makes a winre.wim of the usual shape, LZX compressed, and returns the
// tree of the recovery partition.
func recoveryTree(ctx context.Context, drive, work string) (*wim.Node, error) {
	path := filepath.Join(work, "winre.wim")
	image, err := winreTree(winreSize)
	if err != nil {
		return nil, err
	}
	if err := writeWim(path, wim.Options{Images: []wim.Tree{image}, BootIndex: 1}); err != nil {
		return nil, err
	}
	if err := run(ctx, "wimlib-imagex", "optimize", path, "--recompress", "--compress=LZX:20"); err != nil {
		return nil, err
	}
	return recoveryFiles(path, filepath.Join(drive, "Windows/System32/Recovery/ReAgent.xml"))
}

func recoveryFiles(image, config string) (*wim.Node, error) {
	root := folderNode("")
	folder := below(root, "Recovery/WindowsRE")
	for name, path := range map[string]string{"Winre.wim": image, "ReAgent.xml": config} {
		n, err := fileNode(path, name)
		if err != nil {
			return nil, err
		}
		folder.Children = append(folder.Children, n)
	}
	folder.Children = append(folder.Children, &wim.Node{Name: "boot.sdi", Content: wim.Zeros(3170304)})
	return root, nil
}

// winreTree is image 1 of a recovery environment: 4,000 files of size bytes in all,
// hardly compressible.
func winreTree(size int64) (wim.Tree, error) {
	const folders, each = 100, 40
	version := pe.Numbers{10, 0, 19041, 1}
	measure, err := pe.Build{FileVersion: version, ProductVersion: version}.Bytes()
	if err != nil {
		return wim.Tree{}, err
	}
	root := folderNode("")
	system := below(root, "Windows/System32")
	system.Children = []*wim.Node{{Name: "bootmenuux.dll", Content: wim.Bytes(measure)}}
	for i := range folders {
		name := fmt.Sprintf("amd64_winpe-part-%03d_31bf3856ad364e35_10.0.19041.1_none_%016x", i, mix(uint64(i)))
		folder := below(root, "Windows/WinSxS/"+name)
		for j := range each {
			content := wim.From(noise{uint64(i*each + j)}, size/(folders*each))
			folder.Children = append(folder.Children, &wim.Node{Name: fmt.Sprintf("part%02d.dll", j), Content: content})
		}
	}
	return wim.Tree{Root: root, Time: epoch, Info: wim.Image{Name: "Microsoft Windows Recovery Environment (amd64)", Arch: "amd64",
		EditionID: "WindowsPE", InstallationType: "WindowsPE", HasVersion: true, Major: 10, Build: 19041, SPBuild: 1}}, nil
}
