package evtx

import (
	"time"

	"updoc/codec/wintype"
)

// ticksToUnix is 1970-01-01 as a FILETIME (100 ns since 1601-01-01 UTC).
const (
	ticksToUnix    = 116444736000000000
	ticksPerSecond = 10000000
	secondsPerDay  = 86400
)

// fromFiletime converts a FILETIME (100 ns since 1601 UTC). Unlike elsewhere zero is a time, 1601-01-01, and there are
// years beyond 9999: what a record holds is shown as it is.
func fromFiletime(ft uint64) time.Time {
	secs := int64(ft/ticksPerSecond) - ticksToUnix/ticksPerSecond
	return time.Unix(secs, int64(ft%ticksPerSecond)*100).UTC()
}

// appendFiletime writes RFC 3339 in UTC with seven digits, the resolution of a
// FILETIME. Years above 9999 have more than four digits.
func appendFiletime(dst []byte, ft uint64) []byte {
	secs := ft / ticksPerSecond
	days := secs / secondsPerDay
	year, month, day := civil(days)
	if year > 9999 {
		dst = append(dst, '+')
		dst = appendPadded(dst, year, 5)
	} else {
		dst = appendPadded(dst, year, 4)
	}
	dst = appendPadded(append(dst, '-'), month, 2)
	dst = appendPadded(append(dst, '-'), day, 2)
	s := secs % secondsPerDay
	dst = appendPadded(append(dst, 'T'), s/3600, 2)
	dst = appendPadded(append(dst, ':'), s/60%60, 2)
	dst = appendPadded(append(dst, ':'), s%60, 2)
	dst = appendPadded(append(dst, '.'), ft%ticksPerSecond, 7)
	return append(dst, 'Z')
}

// civil converts days since 1601-01-01 to a date. 1601 begins a 400-year cycle
// of the Gregorian calendar; counting years from March puts the leap day last.
func civil(days uint64) (year, month, day uint64) {
	z := days + 306 // days since 1600-03-01
	cycle := z / 146097
	d := z % 146097
	y := (d - d/1460 + d/36524 - d/146096) / 365
	d -= 365*y + y/4 - y/100
	m := (5*d + 2) / 153
	day = d - (153*m+2)/5 + 1
	month, year = m+3, 1600+y+400*cycle
	if month > 12 {
		return year + 1, month - 12, day
	}
	return year, month, day
}

func appendPadded(dst []byte, n uint64, width int) []byte {
	var b [20]byte
	i := len(b)
	for ; n > 0 || width > 0; width-- {
		i--
		b[i] = '0' + byte(n%10)
		n /= 10
	}
	return append(dst, b[i:]...)
}

// appendSystemtime renders a SYSTEMTIME: eight 16-bit numbers, milliseconds.
func appendSystemtime(dst, b []byte) []byte {
	n := func(i int) uint64 { return uint64(le.Uint16(b[2*i:])) }
	dst = appendPadded(dst, n(0), 4)
	dst = appendPadded(append(dst, '-'), n(1), 2)
	dst = appendPadded(append(dst, '-'), n(3), 2)
	dst = appendPadded(append(dst, 'T'), n(4), 2)
	dst = appendPadded(append(dst, ':'), n(5), 2)
	dst = appendPadded(append(dst, ':'), n(6), 2)
	dst = appendPadded(append(dst, '.'), n(7), 3)
	return append(dst, 'Z')
}

// parseTime reads the time text of event XML; ok is false if it is none.
func parseTime(s []byte) (ft uint64, ok bool) {
	t, err := time.Parse(time.RFC3339Nano, string(s))
	if err != nil {
		return 0, false
	}
	return wintype.Filetime(t), true
}
