package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"updoc/format/wim"
)

// plantFolder turns a folder into a tree for an NTFS volume.
func plantFolder(dir string) (*wim.Node, error) {
	root := folderNode("")
	nodes := map[string]*wim.Node{".": root}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		rel, rerr := filepath.Rel(dir, path)
		if err != nil || rerr != nil || rel == "." {
			return err
		}
		n := folderNode(e.Name())
		if !e.IsDir() {
			if n, err = fileNode(path, e.Name()); err != nil {
				return err
			}
		}
		parent := nodes[filepath.Dir(rel)]
		parent.Children = append(parent.Children, n)
		nodes[rel] = n
		return nil
	})
	return root, err
}

func folderNode(name string) *wim.Node {
	return &wim.Node{Name: name, Attributes: wim.AttributeDirectory}
}

func fileNode(path, name string) (*wim.Node, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	content := wim.From(lazyFile(path), info.Size())
	return &wim.Node{Name: name, Attributes: wim.AttributeArchive, Content: content, Modified: info.ModTime()}, nil
}

// lazyFile is the content of a file that is opened for each read, because a tree has
// more files than a process may hold open.
type lazyFile string

// ReadAt implements io.ReaderAt.
func (l lazyFile) ReadAt(b []byte, off int64) (int, error) {
	f, err := os.Open(string(l))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return f.ReadAt(b, off)
}

// below returns the folder of a path below n and makes what is missing.
func below(n *wim.Node, path string) *wim.Node {
	for name := range strings.SplitSeq(path, "/") {
		n = subfolder(n, name)
	}
	return n
}

func subfolder(n *wim.Node, name string) *wim.Node {
	for _, c := range n.Children {
		if strings.EqualFold(c.Name, name) {
			return c
		}
	}
	made := folderNode(name)
	n.Children = append(n.Children, made)
	return made
}

// crowd is a family of folders with files, as a Windows has them.
type crowd struct {
	path    string // of the parent folder
	folder  string // pattern of the folders' names, with their number and a hash; "": the files lie in path
	file    string // pattern of the files' names
	folders int
	files   int // in each folder
}

// crowds are where the files of a Windows are; their counts add up to fileCount with
// what the last one is filled up to.
func crowds() []crowd {
	return []crowd{
		{"Windows/System32", "", "component%04d.dll", 1, 4600},
		{"Windows/SysWOW64", "", "component%04d.dll", 1, 3000},
		{"Windows/System32/drivers", "", "driver%04d.sys", 1, 520},
		{"Windows/System32/winevt/Logs", "", "Microsoft-Windows-Component%03d%%4Operational.evtx", 1, 380},
		{"Windows/System32/DriverStore/FileRepository", "driver%04d.inf_amd64_%016x", "part%02d.dll", 800, 9},
		{"Windows/servicing/Packages", "", "Microsoft-Windows-Feature%05d-Package~31bf3856ad364e35~amd64~~10.0.19041.3803.mum", 1, 5200},
		{"Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}", "", "Package_%05d_for_KB5034763~31bf3856ad364e35~amd64~~19041.3803.1.10.cat", 1, 5200},
		{"Windows/SoftwareDistribution/Download", "%04d%016x", "part%02d.cab", 60, 8},
		{"Windows/Installer", "", "%06x.msi", 1, 900},
		{"Users/user/AppData/Local/Application/Cache", "", "f_%06x", 1, 9000},
		{"Users/user/AppData/Local/Temp", "", "example_%04d.log", 1, 300},
		{"Users/user/Pictures", "album %04d %016x", "picture %03d.jpg", 120, 90},
		{"Program Files", "Example Program %04d %016x", "module%03d.dll", 160, 120},
		{"Windows/WinSxS", "amd64_microsoft-windows-part%05d_31bf3856ad364e35_10.0.19041.3803_none_%016x", "file%02d.dll", 1 << 20, 8},
	}
}

// addFiles fills a drive up with count files.
func addFiles(root *wim.Node, count int) {
	left := count
	for _, c := range crowds() {
		parent := below(root, c.path)
		for i := 0; i < c.folders && left > 0; i++ {
			folder := parent
			if c.folder != "" {
				folder = folderNode(fmt.Sprintf(c.folder, i, mix(uint64(i))))
				parent.Children = append(parent.Children, folder)
			}
			n := min(c.files, left)
			for j := range n {
				folder.Children = append(folder.Children, &wim.Node{Name: fmt.Sprintf(c.file, j), Content: someContent(left - j)})
			}
			left -= n
		}
	}
}

// someContent is a file of some size; most are small, because nobody reads them.
func someContent(i int) wim.Content {
	if i%4 == 0 {
		return wim.From(noise{uint64(i % 64)}, 5000)
	}
	return wim.From(noise{uint64(i % 64)}, int64(100+i%400))
}

// noise reads as endless bytes that no compressor makes smaller, the same ones for
// the same seed.
type noise struct{ seed uint64 }

// ReadAt implements io.ReaderAt.
func (n noise) ReadAt(b []byte, off int64) (int, error) {
	for i := range b {
		at := uint64(off) + uint64(i)
		b[i] = byte(mix(n.seed<<32|at>>3) >> (8 * (at & 7)))
	}
	return len(b), nil
}

var _ io.ReaderAt = noise{}

// mix spreads the bits of a number evenly (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
