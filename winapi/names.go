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
