package cbs

import "bytes"

// Sign names what a notable line is a sign of. The values are part of the
// output and stay as they are.
type Sign string

// The signs. Sources: Microsoft's troubleshooting articles on the codes named,
// the advisory on KB5089549 (boot files), real logs for the rest.
const (
	SignSpaceCheck         Sign = "space-check"            // room for boot files on the EFI system partition
	SignServicingBootFiles Sign = "servicing-boot-files"   // boot files could not be written
	SignDiskSpace          Sign = "disk-space"             // 0x80070070, 0x800f0828
	SignInstallerFailed    Sign = "installer-failed"       // Subject: the installer; the cause of 0x800f0922
	SignPendingTransaction Sign = "pending-transaction"    // 0x80070bc9: an unfinished transaction needs a restart
	SignNewStackRequired   Sign = "new-stack-required"     // 0x800f0823; Subject: version required, Detail: version present
	SignWinRE              Sign = "winre"                  // anything about the recovery environment
	SignAccessDenied       Sign = "access-denied"          // 0x80070005; Subject: the file, if named
	SignSharingViolation   Sign = "sharing-violation"      // 0x80070020; Subject: the file, if named
	SignHang               Sign = "hang"                   // 0x800f0920, no progress
	SignStoreCorruption    Sign = "store-corruption"       // 0x800f0831, 0x800f081f, 0x80073712; Subject: the package
	SignPrimitivesFailed   Sign = "primitive-queue-failed" // poqexec.exe could not carry out the file operations
	SignReparsePoint       Sign = "reparse-point"          // a dangling junction in a path; Subject: the path
	SignRollback           Sign = "rollback"               // a rollback was begun
	SignDriverCorrupt      Sign = "driver-corrupt"         // [Pnp] Corrupt file; Subject: the file
	SignDriverRepaired     Sign = "driver-repaired"        // [Pnp] Repaired file; Subject: the file
	SignCatalogFailed      Sign = "catalog-failed"         // a catalogue of signatures could not be taken in
	SignRebootMarkSet      Sign = "reboot-mark-set"
	SignRebootMarkCleared  Sign = "reboot-mark-cleared"
	SignRebootSignaled     Sign = "reboot-signaled" // TI: CBS has signaled that a reboot is required
)

// Of each sign so many lines are kept: the first, and the newest behind them.
const (
	keepFirst = 8
	keepSign  = 32
)

// byCode are signs that a failing tag alone gives.
var byCode = map[uint32]Sign{
	diskFull:           SignDiskSpace,
	insufficientDisk:   SignDiskSpace,
	failRebootRequired: SignPendingTransaction,
	newStackRequired:   SignNewStackRequired,
	winreNotEnabled:    SignWinRE,
	accessDenied:       SignAccessDenied,
	sharingViolation:   SignSharingViolation,
	hangDetected:       SignHang,
	storeCorruption:    SignStoreCorruption,
	sourceMissing:      SignStoreCorruption,
	sxsStoreCorrupt:    SignStoreCorruption,
}

// byText are signs that words give, the more exact ones first.
var byText = []struct {
	words []byte
	sign  Sign
}{
	{[]byte("Reboot mark set"), SignRebootMarkSet},
	{[]byte("Reboot mark cleared"), SignRebootMarkCleared},
	{[]byte("CBS has signaled that a reboot is required"), SignRebootSignaled},
	{[]byte("CryptCATAdminAddCatalog"), SignCatalogFailed},
	{[]byte("SpaceCheck: "), SignSpaceCheck},
	{[]byte("ServicingBootFiles failed"), SignServicingBootFiles},
	{[]byte("Failed execution of queue item Installer: "), SignInstallerFailed},
	{[]byte("(F) Installer: "), SignInstallerFailed},
	{[]byte("ending transaction content must be resolved"), SignPendingTransaction},
	{[]byte("pending repair transaction already exists"), SignPendingTransaction},
	{[]byte("requires Servicing Stack v"), SignNewStackRequired},
	{[]byte("No progress detected"), SignHang},
	{[]byte("possible hang was detected"), SignHang},
	{[]byte("Failure in poqexec.exe"), SignPrimitivesFailed},
	{[]byte("(F) c0000280 "), SignReparsePoint},
	{[]byte("rollback transaction will be created"), SignRollback},
	{[]byte("rolled back and a restart initiated"), SignRollback},
	{[]byte("[Pnp] Corrupt file"), SignDriverCorrupt},
	{[]byte("[Pnp] Repaired file"), SignDriverRepaired},
	{[]byte("nsufficient disk space"), SignDiskSpace},
	{[]byte("ot enough disk space"), SignDiskSpace},
	{[]byte("winre.wim"), SignWinRE},
	{[]byte("WinRE"), SignWinRE},
	{[]byte("Windows RE "), SignWinRE},
	{[]byte("Windows Recovery Environment"), SignWinRE},
}

