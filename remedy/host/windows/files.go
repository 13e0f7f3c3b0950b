package windows

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"updoc/model"
	"updoc/winapi"
)

// Files are the files of all volumes, by absolute path with backslashes:
// \\?\Volume{…}\Recovery\WindowsRE\winre.wim, C:\ProgramData\…. Errors wrap
// fs.ErrNotExist, fs.ErrPermission, ErrInUse, ErrFull where they mean that.
type Files interface {
	// Open opens a file for reading, also one that others have open.
	Open(path string) (File, error)
	// Create makes an empty file, in the place of one that is there.
	Create(path string) (Sink, error)
	// Rename gives a file or folder another path on its volume; a file there gives way.
	Rename(from, to string) error
	// Remove takes away a file, read-only or not, or an empty folder.
	Remove(path string) error
	// MakeFolder makes a folder with those above it; one that is there is no error.
	MakeFolder(path string) error
	Stat(path string) (Stat, error)
	// SetAttributes sets FILE_ATTRIBUTE_…, those that can be set.
	SetAttributes(path string, attributes uint32) error
	// List names what is in a folder.
	List(path string) ([]string, error)
}

// File is a file open for reading.
type File interface {
	io.ReaderAt
	io.Closer
}

// Sink is a file being written. Sync makes it last.
type Sink interface {
	io.WriteCloser
	Sync() error
}

// Stat is what Files tells of a file or folder.
type Stat struct {
	Size       int64 // bytes
	Attributes uint32
	Folder     bool
	ID         uint64 // on its volume: stays when it is renamed. Source: nFileIndex of BY_HANDLE_FILE_INFORMATION
}

// Errors of Files. Source: winerror.h, 32 and 33, 39 and 112.
var (
	ErrInUse = errors.New("another program holds the file")
	ErrFull  = errors.New("no room on the volume")
)

// Attributes that SetFileAttributes takes. Source: its documentation.
const (
	attrReadOnly = 0x1
	attrHidden   = 0x2
	attrSystem   = 0x4
	attrArchive  = 0x20
	attrReparse  = 0x400
	attrSettable = attrReadOnly | attrHidden | attrSystem | attrArchive | 0x100 | 0x2000
)

// maxInMemory bounds files that are read whole, bytes.
const maxInMemory = 64 << 20

func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// inUse is what a person is told of a file that cannot be had, and of what Windows denies.
// What fails otherwise, as WMI soon after a start, is tried again: it is no such error.
func inUse(err error) error {
	var known *model.Error
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, ErrInUse):
		return &model.Error{Code: "file-in-use", Exit: 6, Args: model.Args{"path": pathIn(err)}, Err: err}
	case errors.Is(err, ErrFull):
		return &model.Error{Code: "volume-full", Exit: 6, Args: model.Args{"path": pathIn(err)}, Err: err}
	case errors.Is(err, fs.ErrPermission):
		return denied(err)
	}
	return err
}

// denied names the call, or the file and what was to be done with it.
func denied(err error) error {
	var call *winapi.Error
	var at *fs.PathError
	what, code := "", uint32(codeDenied)
	switch {
	case errors.As(err, &call):
		what, code = call.Call, call.Code
	case errors.As(err, &at):
		what = at.Op + " " + at.Path
	}
	return failed("call-denied", model.Args{"call": what, "code": fmt.Sprintf("0x%08x", code)}, err)
}

func pathIn(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Path
	}
	return ""
}

