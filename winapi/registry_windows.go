package winapi

import (
	"context"
	"errors"
	"io"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Bounds of one key. Beyond them a key is an Error, never a part that looks whole.
const (
	maxSubkeys = 100_000
	maxData    = 64 << 20 // bytes of one value
)

var roots = map[string]registry.Key{
	"HKLM": registry.LOCAL_MACHINE, "HKU": registry.USERS, "HKCU": registry.CURRENT_USER, "HKCR": registry.CLASSES_ROOT,
}

// keyCall asks RegOpenKeyEx (the 64-bit view, to read only), RegQueryInfoKey,
// RegEnumKeyEx, RegEnumValue, RegQueryValueEx, NtQueryKey. A value that vanishes meanwhile is left out.
func keyCall(_ context.Context, path string) (Key, error) {
	k, err := openKey(path)
	if err != nil {
		return Key{}, err
	}
	defer k.Close()
	info, err := k.Stat()
	if err != nil {
		return Key{}, err
	}
	key := Key{LastWrite: time.Unix(0, lastWrite(info)).UTC(), Subkeys: []string{}, Values: []Value{}, Volatile: isVolatile(k)}
	if info.SubKeyCount > maxSubkeys || info.ValueCount > maxSubkeys {
		return Key{}, syscall.Errno(errMoreData)
	}
	if key.Subkeys, err = k.ReadSubKeyNames(maxSubkeys); err != nil && !errors.Is(err, io.EOF) {
		return Key{}, err
	}
	key.Values, err = readValues(k)
	return key, err
}

func openKey(path string) (registry.Key, error) {
	root, rest, err := splitKey(path)
	if err != nil {
		return 0, err
	}
	return registry.OpenKey(roots[root], rest, registry.READ|registry.WOW64_64KEY)
}

var procNtQueryKey = windows.NewLazySystemDLL("ntdll.dll").NewProc("NtQueryKey")

// isVolatile asks NtQueryKey; a Windows that does not answer has told nothing.
func isVolatile(k registry.Key) bool {
	var flags [keyFlagsSize]byte
	var got uint32
	code, err := invoke(procNtQueryKey, uintptr(k), keyFlagsInformation, uintptr(unsafe.Pointer(&flags)), uintptr(len(flags)), uintptr(unsafe.Pointer(&got)))
	return code == 0 && status(0, err) == nil && volatileFlag(flags[:min(got, keyFlagsSize)])
}

func lastWrite(info *registry.KeyInfo) int64 { return info.ModTime().UnixNano() }

func readValues(k registry.Key) ([]Value, error) {
	names, err := k.ReadValueNames(maxSubkeys)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	values := make([]Value, 0, len(names))
	for _, name := range names {
		v, err := readValue(k, name)
		if errors.Is(err, registry.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

// readValue reads one value, which may grow while it is read.
func readValue(k registry.Key, name string) (Value, error) {
	for buf := make([]byte, 256); len(buf) <= maxData; {
		n, kind, err := k.GetValue(name, buf)
		if err == nil {
			return Value{Name: name, Type: kind, Data: buf[:n]}, nil
		}
		if !errors.Is(err, registry.ErrShortBuffer) {
			return Value{}, err
		}
		buf = make([]byte, max(n, 2*len(buf)))
	}
	return Value{}, windows.ERROR_MORE_DATA
}
