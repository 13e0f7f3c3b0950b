package winapi

import (
	"context"
	"errors"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
)

// agentBusyCall asks IUpdateInstaller.IsBusy.
func agentBusyCall(ctx context.Context, _ None) (bool, error) {
	return apartment(ctx, wmiLimit, func() (bool, error) {
		s, err := session()
		if err != nil {
			return false, err
		}
		defer s.Release()
		installer, err := s.child("CreateUpdateInstaller")
		if err != nil {
			return false, err
		}
		defer installer.Release()
		busy, err := installer.value("IsBusy")
		return row{"IsBusy": busy}.yes("IsBusy"), err
	})
}

// installersCall lists the processes and asks the mutex of Windows Installer.
func installersCall(context.Context, None) (InstallersInfo, error) {
	names, err := processNames()
	if err != nil {
		return InstallersInfo{}, err
	}
	msi, err := isHeld(`Global\_MSIExecute`)
	return InstallersInfo{Processes: workersAmong(names), MSI: msi}, err
}

// maxProcesses bounds a list of processes.
const maxProcesses = 100_000

func processNames() ([]string, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(snapshot)
	entry := windows.ProcessEntry32{}
	entry.Size = uint32(unsafe.Sizeof(entry))
	var names []string
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		names = append(names, windows.UTF16ToString(entry.ExeFile[:]))
		if len(names) > maxProcesses {
			return nil, windows.ERROR_MORE_DATA
		}
	}
	if errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		err = nil
	}
	return names, err
}

// isHeld tells whether somebody holds a mutex. One that may not be asked is held: it would
// not be there without its owner.
func isHeld(name string) (bool, error) {
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return false, err
	}
	runtime.LockOSThread() // a mutex belongs to a thread
	defer runtime.UnlockOSThread()
	h, err := windows.OpenMutex(windows.SYNCHRONIZE, false, wide)
	switch {
	case errors.Is(err, windows.ERROR_FILE_NOT_FOUND):
		return false, nil
	case errors.Is(err, windows.ERROR_ACCESS_DENIED):
		return true, nil
	case err != nil:
		return false, err
	}
	defer windows.CloseHandle(h)
	got, err := windows.WaitForSingleObject(h, 0)
	if got == windows.WAIT_OBJECT_0 || got == windows.WAIT_ABANDONED {
		return false, windows.ReleaseMutex(h)
	}
	return err == nil, err
}
