package windows

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"

	"updoc/winapi"
)

// Numbers of virtdisk.h and of STORAGE_BUS_TYPE.
const (
	vhdxType    = 3       // VIRTUAL_STORAGE_TYPE_DEVICE_VHDX
	vhdxGetInfo = 0x80000 // VIRTUAL_DISK_ACCESS_GET_INFO
	busVirtual  = 14      // BusTypeVirtual
	busFile     = 15      // BusTypeFileBackedVirtual
)

// vhdxVendor is VIRTUAL_STORAGE_TYPE_VENDOR_MICROSOFT.
var vhdxVendor = windows.GUID{Data1: 0xec984aec, Data2: 0xa0f9, Data3: 0x47e9, Data4: [8]byte{0x90, 0x1f, 0x71, 0x41, 0x5a, 0x66, 0x34, 0x5b}}

var (
	virtdisk     = windows.NewLazySystemDLL("virtdisk.dll")
	openVirtual  = virtdisk.NewProc("OpenVirtualDisk")
	physicalPath = virtdisk.NewProc("GetVirtualDiskPhysicalPath")
)

// attachedAs asks Windows which disk an attached VHDX is: \\.\PhysicalDrive7. Nothing else
// tells for sure: a stick that is plugged in meanwhile gets a new number too.
func attachedAs(file string) (string, error) {
	wide, err := windows.UTF16PtrFromString(file)
	if err != nil {
		return "", err
	}
	kind := struct {
		device uint32
		vendor windows.GUID
	}{vhdxType, vhdxVendor}
	var h windows.Handle
	if code, _, _ := openVirtual.Call(uintptr(unsafe.Pointer(&kind)), uintptr(unsafe.Pointer(wide)), vhdxGetInfo, 0, 0, uintptr(unsafe.Pointer(&h))); code != 0 {
		return "", windows.Errno(code)
	}
	defer windows.CloseHandle(h)
	var path [windows.MAX_PATH]uint16
	size := uint32(unsafe.Sizeof(path))
	if code, _, _ := physicalPath.Call(uintptr(h), uintptr(unsafe.Pointer(&size)), uintptr(unsafe.Pointer(&path))); code != 0 {
		return "", windows.Errno(code)
	}
	return windows.UTF16ToString(path[:]), nil
}

// liveFolder is where virtual disks are made. It is named by whoever detaches them if a
// test is cut off.
func liveFolder(t *testing.T) string {
	t.Helper()
	if os.Getenv("UPDOC_LIVE") != "1" {
		t.Skip("for a real Windows that may be changed: set UPDOC_LIVE=1")
	}
	folder := os.Getenv("UPDOC_LIVE_FOLDER")
	if !filepath.IsAbs(folder) {
		t.Fatalf("UPDOC_LIVE_FOLDER=%q: name a folder for virtual disks, or run delivery\\live.ps1", folder)
	}
	return folder
}

// liveDisk is a virtual disk with a partition of 600 MiB for data and a recovery partition
// of 100 MiB behind it, in a partition table of that kind.
func liveDisk(t *testing.T, table string) winapi.Disk {
	t.Helper()
	file := filepath.Join(liveFolder(t), fmt.Sprintf("%s-%s.vhdx", liveMark, strings.ReplaceAll(t.Name(), "/", "-")))
	recovery := "create partition primary size=100 id=de94bba4-06d1-4d40-a16a-bfd50179d6ac\ngpt attributes=0x8000000000000001\nformat fs=ntfs quick label=Recovery\n"
	if table == "mbr" {
		recovery = "create partition primary size=100\nformat fs=ntfs quick label=Recovery\nset id=27\n"
	}
	t.Cleanup(func() {
		diskpart(t, fmt.Sprintf("select vdisk file=\"%s\"\ndetach vdisk noerr\n", file))
		if err := os.Remove(file); err != nil {
			t.Error(err)
		}
	})
	diskpart(t, fmt.Sprintf("create vdisk file=\"%[1]s\" maximum=%[2]d type=expandable\nselect vdisk file=\"%[1]s\"\nattach vdisk\nconvert %[3]s\n"+
		"create partition primary size=600\nformat fs=ntfs quick label=%[4]s\n%[5]s", file, liveSize, table, liveMark, recovery))
	path, err := attachedAs(file)
	must(t, "the disk of "+file, err)
	for number, d := range liveDisks(t) {
		if !strings.EqualFold(path, fmt.Sprintf(`\\.\PhysicalDrive%d`, number)) {
			continue
		}
		if d.Size != liveSize*mib || d.Bus != busVirtual && d.Bus != busFile || d.Table != table {
			t.Fatalf("%s is no disk of ours: %+v", path, d)
		}
		return d
	}
	t.Fatalf("%s is not among the disks", path)
	return winapi.Disk{}
}
