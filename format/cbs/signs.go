package cbs

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
	SignHang               Sign = "hang"                   // 0x800f0920, 0x800f0821, no progress
	SignStoreCorruption    Sign = "store-corruption"       // 0x800f0831, 0x800f081f, 0x80073712; Subject: the package
	SignPackageMissing     Sign = "package-missing"        // an earlier package is gone; Subject: the package
	SignFileMissing        Sign = "file-missing"           // a file of the store is not there; Subject: the file
	SignFileUnreadable     Sign = "file-unreadable"        // a file of the store cannot be read; Subject: the file
	SignPathMissing        Sign = "path-missing"           // a folder or file outside the store is not there; Subject: the path
	SignMarkedDeleted      Sign = "marked-deleted"         // a component was taken out; Subject: the component
	SignSideBySide         Sign = "side-by-side"           // STATUS_SXS_…; Subject: the file or component
	SignDeltaFailed        Sign = "delta-failed"           // PSFX_E_…, 0x800f0982 to 0x800f0993; Subject: the component
	SignTaskFailed         Sign = "task-failed"            // the installer of scheduled tasks failed; Subject: the task, if named
	SignServiceFailed      Sign = "service-not-started"    // an advanced installer could not start a service; Subject: the service
	SignCatalogFailed      Sign = "catalog-failed"         // a signature catalog was refused; Subject: the catalog
	SignWimMount           Sign = "wim-mount"              // 0xc1420121, the driver that mounts images
	SignNoResources        Sign = "no-resources"           // 0x800705aa, a hive cannot be loaded
	SignTransactionLog     Sign = "transaction-log"        // 0x80071a91, 0x800719e4: logs of transactions
	SignEndOfLife          Sign = "end-of-life"            // leftovers below AppxAllUserStore\\EndOfLife; Subject: the package
	SignDriverQueue        Sign = "driver-queue"           // Doqe, Doqi: driver operations failed; Subject: the INF
	SignPrimitivesFailed   Sign = "primitive-queue-failed" // poqexec.exe could not carry out the file operations
	SignReparsePoint       Sign = "reparse-point"          // a dangling junction in a path; Subject: the path
	SignRollback           Sign = "rollback"               // a rollback was begun
	SignDriverCorrupt      Sign = "driver-corrupt"         // [Pnp] Corrupt file; Subject: the file
	SignDriverRepaired     Sign = "driver-repaired"        // [Pnp] Repaired file; Subject: the file
	SignRebootMarkSet      Sign = "reboot-mark-set"
	SignRebootMarkCleared  Sign = "reboot-mark-cleared"
	SignRebootSignaled     Sign = "reboot-signaled" // TI: CBS has signaled that a reboot is required
)

// Of each sign so many lines are kept: the first, and the newest behind them.
const (
	keepFirst = 8
	keepSign  = 32
)

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

// signOf returns the sign that the words of a line give, else that of its code.
func signOf(l *line) Sign {
	if s := signWords.find(l.text); s != "" {
		return exact(s, l)
	}
	code := l.code
	if code <= unstated && isError(l) {
		code = codeOf(l.text)
	}
	return byCode[code]
}

// exact turns away lines that use the words of a sign but tell of success, and tells
// the store from the rest of the disk.
func exact(s Sign, l *line) Sign {
	switch s {
	case SignDriverQueue:
		if !isFailure(codeOf(l.text)) {
			return ""
		}
	case SignTaskFailed, SignEndOfLife, SignMarkedDeleted, SignCatalogFailed:
		if !failing(l) {
			return byCode[l.code]
		}
	case SignFileUnreadable:
		if !failing(l) || !inStore(pathIn(l.text)) {
			return byCode[l.code]
		}
	case SignPathMissing:
		p := pathIn(l.text)
		if !failing(l) || p == nil {
			return ""
		}
		if inStore(p) {
			return SignFileMissing
		}
	}
	return s
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
