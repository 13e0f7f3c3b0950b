package collect

import (
	"strconv"
	"strings"
)

// wrappers say only that an installer failed; the true code lies behind them. Source:
// field guide, codes §2 and §8.
var wrappers = map[string]bool{"0x80070643": true, "0x8024200b": true, "0x80240022": true}

// hexCode reads a code as event logs and text logs write it: 0x80070643, 80070643, or
// a signed or unsigned decimal number.
func hexCode(s string) (uint32, bool) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "-") {
		n, err := strconv.ParseInt(s, 10, 32)
		return uint32(int32(n)), err == nil
	}
	if hex, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		n, err := strconv.ParseUint(hex, 16, 32)
		return uint32(n), err == nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil
}

// parseInt reads a number; 0 if it is none.
func parseInt(s string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(s), 0, 64)
	return n
}