// join is a path below a folder. below: with slashes or backslashes.
func join(folder, below string) string {
	return strings.TrimRight(folder, `\`) + `\` + strings.Trim(strings.ReplaceAll(below, "/", `\`), `\`)
}

// folderOf and nameOf are a path's two ends.
func folderOf(path string) string { return path[:max(strings.LastIndexByte(path, '\\'), 0)] }
func nameOf(path string) string   { return path[strings.LastIndexByte(path, '\\')+1:] }

// extension is that of a name, with its dot.
func extension(path string) string {
	name := nameOf(path)
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return strings.ToLower(name[i:])
	}
	return ""
}

// readWhole reads a small file.
func (h *Host) readWhole(path string) ([]byte, error) {
	r, err := h.reader(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if r.size > maxInMemory {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxInMemory)
	}
	return io.ReadAll(r)
}

// open is a file read from its beginning.
type open struct {
	*io.SectionReader
	io.Closer
	size int64
}

func (h *Host) reader(path string) (*open, error) {
	st, err := h.Files.Stat(path)
	if err != nil {
		return nil, err
	}
	if st.Folder {
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("it is a folder")}
	}
	f, err := h.Files.Open(path)
	if err != nil {
		return nil, err
	}
	return &open{io.NewSectionReader(f, 0, st.Size), f, st.Size}, nil
}

// sum is the SHA-256 of a file; empty if there is none.
func (h *Host) sum(ctx context.Context, path string) (string, error) {
	r, err := h.reader(path)
	if isGone(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer r.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, &patient{ctx, r}); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func sumOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// patient ends a long read when ctx does.
type patient struct {
	ctx context.Context
	io.Reader
}

// Read implements io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.Reader.Read(b)
}

// halfWritten is the name of a file while it is being written.
func halfWritten(path string) string { return path + "~updoc" }

// marks are what a file has beside its content.
type marks struct {
	Attributes uint32 `json:"attributes"`
	Security   []byte `json:"security,omitempty"` // nil: its volume has none
}

// marksOf reads them. FAT keeps no permissions.
func (h *Host) marksOf(ctx context.Context, path string) (marks, error) {
	st, err := h.Files.Stat(path)
	if err != nil {
		return marks{}, err
	}
	security, err := winapi.FileSecurity.Do(ctx, h.Calls, path)
	var refusedBy *winapi.Error
	if errors.Is(err, winapi.ErrUnsupported) || errors.As(err, &refusedBy) && !errors.Is(err, fs.ErrPermission) {
		err = nil
	}
	return marks{st.Attributes & attrSettable, security}, err
}

// put lets path hold what r gives, whose SHA-256 is want, with those marks; nil: those of
// the file that is there, if any. It is written beside, flushed, read again, and takes the
// other's place at once. Where both have no room, the old one goes first, kept as a copy.
func (h *Host) put(ctx context.Context, path, want string, open func() (io.ReadCloser, error), m *marks) error {
	have, err := h.sum(ctx, path)
	if err != nil {
		return err
	}
	if m == nil && have != "" {
		now, err := h.marksOf(ctx, path)
		if err != nil {
			return err
		}
		m = &now
	}
	if have != want {
		if err := h.putContent(ctx, path, have, want, open, m); err != nil {
			return err
		}
	}
	return h.mark(ctx, path, m)
}

func (h *Host) putContent(ctx context.Context, path, have, want string, open func() (io.ReadCloser, error), m *marks) error {
	half := halfWritten(path)
	err := h.writeBeside(ctx, half, want, open)
	if errors.Is(err, ErrFull) && have != "" && !strings.HasPrefix(path, h.Keep) {
		if err = h.makeRoom(ctx, path, have); err == nil {
			err = h.writeBeside(ctx, half, want, open)
		}
	}
	if err == nil {
		err = h.mark(ctx, half, m)
	}
	if err == nil {
		err = h.Files.Rename(half, path)
	}
	if err != nil {
		return errors.Join(err, h.removeIfThere(half))
	}
	if now, err := h.sum(ctx, path); err != nil || now != want {
		return errors.Join(err, fmt.Errorf("%s: what was written is not what can be read", path))
	}
	return nil
}

// makeRoom takes away a file that is kept.
func (h *Host) makeRoom(ctx context.Context, path, sum string) error {
	if err := h.removeIfThere(halfWritten(path)); err != nil {
		return err
	}
	if _, err := h.keep(ctx, path); err != nil {
		return err
	}
	if !h.isKept(ctx, sum, path) {
		return &fs.PathError{Op: "keep", Path: path, Err: ErrFull}
	}
	return h.Files.Remove(path)
}

// mark gives a file what it has beside its content, as far as it differs.
func (h *Host) mark(ctx context.Context, path string, m *marks) error {
	if m == nil {
		return nil
	}
	now, err := h.marksOf(ctx, path)
	if err != nil {
		return err
	}
	if m.Security != nil && !bytes.Equal(now.Security, m.Security) {
		if err := h.grant(ctx, path, m.Security); err != nil {
			return err
		}
	}
	if now.Attributes == m.Attributes {
		return nil
	}
	return h.Files.SetAttributes(path, m.Attributes)
}

// grant gives a file its permissions and reads them again. FAT takes them, and keeps none.
func (h *Host) grant(ctx context.Context, path string, security []byte) error {
	if _, err := winapi.SetFileSecurity.Do(ctx, h.Calls, winapi.FileSecurityCall{Path: path, Descriptor: security}); err != nil {
		return err
	}
	now, err := h.marksOf(ctx, path)
	if err != nil || winapi.SameRights(now.Security, security) {
		return err
	}
	root := path
	for !isRoot(root) && root != "" {
		root = folderOf(root)
	}
	on, err := winapi.FileSystem.Do(ctx, h.Calls, root+`\`)
	if err == nil && !strings.Contains(strings.ToUpper(on.FS), "FAT") {
		err = fmt.Errorf("%s: its permissions are not those that were set", path)
	}
	return err
}

func (h *Host) writeBeside(ctx context.Context, half, want string, open func() (io.ReadCloser, error)) error {
	if err := h.Files.MakeFolder(folderOf(half)); err != nil {
		return err
	}
	r, err := open()
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := h.Files.Create(half)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, &patient{ctx, r})
	if err == nil {
		err = w.Sync()
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	if have, err := h.sum(ctx, half); err != nil || have != want {
		return errors.Join(err, fmt.Errorf("%s: what was written is not what can be read", half))
	}
	return nil
}

// removeIfThere takes a file away.
func (h *Host) removeIfThere(path string) error {
	if err := h.Files.Remove(path); err != nil && !isGone(err) {
		return err
	}
	return nil
}

// bytesOf opens bytes as put wants it.
func bytesOf(b []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}

// fileOf opens a file as put wants it.
func (h *Host) fileOf(path string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return h.reader(path) }
}

// writeWhole writes a small file of the journal's folder.
func (h *Host) writeWhole(path string, b []byte) error {
	return h.put(context.Background(), path, sumOf(b), bytesOf(b), nil)
}
