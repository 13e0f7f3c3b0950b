package live

import (
	"context"

	"updoc/source"
	"updoc/winapi"
)

// historyLength is how many entries the update agent is asked for.
const historyLength = 1000

// operationInstall is uoInstallation. Source: UpdateOperation of wuapi.h.
const operationInstall = 1

// UpdateHistory implements source.Historied.
func (s *Source) UpdateHistory(ctx context.Context) ([]source.HistoryEntry, error) {
	told, err := winapi.UpdateHistory.Do(ctx, s.sys, historyLength)
	if err != nil {
		return nil, err
	}
	var out []source.HistoryEntry
	for _, e := range told {
		if e.Operation != operationInstall {
			continue
		}
		out = append(out, source.HistoryEntry{Time: e.Time.UTC(), UpdateID: e.UpdateID, Revision: int64(e.Revision), Title: e.Title,
			Result: e.Result, HResult: e.HResult, Unmapped: e.Unmapped, Client: e.Client, ServiceID: e.Service})
	}
	return out, nil
}
