package collect

import (
	"cmp"
	"strconv"
	"strings"
)

// laterVersion tells whether version a (10.0.19041.3920) is later than b.
func laterVersion(a, b string) bool {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		if c := cmp.Compare(versionPart(x, i), versionPart(y, i)); c != 0 {
			return c > 0
		}
	}
	return false
}

func versionPart(parts []string, i int) int64 {
	if i >= len(parts) {
		return -1
	}
	n, err := strconv.ParseInt(parts[i], 10, 64)
	if err != nil {
		return -1
	}
	return n
}
