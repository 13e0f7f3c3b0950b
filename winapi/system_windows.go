package winapi

import (
	"context"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// metricCleanBoot is an index of GetSystemMetrics.
const metricCleanBoot = 67

// systemCall asks RtlGetVersion, IsWow64Process2, GetTickCount64, GlobalMemoryStatusEx,
// GetSystemMetrics, GetUserPreferredUILanguages, GetFirmwareType.
func systemCall(context.Context, None) (SystemInfo, error) {
	version := windows.RtlGetVersion()
	s := SystemInfo{Build: version.BuildNumber, Product: version.ProductType, Process: machineOf(runtime.GOARCH)}
	var process, native uint16
	if err := windows.IsWow64Process2(windows.CurrentProcess(), &process, &native); err != nil {
		return s, err
	}
	s.Architecture = machineName(native)
	s.Started = time.Now().Add(-windows.DurationSinceBoot()).UTC().Truncate(time.Second)
	var err error
	if s.Memory, err = memory(); err != nil {
		return s, err
	}
	if s.Windows, err = windows.GetSystemWindowsDirectory(); err != nil {
		return s, err
	}
	s.CleanBoot = metric(metricCleanBoot)
	if s.Languages, err = windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME); err != nil {
		s.Languages = []string{}
	}
	s.Firmware = firmware()
	s.PEReason = peReason()
	return s, nil
}

// memory is ullTotalPhys of MEMORYSTATUSEX, bytes.
func memory() (uint64, error) {
	var status [64]byte
	status[0] = byte(len(status)) // dwLength
	if ok, err := invoke(procGlobalMemoryStatusEx, uintptr(unsafe.Pointer(&status))); ok == 0 {
		return 0, failed(err)
	}
	f := fields{b: status[:]}
	return f.u64(8), nil
}

// metric is 0 where there is no desktop to ask, which is the usual state of all that
// is asked for.
func metric(index uintptr) uint32 {
	v, _ := invoke(procGetSystemMetrics, index)
	return uint32(v)
}

// firmware is FIRMWARE_TYPE; 0, unknown, if it is not told.
func firmware() uint32 {
	var kind uint32
	if ok, _ := invoke(procGetFirmwareType, uintptr(unsafe.Pointer(&kind))); ok == 0 {
		return 0
	}
	return kind
}

// peReason is the key that only WinPE has. Source: "WinPE: Identify drive letters with a
// script" and other pages that tell WinPE by it.
func peReason() string {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Control\MiniNT`, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	k.Close()
	return "MiniNT"
}
