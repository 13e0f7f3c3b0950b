package main

import (
	"context"
	"os"
	"path/filepath"
)

// enlargeDrive makes the hives, logs and databases of a Windows folder large.
func enlargeDrive(ctx context.Context, drive string) error {
	config := filepath.Join(drive, "Windows/System32/config")
	logs := filepath.Join(drive, "Windows/System32/winevt/Logs")
	for _, h := range hiveKinds() {
		if err := enlargeHive(filepath.Join(config, h.name), h); err != nil {
			return err
		}
	}
	for _, s := range shapes()[:2] {
		if err := lengthenLog(filepath.Join(logs, s.name+".evtx"), s, eventLogSize); err != nil {
			return err
		}
	}
	defender := shape{"Microsoft-Windows-Windows Defender%4Operational", defenderEvent}
	if err := lengthenLog(filepath.Join(logs, defender.name+".evtx"), defender, defenderLogSize); err != nil {
		return err
	}
	if err := lengthenStore(ctx, filepath.Join(drive, "Windows/SoftwareDistribution/DataStore/DataStore.edb")); err != nil {
		return err
	}
	if err := textLogs(drive); err != nil {
		return err
	}
	servicing := filepath.Join(drive, "Windows/Logs/CBS")
	if err := packedLogs(servicing); err != nil {
		return err
	}
	return lengthenCBS(filepath.Join(servicing, "CBS.log"), cbsLogSize)
}

// lengthenLog puts older events in front of a log, up to size bytes in all.
func lengthenLog(path string, s shape, size int64) error {
	newest, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := makeLog(path, s, size-int64(len(newest))); err != nil {
		return err
	}
	older, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	l := newRawLog()
	l.add(older)
	l.add(newest)
	return os.WriteFile(path, l.close(), 0o600)
}

// lengthenCBS puts older lines in front of a log, up to size bytes in all.
func lengthenCBS(path string, size int64) error {
	newest, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(cbsLines(int(size)-len(newest), epoch), newest...), 0o600)
}
