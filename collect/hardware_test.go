package collect

import (
	"testing"
	"time"

	"updoc/model"
)

func TestHardware(t *testing.T) {
	keys := systemKeys()
	const id = "{00000000-0000-4000-8000-000000000001}"
	keys.Key("HardwareConfig").SetString("LastConfig", id)
	keys.Key(`HardwareConfig\`+id).SetString("SystemManufacturer", "Example Computers").SetString("SystemProductName", "EX-1").
		SetString("BIOSVersion", "1.10").SetString("BIOSReleaseDate", "03/14/2022")
	set := keys.Key("ControlSet001")
	set.Key(`Control\SecureBoot\State`).SetDword("UEFISecureBootEnabled", 1)
	set.Key(`Control\SecureBoot`).SetString("UEFICA2023Status", "InProgress")
	set.Key(`Control\Session Manager\Environment`).SetString("NUMBER_OF_PROCESSORS", "8").
		SetString("PROCESSOR_IDENTIFIER", "Intel64 Family 6 Model 58 Stepping 9, GenuineIntel")
	set.Key(`Enum\ACPI\MSFT0101\1`)
	set.Key(`Enum\ACPI\GenuineIntel_-_Intel64_Family_6_Model_5_-_Old\_0`).SetString("FriendlyName", "old one")
	set.Key(`Enum\ACPI\GenuineIntel_-_Intel64_Family_6_Model_58_-_New\_0`).SetString("FriendlyName", " new one ")
	hw := look(t, newFake(softwareKeys(), keys)).Hardware
	want(t, "maker", hw.Maker, "Example Computers")
	want(t, "model", hw.Model, "EX-1")
	want(t, "firmware", hw.Firmware, "1.10")
	want(t, "date", hw.FirmwareDate, time.Date(2022, 3, 14, 0, 0, 0, 0, time.UTC))
	want(t, "secure boot", hw.SecureBoot, true)
	want(t, "TPM", hw.TPM, "2.0")
	want(t, "CPU", hw.CPU, "new one")
	want(t, "cores", hw.Cores, 8)
	want(t, "certificates", hw.CA2023, "InProgress")
	wantUnseen(t, "memory", hw.Memory, model.ReasonOffline)
}

// What the hive does not hold is unseen; that no TPM is registered is known only where
// devices are.
func TestHardwareUnknown(t *testing.T) {
	hw := look(t, newFake(softwareKeys(), systemKeys())).Hardware
	wantUnseen(t, "maker", hw.Maker, model.ReasonAbsent)
	wantUnseen(t, "secure boot", hw.SecureBoot, model.ReasonAbsent)
	wantUnseen(t, "TPM", hw.TPM, model.ReasonAbsent)
	wantUnseen(t, "CPU", hw.CPU, model.ReasonAbsent)
	wantUnseen(t, "cores", hw.Cores, model.ReasonAbsent)
	keys := systemKeys()
	keys.Key(`ControlSet001\Enum\ACPI\PNP0000\1`)
	want(t, "no TPM", look(t, newFake(softwareKeys(), keys)).Hardware.TPM, "")
}

func TestBootLog(t *testing.T) {
	src := withSystem(t,
		ev(secureBoot, 1795, at("03:00:00"), text("UpdateType", "DBX"), hex32("HResult", 0xc000000d)),
		ev(secureBoot, 1801, at("03:00:01")), ev(secureBoot, 1808, at("03:00:02")),
		ev(secureBoot, 1796, at("03:00:03"), signed("HResult", -463177)), ev("Time-Service", 1795, at("03:00:04")))
	log := look(t, src).Hardware.BootLog.Items
	if len(log) != 4 {
		t.Fatalf("%+v", log)
	}
	for i, want := range []struct{ kind, subject, code, have string }{
		{"secure-boot-failed", "1795", "0xc000000d", "DBX"}, {"secure-boot-waiting", "1801", "", ""},
		{"secure-boot-done", "1808", "", ""}, {"secure-boot-failed", "1796", "0xfff8eeb7", ""},
	} {
		if n := log[i]; n.Kind != want.kind || n.Subject != want.subject || n.Code != want.code || n.Have != want.have {
			t.Errorf("%d: %+v", i, n)
		}
	}
}
