package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"updoc/format/wim"
	"updoc/model"
)

// maxChecked is how many bytes of files are compared with their checksums unless
// --check asks for all of them.
const maxChecked = 256 << 20

type wimView struct {
	s     *subject
	file  *wim.File
	check bool // whatever it costs
}

func (in *inspector) openWIM(s *subject) (view, error) {
	f, err := wim.Open(s.file, s.size)
	if err != nil {
		return nil, wimError(s.name, err)
	}
	return &wimView{s, f, in.check}, nil
}

func wimError(name string, err error) error {
	switch {
	case errors.Is(err, wim.ErrUnsupported):
		return wimUnsupported(name, err)
	case errors.Is(err, wim.ErrDamaged), errors.Is(err, wim.ErrNotWIM):
		return damagedFile(name, "WIM", err)
	}
	return unreadable(name, err)
}

func wimUnsupported(name string, err error) error {
	return &model.Error{Code: "wim-unsupported", Args: model.Args{"path": name}, Err: err}
}

// wimDocument: valid says that nothing wrong was met in what was checked.
type wimDocument struct {
	Kind        string     `json:"kind"`
	Images      []wimImage `json:"images"`
	Compression string     `json:"compression"`
	Valid       bool       `json:"valid"`
	about
	Checked    string   `json:"checked"` // "all": every file's checksum; "structure": header, XML and folders only
	ChunkSize  uint32   `json:"chunkSize"`
	Version    string   `json:"version"`
	Flags      string   `json:"flags"`
	ImageCount uint32   `json:"imageCount"`
	BootIndex  uint32   `json:"bootIndex"`
	Part       uint16   `json:"part"`
	TotalParts uint16   `json:"totalParts"`
	GUID       string   `json:"guid"`
	Integrity  bool     `json:"integrityTable"`
	Problems   []string `json:"problems"`
}

type wimImage struct {
	Index        int    `json:"index"`
	Name         string `json:"name"`
	Build        int    `json:"build"`
	SPBuild      int    `json:"spBuild"`
	Version      string `json:"version"` // "" if the XML has none
	Arch         string `json:"arch"`
	EditionID    string `json:"editionId"`
	Description  string `json:"description,omitempty"`
	DirCount     int64  `json:"dirCount"` // by the XML, as the next two
	FileCount    int64  `json:"fileCount"`
	TotalBytes   int64  `json:"totalBytes"`
	EntriesFound int64  `json:"entriesFound"` // files and folders in the image, the root included
}

// maxImages bounds how many images are looked into: the count in the header is only a
// claim. Microsoft's own installation media have about ten.
const maxImages = 256

func (v *wimView) imageCount() uint32 { return min(v.file.Info().ImageCount, maxImages) }

// wimSum is what walking the images gives.
type wimSum struct {
	entries  []int64
	bytes    int64
	problems []string
}

func (v *wimView) document(ctx context.Context) (document, error) {
	sum, err := v.walk(ctx)
	if err != nil {
		return nil, err
	}
	d := &wimDocument{Kind: "wim", Images: []wimImage{}, about: aboutOf(v.s), Checked: "structure"}
	if v.check || sum.bytes <= maxChecked {
		d.Checked = "all"
		bad, err := v.checkFiles(ctx)
		if err != nil {
			return nil, err
		}
		sum.problems = append(sum.problems, bad...)
	}
	d.fill(v.file.Info(), sum)
	return d, nil
}

// walk visits every image: its metadata is read whole, its files are not.
func (v *wimView) walk(ctx context.Context) (sum wimSum, err error) {
	for i := range v.imageCount() {
		n := int64(0)
		err := v.file.Walk(int(i)+1, func(e wim.Entry) error {
			n++
			sum.bytes += max(e.Size, 0)
			return ctx.Err()
		})
		if ctx.Err() != nil {
			return sum, ctx.Err()
		}
		sum.entries = append(sum.entries, n)
		if err != nil && !slices.Contains(v.file.Info().Problems, err.Error()) {
			sum.problems = append(sum.problems, fmt.Sprintf("image %d: %v", i+1, err))
		}
		if errors.Is(err, fs.ErrNotExist) {
			break // nor are those behind it
		}
	}
	if n := v.file.Info().ImageCount; n > maxImages {
		sum.problems = append(sum.problems, fmt.Sprintf("%d images are claimed, %d were looked into", n, maxImages))
	}
	return sum, nil
}

