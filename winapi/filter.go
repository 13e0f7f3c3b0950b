package winapi

// FLTFL_ASI_IS_MINIFILTER: an entry is about a mini-filter, not a legacy filter.
const isMiniFilter = 1

// parseFilters reads a chain of FILTER_AGGREGATE_STANDARD_INFORMATION. Legacy filters
// are left out. What is damaged ends the list with an error.
func parseFilters(b []byte) ([]Filter, error) {
	var all []Filter
	for {
		f := &fields{b: b}
		next := f.u32(0)
		if f.u32(4)&isMiniFilter != 0 {
			all = append(all, Filter{Name: f.text(uint64(f.u16(22)), f.u16(20)), Altitude: f.text(uint64(f.u16(26)), f.u16(24))})
		}
		if f.short {
			return nil, errShort
		}
		if next == 0 {
			return all, nil
		}
		if uint64(next) >= uint64(len(b)) {
			return nil, errShort
		}
		b = b[next:]
	}
}
