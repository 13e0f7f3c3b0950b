package winapi

import (
	"context"
	"errors"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

func console(r real) {
	on(r, Console, func(context.Context, None) (ConsoleInfo, error) { return consoleInfo(), nil })
	on(r, Sequences, func(_ context.Context, follow bool) (bool, error) { return consoleSequences(follow) })
	on(r, Discard, func(context.Context, None) (None, error) { return None{}, consoleDiscard() })
	on(r, Open, shellOpen)
}

var (
	getConsoleProcessList = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleProcessList")
	getConsoleWindow      = windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleWindow")
	shellExecuteEx        = windows.NewLazySystemDLL("shell32.dll").NewProc("ShellExecuteExW")
)

func consoleInfo() ConsoleInfo {
	var ids [8]uint32
	n, _, _ := getConsoleProcessList.Call(uintptr(unsafe.Pointer(&ids[0])), uintptr(len(ids)))
	info := ConsoleInfo{Processes: uint32(n)}
	if n == 0 {
		return info
	}
	info.CodePage, _ = windows.GetConsoleOutputCP()
	var class [64]uint16
	if window, _, _ := getConsoleWindow.Call(); window != 0 {
		windows.GetClassName(windows.HWND(window), &class[0], int32(len(class)))
	}
	info.Window = windows.UTF16ToString(class[:])
	info.Input, info.Output, info.Errors = isConsole(windows.STD_INPUT_HANDLE), isConsole(windows.STD_OUTPUT_HANDLE), isConsole(windows.STD_ERROR_HANDLE)
	return info
}

func isConsole(standard uint32) bool {
	h, err := windows.GetStdHandle(standard)
	var mode uint32
	return err == nil && windows.GetConsoleMode(h, &mode) == nil
}

// consoleSequences asks the screen itself: standard output may be a pipe while progress is shown
// on standard error.
func consoleSequences(follow bool) (before bool, err error) {
	h, err := consoleHandle("CONOUT$")
	if err != nil {
		return false, consoleError(Sequences, err)
	}
	defer windows.CloseHandle(h)
	var mode uint32
	if err := windows.GetConsoleMode(h, &mode); err != nil {
		return false, consoleError(Sequences, err)
	}
	const vt = windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING
	want := mode &^ vt
	if follow {
		want |= vt
	}
	if want != mode {
		err = consoleError(Sequences, windows.SetConsoleMode(h, want))
	}
	return mode&vt != 0, err
}

func consoleDiscard() error {
	h, err := consoleHandle("CONIN$")
	if err != nil {
		return consoleError(Discard, err)
	}
	defer windows.CloseHandle(h)
	return consoleError(Discard, windows.FlushConsoleInputBuffer(h))
}

func consoleHandle(name string) (windows.Handle, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return 0, err
	}
	return windows.CreateFile(path, windows.GENERIC_READ|windows.GENERIC_WRITE, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, nil, windows.OPEN_EXISTING, 0, 0)
}

// shellExecuteInfo is SHELLEXECUTEINFOW of shellapi.h.
type shellExecuteInfo struct {
	size, mask            uint32
	window                uintptr
	verb, file, args, dir *uint16
	show                  int32
	instance, list        uintptr
	class                 *uint16
	classKey              uintptr
	hotKey                uint32
	icon                  uintptr
	process               windows.Handle
}

const (
	noCloseProcess = 0x40  // SEE_MASK_NOCLOSEPROCESS
	noAsync        = 0x100 // SEE_MASK_NOASYNC
	noUI           = 0x400 // SEE_MASK_FLAG_NO_UI: an error is ours to show
)

func shellOpen(ctx context.Context, c OpenCall) (Opened, error) {
	runtime.LockOSThread() // COM belongs to a thread
	defer runtime.UnlockOSThread()
	if windows.CoInitializeEx(0, windows.COINIT_APARTMENTTHREADED|windows.COINIT_DISABLE_OLE1DDE) == nil {
		defer windows.CoUninitialize()
	}
	info := shellExecuteInfo{mask: noAsync | noUI | noCloseProcess, show: windows.SW_SHOWNORMAL}
	info.size = uint32(unsafe.Sizeof(info))
	var err error
	for to, text := range map[**uint16]string{&info.verb: c.Verb, &info.file: c.Path, &info.args: windows.ComposeCommandLine(c.Args)} {
		if *to, err = windows.UTF16PtrFromString(text); err != nil {
			return Opened{}, err
		}
	}
	if ok, _, err := shellExecuteEx.Call(uintptr(unsafe.Pointer(&info))); ok == 0 {
		return Opened{}, consoleError(Open, err)
	}
	if info.process == 0 {
		return Opened{}, nil
	}
	defer windows.CloseHandle(info.process)
	return shellWait(ctx, info.process, time.Duration(c.Seconds)*time.Second)
}

// shellWait waits for the end of a process in short turns, so that ctx can end it.
func shellWait(ctx context.Context, process windows.Handle, limit time.Duration) (Opened, error) {
	const turn = 200 * time.Millisecond
	for left := limit; left > 0; left -= turn {
		if err := ctx.Err(); err != nil {
			return Opened{}, err
		}
		if event, _ := windows.WaitForSingleObject(process, uint32(turn/time.Millisecond)); event == windows.WAIT_OBJECT_0 {
			var o Opened
			err := consoleError(Open, windows.GetExitCodeProcess(process, &o.Exit))
			return o, err
		}
	}
	if limit > 0 {
		return Opened{}, &Error{Call: string(Open), Code: uint32(windows.WAIT_TIMEOUT)}
	}
	return Opened{}, nil
}

func consoleError[A, R any](c Call[A, R], err error) error {
	var code windows.Errno
	if errors.As(err, &code) {
		return &Error{Call: string(c), Code: uint32(code), Text: code.Error()}
	}
	return err
}
