package winapi

import (
	"context"
	"errors"
	"syscall"
	"unsafe"
)

const (
	filterStandard  = 2          // FilterAggregateStandardInformation
	noMoreFilters   = 0x80070103 // HRESULT of ERROR_NO_MORE_ITEMS
	maxFilterAnswer = 64 << 10   // bytes; one entry has some hundred
	maxFilters      = 10_000
)

// filtersCall asks FilterFindFirst and FilterFindNext.
func filtersCall(ctx context.Context, _ None) ([]Filter, error) {
	if err := procFilterFindFirst.Find(); err != nil {
		return nil, err
	}
	buf := make([]uint64, maxFilterAnswer/8) // aligned as the documentation asks for
	var got uint32
	var find uintptr
	hr, _ := invoke(procFilterFindFirst, filterStandard, uintptr(unsafe.Pointer(&buf[0])), maxFilterAnswer,
		uintptr(unsafe.Pointer(&got)), uintptr(unsafe.Pointer(&find)))
	if uint32(hr) == 0 {
		defer invoke(procFilterFindClose, find)
	}
	all := []Filter{}
	for uint32(hr) == 0 {
		more, err := parseFilters(unsafe.Slice((*byte)(unsafe.Pointer(&buf[0])), min(got, maxFilterAnswer)))
		if all = append(all, more...); err != nil || ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), err)
		}
		if len(all) > maxFilters {
			return nil, syscall.Errno(errMoreData)
		}
		hr, _ = invoke(procFilterFindNext, find, filterStandard, uintptr(unsafe.Pointer(&buf[0])), maxFilterAnswer, uintptr(unsafe.Pointer(&got)))
	}
	if uint32(hr) != noMoreFilters {
		return nil, syscall.Errno(uint32(hr))
	}
	return all, nil
}
