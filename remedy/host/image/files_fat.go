package image

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path"

	"updoc/disk/fat"
	"updoc/remedy/host"
)

// fatFiles are the files of a FAT volume, changed with mtools.
type fatFiles struct {
	h     *Host
	id    string
	image string
}

func (f fatFiles) write(ctx context.Context, name string, r io.Reader) error {
	tmp, err := os.CreateTemp(f.h.temp, "fat-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = io.Copy(tmp, r); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	before := f.attributes(name)
	if before != 0 {
		if err := f.tool(ctx, "mattrib", "-r", "-h", "-s", "::/"+name); err != nil {
			return err
		}
	}
	if err := f.folders(ctx, path.Dir(name)); err != nil {
		return err
	}
	if err := f.tool(ctx, "mcopy", "-o", "-D", "o", tmp.Name(), "::/"+name); err != nil {
		return err
	}
	return f.mark(ctx, name, before)
}

// folders makes what is missing of a path.
func (f fatFiles) folders(ctx context.Context, dir string) error {
	if dir == "." || dir == "/" {
		return nil
	}
	there, err := f.h.exists(host.Place{Volume: f.id, Path: dir})
	if err != nil || there {
		return err
	}
	if err := f.folders(ctx, path.Dir(dir)); err != nil {
		return err
	}
	return f.tool(ctx, "mmd", "-D", "s", "::/"+dir)
}

func (f fatFiles) patch(ctx context.Context, name string, _, now []byte) error {
	return f.write(ctx, name, bytes.NewReader(now))
}

func (f fatFiles) rename(ctx context.Context, name, to string) error {
	return f.tool(ctx, "mren", "::/"+name, "::/"+to)
}

func (f fatFiles) remove(ctx context.Context, name string) error {
	if err := f.tool(ctx, "mattrib", "-r", "-h", "-s", "::/"+name); err != nil {
		return err
	}
	return f.tool(ctx, "mdel", "::/"+name)
}

func (f fatFiles) like(ctx context.Context, name string, m marks) error {
	return f.mark(ctx, name, m.own.attributes)
}

func (f fatFiles) tool(ctx context.Context, name string, args ...string) error {
	_, err := run(ctx, "", name, append([]string{"-i", f.image}, args...)...)
	return err
}

// attributes are those among read-only, hidden and system that a file has now.
func (f fatFiles) attributes(name string) uint32 {
	v, err := f.h.look(f.id)
	if err != nil {
		return 0
	}
	info, err := fs.Stat(v, name)
	if err != nil {
		return 0
	}
	if st, ok := info.Sys().(*fat.Stat); ok {
		return st.Attributes & (attrReadOnly | attrHidden | attrSystem)
	}
	return 0
}

func (f fatFiles) mark(ctx context.Context, name string, attributes uint32) error {
	var args []string
	for i, flag := range []string{"+r", "+h", "+s"} {
		if attributes>>i&1 != 0 {
			args = append(args, flag)
		}
	}
	if args == nil {
		return nil
	}
	return f.tool(ctx, "mattrib", append(args, "::/"+name)...)
}
