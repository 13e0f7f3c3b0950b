package winapi

import "golang.org/x/sys/windows"

// OnlySystemLibraries lets Windows look for libraries that are named without a path in
// System32 alone, for the whole process: what lies beside this program, in a folder of
// downloads, is not loaded into an administrator's process. Source: "Dynamic-Link Library
// Security", SetDefaultDllDirectories. A Windows that does not know it goes on as before.
func OnlySystemLibraries() error {
	return windows.SetDefaultDllDirectories(windows.LOAD_LIBRARY_SEARCH_SYSTEM32)
}
