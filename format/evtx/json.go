package evtx

import (
	"strconv"

	"updoc/codec/wintype"
)

// AppendJSON appends a record as one JSON object without a line break. Keys
// stand in this order; those marked ? are left out when empty or zero:
//
//	recordId offset time provider source? providerGuid? eventId qualifiers?
//	version level task opcode keywords channel computer userSid? processId
//	threadId activityId? relatedActivityId? sourceRecordId? writtenTime?
//	userData? userDataNs? data binary? extra? recovered? stale? damaged?
//
// time is RFC 3339 in UTC with seven digits; sourceRecordId and writtenTime
// appear when they differ from recordId and time. data and extra are arrays of
// [name, value] pairs of strings, in document order; binary is upper-case hex.
// The output is always valid UTF-8.
func AppendJSON(dst []byte, r *Record) []byte {
	dst = strconv.AppendUint(append(dst, `{"recordId":`...), r.RecordID, 10)
	dst = strconv.AppendInt(append(dst, `,"offset":`...), r.Offset, 10)
	dst = appendTimeKey(dst, `,"time":"`, r.timeTicks())
	dst = appendText(dst, `,"provider":"`, r.Provider)
	if r.Source != "" {
		dst = appendText(dst, `,"source":"`, r.Source)
	}
	dst = appendGUIDKey(dst, `,"providerGuid":"`, r.ProviderGUID)
	dst = appendNumbers(dst, r)
	dst = appendText(dst, `,"channel":"`, r.Channel)
	dst = appendText(dst, `,"computer":"`, r.Computer)
	if r.UserSID != "" {
		dst = appendText(dst, `,"userSid":"`, r.UserSID)
	}
	dst = strconv.AppendUint(append(dst, `,"processId":`...), uint64(r.ProcessID), 10)
	dst = strconv.AppendUint(append(dst, `,"threadId":`...), uint64(r.ThreadID), 10)
	dst = appendGUIDKey(dst, `,"activityId":"`, r.ActivityID)
	dst = appendGUIDKey(dst, `,"relatedActivityId":"`, r.RelatedActivityID)
	dst = appendOrigin(dst, r)
	dst = appendPayload(dst, r)
	return append(dst, '}')
}

func (r *Record) timeTicks() uint64 {
	if r.timeCreated != 0 {
		return r.timeCreated
	}
	return wintype.Filetime(r.Time)
}

func (r *Record) writtenTicks() uint64 {
	if r.written != 0 {
		return r.written
	}
	return wintype.Filetime(r.Written)
}

func appendNumbers(dst []byte, r *Record) []byte {
	dst = strconv.AppendUint(append(dst, `,"eventId":`...), uint64(r.EventID), 10)
	if r.Qualifiers != 0 {
		dst = strconv.AppendUint(append(dst, `,"qualifiers":`...), uint64(r.Qualifiers), 10)
	}
	dst = strconv.AppendUint(append(dst, `,"version":`...), uint64(r.Version), 10)
	dst = strconv.AppendUint(append(dst, `,"level":`...), uint64(r.Level), 10)
	dst = strconv.AppendUint(append(dst, `,"task":`...), uint64(r.Task), 10)
	dst = strconv.AppendUint(append(dst, `,"opcode":`...), uint64(r.Opcode), 10)
	dst = appendHexNumber(append(dst, `,"keywords":"`...), r.Keywords)
	return append(dst, '"')
}

func appendOrigin(dst []byte, r *Record) []byte {
	if r.SourceRecordID != 0 && r.SourceRecordID != r.RecordID {
		dst = strconv.AppendUint(append(dst, `,"sourceRecordId":`...), r.SourceRecordID, 10)
	}
	if w := r.writtenTicks(); w != r.timeTicks() {
		dst = appendTimeKey(dst, `,"writtenTime":"`, w)
	}
	return dst
}

func appendPayload(dst []byte, r *Record) []byte {
	if r.UserData != "" {
		dst = appendText(dst, `,"userData":"`, r.UserData)
	}
	if r.UserDataNS != "" {
		dst = appendText(dst, `,"userDataNs":"`, r.UserDataNS)
	}
	dst = appendFields(dst, `,"data":[`, r.Data)
	if len(r.Binary) > 0 {
		dst = append(appendHexUpper(append(dst, `,"binary":"`...), r.Binary), '"')
	}
	if len(r.Extra) > 0 {
		dst = appendFields(dst, `,"extra":[`, r.Extra)
	}
	if r.Recovered {
		dst = append(dst, `,"recovered":true`...)
	}
	if r.Stale {
		dst = append(dst, `,"stale":true`...)
	}
	if r.Damaged {
		dst = append(dst, `,"damaged":true`...)
	}
	return dst
}

func appendFields(dst []byte, key string, fields []Field) []byte {
	dst = append(dst, key...)
	for i := range fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSON8(append(dst, '[', '"'), fields[i].Name)
		dst = fields[i].Value.appendJSON(append(dst, '"', ',', '"'))
		dst = append(dst, '"', ']')
	}
	return append(dst, ']')
}

func appendText(dst []byte, key, s string) []byte {
	return append(appendJSON8(append(dst, key...), s), '"')
}

func appendTimeKey(dst []byte, key string, ticks uint64) []byte {
	return append(appendFiletime(append(dst, key...), ticks), '"')
}

func appendGUIDKey(dst []byte, key string, g GUID) []byte {
	if g.IsZero() {
		return dst
	}
	return append(g.append(append(dst, key...)), '"')
}
