package commit

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// identity is a file in the system's eyes: the number (major:minor) of the device it lies
// on and, of a block device, its own.
type identity struct{ on, is string }

// mount is one line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
type mount struct{ device, point, fsType, source, options string }

const mountInfo = "/proc/self/mountinfo"

func parseMounts(text []byte) (all []mount) {
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		f, g := strings.Fields(before), strings.Fields(after)
		if ok && len(f) >= 5 && len(g) >= 3 {
			all = append(all, mount{f[2], unescape(f[4]), g[0], unescape(g[1]), g[2]})
		}
	}
	return all
}

var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace

func mountOf(path string) (m mount, err error) {
	id, err := identify(path)
	if err != nil {
		return m, err
	}
	text, err := os.ReadFile(mountInfo)
	if err != nil {
		return m, err
	}
	all := parseMounts(text)
	i := slices.IndexFunc(all, func(m mount) bool { return m.device == id.on })
	if i < 0 {
		// Subvolumes have numbers of their own: the longest mount point above decides.
		i = longestAbove(all, path)
	}
	if i < 0 {
		return m, errors.New("no mount holds " + path)
	}
	return all[i], nil
}

func longestAbove(all []mount, path string) int {
	best := -1
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return best
	}
	if real, err = filepath.Abs(real); err != nil {
		return best
	}
	for i, m := range all {
		below := m.point == "/" || real == m.point || strings.HasPrefix(real, m.point+"/")
		if below && (best < 0 || len(m.point) >= len(all[best].point)) {
			best = i
		}
	}
	return best
}

// Volatile tells whether what is in the folder at path is gone after a restart: it lies
// in memory, or on an overlay whose upper layer does or cannot be seen from here.
func Volatile(path string) (bool, error) {
	m, err := mountOf(path)
	if err != nil {
		return false, err
	}
	switch m.fsType {
	case "tmpfs", "ramfs", "devtmpfs":
		return true, nil
	case "overlay":
		upper, ok := upperDir(m.options)
		if !ok || upper == path {
			return true, nil
		}
		volatile, err := Volatile(upper)
		if errors.Is(err, fs.ErrNotExist) {
			return true, nil
		}
		return volatile, err
	}
	return false, nil
}

func upperDir(options string) (string, bool) {
	for o := range strings.SplitSeq(options, ",") {
		if dir, ok := strings.CutPrefix(o, "upperdir="); ok {
			return unescape(dir), true
		}
	}
	return "", false
}
