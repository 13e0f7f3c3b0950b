package image

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"updoc/disk/commit"
	"updoc/model"
)

// mayWrite asks the system without opening.
func mayWrite(path string) error {
	const wOK = 2
	if err := syscall.Access(path, wOK); err != nil {
		return &os.PathError{Op: "write", Path: path, Err: err}
	}
	dev := blockName(path)
	if b, err := os.ReadFile("/sys/class/block/" + dev + "/ro"); dev != "" && err == nil && strings.TrimSpace(string(b)) == "1" {
		return syscall.EROFS
	}
	return nil
}

// lock keeps others away: an advisory lock on an image, exclusive use of a device, which
// also refuses while one of its partitions is mounted. Whoever does not ask for it is
// looked for.
func (t *Target) lock() error {
	flags := os.O_RDONLY
	if blockName(t.path) != "" {
		flags |= syscall.O_EXCL
	}
	f, err := os.OpenFile(t.path, flags, 0)
	if errors.Is(err, syscall.EBUSY) {
		return inUse(t.path, "system", err)
	}
	if err != nil {
		return err
	}
	t.locks = append(t.locks, f)
	if err := commit.Lock(f); err != nil {
		return inUse(t.path, "updoc", err)
	}
	return t.users()
}

func inUse(path, by string, err error) error {
	return &model.Error{Code: "disk-in-use", Args: model.Args{"path": path, "by": by}, Err: err}
}

// users looks for mounts, swap, holders and loop devices on the disk or its partitions.
func (t *Target) users() error {
	for _, dev := range blockParts(t.path) {
		if at := mentioned("/proc/self/mounts", "/dev/"+dev); at != "" {
			return inUse(t.path, at, nil)
		}
		if mentioned("/proc/swaps", "/dev/"+dev) != "" {
			return inUse(t.path, "swap", nil)
		}
		if held, _ := filepath.Glob("/sys/class/block/" + dev + "/holders/*"); len(held) > 0 {
			return inUse(t.path, filepath.Base(held[0]), nil)
		}
	}
	return t.loops()
}

// loops looks for loop devices whose file is the disk.
func (t *Target) loops() error {
	own, err := os.Stat(t.path)
	if err != nil {
		return err
	}
	backing, _ := filepath.Glob("/sys/class/block/loop*/loop/backing_file")
	for _, b := range backing {
		name, err := os.ReadFile(b)
		if err != nil {
			continue
		}
		if other, err := os.Stat(strings.TrimSpace(string(name))); err == nil && os.SameFile(own, other) {
			return inUse(t.path, filepath.Base(filepath.Dir(filepath.Dir(b))), nil)
		}
	}
	return nil
}

// mentioned returns the second word of the line that begins with dev, or dev itself.
func mentioned(file, dev string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 2 {
			continue
		}
		if real, err := filepath.EvalSymlinks(words[0]); words[0] == dev || err == nil && real == dev {
			return words[1]
		}
	}
	return ""
}

// blockName is the kernel's name of a block device, empty if path is none.
func blockName(path string) string {
	info, err := os.Stat(path)
	if err != nil || info.Mode()&os.ModeDevice == 0 || info.Mode()&os.ModeCharDevice != 0 {
		return ""
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	return filepath.Base(real)
}

// blockParts are a block device and its partitions.
func blockParts(path string) []string {
	name := blockName(path)
	if name == "" {
		return nil
	}
	out := []string{name}
	parts, _ := filepath.Glob("/sys/class/block/" + name + "/" + name + "*")
	for _, p := range parts {
		out = append(out, filepath.Base(p))
	}
	return out
}
