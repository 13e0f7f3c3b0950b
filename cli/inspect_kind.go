package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"updoc/disk"
	"updoc/format/pe"
	"updoc/format/reagent"
	"updoc/format/textlog"
	"updoc/model"
	"updoc/source/live"
	"updoc/winapi"
)

// headSize is how much of a file decides what it is.
const headSize = 64 << 10

const (
	wimMagic  = "MSWIM\x00\x00\x00"
	pipeMagic = "WLPWM\x00\x00\x00" // a WIM that wimlib wrote for a pipe
	evtxMagic = "ElfFile\x00"
	chunkName = "ElfChnk\x00"
)

// readHead returns the beginning of a file, shorter if it cannot be read.
func readHead(s *subject) []byte {
	head := make([]byte, min(headSize, max(s.size, 0)))
	n, _ := s.file.ReadAt(head, 0)
	return head[:n]
}

// recognise opens s as what its content says it is. Its name decides only between
// text logs that look alike.
func (in *inspector) recognise(s *subject) (view, error) {
	switch {
	case s.list != nil:
		return &listView{s}, nil
	case s.file == nil && isDir(s.local):
		return openFolder(s)
	case s.file == nil:
		return in.openDisk(s)
	case s.size == 0:
		return nil, &model.Error{Code: "file-empty", Args: model.Args{"path": s.name}}
	}
	if _, err := s.file.ReadAt(make([]byte, 1), 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(s.name, err)
	}
	return in.recogniseFile(s, readHead(s))
}

func (in *inspector) recogniseFile(s *subject, head []byte) (view, error) {
	starts := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case starts(evtxMagic), starts(chunkName), len(head) > 4096 && bytes.HasPrefix(head[4096:], []byte(chunkName)):
		return openEvtx(s)
	case starts("regf"):
		return openHive(s)
	case starts(wimMagic), starts(pipeMagic):
		return in.openWIM(s)
	case starts("PK\x03\x04"):
		return openBundle(s)
	case isESE(head):
		return in.openESE(s)
	case starts("MZ"):
		return openPE(s)
	}
	if v := openText(s, head); v != nil {
		return v, nil
	}
	return in.openDisk(s)
}

// openText returns nil if the file is no text this program reads.
func openText(s *subject, head []byte) view {
	text := sample(head)
	switch {
	case looksXML(text):
		if s.size > reagent.MaxSize {
			return nil
		}
		return openReAgent(s)
	case isReportingEvents(text):
		return &reportingView{s}
	case isDriverLog(text):
		return &setupapiView{s}
	case isUpdateLog(text):
		return &updateLogView{s}
	}
	if v := openInstaller(s, text); v != nil {
		return v
	}
	if v := openDefender(s, text); v != nil {
		return v
	}
	switch logFamily(text, s.base) {
	case "cbs":
		return &cbsView{s}
	case "reagentlog":
		return &reagentLogView{s}
	case "setupact":
		return &setupView{s}
	}
	return nil
}

// sample is the text at the beginning of a file, its last incomplete line cut off;
// "" if it is no text.
func sample(head []byte) string {
	var b strings.Builder
	r := textlog.NewReader(context.Background(), bytes.NewReader(head), textlog.Options{MaxLine: 1 << 10})
	for range 400 {
		line, err := r.Next()
		if err != nil || bytes.IndexByte(line.Text, 0) >= 0 {
			break
		}
		b.Write(line.Text)
		b.WriteByte('\n')
	}
	if text := b.String(); mostlyText(text) {
		return text
	}
	return ""
}

// mostlyText lets a few bytes of an unknown code page pass.
func mostlyText(s string) bool {
	bad := 0
	for _, r := range s {
		if r == utf8.RuneError || r < ' ' && r != '\t' && r != '\n' && r != '\r' {
			bad++
		}
	}
	return bad*20 <= len(s)
}

func looksXML(text string) bool {
	text = strings.TrimLeft(text, "\ufeff \t\r\n")
	return strings.HasPrefix(text, "<") && strings.Contains(text, "<WindowsRE")
}

func openPE(s *subject) (view, error) {
	info, err := pe.Version(s.file, s.size)
	switch {
	case errors.Is(err, pe.ErrNotPE):
		return nil, unknownKind(s.name, err)
	case errors.Is(err, pe.ErrDamaged):
		return nil, damagedFile(s.name, "PE", err)
	case err != nil:
		return nil, unreadable(s.name, err)
	}
	return &peView{s, info}, nil
}

// openDisk opens what is left: a disk. Bytes that show neither a table nor a file
// system are of unknown kind, unless a container says that they are a disk.
func (in *inspector) openDisk(s *subject) (view, error) {
	if s.local == "" {
		return nil, unknownKind(s.name, nil)
	}
	d, err := in.diskAt(s.local)
	if errors.Is(err, disk.ErrNotDisk) {
		return nil, unknownKind(s.name, err)
	}
	if err != nil {
		return nil, unreadable(s.name, err)
	}
	closeFile := s.close
	s.close = func() error { return errors.Join(d.Close(), closeFile()) }
	v := &diskView{s: s, disk: d, volumes: volumesOf(d)}
	if strings.HasPrefix(d.Format(), "raw") && v.shapeless() {
		return nil, unknownKind(s.name, errors.New("neither a partition table nor a known file system"))
	}
	return v, nil
}

// diskAt opens an image or a device; of this PC also \\.\PhysicalDrive1.
func (in *inspector) diskAt(path string) (*disk.Disk, error) {
	if number, is := winapi.DriveNumber(path); is {
		if d, err := live.OpenDisk(in.ctx, live.This(), number); !errors.Is(err, winapi.ErrUnsupported) {
			return d, err
		}
	}
	return disk.Open(in.ctx, path, disk.Options{Progress: in.progress})
}
