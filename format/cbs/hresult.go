package cbs

import "bytes"

// HRESULTs this package has to know to tell success from failure.
const (
	rebootRequired     = 0x80070bc2 // ERROR_SUCCESS_REBOOT_REQUIRED in the form of a failure
	failRebootRequired = 0x80070bc9 // ERROR_FAIL_REBOOT_REQUIRED
	newStackRequired   = 0x800f0823 // CBS_E_NEW_SERVICING_STACK_REQUIRED
	insufficientDisk   = 0x800f0828 // CBS_E_INSUFFICIENT_DISK_SPACE
	diskFull           = 0x80070070 // ERROR_DISK_FULL
	accessDenied       = 0x80070005 // E_ACCESSDENIED
	sharingViolation   = 0x80070020 // ERROR_SHARING_VIOLATION
	storeCorruption    = 0x800f0831 // CBS_E_STORE_CORRUPTION
	sourceMissing      = 0x800f081f // CBS_E_SOURCE_MISSING
	sxsStoreCorrupt    = 0x80073712 // ERROR_SXS_COMPONENT_STORE_CORRUPT
	sxsHashMismatch    = 0x800736cc // ERROR_SXS_FILE_HASH_MISMATCH
	hangDetected       = 0x800f0920 // CBS_E_HANG_DETECTED
	servicingAborted   = 0x800f0821 // CBS_E_ABORT: the watchdog ended a transaction
	mountFailed        = 0xc1420121 // an image cannot be mounted: the WimMount driver
	noResources        = 0x800705aa // ERROR_NO_SYSTEM_RESOURCES
	managerNotActive   = 0x80071a91 // ERROR_RM_NOT_ACTIVE
	logFull            = 0x800719e4 // ERROR_LOG_FULL
	ntAccessDenied     = 0xc0000022 // STATUS_ACCESS_DENIED
	ntSharingViolation = 0xc0000043 // STATUS_SHARING_VIOLATION
	winreNotEnabled    = 0x800f0914 // CBS_E_WINRE_NOT_ENABLED
)

// isFailure reports whether code says that something failed. "Restart
// required" is written like a failure and is none.
func isFailure(code uint32) bool {
	return code&0x80000000 != 0 && code != rebootRequired
}

var tagOpen = []byte("[HRESULT = 0x")

// lastTag returns the value of the last "[HRESULT = 0x…" in text: a final
// line can quote other codes before its own.
func lastTag(text []byte) (uint32, bool) {
	i := bytes.LastIndex(text, tagOpen)
	if i < 0 {
		return 0, false
	}
	return hexAt(text[i+len(tagOpen):])
}

// hexAt reads up to 8 hexadecimal digits at the beginning of b.
func hexAt(b []byte) (uint32, bool) {
	v, n := uint32(0), 0
	for n < len(b) && n < 8 {
		d := hexDigit(b[n])
		if d > 15 {
			break
		}
		v = v<<4 | uint32(d)
		n++
	}
	return v, n > 0
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

// codeForms are the other ways in which lines state a code, in order of trust.
var codeForms = []struct {
	before string
	read   func([]byte) (uint32, bool)
}{
	{"HRESULT_FROM_WIN32(", win32Code},
	{"ErrorCode: ", hexAt},
	{"hr: 0x", hexAt},
	{"status: 0x", hexAt},
	{"Error = 0x", win32Hex},
	{" with HRESULT 0x", hexAt},
	{"hr:0x", hexAt},
	{"Recording result: 0x", hexAt},
	{", result ", win32Result},
	{"(F) ", ntStatus},
	{"[gle=0x", hexAt},
}

// codeOf returns the code a line states, 0 if none.
func codeOf(text []byte) uint32 {
	if v, ok := lastTag(text); ok {
		return v
	}
	for _, f := range codeForms {
		i := bytes.Index(text, []byte(f.before))
		if i < 0 {
			continue
		}
		if v, ok := f.read(text[i+len(f.before):]); ok {
			return v
		}
	}
	return 0
}

// win32Code reads "1753)" or "ERROR_FILE_NOT_FOUND)".
func win32Code(b []byte) (uint32, bool) {
	end := bytes.IndexByte(b, ')')
	if end <= 0 {
		return 0, false
	}
	if n, ok := win32Names[string(b[:end])]; ok {
		return fromWin32(n), true
	}
	n, ok := decimal(b[:end])
	return fromWin32(uint32(n)), ok && n < 1<<16
}

// win32Result reads the "2" of "INSTALL index: 55, phase: 2, result 2, inf: x.inf".
func win32Result(b []byte) (uint32, bool) {
	n, ok := decimal(leadingDigits(b))
	return fromWin32(uint32(n)), ok && n < 1<<16
}

func win32Hex(b []byte) (uint32, bool) {
	v, ok := hexAt(b)
	if v < 1<<16 {
		v = fromWin32(v)
	}
	return v, ok
}

// ntNames are the symbolic forms of an NTSTATUS that CSI's lines were seen to use.
var ntNames = map[string]uint32{
	"STATUS_OBJECT_NAME_NOT_FOUND":       0xc0000034,
	"STATUS_OBJECT_PATH_NOT_FOUND":       0xc000003a,
	"STATUS_ACCESS_DENIED":               ntAccessDenied,
	"STATUS_SHARING_VIOLATION":           ntSharingViolation,
	"STATUS_FILE_CORRUPT_ERROR":          0xc0000102,
	"STATUS_DISK_FULL":                   0xc000007f,
	"STATUS_SXS_COMPONENT_STORE_CORRUPT": 0xc015001a,
}

// ntStatus reads the NTSTATUS that CSI writes after its failure mark, as a number or
// by its name.
func ntStatus(b []byte) (uint32, bool) {
	if v, ok := ntNames[string(before(b[:min(len(b), 64)], " ", ":", "["))]; ok {
		return v, true
	}
	if len(b) < 9 || b[8] != ' ' {
		return 0, false
	}
	v, ok := hexAt(b)
	return v, ok && v>>30 == 3
}

func fromWin32(n uint32) uint32 {
	if n == 0 {
		return 0
	}
	return n&0xffff | 0x80070000
}

// win32Names are the symbolic forms that installers' lines were seen to use.
var win32Names = map[string]uint32{
	"ERROR_FILE_NOT_FOUND":    2,
	"ERROR_PATH_NOT_FOUND":    3,
	"ERROR_ACCESS_DENIED":     5,
	"ERROR_INVALID_DATA":      13,
	"ERROR_SHARING_VIOLATION": 32,
	"ERROR_INVALID_PARAMETER": 87,
	"ERROR_DISK_FULL":         112,
	"ERROR_ALREADY_EXISTS":    183,
	"ERROR_NOT_FOUND":         1168,
	"ERROR_TIMEOUT":           1460,
}

// decimal reads a number that fills b; false if b is empty or holds anything
// but digits, or more than 18 of them.
func decimal(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	v := int64(0)
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	return v, true
}
