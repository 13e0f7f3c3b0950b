package winapi

import "updoc/codec/wintype"

// updateID is the id of an update as the update agent spells it: lower case, no braces.
// What is no GUID is an Error, so that nothing else gets into a query.
func updateID(id string) (string, error) {
	stored, err := wintype.ParseGUID(id)
	if err != nil {
		return "", &Error{Call: string(SearchUpdates), Code: 87, Text: err.Error()}
	}
	return wintype.GUID(stored), nil
}
