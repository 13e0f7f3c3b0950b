package cbs

import "bytes"

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
	servicingAborted:   SignHang,
	storeCorruption:    SignStoreCorruption,
	sourceMissing:      SignStoreCorruption,
	sxsStoreCorrupt:    SignStoreCorruption,
	sxsHashMismatch:    SignStoreCorruption,
	mountFailed:        SignWimMount,
	noResources:        SignNoResources,
	managerNotActive:   SignTransactionLog,
	logFull:            SignTransactionLog,
	ntAccessDenied:     SignAccessDenied,
	ntSharingViolation: SignSharingViolation,
	0x800f0982:         SignDeltaFailed,
	0x800f0983:         SignDeltaFailed,
	0x800f0984:         SignDeltaFailed,
	0x800f0985:         SignDeltaFailed,
	0x800f0986:         SignDeltaFailed,
	0x800f0988:         SignDeltaFailed,
	0x800f0991:         SignDeltaFailed,
	0x800f0993:         SignDeltaFailed,
}

// byText are signs that words give, the more exact ones first.
var byText = []signWord{
	{"Reboot mark set", SignRebootMarkSet},
	{"Reboot mark cleared", SignRebootMarkCleared},
	{"CBS has signaled that a reboot is required", SignRebootSignaled},
	{"SpaceCheck: ", SignSpaceCheck},
	{"ServicingBootFiles failed", SignServicingBootFiles},
	{"Failed execution of queue item Installer: ", SignInstallerFailed},
	{"(F) Installer: ", SignInstallerFailed},
	{"ending transaction content must be resolved", SignPendingTransaction},
	{"pending repair transaction already exists", SignPendingTransaction},
	{"requires Servicing Stack v", SignNewStackRequired},
	{"No progress detected", SignHang},
	{"possible hang was detected", SignHang},
	{"Failure in poqexec.exe", SignPrimitivesFailed},
	{"(F) c0000280 ", SignReparsePoint},
	{"manifest missing for package: ", SignPackageMissing},
	{"Failed to resolve package '", SignPackageMissing},
	{"store corruption flag because of package: ", SignPackageMissing},
	{"Failed to find file: ", SignFileMissing},
	{"marked deleted", SignMarkedDeleted},
	{"(F) STATUS_SXS_", SignSideBySide},
	{"(F) c01500", SignSideBySide},
	{"PSFX_E_", SignDeltaFailed},
	{"WimMount ImagePath", SignWimMount},
	{"CryptCATAdminAddCatalog", SignCatalogFailed},
	{"RegisterTask", SignTaskFailed},
	{"Installer name: 'Task Scheduler'", SignTaskFailed},
	{"EndOfLife", SignEndOfLife},
	{"Doqe: Failed", SignDriverQueue},
	{"Doqi: Failed", SignDriverQueue},
	{"Doqe: Recording result: ", SignDriverQueue},
	{"driver operations queue. [HRESULT", SignDriverQueue},
	{"Failed in StartService for ", SignServiceFailed},
	{"DriverUpdateInstallUpdates failed", SignDriverQueue},
	{"INSTALL index: ", SignDriverQueue},
	{"(F) STATUS_OBJECT_NAME_NOT_FOUND", SignPathMissing},
	{"(F) STATUS_OBJECT_PATH_NOT_FOUND", SignPathMissing},
	{"(F) c0000034 ", SignPathMissing},
	{"(F) c000003a ", SignPathMissing},
	{"::SysReadFile(", SignFileUnreadable},
	{"rollback transaction will be created", SignRollback},
	{"rolled back and a restart initiated", SignRollback},
	{"[Pnp] Corrupt file", SignDriverCorrupt},
	{"[Pnp] Repaired file", SignDriverRepaired},
	{"nsufficient disk space", SignDiskSpace},
	{"ot enough disk space", SignDiskSpace},
	{"winre.wim", SignWinRE},
	{"WinRE", SignWinRE},
	{"Windows RE ", SignWinRE},
	{"Windows Recovery Environment", SignWinRE},
}

// signWord is a piece of text and what it is a sign of.
type signWord struct {
	words string
	sign  Sign
}

// signWords is byText, ready to be searched.
var signWords = indexWords(byText)

// wordIndex finds the first of many words in one pass over a text, whatever their
// number: it looks only where the first two bytes of a word stand.
type wordIndex struct {
	words []signWord
	first [256]bool        // a word begins with this byte
	pairs map[uint16][]int // words by their first two bytes
}

func indexWords(words []signWord) *wordIndex {
	x := &wordIndex{words: words, pairs: map[uint16][]int{}}
	for i, w := range words {
		x.first[w.words[0]] = true
		p := pair(w.words[0], w.words[1])
		x.pairs[p] = append(x.pairs[p], i)
	}
	return x
}

func pair(a, b byte) uint16 { return uint16(a) | uint16(b)<<8 }

// find returns the sign of the word in t that stands highest in the table; "" if t
// holds none.
func (x *wordIndex) find(t []byte) Sign {
	best := len(x.words)
	for i := 0; i+1 < len(t); i++ {
		if !x.first[t[i]] {
			continue
		}
		for _, n := range x.pairs[pair(t[i], t[i+1])] {
			if n < best && bytes.HasPrefix(t[i:], []byte(x.words[n].words)) {
				best = n
			}
		}
	}
	if best == len(x.words) {
		return ""
	}
	return x.words[best].sign
}
