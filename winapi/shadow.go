package winapi

import (
	"strings"

	"updoc/codec/wintype"
)

// shadowCodes are the HRESULTs that mean what Win32_ShadowCopy.Create returns; its own
// numbers are no codes of Windows. Source: "Create method of the Win32_ShadowCopy class",
// "VSS error codes".
var shadowCodes = map[uint64]uint32{
	1: 0x80070005, 2: 0x80070057, 3: 0x80042308, 4: 0x80070032, 5: 0x8004231b, 6: 0x80070070,
	7: 0x8004231d, 8: 0x80042317, 9: 0x80042316, 10: 0x80042306, 11: 0x80042304, 12: 0x8004230f, 13: 0x80042302,
}

// shadowError is what Create returned as an error; nil for success.
func shadowError(returned uint64, told bool) error {
	if told && returned == 0 {
		return nil
	}
	code, known := shadowCodes[returned]
	if !told || !known {
		code = shadowCodes[13]
	}
	return &Error{Call: string(ShadowCopy), Code: code, Text: "Win32_ShadowCopy.Create"}
}

// shadowID brings the id of a shadow copy into the form of WMI: upper case, braces. What
// is no GUID is an Error, so that nothing else gets into a query.
func shadowID(id string) (string, error) {
	stored, err := wintype.ParseGUID(id)
	if err != nil {
		return "", &Error{Call: string(DeleteShadow), Code: 87, Text: err.Error()}
	}
	return "{" + strings.ToUpper(wintype.GUID(stored)) + "}", nil
}
