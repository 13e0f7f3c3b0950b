package winapi

import (
	"sort"
	"strings"
)

// question to WMI: a query, the properties to read of every object, and methods that take
// nothing, with their out-parameters to read.
type wmiQuestion struct {
	namespace, wql string
	properties     []string
	methods        map[string][]string
}

// Questions of the calls, and what the answers mean. Source: the documentation of each
// class.
var (
	askEncryption = wmiQuestion{
		namespace:  `root\CIMV2\Security\MicrosoftVolumeEncryption`,
		wql:        "SELECT * FROM Win32_EncryptableVolume",
		properties: []string{"DeviceID"},
		methods: map[string][]string{
			"GetConversionStatus": {"ConversionStatus"}, "GetProtectionStatus": {"ProtectionStatus"},
			"GetEncryptionMethod": {"EncryptionMethod"}, "GetSuspendCount": {"SuspendCount"},
		},
	}
	askAntivirus = wmiQuestion{
		namespace:  `root\SecurityCenter2`,
		wql:        "SELECT * FROM AntiVirusProduct",
		properties: []string{"instanceGuid", "displayName", "productState", "pathToSignedProductExe"},
	}
	askDefender = wmiQuestion{
		namespace: `root\Microsoft\Windows\Defender`,
		wql:       "SELECT * FROM MSFT_MpComputerStatus",
		properties: []string{"AntivirusEnabled", "RealTimeProtectionEnabled", "AMRunningMode", "AMProductVersion", "AMEngineVersion",
			"AntivirusSignatureVersion", "AntivirusSignatureLastUpdated", "IsTamperProtected"},
	}
	askHealth = wmiQuestion{
		namespace:  `root\Microsoft\Windows\Storage`,
		wql:        "SELECT * FROM MSFT_PhysicalDisk",
		properties: []string{"DeviceId", "HealthStatus", "FriendlyName", "Model", "MediaType"},
	}
	askCounters = wmiQuestion{
		namespace:  `root\Microsoft\Windows\Storage`,
		wql:        "SELECT * FROM MSFT_StorageReliabilityCounter",
		properties: []string{"DeviceId", "Wear", "ReadErrorsUncorrected", "WriteErrorsUncorrected"},
	}
	askPredictions = wmiQuestion{
		namespace:  `root\WMI`,
		wql:        "SELECT * FROM MSStorageDriver_FailurePredictStatus",
		properties: []string{"InstanceName", "PredictFailure"},
	}
	askAppControl = wmiQuestion{
		namespace:  `root\Microsoft\Windows\DeviceGuard`,
		wql:        "SELECT * FROM Win32_DeviceGuard",
		properties: []string{"CodeIntegrityPolicyEnforcementStatus", "UsermodeCodeIntegrityPolicyEnforcementStatus"},
	}
	askDrives = wmiQuestion{
		namespace:  `root\CIMV2`,
		wql:        "SELECT Index, PNPDeviceID FROM Win32_DiskDrive",
		properties: []string{"Index", "PNPDeviceID"},
	}
)

// encrypted: a volume that is locked tells neither conversion nor method.
func encrypted(rows []row) []EncryptedVolume {
	all := []EncryptedVolume{}
	for _, r := range rows {
		v := EncryptedVolume{Path: r.text("DeviceID"), Conversion: NotTold, Protection: 2}
		if n, ok := r.number("GetConversionStatus.ConversionStatus"); ok {
			v.Conversion = uint32(n)
		}
		if n, ok := r.number("GetProtectionStatus.ProtectionStatus"); ok {
			v.Protection = uint32(n)
		}
		v.Method = uint32(r.least("GetEncryptionMethod.EncryptionMethod"))
		v.Suspended = uint32(r.least("GetSuspendCount.SuspendCount"))
		all = append(all, v)
	}
	return all
}

func antivirus(rows []row) []SecurityProduct {
	all := []SecurityProduct{}
	for _, r := range rows {
		all = append(all, SecurityProduct{ID: strings.ToLower(r.text("instanceGuid")), Name: r.text("displayName"), State: uint32(r.least("productState")), Path: r.text("pathToSignedProductExe")})
	}
	return all
}

// defender: no object means that Defender does not run, which is an Error of its own.
func defender(rows []row) (DefenderStatus, error) {
	if len(rows) == 0 {
		return DefenderStatus{}, &Error{Call: string(Defender), Code: wbemNotFound, Text: "MSFT_MpComputerStatus"}
	}
	r := rows[0]
	return DefenderStatus{
		Enabled: r.yes("AntivirusEnabled"), RealTime: r.yes("RealTimeProtectionEnabled"), Mode: r.text("AMRunningMode"),
		Platform: r.text("AMProductVersion"), Engine: r.text("AMEngineVersion"), Version: r.text("AntivirusSignatureVersion"),
		Updated: r.time("AntivirusSignatureLastUpdated"), Tamper: r.yes("IsTamperProtected"),
	}, nil
}

// appControl: an object without the status of user mode tells nothing, which is an Error.
func appControl(rows []row) (AppControlInfo, error) {
	for _, r := range rows {
		if user, told := r.number("UsermodeCodeIntegrityPolicyEnforcementStatus"); told {
			return AppControlInfo{Kernel: uint32(r.least("CodeIntegrityPolicyEnforcementStatus")), User: uint32(user)}, nil
		}
	}
	return AppControlInfo{}, &Error{Call: string(AppControl), Code: wbemNotFound, Text: "Win32_DeviceGuard"}
}

// diskHealth joins what three providers say of each disk. Counters and predictions may be
// missing; a disk without a number is none of this PC's table.
func diskHealth(disks, counters, predictions, drives []row) []DiskHealthInfo {
	all := []DiskHealthInfo{}
	for _, r := range disks {
		number, ok := r.number("DeviceId")
		if !ok {
			continue
		}
		d := DiskHealthInfo{Number: uint32(number), Health: uint16(r.least("HealthStatus")), MediaType: uint16(r.least("MediaType"))}
		if d.Model = r.text("Model"); d.Model == "" {
			d.Model = r.text("FriendlyName")
		}
		d.count(counters)
		d.foretell(predictions, drives)
		all = append(all, d)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Number < all[j].Number })
	return all
}

func (d *DiskHealthInfo) count(counters []row) {
	for _, r := range counters {
		if n, ok := r.number("DeviceId"); ok && uint32(n) == d.Number {
			d.Counted = true
			d.Wear = uint8(min(r.least("Wear"), 255))
			d.ReadBad, d.WriteBad = r.least("ReadErrorsUncorrected"), r.least("WriteErrorsUncorrected")
		}
	}
}
