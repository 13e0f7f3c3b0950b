package knowledge

import (
	"strconv"
	"strings"
)

// HResult are the parts of an error code. Source: Microsoft, structure of COM error
// codes.
type HResult struct {
	Failure  bool   // bit 31
	NT       bool   // bit 28, or the shape 0xC000…: an NTSTATUS
	Facility uint16 // 11 bits: who reports it
	Code     uint16 // 16 bits: its own number
}

// facilityWin32 marks a Win32 error inside an HRESULT.
const facilityWin32 = 7

// SplitHResult takes a code like 0x80070643 apart; false if it is none.
func SplitHResult(hex string) (HResult, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "0x"), 16, 32)
	if err != nil {
		return HResult{}, false
	}
	h := HResult{Failure: n>>31 == 1, Facility: uint16(n >> 16 & 0x7ff), Code: uint16(n)}
	h.NT = n>>28&1 == 1 || n>>30 == 3 && h.Facility == 0
	return h, true
}

// Win32 returns the Win32 error inside; false if there is none.
func (h HResult) Win32() (uint16, bool) {
	return h.Code, h.Failure && !h.NT && h.Facility == facilityWin32
}
