package winapi

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// Functions that golang.org/x/sys does not have. One that this Windows lacks is
// ERROR_PROC_NOT_FOUND, which named turns into ErrUnsupported.
var (
	kernel32 = windows.NewLazySystemDLL("kernel32.dll")
	user32   = windows.NewLazySystemDLL("user32.dll")
	wevtapi  = windows.NewLazySystemDLL("wevtapi.dll")
	fltlib   = windows.NewLazySystemDLL("fltlib.dll")
	ole32    = windows.NewLazySystemDLL("ole32.dll")

	procGlobalMemoryStatusEx = kernel32.NewProc("GlobalMemoryStatusEx")
	procGetFirmwareType      = kernel32.NewProc("GetFirmwareType")
	procGetSystemPowerStatus = kernel32.NewProc("GetSystemPowerStatus")
	procGetSystemMetrics     = user32.NewProc("GetSystemMetrics")

	procCoIncrementMTAUsage = ole32.NewProc("CoIncrementMTAUsage")

	procEvtQuery      = wevtapi.NewProc("EvtQuery")
	procEvtNext       = wevtapi.NewProc("EvtNext")
	procEvtRender     = wevtapi.NewProc("EvtRender")
	procEvtClose      = wevtapi.NewProc("EvtClose")
	procEvtOpenLog    = wevtapi.NewProc("EvtOpenLog")
	procEvtGetLogInfo = wevtapi.NewProc("EvtGetLogInfo")

	procFilterFindFirst = fltlib.NewProc("FilterFindFirst")
	procFilterFindNext  = fltlib.NewProc("FilterFindNext")
	procFilterFindClose = fltlib.NewProc("FilterFindClose")
)

// invoke calls p. The error is GetLastError afterwards and counts only if the answer says
// that the function failed; see failed.
//
//go:uintptrescapes
func invoke(p *windows.LazyProc, args ...uintptr) (uintptr, error) {
	if err := p.Find(); err != nil {
		return 0, err
	}
	r, _, err := p.Call(args...)
	return r, err
}

// failed is the error of a function that failed. One that sets none, as Wine's stubs do,
// is not implemented.
func failed(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) && number == 0 {
		return windows.ERROR_CALL_NOT_IMPLEMENTED
	}
	return err
}
