package winapi

// checkApplicationRoot is MICROSOFT_ROOT_CERT_CHAIN_POLICY_CHECK_APPLICATION_ROOT_FLAG: the
// policy CERT_CHAIN_POLICY_MICROSOFT_ROOT then asks for Microsoft's root of applications
// (Microsoft Root Certificate Authority 2011) in the place of that of its products. Source:
// wincrypt.h; "CertVerifyCertificateChainPolicy".
const checkApplicationRoot = 0x20000

// rootIsMicrosofts asks the policy for one root, then for the other: what is not that of
// products may be that of applications. check answers the policy's status.
func rootIsMicrosofts(check func(flags uint32) (status uint32, err error)) (bool, error) {
	for _, flags := range []uint32{0, checkApplicationRoot} {
		status, err := check(flags)
		if err != nil || status == 0 {
			return err == nil, err
		}
	}
	return false, nil
}
