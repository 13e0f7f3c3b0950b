package winapi

import (
	"context"
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

// servicesCall asks OpenService, QueryServiceStatusEx, and the registry for Start.
func servicesCall(_ context.Context, names []string) ([]ServiceState, error) {
	scm, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return nil, err
	}
	defer windows.CloseServiceHandle(scm)
	all := []ServiceState{}
	for _, name := range names {
		s, err := serviceState(scm, name)
		switch {
		case errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST), errors.Is(err, windows.ERROR_INVALID_NAME):
			continue
		case err != nil:
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func serviceState(scm windows.Handle, name string) (ServiceState, error) {
	s := ServiceState{Name: name}
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return s, err
	}
	h, err := windows.OpenService(scm, wide, windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return s, err
	}
	defer windows.CloseServiceHandle(h)
	var status windows.SERVICE_STATUS_PROCESS
	var need uint32
	raw := unsafe.Slice((*byte)(unsafe.Pointer(&status)), unsafe.Sizeof(status))
	if err := windows.QueryServiceStatusEx(h, windows.SC_STATUS_PROCESS_INFO, &raw[0], uint32(len(raw)), &need); err != nil {
		return s, err
	}
	s.State, s.PID = status.CurrentState, status.ProcessId
	s.Start, err = startOf(name)
	return s, err
}

// startOf reads the Start of a service from the registry: a person may read that of every
// service, but not ask every service for its configuration.
func startOf(name string) (uint32, error) {
	k, err := openKey(`HKLM\SYSTEM\CurrentControlSet\Services\` + name)
	if err != nil {
		return 0, err
	}
	defer k.Close()
	start, _, err := k.GetIntegerValue("Start")
	return uint32(start), err
}
