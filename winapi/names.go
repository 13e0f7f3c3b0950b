package winapi

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// multiText splits a list of texts that each end with a zero, as Windows gives them.
func multiText(units []uint16) []string {
	var all []string
	for len(units) > 0 {
		end := slices.Index(units, 0)
		if end < 0 {
			end = len(units)
		}
		if end > 0 {
			all = append(all, string(utf16.Decode(units[:end])))
		}
		units = units[min(end+1, len(units)):]
	}
	return all
}

// DriveNumber reads the name of a disk, \\.\PhysicalDrive1, in any case and with either slash; ok
// is false for any other name. Source: Microsoft, "Naming Files, Paths, and Namespaces".
func DriveNumber(name string) (number uint32, ok bool) {
	name = strings.ReplaceAll(name, "/", `\`)
	for _, prefix := range []string{`\\.\`, `\\?\`} {
		if short, is := strings.CutPrefix(name, prefix); is {
			if all := diskNumbers([]string{short}); len(all) == 1 {
				return all[0], true
			}
		}
	}
	return 0, false
}

// diskNumbers are the numbers of PhysicalDrive0 and the like among names of devices.
func diskNumbers(names []string) []uint32 {
	var all []uint32
	for _, name := range names {
		digits, ok := strings.CutPrefix(strings.ToLower(name), "physicaldrive")
		if n, err := strconv.ParseUint(digits, 10, 32); ok && err == nil {
			all = append(all, uint32(n))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
