package winapi

import (
	"context"
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

var (
	advapi32 = windows.NewLazySystemDLL("advapi32.dll")

	procRegCreateKeyEx  = advapi32.NewProc("RegCreateKeyExW")
	procRegSetValueEx   = advapi32.NewProc("RegSetValueExW")
	procRegDeleteTree   = advapi32.NewProc("RegDeleteTreeW")
	procRegDeleteKeyEx  = advapi32.NewProc("RegDeleteKeyExW")
	procSetFileSecurity = advapi32.NewProc("SetFileSecurityW")
	procRegFlushKey     = advapi32.NewProc("RegFlushKey")
	errNoKeyOfItsOwn    = windows.ERROR_ACCESS_DENIED // the root of a hive
	forWriting          = uint32(registry.SET_VALUE | registry.CREATE_SUB_KEY | registry.QUERY_VALUE | registry.WOW64_64KEY)
	forDeleting         = uint32(windows.DELETE | registry.ENUMERATE_SUB_KEYS | registry.QUERY_VALUE | registry.SET_VALUE | registry.WOW64_64KEY)
)

// status is the error of a function of the registry, which answers it.
func status(code uintptr, err error) error {
	if code != 0 {
		return windows.Errno(code)
	}
	if errors.Is(err, windows.ERROR_PROC_NOT_FOUND) {
		return err
	}
	return nil
}

// setValueCall asks RegCreateKeyEx and RegSetValueEx, then RegFlushKey: it is on the disk
// when this returns.
func setValueCall(_ context.Context, at ValueAt) (None, error) {
	root, rest, err := splitKey(at.Key)
	if err != nil {
		return None{}, err
	}
	k, err := createKey(roots[root], rest, at.Volatile)
	if err != nil {
		return None{}, err
	}
	defer k.Close()
	name, err := windows.UTF16PtrFromString(at.Value.Name)
	if err != nil {
		return None{}, err
	}
	code, err := invoke(procRegSetValueEx, uintptr(k), uintptr(unsafe.Pointer(name)), 0, uintptr(at.Value.Type),
		uintptr(unsafe.Pointer(unsafe.SliceData(at.Value.Data))), uintptr(len(at.Value.Data)))
	if err := status(code, err); err != nil {
		return None{}, err
	}
	return None{}, flush(k)
}

// optionVolatile is REG_OPTION_VOLATILE.
const optionVolatile = 1

func createKey(root registry.Key, path string, volatile bool) (registry.Key, error) {
	if !volatile {
		k, _, err := registry.CreateKey(root, path, forWriting)
		return k, err
	}
	wide, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	var k registry.Key
	code, err := invoke(procRegCreateKeyEx, uintptr(root), uintptr(unsafe.Pointer(wide)), 0, 0, optionVolatile, uintptr(forWriting), 0, uintptr(unsafe.Pointer(&k)), 0)
	return k, status(code, err)
}

func flush(k registry.Key) error {
	code, err := invoke(procRegFlushKey, uintptr(k))
	return status(code, err)
}

// deleteValueCall asks RegDeleteValue.
func deleteValueCall(_ context.Context, at ValueAt) (None, error) {
	root, rest, err := splitKey(at.Key)
	if err != nil {
		return None{}, err
	}
	k, err := registry.OpenKey(roots[root], rest, forWriting)
	if errors.Is(err, registry.ErrNotExist) {
		return None{}, nil
	}
	if err != nil {
		return None{}, err
	}
	defer k.Close()
	if err := k.DeleteValue(at.Value.Name); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return None{}, err
	}
	return None{}, flush(k)
}

// deleteKeyCall asks RegDeleteTree for what is below and RegDeleteKeyEx for the key.
func deleteKeyCall(_ context.Context, path string) (None, error) {
	root, rest, err := splitKey(path)
	if err != nil {
		return None{}, err
	}
	if rest == "" {
		return None{}, errNoKeyOfItsOwn
	}
	k, err := registry.OpenKey(roots[root], rest, forDeleting)
	if errors.Is(err, registry.ErrNotExist) {
		return None{}, nil
	}
	if err != nil {
		return None{}, err
	}
	code, err := invoke(procRegDeleteTree, uintptr(k), 0)
	err = errors.Join(status(code, err), k.Close())
	if err != nil {
		return None{}, err
	}
	wide, err := windows.UTF16PtrFromString(rest)
	if err != nil {
		return None{}, err
	}
	code, err = invoke(procRegDeleteKeyEx, uintptr(roots[root]), uintptr(unsafe.Pointer(wide)), registry.WOW64_64KEY, 0)
	return None{}, status(code, err)
}
