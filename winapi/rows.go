package winapi

import (
	"math"
	"strconv"
	"time"
)

// row is one object of WMI: what its properties hold, nil for NULL. The values a method
// gave are under "Method.Parameter".
type row map[string]any

// text is a property as text; NULL and other types are empty.
func (r row) text(name string) string {
	s, _ := r[name].(string)
	return s
}

// yes reports whether a property is true; NULL is not.
func (r row) yes(name string) bool {
	b, _ := r[name].(bool)
	return b
}

// number is a property as a number. WMI gives 64-bit numbers as text, and unsigned ones
// of 32 bits as signed. Source: "Numbers" of the WMI documentation.
func (r row) number(name string) (uint64, bool) {
	switch v := r[name].(type) {
	case int8:
		return uint64(uint8(v)), true
	case uint8:
		return uint64(v), true
	case int16:
		return uint64(uint16(v)), true
	case uint16:
		return uint64(v), true
	case int32:
		return uint64(uint32(v)), true
	case uint32:
		return uint64(v), true
	case int64:
		return uint64(v), true
	case uint64:
		return v, true
	case string:
		n, err := strconv.ParseUint(v, 10, 64)
		return n, err == nil
	}
	return 0, false
}

// least is a property as a number; 0 for what is none.
func (r row) least(name string) uint64 {
	n, _ := r.number(name)
	return n
}

// time is a property that holds a CIM date, UTC; zero for what is none.
func (r row) time(name string) time.Time { return cimTime(r.text(name)) }

// moment is a property that holds a date of COM; zero for what is none.
func (r row) moment(name string) time.Time {
	t, _ := r[name].(time.Time)
	return t
}

// cimTime reads 20240109103000.123456+540: local time, and minutes east of UTC. Source:
// "CIM_DATETIME". Intervals and dates with asterisks give the zero time.
func cimTime(s string) time.Time {
	if len(s) != 25 || s[14] != '.' {
		return time.Time{}
	}
	at, err := time.Parse("20060102150405.000000", s[:21])
	east, eastErr := strconv.Atoi(s[21:])
	if err != nil || eastErr != nil {
		return time.Time{}
	}
	return at.Add(-time.Duration(east) * time.Minute).UTC()
}

// oleTime reads a DATE: days since 1899-12-30 as a double whose bits are given; the part
// behind the point counts away from zero. Source: "VariantTimeToSystemTime". What lies
// outside the years 1900 to 9999 gives the zero time; WUA's dates are UTC.
func oleTime(bits uint64) time.Time {
	const lastDay = 2958466 // 10000-01-01
	days := math.Float64frombits(bits)
	if !(days >= 2 && days < lastDay) {
		return time.Time{}
	}
	whole, part := math.Modf(days)
	ms := time.Duration(math.Round(part*24*60*60*1000)) * time.Millisecond
	return time.Date(1899, 12, 30+int(whole), 0, 0, 0, 0, time.UTC).Add(ms)
}
