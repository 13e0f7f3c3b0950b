package casekit

import (
	"fmt"
	"strings"

	"updoc/format/regf"
)

// fillHardware builds what Windows keeps of its PC: the firmware's description, the
// processor, a TPM 2.0 where the PC starts by UEFI.
func (w *world) fillHardware(root *regf.BuilderKey) {
	id := "{" + w.guid("hardware") + "}"
	root.Key("HardwareConfig").SetString("LastConfig", id).SetDword("LastId", 0)
	root.Key(`HardwareConfig\`+id).SetString("SystemManufacturer", "Example Computers").SetString("SystemProductName", "EX-1000").
		SetString("SystemFamily", "EX").SetString("BIOSVendor", "Example Firmware").SetString("BIOSVersion", "1.10").SetString("BIOSReleaseDate", "03/14/2021")
	set := root.Key(controlSet)
	set.Key(`Control\Session Manager\Environment`).SetString("NUMBER_OF_PROCESSORS", "4").
		SetString("PROCESSOR_IDENTIFIER", "Intel64 Family 6 Model 142 Stepping 10, GenuineIntel")
	const cpu = `Enum\ACPI\GenuineIntel_-_Intel64_Family_6_Model_142_-_Example_CPU_@_1.60GHz`
	for i := range 4 {
		set.Key(fmt.Sprintf(`%s\_%d`, cpu, i)).SetString("FriendlyName", "Example CPU @ 1.60GHz")
	}
	if w.OS.Firmware == "uefi" {
		set.Key(`Enum\ACPI\MSFT0101\1`).SetString("DeviceDesc", "Trusted Platform Module 2.0")
	}
}

// driverLog is setupapi.dev.log: drivers that went in.
func (w *world) driverLog() []byte {
	var b strings.Builder
	b.WriteString("[Device Install Log]\r\n     OS Version = 10.0." + itoa(w.OS.Build) + "\r\n     ProductType = 1\r\n     Architecture = " + w.OS.Arch + "\r\n\r\n[BeginLog]\r\n\r\n")
	const stamp = "2006/01/02 15:04:05.000"
	for _, s := range []struct {
		days  int
		title string
	}{{30, `Setup Import Driver Package - C:\Windows\System32\DriverStore\Temp\example.inf`}, {2, "Stage Driver Updates"}} {
		at := w.now.AddDate(0, 0, -s.days).In(w.zone)
		fmt.Fprintf(&b, ">>>  [%s]\r\n>>>  Section start %s\r\n     sto: Driver package is there.\r\n<<<  Section end %s\r\n<<<  [Exit status: SUCCESS]\r\n\r\n", s.title, at.Format(stamp), at.Format(stamp))
	}
	return []byte(b.String())
}
