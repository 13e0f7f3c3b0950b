package winapi

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// maxOutput is how much of what a program says is kept, bytes.
const maxOutput = 1 << 20

// runCall asks CreateProcess, without a window and with nothing to read, in a job of its
// own: when its time is up, or ctx ends, the job ends with all that it started.
func runCall(ctx context.Context, c Command) (Finished, error) {
	job, err := newJob()
	if err != nil {
		return Finished{}, err
	}
	defer windows.CloseHandle(job)
	out, in, err := os.Pipe()
	if err != nil {
		return Finished{}, err
	}
	defer out.Close()
	process, err := startIn(job, c, in)
	err = errors.Join(err, in.Close())
	if err != nil {
		return Finished{}, err
	}
	defer windows.CloseHandle(process)
	said := make(chan []byte, 1)
	go func() {
		last := lastBytes{most: maxOutput}
		_, _ = io.Copy(io.MultiWriter(&last, Heard(ctx)), out) // it ends when nobody can write any more
		said <- last.bytes()
	}()
	end, err := awaitExit(ctx, process, time.Duration(c.Seconds)*time.Second)
	// What it started and left would hold the pipe open.
	err = errors.Join(err, windows.TerminateJobObject(job, 1))
	end.Output = <-said
	return end, err
}

func newJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err != nil {
		return 0, errors.Join(err, windows.CloseHandle(job))
	}
	return job, nil
}

// startIn starts a program that runs only once it is in the job. It inherits the pipe and
// nothing else.
func startIn(job windows.Handle, c Command, in *os.File) (windows.Handle, error) {
	line, err := windows.UTF16PtrFromString(windows.ComposeCommandLine(append([]string{c.Path}, c.Args...)))
	if err != nil {
		return 0, err
	}
	path, err := windows.UTF16PtrFromString(c.Path)
	if err != nil {
		return 0, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	handles := []windows.Handle{windows.Handle(in.Fd()), windows.Handle(null.Fd())}
	list, err := inheriting(handles)
	if err != nil {
		return 0, err
	}
	defer list.Delete()
	start := windows.StartupInfoEx{ProcThreadAttributeList: list.List()}
	start.Cb = uint32(unsafe.Sizeof(start))
	start.Flags = windows.STARTF_USESTDHANDLES
	start.StdInput, start.StdOutput, start.StdErr = handles[1], handles[0], handles[0]
	var made windows.ProcessInformation
	flags := uint32(windows.CREATE_SUSPENDED | windows.CREATE_NO_WINDOW | windows.CREATE_UNICODE_ENVIRONMENT | windows.EXTENDED_STARTUPINFO_PRESENT)
	if err := windows.CreateProcess(path, line, nil, nil, true, flags, nil, nil, &start.StartupInfo, &made); err != nil {
		return 0, err
	}
	defer windows.CloseHandle(made.Thread)
	err = windows.AssignProcessToJobObject(job, made.Process)
	if err == nil {
		_, err = windows.ResumeThread(made.Thread)
	}
	if err != nil {
		return 0, errors.Join(err, windows.TerminateProcess(made.Process, 1), windows.CloseHandle(made.Process))
	}
	return made.Process, nil
}

// inheriting lets those handles be inherited, and no other.
func inheriting(handles []windows.Handle) (*windows.ProcThreadAttributeListContainer, error) {
	for _, h := range handles {
		if err := windows.SetHandleInformation(h, windows.HANDLE_FLAG_INHERIT, windows.HANDLE_FLAG_INHERIT); err != nil {
			return nil, err
		}
	}
	list, err := windows.NewProcThreadAttributeList(1)
	if err != nil {
		return nil, err
	}
	err = list.Update(windows.PROC_THREAD_ATTRIBUTE_HANDLE_LIST, unsafe.Pointer(&handles[0]), uintptr(len(handles))*unsafe.Sizeof(handles[0]))
	if err != nil {
		list.Delete()
		return nil, err
	}
	return list, nil
}

func awaitExit(ctx context.Context, process windows.Handle, limit time.Duration) (end Finished, err error) {
	err = poll(ctx, limit, func() (bool, error) {
		event, err := windows.WaitForSingleObject(process, 0)
		return event == windows.WAIT_OBJECT_0, err
	})
	if errors.Is(err, timedOut) {
		return Finished{Ended: true}, nil
	}
	if err == nil {
		err = windows.GetExitCodeProcess(process, &end.Exit)
	}
	return end, err
}

// restartReason is SHTDN_REASON_FLAG_PLANNED | SHTDN_REASON_MAJOR_OPERATINGSYSTEM |
// SHTDN_REASON_MINOR_RECONFIG. Source: reason.h.
const restartReason = 0x80000000 | 0x00020000 | 0x00000004

// restartCall asks InitiateSystemShutdownEx. Programs with unsaved work may refuse.
func restartCall(_ context.Context, c RestartCall) (None, error) {
	if err := enable("SeShutdownPrivilege"); err != nil {
		return None{}, err
	}
	why, err := windows.UTF16PtrFromString(c.Reason)
	if err != nil {
		return None{}, err
	}
	return None{}, windows.InitiateSystemShutdownEx(nil, why, uint32(c.Delay), false, true, restartReason)
}
