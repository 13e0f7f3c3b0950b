package doctor

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"updoc/model"
	"updoc/source"
	"updoc/winapi"
)

// placed is where a folder lies on the PC that is looked at, if this program runs there.
type placed struct {
	here   bool   // it does
	volume string // nothing is copied from there; empty: the folder is on none of its disks
	own    bool   // the disk of Windows holds the folder
}

func placeOf(src source.Source, dir string) placed {
	p, ok := src.(source.Placed)
	if !ok || dir == "" {
		return placed{here: ok}
	}
	volume, own := p.Place(dir)
	return placed{true, volume, own}
}

// onPatient tells whether dir lies on the disk that is examined, or below the folder.
// What cannot be told counts as elsewhere only if nothing suggests the patient.
func onPatient(info model.SourceInfo, dir string) (bool, error) {
	where := existing(dir)
	if n, is := winapi.DriveNumber(info.Path); is {
		all, err := winapi.Volumes.Do(context.Background(), winapi.New(), winapi.None{})
		return diskHolds(n, all, where), err
	}
	source, err := filepath.EvalSymlinks(info.Path)
	if err != nil {
		return false, err
	}
	holds, _, err := deviceOf(where)
	if err != nil {
		return false, err
	}
	at, own, err := deviceOf(source)
	if err != nil {
		return false, err
	}
	switch above, _, err := deviceOf(filepath.Dir(source)); {
	case own != 0:
		mine := disksUnder(os.DirFS("/sys"), own)
		theirs := disksUnder(os.DirFS("/sys"), backing(holds))
		return slices.ContainsFunc(theirs, func(d string) bool { return slices.Contains(mine, d) }), nil
	case info.Kind != "folder":
		return loopedFrom(os.DirFS("/sys"), backing(holds), source), nil // an image is a file like others
	case err != nil:
		return false, err
	default:
		mounted := above != at && holds == at // the folder is where a volume is mounted
		return mounted || where == source || strings.HasPrefix(where, source+string(filepath.Separator)), nil
	}
}

// diskHolds tells whether dir lies on a disk of this Windows, or on a volume of several disks,
// which may be among them.
func diskHolds(disk uint32, all []winapi.Volume, dir string) bool {
	on, longest := winapi.Volume{Disk: disk + 1}, 0
	for _, v := range all {
		for _, root := range v.Mounts {
			if len(root) > longest && len(dir) >= len(root)-1 && strings.EqualFold((dir + `\`)[:len(root)], root) {
				on, longest = v, len(root)
			}
		}
	}
	return on.Disk == disk || on.Disk == winapi.NoDisk
}

// existing is the folder itself, or the nearest above it that is there, without links.
func existing(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	for {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return real
		}
		above := filepath.Dir(dir)
		if above == dir {
			return dir
		}
		dir = above
	}
}

// backing is the block device behind a mounted file system. A driver in user space, such
// as ntfs-3g, has a device number of its own; the list of mounts names what it shows.
func backing(device uint64) uint64 {
	mounts, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return device
	}
	defer mounts.Close()
	wanted := numbers(device)
	for lines := bufio.NewScanner(mounts); lines.Scan(); {
		f := strings.Fields(lines.Text())
		i := slices.Index(f, "-")
		if len(f) < 3 || f[2] != wanted || i < 0 || i+2 >= len(f) {
			continue
		}
		if _, own, err := deviceOf(unescape(f[i+2])); err == nil && own != 0 {
			return own
		}
	}
	return device
}

// unescape undoes how the list of mounts writes blanks.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\134`, `\`).Replace(s)
}

// numbers writes a device number as major:minor.
func numbers(device uint64) string {
	major := device>>8&0xfff | device>>32&^uint64(0xfff)
	minor := device&0xff | device>>12&^uint64(0xff)&0xffffffff
	return fmt.Sprintf("%d:%d", major, minor)
}

// maxStack bounds how many layers of devices lie upon each other.
const maxStack = 16

// disksUnder names the whole disks that a block device lies on, through partitions and
// what is stacked on them (LVM, RAID, encryption).
func disksUnder(sys fs.FS, device uint64) []string {
	return disksBelow(sys, "dev/block/"+numbers(device), maxStack)
}

func disksBelow(sys fs.FS, at string, left int) []string {
	if left == 0 {
		return nil
	}
	var out []string
	slaves, _ := fs.ReadDir(sys, at+"/slaves")
	for _, s := range slaves {
		out = append(out, disksBelow(sys, at+"/slaves/"+s.Name(), left-1)...)
	}
	if len(out) > 0 {
		return out
	}
	name, err := fs.ReadLink(sys, at)
	if err != nil {
		return nil
	}
	if _, err := fs.Stat(sys, at+"/partition"); err == nil {
		return []string{path.Base(path.Dir(name))}
	}
	return []string{path.Base(name)}
}

// loopedFrom tells whether a device is a loop upon the image.
func loopedFrom(sys fs.FS, device uint64, image string) bool {
	for _, disk := range disksUnder(sys, device) {
		b, err := fs.ReadFile(sys, "block/"+disk+"/loop/backing_file")
		if err == nil && strings.TrimSpace(string(b)) == image {
			return true
		}
	}
	return false
}
