package cli

import (
	"os"
	"path/filepath"
	"testing"

	"updoc/testkit"
)

// sickPC is the disk of the README, of the casebook's first story.
func sickPC(t *testing.T) string {
	t.Helper()
	path := filepath.Join("..", "testdata", "sick-pc.qcow2")
	_, err := os.Stat(path)
	testkit.Need(t, err == nil, path)
	return path
}

func TestSickDisk(t *testing.T) {
	d := shown(t, sickPC(t))
	for path, want := range map[string]string{
		"kind": "disk", "table": "gpt", "format": "qcow2", "size": "68719476736", "problems": "",
		"partitions.0.type": "efi-system", "partitions.0.fs": "fat32", "partitions.2.fs": "ntfs", "partitions.2.windows": "true",
		"partitions.3.id": "disk0p4", "partitions.3.typeGuid": "{de94bba4-06d1-4d40-a16a-bfd50179d6ac}",
		"partitions.3.size": "555745280", "partitions.3.label": "Recovery", "partitions.3.attributes": "0x8000000000000001",
	} {
		if got := d.text(path); got != want {
			t.Errorf("%s = %q, want %q", path, got, want)
		}
	}
	if free := number(d.at("partitions.3.free")); free < 80<<20 || free > 90<<20 {
		t.Errorf("the recovery partition has %d bytes free, want about 83 MB", free)
	}
}

// Every kind of evidence is reached by its path, however that is written.
func TestFilesInsideASickDisk(t *testing.T) {
	image := sickPC(t)
	for path, kind := range map[string]string{
		":":                                                 "directory",
		":Windows/System32/config":                          "directory",
		`:C:\Windows\System32\config\SYSTEM`:                "regf",
		":windows/SYSTEM32/Config/software":                 "regf",
		":Windows/System32/winevt/Logs/System.evtx":         "evtx",
		":Windows/Logs/CBS/CBS.log":                         "cbs",
		":Windows/Logs/ReAgent/ReAgent.log":                 "reagentlog",
		":Windows/SoftwareDistribution/ReportingEvents.log": "reportingevents",
		":Windows/System32/Recovery/ReAgent.xml":            "reagent",
		":DISK0P4/Recovery/WindowsRE/Winre.wim":             "wim",
		`:disk0p1\EFI\Microsoft\Boot\BCD`:                   "regf",
		":disk0p3/Windows/System32/config/SYSTEM":           "regf",
		":Windows/System32/ntoskrnl.exe":                    "pe",
		":disk0p4":                                          "directory",
	} {
		if got := shown(t, image+path); got["kind"] != kind {
			t.Errorf("%s: %v, want %s", path, got["kind"], kind)
		}
	}
	for path, code := range map[string]string{":nothing": "source-not-found", ":disk0p2/x": "no-file-system", ":disk0p5": "no-such-partition"} {
		if got := refused(t, image+path); got != code {
			t.Errorf("%s: %s, want %s", path, got, code)
		}
	}
}

// The boot store, ReAgent.xml and the partition table of the disk tell one story.
func TestSickDiskAgreesWithItself(t *testing.T) {
	image := sickPC(t)
	disk, xml := shown(t, image), shown(t, image+":Windows/System32/Recovery/ReAgent.xml")
	boot := shown(t, image+":disk0p1/EFI/Microsoft/Boot/BCD")
	if xml["state"] != "enabled" || xml.text("location.offset") != disk.text("partitions.3.start") {
		t.Errorf("ReAgent.xml says %v, the table %s", xml["location"], disk.text("partitions.3.start"))
	}
	if boot.text("bcd.recovery") != xml.text("bcd") || boot.text("bcd.recoveryEnabled") != "true" {
		t.Errorf("the boot store says %s, ReAgent.xml %s", boot.text("bcd.recovery"), xml.text("bcd"))
	}
	wim := shown(t, "--check", image+":disk0p4/Recovery/WindowsRE/Winre.wim")
	if wim["valid"] != true || wim["checked"] != "all" || wim.text("images.0.build") != "19041" {
		t.Errorf("winre.wim: %v", wim)
	}
	cbs := shown(t, image+":Windows/Logs/CBS/CBS.log")
	if number(cbs["failedSessions"]) < 1 || cbs.text("hresults.0x800f0828") == "" {
		t.Errorf("CBS.log: %v", cbs["hresults"])
	}
}

func TestTheDiskIsNotWrittenTo(t *testing.T) {
	image := sickPC(t)
	before := testkit.DiskHash(t, image)
	for _, path := range []string{"", ":Windows/System32/config/SYSTEM", ":disk0p4"} {
		inspect(t, image+path)
		inspect(t, "--records", image+path)
	}
	if testkit.DiskHash(t, image) != before {
		t.Error("the disk is another one now")
	}
}
