package winapi

import (
	"context"
	"errors"
	"io"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

var (
	advapi32 = windows.NewLazySystemDLL("advapi32.dll")

	procRegCreateKeyEx = advapi32.NewProc("RegCreateKeyExW")
	procRegSetValueEx  = advapi32.NewProc("RegSetValueExW")
	procRegDeleteTree  = advapi32.NewProc("RegDeleteTreeW")
	procRegDeleteKeyEx = advapi32.NewProc("RegDeleteKeyExW")
	procRegFlushKey    = advapi32.NewProc("RegFlushKey")
	procNtDeleteKey    = windows.NewLazySystemDLL("ntdll.dll").NewProc("NtDeleteKey")
	errNoKeyOfItsOwn   = windows.ERROR_ACCESS_DENIED // the root of a hive
	forWriting         = uint32(registry.SET_VALUE | registry.CREATE_SUB_KEY | registry.QUERY_VALUE | registry.WOW64_64KEY)
	forDeleting        = uint32(windows.DELETE | registry.ENUMERATE_SUB_KEYS | registry.QUERY_VALUE | registry.SET_VALUE | registry.WOW64_64KEY)
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

// Options of RegCreateKeyEx.
const (
	optionLasting  = 0 // REG_OPTION_NON_VOLATILE
	optionVolatile = 1 // REG_OPTION_VOLATILE
	optionRestore  = 4 // REG_OPTION_BACKUP_RESTORE: privileges, not permissions, decide
)

func createKey(root registry.Key, path string, volatile bool) (k registry.Key, err error) {
	option := uintptr(optionLasting)
	if volatile {
		option = optionVolatile
	}
	k, err = createAs(root, path, option, forWriting)
	err = orElse(err, func() error {
		k, err = restoring(root, path, option)
		return err
	})
	return k, err
}

func createAs(root registry.Key, path string, option uintptr, access uint32) (registry.Key, error) {
	wide, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	var k registry.Key
	code, err := invoke(procRegCreateKeyEx, uintptr(root), uintptr(unsafe.Pointer(wide)), 0, 0, option, uintptr(access), 0, uintptr(unsafe.Pointer(&k)), 0)
	return k, status(code, err)
}

// restoring opens a key as programs do that back up and restore: with SeBackupPrivilege to
// read, with SeRestorePrivilege to change and delete it. option: of what has to be made.
func restoring(root registry.Key, path string, option uintptr) (registry.Key, error) {
	for _, privilege := range []string{"SeBackupPrivilege", "SeRestorePrivilege"} {
		if err := enable(privilege); err != nil {
			return 0, err
		}
	}
	return createAs(root, path, optionRestore|option, forWriting|forDeleting) // Windows goes by the option alone
}

// restorable is a root whose keys are deleted so. RegDeleteKeyEx would ask the permissions.
type restorable registry.Key

func (r restorable) below(path string) ([]string, error) {
	k, err := restoring(registry.Key(r), path, optionLasting)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	names, err := k.ReadSubKeyNames(maxSubkeys)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return names, err
}

func (r restorable) remove(path string) error {
	k, err := restoring(registry.Key(r), path, optionLasting)
	if err != nil {
		return err
	}
	defer k.Close()
	code, err := invoke(procNtDeleteKey, uintptr(k))
	if code != 0 {
		return windows.NTStatus(uint32(code)).Errno()
	}
	return status(0, err)
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
	err = orElse(err, func() error {
		k, err = restoring(roots[root], rest, optionLasting)
		return err
	})
	if err != nil {
		return None{}, err
	}
	defer k.Close()
	if err := k.DeleteValue(at.Value.Name); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return None{}, err
	}
	return None{}, flush(k)
}

// deleteKeyCall asks RegDeleteTree for what is below and RegDeleteKeyEx for the key; where
// permissions deny that, NtDeleteKey for each.
func deleteKeyCall(_ context.Context, path string) (None, error) {
	root, rest, err := splitKey(path)
	if err != nil {
		return None{}, err
	}
	if rest == "" {
		return None{}, errNoKeyOfItsOwn
	}
	k, err := registry.OpenKey(roots[root], rest, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if errors.Is(err, registry.ErrNotExist) {
		return None{}, nil
	}
	if err == nil {
		k.Close()
	}
	err = orElse(deleteByRights(roots[root], rest), func() error { return removeKeys(restorable(roots[root]), rest, 0) })
	return None{}, err
}

func deleteByRights(root registry.Key, path string) error {
	k, err := registry.OpenKey(root, path, forDeleting)
	if err != nil {
		return err
	}
	code, err := invoke(procRegDeleteTree, uintptr(k), 0)
	err = errors.Join(status(code, err), k.Close())
	if err != nil {
		return err
	}
	wide, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	code, err = invoke(procRegDeleteKeyEx, uintptr(root), uintptr(unsafe.Pointer(wide)), registry.WOW64_64KEY, 0)
	return status(code, err)
}
