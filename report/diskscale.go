package report

import (
	"sort"
	"strconv"
)

// drawn is the width of an extent in pixels; broken says that it is not to scale.
type drawn struct {
	w      int
	broken bool
}

// widths shares out the width of a map in proportion to size. What would be too
// narrow to see gets a least width, and the rest shrinks in proportion.
func widths(parts []extent, total int) []drawn {
	out := make([]drawn, len(parts))
	if len(parts) == 0 {
		return out
	}
	least := min(float64(total)/10, 0.8*float64(total)/float64(len(parts)))
	if total < wideMap {
		least = min(66, 0.8*float64(total)/float64(len(parts)))
	}
	small := make([]bool, len(parts))
	for changed := true; changed; {
		changed = false
		room, size := float64(total), 0.0
		for i, p := range parts {
			if small[i] {
				room -= least
			} else {
				size += float64(p.size)
			}
		}
		for i, p := range parts {
			if small[i] {
				continue
			}
			w := room * float64(p.size) / max(size, 1)
			out[i] = drawn{w: int(w)}
			if w < least {
				small[i], changed = true, true
			}
		}
	}
	for i := range small {
		if small[i] {
			out[i] = drawn{int(least), true}
		}
	}
	return fillUp(out, total)
}

// fillUp gives the pixels lost to rounding to the widest.
func fillUp(list []drawn, total int) []drawn {
	widest, sum := 0, 0
	for i, d := range list {
		sum += d.w
		if d.w > list[widest].w {
			widest = i
		}
	}
	list[widest].w += total - sum
	return list
}

func sortExtents(list []extent) {
	sort.SliceStable(list, func(i, j int) bool { return list[i].start < list[j].start })
}

func itoa(n int) string { return strconv.Itoa(n) }