// signs keeps the line if it shows a known sign.
func (in *interp) signs(l *line) {
	sign := signOf(l)
	if sign == "" {
		return
	}
	in.log.NotableCounts[sign]++
	n := Notable{Entry: l.entry(), Sign: sign}
	n.Subject, n.Detail = subject(sign, l.text)
	in.keepNotable(n)
}

func signOf(l *line) Sign {
	for _, w := range byText {
		if bytes.Contains(l.text, w.words) {
			return w.sign
		}
	}
	return byCode[l.code]
}

// keepNotable drops the oldest line between the first and the newest when
// there are too many of one sign.
func (in *interp) keepNotable(n Notable) {
	if in.log.NotableCounts[n.Sign] > keepSign {
		seen := 0
		for i := range in.log.Notable {
			if in.log.Notable[i].Sign != n.Sign {
				continue
			}
			if seen++; seen > keepFirst {
				in.log.Notable = append(in.log.Notable[:i], in.log.Notable[i+1:]...)
				break
			}
		}
	}
	in.log.Notable = append(in.log.Notable, n)
}

// subject finds what the line is about.
func subject(sign Sign, t []byte) (string, string) {
	switch sign {
	case SignInstallerFailed:
		return installer(t)
	case SignNewStackRequired:
		return stackVersions(t)
	case SignStoreCorruption:
		return clean(quoted(t), maxName), ""
	case SignAccessDenied, SignSharingViolation, SignReparsePoint, SignDriverCorrupt, SignDriverRepaired:
		return clean(pathIn(t), maxText), ""
	}
	return "", ""
}

// installer reads "Installer: Container Installer ({guid}) with HRESULT …" and
// "Installer: Container Installer\tBinary Name: containerai.dll\t…".
func installer(t []byte) (string, string) {
	rest, _ := after(t, "Installer: ")
	detail := ""
	if bin, ok := after(rest, "Binary Name: "); ok {
		detail = clean(before(bin, "\t"), maxName)
	}
	return clean(before(rest, " ({", "\t", " with HRESULT"), maxName), detail
}

// stackVersions reads "… requires Servicing Stack v10.0.14393.5285 but current
// Servicing Stack is v10.0.14393.4349. […]".
func stackVersions(t []byte) (string, string) {
	required, _ := after(t, "requires Servicing Stack v")
	present, _ := after(t, "current Servicing Stack is v")
	return version(required), version(present)
}

func version(b []byte) string {
	n := 0
	for n < len(b) && n < 32 && (b[n] >= '0' && b[n] <= '9' || b[n] == '.') {
		n++
	}
	return string(bytes.TrimSuffix(b[:n], []byte(".")))
}

// pathIn returns the first path in t, in quotes or bare, without the prefix of
// the object manager; nil if there is none.
func pathIn(t []byte) []byte {
	rest := t
	for q := quoted(rest); q != nil; q = quoted(rest) {
		if bytes.IndexByte(q, '\\') >= 0 {
			return barePath(q)
		}
		rest = rest[bytes.IndexAny(rest, "'\"")+len(q)+2:]
	}
	i := bytes.Index(t, []byte(`:\`))
	if i < 1 {
		return nil
	}
	p := t[i-1:]
	if end := bytes.IndexAny(p, "\"'<>|,;[\t"); end >= 0 {
		p = p[:end]
	}
	return bytes.TrimRight(p, " .")
}

func barePath(p []byte) []byte {
	p = bytes.TrimPrefix(p, []byte(`\??\`))
	return bytes.TrimPrefix(p, []byte(`\\?\`))
}
