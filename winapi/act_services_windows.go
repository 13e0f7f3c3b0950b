package winapi

import (
	"context"
	"errors"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// openService opens one service of this PC.
func openService(name string, access uint32) (windows.Handle, error) {
	scm, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return 0, err
	}
	defer windows.CloseServiceHandle(scm)
	wide, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	return windows.OpenService(scm, wide, access)
}

// stateOf reads one service anew.
func stateOf(name string) (ServiceState, error) {
	scm, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return ServiceState{}, err
	}
	defer windows.CloseServiceHandle(scm)
	return serviceState(scm, name)
}

// startServiceCall asks StartService.
func startServiceCall(ctx context.Context, w ServiceWait) (ServiceState, error) {
	h, err := openService(w.Name, windows.SERVICE_START|windows.SERVICE_QUERY_STATUS)
	if err != nil {
		return ServiceState{}, err
	}
	defer windows.CloseServiceHandle(h)
	if err := windows.StartService(h, 0, nil); err != nil && !errors.Is(err, windows.ERROR_SERVICE_ALREADY_RUNNING) {
		return ServiceState{}, err
	}
	return awaitState(ctx, w, windows.SERVICE_RUNNING)
}

// awaitState waits until a service is in a state. A service that stops instead of
// starting is waited for no longer.
func awaitState(ctx context.Context, w ServiceWait, state uint32) (now ServiceState, err error) {
	err = poll(ctx, time.Duration(w.Seconds)*time.Second, func() (bool, error) {
		now, err = stateOf(w.Name)
		return now.State == state || state == windows.SERVICE_RUNNING && now.State == windows.SERVICE_STOPPED, err
	})
	return now, err
}

// dependentsCall asks EnumDependentServices for those that run.
func dependentsCall(_ context.Context, name string) ([]ServiceState, error) {
	h, err := openService(name, windows.SERVICE_ENUMERATE_DEPENDENTS)
	if err != nil {
		return nil, err
	}
	defer windows.CloseServiceHandle(h)
	buf := make([]windows.ENUM_SERVICE_STATUS, 1)
	for {
		var need, count uint32
		size := uint32(len(buf)) * uint32(unsafe.Sizeof(buf[0]))
		err := windows.EnumDependentServices(h, windows.SERVICE_ACTIVE, &buf[0], size, &need, &count)
		if errors.Is(err, windows.ERROR_MORE_DATA) && need > size && need <= maxLayout {
			buf = make([]windows.ENUM_SERVICE_STATUS, need/uint32(unsafe.Sizeof(buf[0]))+1)
			continue
		}
		if err != nil {
			return nil, err
		}
		all := []ServiceState{}
		for _, s := range buf[:count] {
			all = append(all, ServiceState{Name: windows.UTF16PtrToString(s.ServiceName), State: s.ServiceStatus.CurrentState})
		}
		return all, nil
	}
}

// stopServiceCall asks ControlService, for those first that need the service. Then it
// waits until the service has stopped and its process has ended.
func stopServiceCall(ctx context.Context, w ServiceWait) (ServiceState, error) {
	dependents, err := dependentsCall(ctx, w.Name)
	if err != nil {
		return ServiceState{}, err
	}
	for _, d := range dependents {
		if _, err := stopOne(ctx, ServiceWait{d.Name, w.Seconds}); err != nil {
			return ServiceState{}, err
		}
	}
	return stopOne(ctx, w)
}

func stopOne(ctx context.Context, w ServiceWait) (ServiceState, error) {
	before, err := stateOf(w.Name)
	if err != nil || before.State == windows.SERVICE_STOPPED {
		return before, err
	}
	process := openProcess(before.PID)
	defer windows.CloseHandle(process)
	h, err := openService(w.Name, windows.SERVICE_STOP)
	if err != nil {
		return before, err
	}
	defer windows.CloseServiceHandle(h)
	var status windows.SERVICE_STATUS
	err = windows.ControlService(h, windows.SERVICE_CONTROL_STOP, &status)
	if err != nil && !errors.Is(err, windows.ERROR_SERVICE_NOT_ACTIVE) && !errors.Is(err, windows.ERROR_SERVICE_CANNOT_ACCEPT_CTRL) {
		return before, err
	}
	now, err := awaitState(ctx, w, windows.SERVICE_STOPPED)
	if err == nil {
		err = ended(ctx, process)
	}
	return now, err
}

// openProcess is 0 if the process is gone, or may not be waited for.
func openProcess(pid uint32) windows.Handle {
	h, err := windows.OpenProcess(windows.SYNCHRONIZE, false, pid)
	if pid == 0 || err != nil {
		return 0
	}
	return h
}

// sharedProcess is how long a process may go on after its service has stopped: it may
// belong to other services too, and then never ends.
const sharedProcess = 15 * time.Second

func ended(ctx context.Context, process windows.Handle) error {
	if process == 0 {
		return nil
	}
	err := poll(ctx, sharedProcess, func() (bool, error) {
		event, err := windows.WaitForSingleObject(process, 0)
		return event == windows.WAIT_OBJECT_0, err
	})
	if errors.Is(err, windows.ERROR_TIMEOUT) {
		return nil
	}
	return err
}

// setStartCall asks ChangeServiceConfig.
func setStartCall(_ context.Context, s ServiceStart) (None, error) {
	h, err := openService(s.Name, windows.SERVICE_CHANGE_CONFIG)
	if err != nil {
		return None{}, err
	}
	defer windows.CloseServiceHandle(h)
	return None{}, windows.ChangeServiceConfig(h, windows.SERVICE_NO_CHANGE, s.Start, windows.SERVICE_NO_CHANGE, nil, nil, nil, nil, nil, nil, nil)
}
