package cbs

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Rotated tells what the name of a file in %windir%\Logs\CBS says.
type Rotated struct {
	Name    string
	Current bool      // CBS.log itself
	Cabinet bool      // packed: CbsPersist_….cab, which this package cannot read
	Time    time.Time // when it was rotated, by the machine's local clock; zero for CBS.log
}

// ParseName recognises "CBS.log", "CbsPersist_YYYYMMDDhhmmss.log" and ".cab"
// in any case. False: the name is none of them.
func ParseName(name string) (Rotated, bool) {
	lower := strings.ToLower(name)
	if lower == "cbs.log" {
		return Rotated{Name: name, Current: true}, true
	}
	stamp, ok := strings.CutPrefix(lower, "cbspersist_")
	if !ok {
		return Rotated{}, false
	}
	stamp, cabinet := strings.CutSuffix(stamp, ".cab")
	if !cabinet {
		if stamp, ok = strings.CutSuffix(stamp, ".log"); !ok {
			return Rotated{}, false
		}
	}
	at, err := time.Parse("20060102150405", stamp)
	if err != nil {
		return Rotated{}, false
	}
	return Rotated{Name: name, Cabinet: cabinet, Time: at}, true
}

// SortNames returns the CBS logs among the names of a folder, oldest first,
// CBS.log last. All of them have the same grammar.
func SortNames(names []string) []Rotated {
	var out []Rotated
	for _, n := range names {
		if r, ok := ParseName(n); ok {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b Rotated) int {
		if a.Current != b.Current {
			if a.Current {
				return 1
			}
			return -1
		}
		return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.Name, b.Name))
	})
	return out
}
