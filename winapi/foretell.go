package winapi

import "strings"

// foretell finds the prediction of a disk: its InstanceName is the PnP id of the drive
// with _0 behind it. Source: MSStorageDriver_FailurePredictStatus, Win32_DiskDrive.
func (d *DiskHealthInfo) foretell(predictions, drives []row) {
	for _, drive := range drives {
		if n, ok := drive.number("Index"); !ok || uint32(n) != d.Number {
			continue
		}
		id := drive.text("PNPDeviceID")
		for _, p := range predictions {
			name := p.text("InstanceName")
			if i := strings.LastIndexByte(name, '_'); id != "" && i > 0 && strings.EqualFold(name[:i], id) {
				d.Foretold, d.Predicts = true, p.yes("PredictFailure")
			}
		}
	}
}
