package doctor

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxName is how many bytes a name may have on Linux; in Japanese that is 85 letters,
// while NTFS takes 255.
const maxName = 255

// nameRoom is kept for what is put behind a name while it is written.
const nameRoom = len(partEnd)

// deviceNames are no files for Windows, whatever their extension.
var deviceNames = []string{"con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
	"lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9"}

// copyNames gives every file a name on the target that any file system holds, two never
// the same even where case does not count.
type copyNames struct {
	folders map[string]string          // path on the disk → path on the target
	used    map[string]map[string]bool // path on the target → names in it, lower case
}

func newCopyNames() *copyNames {
	return &copyNames{folders: map[string]string{"": ""}, used: map[string]map[string]bool{}}
}

// of maps a path with slashes. Called in the same order it gives the same names.
func (c *copyNames) of(name string) (to string, renamed bool) {
	if c.folders[name] != "" {
		return c.folders[name], path.Base(c.folders[name]) != path.Base(name)
	}
	dir, base := "", name
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		dir, _ = c.of(name[:i])
		base = name[i+1:]
	}
	to = path.Join(dir, c.free(dir, base))
	c.folders[name] = to
	return to, path.Base(to) != base
}

// free picks a name that no other of the folder has.
func (c *copyNames) free(dir, name string) string {
	if c.used[dir] == nil {
		c.used[dir] = map[string]bool{}
	}
	safe := safeName(name)
	for c.used[dir][strings.ToLower(safe)] {
		safe = marked(safe, name)
		name += "~" // another mark, should that one be taken too
	}
	c.used[dir][strings.ToLower(safe)] = true
	return safe
}

// safeName is a name with everything replaced that some file system refuses.
func safeName(name string) string {
	safe := strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if end := strings.TrimRight(safe, ". "); end != safe {
		safe = end + strings.Repeat("_", len(safe)-len(end))
	}
	stem, _, _ := strings.Cut(strings.ToLower(safe), ".")
	if safe == "" || slices.Contains(deviceNames, strings.TrimRight(stem, " ")) {
		safe = "_" + safe
	}
	if len(safe) > maxName-nameRoom {
		return marked(safe, name)
	}
	return safe
}

// marked puts a mark made from the whole name before its extension, so that it differs
// from others, and cuts it to fit.
func marked(safe, whole string) string {
	sum := sha256.Sum256([]byte(whole))
	mark := "~" + hex.EncodeToString(sum[:4])
	end := path.Ext(safe)
	if len(end) > 16 {
		end = ""
	}
	stem := strings.TrimSuffix(safe, end)
	for len(stem) > maxName-nameRoom-len(mark)-len(end) {
		_, size := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-size]
	}
	return stem + mark + end
}
