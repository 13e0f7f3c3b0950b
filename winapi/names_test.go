package winapi

import (
	"errors"
	"slices"
	"testing"
	"unicode/utf16"
)

func TestMultiText(t *testing.T) {
	units := utf16.Encode([]rune("C:\\\x00D:\\日本\x00\x00"))
	if got := multiText(units); !slices.Equal(got, []string{`C:\`, `D:\日本`}) {
		t.Errorf("%q", got)
	}
	if got := multiText(units[:2]); !slices.Equal(got, []string{"C:"}) {
		t.Errorf("without a zero: %q", got)
	}
	if got := multiText(nil); got != nil {
		t.Errorf("%q", got)
	}
}

func TestDiskNumbers(t *testing.T) {
	got := diskNumbers([]string{"COM1", "PhysicalDrive10", "PHYSICALDRIVE2", "PhysicalDrive2", "PhysicalDriveX", "PhysicalDrive", "PhysicalDrive99999999999", "C:"})
	if !slices.Equal(got, []uint32{2, 10}) {
		t.Error(got)
	}
}

func TestSplitKey(t *testing.T) {
	for path, want := range map[string][2]string{
		`HKLM\SYSTEM\Select`: {"HKLM", `SYSTEM\Select`}, `hkcu\Software\`: {"HKCU", "Software"}, "HKU": {"HKU", ""}, `HKCR\.txt`: {"HKCR", ".txt"},
	} {
		if root, rest, err := splitKey(path); root != want[0] || rest != want[1] || err != nil {
			t.Errorf("%s: %s %s %v", path, root, rest, err)
		}
	}
	for _, path := range []string{"", `SYSTEM\Select`, `\HKLM\SYSTEM`, `HKEY_LOCAL_MACHINE\SYSTEM`} {
		if _, _, err := splitKey(path); !errors.Is(err, errArgument) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestMachineNames(t *testing.T) {
	if machineName(0x8664) != "amd64" || machineName(0xaa64) != "arm64" || machineName(0x14c) != "x86" || machineName(1) != "" || machineOf("386") != "x86" || machineOf("arm64") != "arm64" {
		t.Error("names of machines")
	}
}

func TestDriveNumber(t *testing.T) {
	for name, want := range map[string]int{`\\.\PhysicalDrive1`: 1, `\\?\physicaldrive12`: 12, `//./PhysicalDrive0`: 0, `PhysicalDrive1`: -1, `\\.\PhysicalDrive`: -1,
		`\\.\PhysicalDrive1\x`: -1, `\\.\PhysicalDrive99999999999`: -1, `\\server\PhysicalDrive1`: -1, ``: -1} {
		got := -1
		if n, ok := DriveNumber(name); ok {
			got = int(n)
		}
		if got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
}
