package winapi

import "strings"

// Properties of the update agent's objects. Source: IUpdateHistoryEntry2, IUpdate,
// IUpdateIdentity.
var (
	historyNames  = []string{"Date", "Title", "Operation", "ResultCode", "HResult", "UnmappedResultCode", "ClientApplicationID", "ServiceID"}
	updateNames   = []string{"Title", "IsHidden", "IsDownloaded", "IsInstalled", "IsMandatory", "MaxDownloadSize"}
	resultNames   = []string{"ResultCode", "HResult", "RebootRequired"}
	identityNames = []string{"UpdateID", "RevisionNumber"}
)

// historyEntry makes an entry of what its object and its identity told.
func historyEntry(entry, identity row) HistoryEntry {
	return HistoryEntry{
		Time: entry.moment("Date"), Title: entry.text("Title"), Client: entry.text("ClientApplicationID"), Service: strings.ToLower(entry.text("ServiceID")),
		UpdateID: strings.ToLower(identity.text("UpdateID")), Revision: int32(identity.least("RevisionNumber")),
		Operation: int32(entry.least("Operation")), Result: int32(entry.least("ResultCode")),
		HResult: uint32(entry.least("HResult")), Unmapped: uint32(entry.least("UnmappedResultCode")),
	}
}

// foundUpdate makes an update of what its objects told; articles are its numbers without
// KB in front.
func foundUpdate(update, identity row, articles []string, restart uint64) Update {
	u := Update{
		UpdateID: strings.ToLower(identity.text("UpdateID")), Revision: int32(identity.least("RevisionNumber")),
		Title: update.text("Title"), KBs: []string{}, Hidden: update.yes("IsHidden"), Downloaded: update.yes("IsDownloaded"),
		Installed: update.yes("IsInstalled"), Mandatory: update.yes("IsMandatory"), Restart: int32(restart), Size: update.least("MaxDownloadSize"),
	}
	for _, a := range articles {
		if a != "" {
			u.KBs = append(u.KBs, "KB"+a)
		}
	}
	return u
}

// workEnd is how a download or an installation of one update ended: as the update's own
// result tells, where it does, else as that of the whole list. Source: IDownloadResult,
// IInstallationResult, IUpdateInstallationResult.
func workEnd(whole, one row) InstallResult {
	end := InstallResult{Result: int32(whole.least("ResultCode")), HResult: uint32(whole.least("HResult")),
		Restart: whole.yes("RebootRequired") || one.yes("RebootRequired")}
	if result, told := one.number("ResultCode"); told {
		end.Result = int32(result)
	}
	if code := uint32(one.least("HResult")); code != 0 {
		end.HResult = code
	}
	return end
}

// downloaded tells whether an update may be installed after its download ended so. One that
// did not succeed may have had nothing to do: then the update says that its files are there.
func (r InstallResult) downloaded(update row) bool {
	return r.Result == succeeded || update.yes("IsDownloaded")
}

// succeeded is orcSucceeded.
const succeeded = 2

// searchFailed is the error of a search that ended so: IUpdateSearcher reports success of
// the call, and how the search went in OperationResultCode. Source: its documentation.
func searchFailed(result uint64, told bool) error {
	const withErrors = 3
	if told && (result == succeeded || result == withErrors) {
		return nil
	}
	return &Error{Call: string(SearchUpdates), Code: 0x8024ffff, Text: "OperationResultCode"} // WU_E_UNEXPECTED
}