// checkFiles reads every content once and compares its SHA-1.
func (v *wimView) checkFiles(ctx context.Context) (bad []string, err error) {
	seen := map[[20]byte]bool{}
	for i := range v.imageCount() {
		_ = v.file.Walk(int(i)+1, func(e wim.Entry) error { // walk told its damage
			if e.IsDir() || e.Size <= 0 || seen[e.SHA1] || len(bad) > maxSubkeys {
				return ctx.Err()
			}
			seen[e.SHA1] = true
			if err := v.checkFile(ctx, int(i)+1, e.Path); err != nil {
				bad = append(bad, e.Path+": "+err.Error())
			}
			return ctx.Err()
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return bad, nil
}

func (v *wimView) checkFile(ctx context.Context, image int, path string) error {
	r, err := v.file.OpenFile(image, path)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, contextReader{ctx, r})
	return err
}

func (d *wimDocument) fill(info wim.Info, sum wimSum) {
	d.Compression, d.ChunkSize, d.GUID = info.Compression, info.ChunkSize, info.GUID
	d.Version, d.Flags = fmt.Sprintf("0x%x", info.Version), fmt.Sprintf("0x%x", info.Flags)
	d.ImageCount, d.BootIndex, d.Part, d.TotalParts, d.Integrity = info.ImageCount, info.BootIndex, info.Part, info.TotalParts, info.Integrity
	d.Problems = append(append([]string{}, info.Problems...), sum.problems...)
	d.Valid = info.Valid && len(sum.problems) == 0
	for i, im := range info.Images {
		image := wimImage{Index: im.Index, Name: im.Name, Build: im.Build, SPBuild: im.SPBuild, Version: im.Version(), Arch: im.Arch,
			EditionID: im.EditionID, Description: im.Description, DirCount: im.DirCount, FileCount: im.FileCount, TotalBytes: im.TotalBytes}
		if i < len(sum.entries) {
			image.EntriesFound = sum.entries[i]
		}
		d.Images = append(d.Images, image)
	}
}

// wimFile is one file or folder of an image.
type wimFile struct {
	Image      int        `json:"image"`
	Path       string     `json:"path"`
	Dir        bool       `json:"dir"`
	Size       int64      `json:"size"` // bytes; -1: the content is missing
	Modified   *time.Time `json:"modified"`
	Attributes string     `json:"attributes"`
	SHA1       string     `json:"sha1,omitempty"`
	Streams    []string   `json:"streams,omitempty"`
}

func recordWIM(image int, e wim.Entry) wimFile {
	f := wimFile{Image: image, Path: e.Path, Dir: e.IsDir(), Size: e.Size, Modified: timeOrNull(e.Modified),
		Attributes: fmt.Sprintf("0x%x", e.Attributes), Streams: e.Streams}
	if e.SHA1 != ([20]byte{}) {
		f.SHA1 = fmt.Sprintf("%x", e.SHA1)
	}
	return f
}

func (v *wimView) records(ctx context.Context, out *lines) error {
	for i := range v.imageCount() {
		err := v.file.Walk(int(i)+1, func(e wim.Entry) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return out.add(recordWIM(int(i)+1, e))
		})
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil && !errors.Is(err, wim.ErrDamaged) && !errors.Is(err, wim.ErrUnsupported):
			return err
		}
	}
	return nil
}

func (d *wimDocument) show(s *sheet) {
	s.title(d.Path, "wim")
	s.row("size", sizeText(uint64(d.Size)))
	s.row("compression", d.Compression)
	s.rowBool("valid", d.Valid)
	s.row("checked", s.label("checked."+d.Checked))
	if d.TotalParts > 1 {
		s.row("part", fmt.Sprintf("%d/%d", d.Part, d.TotalParts))
	}
	var rows [][]string
	for _, i := range d.Images {
		rows = append(rows, []string{fmt.Sprint(i.Index), i.Name, i.Version, i.Arch, i.EditionID, commas(i.FileCount), sizeText(uint64(max(i.TotalBytes, 0)))})
	}
	s.table("images", []string{"number", "name", "version", "machine", "edition", "files", "size"}, rows)
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}

func listWIM(w *wim.File, folder string) (*listing, error) {
	l := &listing{path: folder}
	err := w.Walk(1, func(e wim.Entry) error {
		if parentOf(e.Path) != folder || e.Path == "" {
			return nil
		}
		l.add(listEntry{Name: e.Name, Dir: e.IsDir(), Size: max(e.Size, 0), Modified: timeOrNull(e.Modified), Attributes: fmt.Sprintf("0x%x", e.Attributes)})
		return nil
	})
	if errors.Is(err, wim.ErrDamaged) {
		l.problems = append(l.problems, err.Error())
		err = nil
	}
	return l, err
}
