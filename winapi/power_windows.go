package winapi

import (
	"context"
	"unsafe"
)

// powerCall asks GetSystemPowerStatus.
func powerCall(context.Context, None) (PowerStatus, error) {
	var status [12]byte // SYSTEM_POWER_STATUS
	if ok, err := invoke(procGetSystemPowerStatus, uintptr(unsafe.Pointer(&status))); ok == 0 {
		return PowerStatus{}, failed(err)
	}
	return parsePower(status[:])
}
