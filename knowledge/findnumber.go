package knowledge

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// number reads one number in any notation.
func (f *finder) number(w string) bool {
	low := strings.ToLower(w)
	if digits, ok := strings.CutPrefix(low, "kb"); ok && isDigits(digits) {
		return f.kb(digits, w)
	}
	if digits, ok := hexDigits(low); ok {
		return f.hex(digits, w)
	}
	if len(low) == 8 && isHex(low) && f.bareHex(low, w) {
		return true
	}
	n, err := strconv.ParseUint(low, 10, 32)
	switch {
	case err != nil || !isDigits(low):
		return false
	case f.follows("kb"):
		return f.kb(low, w)
	case strings.HasSuffix(f.before, "-") && n > 0xffff && n <= 1<<31:
		return f.code(uint32(-int64(n)), "-"+w)
	}
	return f.decimal(uint32(n), w)
}

// kb accepts five to seven digits: the numbers of all articles and updates so far.
func (f *finder) kb(digits, typed string) bool {
	if len(digits) < 5 || len(digits) > 7 {
		return false
	}
	id := "KB" + strings.TrimLeft(digits, "0")
	return f.add(Topic{TopicKB, id, f.b.KBs[id] != nil, typed})
}

// hex reads digits behind 0x. Without a failure bit an unknown number counts only if
// nothing else was asked: 0xC1900101 is often followed by a place like 0x4001E.
func (f *finder) hex(digits, typed string) bool {
	if len(digits) == 7 && f.leftOut(digits, typed) {
		return true
	}
	digits = strings.TrimLeft(strings.TrimPrefix(digits, "ffffffff"), "0")
	n, err := strconv.ParseUint(digits, 16, 32)
	switch {
	case err != nil || n == 0:
		return false
	case n>>31 == 1 || f.b.Codes[hexOf(uint32(n))] != nil:
		return f.code(uint32(n), typed)
	case n <= 0xffff && (f.alone || f.b.Codes[fromWin32(uint32(n))] != nil):
		return f.win32(uint32(n), typed)
	}
	return f.alone && f.code(uint32(n), typed)
}

// leftOut finds the code meant by seven digits: the eighth is usually a zero that was
// left out, as in 0x8007643.
func (f *finder) leftOut(digits, typed string) bool {
	var meant []string
	for i := range len(digits) + 1 {
		hex := "0x" + digits[:i] + "0" + digits[i:]
		if f.b.Codes[hex] != nil && !slices.Contains(meant, hex) {
			meant = append(meant, hex)
		}
	}
	return len(meant) == 1 && f.add(Topic{TopicCode, meant[0], true, typed})
}

// bareHex reads eight digits without 0x, as in ReportingEvents.log.
func (f *finder) bareHex(digits, typed string) bool {
	known := f.b.Codes["0x"+digits] != nil
	if !known && (digits[0] != '8' && digits[0] != 'c' || strings.TrimLeft(digits, "abcdef") == "") {
		return false
	}
	return f.add(Topic{TopicCode, "0x" + digits, known, typed})
}

// decimal reads a number without any mark. Inside a sentence only what is hardly
// anything else counts.
func (f *finder) decimal(n uint32, typed string) bool {
	kb := "KB" + strconv.FormatUint(uint64(n), 10)
	switch {
	case n>>31 == 1, n > 0xffff && f.b.Codes[hexOf(n)] != nil:
		return f.code(n, typed)
	case n > 0xffff && (f.b.KBs[kb] != nil || f.alone && n >= 1_000_000 && n <= 9_999_999):
		return f.kb(kb[2:], typed)
	case n == 0 || n > 0xffff:
		return false
	}
	called := f.follows("error", "code", "hresult_from_win32", "エラー", "コード") && f.b.Codes[fromWin32(n)] != nil
	return (f.alone || called || installerNumber(n)) && f.win32(n, typed)
}

// installerNumber reports whether a number is one that Windows Installer ends with.
func installerNumber(n uint32) bool { return n >= 1601 && n <= 1654 || n == 3010 || n == 3017 }

func (f *finder) win32(n uint32, typed string) bool {
	hex := fromWin32(n)
	return f.add(Topic{TopicCode, hex, f.b.Codes[hex] != nil, typed})
}

func (f *finder) code(n uint32, typed string) bool {
	hex := hexOf(n)
	return f.add(Topic{TopicCode, hex, f.b.Codes[hex] != nil, typed})
}

func hexOf(n uint32) string { return fmt.Sprintf("0x%08x", n) }

// fromWin32 is HRESULT_FROM_WIN32 of winerror.h.
func fromWin32(n uint32) string { return hexOf(n&0xffff | 7<<16 | 1<<31) }

// hexDigits returns the digits behind 0x; a letter o for the zero is forgiven.
func hexDigits(low string) (string, bool) {
	for _, prefix := range []string{"0x", "ox"} {
		if digits, ok := strings.CutPrefix(low, prefix); ok && digits != "" && len(digits) <= 16 && isHex(digits) {
			return digits, true
		}
	}
	return "", false
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
