package winapi

// FLTFL_ASI_IS_MINIFILTER: an entry is about a mini-filter, not a legacy filter.
const isMiniFilter = 1

// minFilter is an entry without its texts, bytes.
const minFilter = 28

// parseFilters reads a chain of FILTER_AGGREGATE_STANDARD_INFORMATION. Legacy filters
// are left out. What is damaged ends the list with an error.
func parseFilters(b []byte) ([]Filter, error) {
	var all []Filter
	for {
		next := (&fields{b: b}).u32(0)
		if next != 0 && (next < minFilter || uint64(next) >= uint64(len(b))) {
			return nil, errShort
		}
		f := &fields{b: b}
		if next != 0 {
			f.b = b[:next]
		}
		if f.u32(4)&isMiniFilter != 0 {
			all = append(all, Filter{Name: f.text(uint64(f.u16(22)), f.u16(20)), Altitude: f.text(uint64(f.u16(26)), f.u16(24))})
		}
		if f.short || next == 0 {
			return all, f.err()
		}
		b = b[next:]
	}
}
