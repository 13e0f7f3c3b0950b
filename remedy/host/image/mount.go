package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// mount is a volume that ntfs-3g shows.
type mount struct {
	dir  string
	cmd  *exec.Cmd
	said *limited
	done chan error
}

// show gives the file that a partition of the overlay is shown as.
func (h *Host) show(id string) (string, error) {
	if path, ok := h.shown[id]; ok {
		return path, nil
	}
	p, err := h.part(id)
	if err != nil {
		return "", err
	}
	path, err := h.view.Show(id, int64(p.Start), int64(p.Size))
	if err == nil {
		h.shown[id] = path
	}
	return path, err
}

// forget takes away what shows a partition, because it moved or changed its size.
func (h *Host) forget(id string) error {
	if err := h.settle(); err != nil {
		return err
	}
	if _, ok := h.shown[id]; !ok {
		return nil
	}
	delete(h.shown, id)
	return h.view.Hide(id)
}

// mount shows the files of an NTFS volume for reading and writing.
func (h *Host) mount(ctx context.Context, id string) (string, error) {
	if m, ok := h.mounted[id]; ok {
		return m.dir, nil
	}
	path, err := h.show(id)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(h.temp, "mount-"+id)
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	m, err := startMount(ctx, path, dir)
	if err != nil {
		return "", err
	}
	h.mounted[id], h.touched[id] = m, true
	return dir, nil
}

// startMount runs ntfs-3g in the foreground, so that its end can be waited for: only then
// everything is written. norecover makes it refuse a volume that was not closed.
func startMount(ctx context.Context, path, dir string) (*mount, error) {
	cmd, err := command(context.WithoutCancel(ctx), "ntfs-3g", "-o", "no_detach,noatime,norecover", path, dir)
	if err != nil {
		return nil, err
	}
	m := &mount{dir: dir, cmd: cmd, said: &limited{most: mostOutput}, done: make(chan error, 1)}
	cmd.Stdout, cmd.Stderr = m.said, m.said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { m.done <- cmd.Wait() }()
	return m, m.ready()
}

// ready waits until the folder belongs to another file system, or the program has ended.
func (m *mount) ready() error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-m.done:
			return fmt.Errorf("ntfs-3g ended: %w: %s", errors.Join(err, errors.New("no mount")), lastLine(m.said.String()))
		case <-tick.C:
			if isMountPoint(m.dir) {
				return nil
			}
		}
	}
}

// settle unmounts all volumes, waits until their programs have written everything, and
// until it has reached the overlay. An error of the overlay that a tool missed is met here.
func (h *Host) settle() error {
	var all error
	for id, m := range h.mounted {
		if err := unmount(m.dir); err != nil {
			all = errors.Join(all, fmt.Errorf("unmount %s: %w", id, err))
			continue
		}
		if err := <-m.done; err != nil {
			all = errors.Join(all, fmt.Errorf("ntfs-3g: %w: %s", err, lastLine(m.said.String())))
		}
		delete(h.mounted, id)
	}
	return errors.Join(all, h.view.Sync())
}
