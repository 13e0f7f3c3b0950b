package commit

import (
	"os"
	"path/filepath"
	"strings"
)

// SameDisk tells whether the folder at path lies on the disk at disk, a block device or
// image file: in one of its file systems, below volumes, mappings and loop devices. An
// image that lies beside the folder is another disk.
func SameDisk(path, disk string) (bool, error) {
	id, err := identify(path)
	if err != nil {
		return false, err
	}
	target, err := identify(disk)
	if err != nil {
		return false, err
	}
	image, err := filepath.EvalSymlinks(disk)
	if err != nil {
		return false, err
	}
	s := search{image: image, target: wholeDisk(target.is), seen: map[string]bool{}}
	if strings.HasPrefix(id.on, "0:") {
		return s.mountSource(path)
	}
	return s.meets(id.on), nil
}

const sysBlock = "/sys/dev/block"

// wholeDisk is the folder in sysfs of the disk that a device number is or is a part of.
func wholeDisk(number string) string {
	dir, err := filepath.EvalSymlinks(filepath.Join(sysBlock, number))
	if number == "" || err != nil {
		return ""
	}
	if _, err := os.Stat(filepath.Join(dir, "partition")); err == nil {
		return filepath.Dir(dir)
	}
	return dir
}

// search looks for a disk below a block device.
type search struct {
	image  string // path
	target string // whole disk, empty for an image file
	seen   map[string]bool
}

// mountSource goes on where a file system has a number of its own (Btrfs) at the device
// it names; one without a device lies on no disk of this system.
func (s *search) mountSource(path string) (bool, error) {
	m, err := mountOf(path)
	if err != nil {
		return false, err
	}
	id, err := identify(m.source)
	if err != nil || id.is == "" {
		return false, nil
	}
	return s.meets(id.is), nil
}

func (s *search) meets(number string) bool {
	dir := wholeDisk(number)
	if dir == "" || s.seen[dir] {
		return false
	}
	s.seen[dir] = true
	if dir == s.target || s.backedByImage(dir) {
		return true
	}
	for _, lower := range s.below(dir) {
		if s.meets(lower) {
			return true
		}
	}
	return false
}

func (s *search) backedByImage(dir string) bool {
	file, err := os.ReadFile(filepath.Join(dir, "loop", "backing_file"))
	return err == nil && strings.TrimSpace(string(file)) == s.image
}

// below are the device numbers that a mapping or a loop device lies on.
func (s *search) below(dir string) (numbers []string) {
	slaves, _ := filepath.Glob(filepath.Join(dir, "slaves", "*", "dev"))
	for _, name := range slaves {
		if text, err := os.ReadFile(name); err == nil {
			numbers = append(numbers, strings.TrimSpace(string(text)))
		}
	}
	if file, err := os.ReadFile(filepath.Join(dir, "loop", "backing_file")); err == nil {
		if id, err := identify(strings.TrimSpace(string(file))); err == nil {
			numbers = append(numbers, id.on)
		}
	}
	return numbers
}
