package winapi

import (
	"context"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// encryptable calls a method of one Win32_EncryptableVolume.
func encryptable(ctx context.Context, volume, method string, parameters map[string]any) (None, error) {
	return apartment(ctx, wmiLimit, func() (None, error) {
		service, err := connect(`root\CIMV2\Security\MicrosoftVolumeEncryption`)
		if err != nil {
			return None{}, err
		}
		defer service.Release()
		is := func(r row) bool { return strings.EqualFold(r.text("DeviceID"), volume) }
		return None{}, the(service, "Win32_EncryptableVolume", is, []string{"DeviceID"}, func(v object) error {
			return v.carry(method, parameters)
		})
	})
}

// suspendCall asks DisableKeyProtectors. DisableCount 0 means until they are enabled.
func suspendCall(ctx context.Context, c ProtectionCall) (None, error) {
	return encryptable(ctx, c.Volume, "DisableKeyProtectors", map[string]any{"DisableCount": int32(c.Restarts)})
}

// resumeCall asks EnableKeyProtectors.
func resumeCall(ctx context.Context, c ProtectionCall) (None, error) {
	return encryptable(ctx, c.Volume, "EnableKeyProtectors", nil)
}

var procNtSetSecurity = windows.NewLazySystemDLL("ntdll.dll").NewProc("NtSetSecurityObject")

// setFileSecurityCall asks NtSetSecurityObject, which inherits nothing; see asStored. The file,
// or link, is opened as programs do that restore backups: only so the privilege counts, and
// a file that grants administrators nothing can be given what it had.
func setFileSecurityCall(_ context.Context, c FileSecurityCall) (None, error) {
	if len(c.Descriptor) < 20 {
		return None{}, windows.ERROR_INVALID_SECURITY_DESCR
	}
	held := make([]uint64, len(c.Descriptor)/8+1) // aligned
	raw := unsafe.Slice((*byte)(unsafe.Pointer(&held[0])), len(c.Descriptor))
	copy(raw, asStored(c.Descriptor))
	sd := (*windows.SECURITY_DESCRIPTOR)(unsafe.Pointer(&held[0]))
	if !relativeDescriptor(c.Descriptor) || !sd.IsValid() {
		return None{}, windows.ERROR_INVALID_SECURITY_DESCR
	}
	_ = enable("SeRestorePrivilege") // without it, what is denied is an error below
	h, err := openFile(c.Path, windows.WRITE_DAC|windows.WRITE_OWNER, windows.FILE_FLAG_OPEN_REPARSE_POINT)
	if err != nil {
		return None{}, err
	}
	defer windows.CloseHandle(h)
	what := uintptr(windows.OWNER_SECURITY_INFORMATION | windows.GROUP_SECURITY_INFORMATION | windows.DACL_SECURITY_INFORMATION)
	code, err := invoke(procNtSetSecurity, uintptr(h), what, uintptr(unsafe.Pointer(sd)))
	if code != 0 {
		return None{}, windows.NTStatus(uint32(code)).Errno()
	}
	return None{}, status(0, err)
}
