package winapi

import (
	"context"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	wintrust = windows.NewLazySystemDLL("wintrust.dll")

	procProvData = wintrust.NewProc("WTHelperProvDataFromStateData")
	procSigner   = wintrust.NewProc("WTHelperGetProvSignerFromChain")
)

// providerSigner is CRYPT_PROVIDER_SGNR. Source: wintrust.h.
type providerSigner struct {
	size            uint32
	verifyAsOf      windows.Filetime
	countChain      uint32
	chain           uintptr
	signerType      uint32
	signer          uintptr
	failure         uint32
	countCounter    uint32
	counter         uintptr
	chainOfContexts *windows.CertChainContext
}

// signedCall asks WinVerifyTrust, and CertVerifyCertificateChainPolicy for the root. The
// file must hold the signature itself.
func signedCall(_ context.Context, path string) (bool, error) {
	wide, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return false, err
	}
	file := windows.WinTrustFileInfo{FilePath: wide}
	file.Size = uint32(unsafe.Sizeof(file))
	data := windows.WinTrustData{UIChoice: windows.WTD_UI_NONE, RevocationChecks: windows.WTD_REVOKE_NONE, UnionChoice: windows.WTD_CHOICE_FILE,
		FileOrCatalogOrBlobOrSgnrOrCert: unsafe.Pointer(&file), StateAction: windows.WTD_STATEACTION_VERIFY}
	data.Size = uint32(unsafe.Sizeof(data))
	bad := windows.WinVerifyTrustEx(windows.InvalidHWND, &windows.WINTRUST_ACTION_GENERIC_VERIFY_V2, &data)
	defer func() {
		data.StateAction = windows.WTD_STATEACTION_CLOSE
		_ = windows.WinVerifyTrustEx(windows.InvalidHWND, &windows.WINTRUST_ACTION_GENERIC_VERIFY_V2, &data)
	}()
	if bad != nil {
		return false, nil // whatever it is, Windows does not trust it
	}
	return fromMicrosoft(data.StateData)
}

// fromMicrosoft tells where the chain of the first signer ends.
func fromMicrosoft(state windows.Handle) (bool, error) {
	provider, err := invoke(procProvData, uintptr(state))
	if provider == 0 {
		return false, failed(err)
	}
	at, err := invoke(procSigner, provider, 0, 0, 0)
	if at == 0 {
		return false, failed(err)
	}
	signer := *(**providerSigner)(unsafe.Pointer(&at)) // memory of Windows, not of Go
	return rootIsMicrosofts(func(flags uint32) (uint32, error) {
		status := windows.CertChainPolicyStatus{}
		status.Size = uint32(unsafe.Sizeof(status))
		para := windows.CertChainPolicyPara{Flags: flags}
		para.Size = uint32(unsafe.Sizeof(para))
		err := windows.CertVerifyCertificateChainPolicy(windows.CERT_CHAIN_POLICY_MICROSOFT_ROOT, signer.chainOfContexts, &para, &status)
		return status.Error, err
	})
}
