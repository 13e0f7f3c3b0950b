package winapi

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/windows"
)

// Limits of what changes a disk: shrinking moves files.
const (
	resizeLimit = 2 * time.Hour
	tableLimit  = 5 * time.Minute
)

const storageSpace = `root\Microsoft\Windows\Storage`

// Control codes of ntdddisk.h that change something.
const (
	ioctlSetPartition = 0x0007c04c // IOCTL_DISK_SET_PARTITION_INFO_EX
	ioctlUpdate       = 0x00070140 // IOCTL_DISK_UPDATE_PROPERTIES
)

// storage runs do with the storage namespace. Source: Windows Storage Management API.
func storage(ctx context.Context, limit time.Duration, do func(service object) error) (None, error) {
	return apartment(ctx, limit, func() (None, error) {
		service, err := connect(storageSpace)
		if err != nil {
			return None{}, err
		}
		defer service.Release()
		return None{}, do(service)
	})
}

// the visits the one object of a class that is the one.
func the(service object, class string, is func(row) bool, names []string, do func(object) error) error {
	set, err := service.child("ExecQuery", "SELECT * FROM "+class, "WQL", wmiQuick)
	if err != nil {
		return err
	}
	defer set.Release()
	found := false
	err = set.each(wmiRowsMost, func(o object) error {
		r := row{}
		if err := o.properties(r, "", names); err != nil || found || !is(r) {
			return err
		}
		found = true
		return do(o)
	})
	if err == nil && !found {
		err = windows.ERROR_FILE_NOT_FOUND
	}
	return err
}

func thePartition(service object, c PartitionCall, do func(object) error) error {
	return the(service, "MSFT_Partition", func(r row) bool {
		disk, ok := r.number("DiskNumber")
		start, too := r.number("Offset")
		return ok && too && uint32(disk) == c.Disk && start == c.Start
	}, []string{"DiskNumber", "Offset"}, do)
}

func theDisk(service object, c PartitionCall, do func(object) error) error {
	return the(service, "MSFT_Disk", func(r row) bool {
		disk, ok := r.number("Number")
		return ok && uint32(disk) == c.Disk
	}, []string{"Number"}, do)
}

// carry calls a method with parameters. What it returns beside 0 is the error.
func (o object) carry(method string, parameters map[string]any) error {
	args := []any{method}
	if len(parameters) > 0 {
		in, err := inParameters(o, method)
		if err != nil {
			return err
		}
		defer in.Release()
		for name, value := range parameters {
			if err := in.setProperty(name, value); err != nil {
				return err
			}
		}
		args = append(args, in.IDispatch)
	}
	out, err := o.child("ExecMethod_", args...)
	if err != nil {
		return err
	}
	defer out.Release()
	r := row{}
	if err := out.properties(r, "", []string{"ReturnValue"}); err != nil {
		return err
	}
	if code, told := r.number("ReturnValue"); !told || code != 0 {
		return &Error{Call: method, Code: uint32(code)}
	}
	return nil
}

// resizeCall asks MSFT_Partition.Resize.
func resizeCall(ctx context.Context, c PartitionCall) (None, error) {
	return storage(ctx, resizeLimit, func(service object) error {
		return thePartition(service, c, func(p object) error {
			return p.carry("Resize", map[string]any{"Size": number64(c.Size)})
		})
	})
}

// deleteCall asks MSFT_Partition.DeleteObject.
func deleteCall(ctx context.Context, c PartitionCall) (None, error) {
	return storage(ctx, tableLimit, func(service object) error {
		return thePartition(service, c, func(p object) error { return p.carry("DeleteObject", nil) })
	})
}

// createCall asks MSFT_Disk.CreatePartition, with the type and no drive letter, then gives
// the new entry its attributes.
func createCall(ctx context.Context, c PartitionCall) (Partition, error) {
	parameters, err := creation(c)
	if err != nil {
		return Partition{}, err
	}
	_, err = storage(ctx, tableLimit, func(service object) error {
		return theDisk(service, c, func(d object) error { return d.carry("CreatePartition", parameters) })
	})
	if err != nil {
		return Partition{}, err
	}
	if c.TypeGUID != "" {
		if _, err := setTypeCall(ctx, c); err != nil {
			return Partition{}, err
		}
	}
	return entryAt(c)
}

// entryAt reads a partition that begins there.
func entryAt(c PartitionCall) (Partition, error) {
	d, err := oneDisk(c.Disk)
	if err != nil {
		return Partition{}, err
	}
	for _, p := range d.Partitions {
		if p.Start == c.Start {
			return p, nil
		}
	}
	return Partition{}, windows.ERROR_FILE_NOT_FOUND
}

// setTypeCall asks IOCTL_DISK_SET_PARTITION_INFO_EX of the partition, then lets the disk
// read its table again. MSFT_Partition.SetAttributes documents no type.
func setTypeCall(_ context.Context, c PartitionCall) (None, error) {
	now, err := entryAt(c)
	if err != nil {
		return None{}, err
	}
	info, err := partInfo(c, now)
	if err != nil {
		return None{}, err
	}
	if err := send(fmt.Sprintf(`\\?\GLOBALROOT\Device\Harddisk%d\Partition%d`, c.Disk, now.Number), ioctlSetPartition, info); err != nil {
		return None{}, err
	}
	return None{}, send(fmt.Sprintf(`\\.\PhysicalDrive%d`, c.Disk), ioctlUpdate, nil)
}

func send(device string, code uint32, in []byte) error {
	h, err := openDevice(device, windows.GENERIC_READ|windows.GENERIC_WRITE)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(h)
	_, err = control(h, code, in, 64)
	return err
}

// fileSystemCall asks GetVolumeInformation.
func fileSystemCall(ctx context.Context, root string) (Volume, error) {
	return bounded(ctx, deviceLimit, func() (Volume, error) {
		v := Volume{Path: root, Mounts: []string{}, Disk: NoDisk}
		var err error
		v.FS, v.Label, err = fileSystem(root)
		return v, err
	})
}

// formatCall asks MSFT_Volume.Format of the volume on the partition, quick.
func formatCall(ctx context.Context, c PartitionCall) (None, error) {
	return storage(ctx, tableLimit, func(service object) error {
		return thePartition(service, c, func(p object) error {
			volumes, err := p.child("Associators_", "MSFT_PartitionToVolume")
			if err != nil {
				return err
			}
			defer volumes.Release()
			done := false
			err = volumes.each(1+1, func(v object) error {
				done = true
				return v.carry("Format", map[string]any{"FileSystem": c.FS, "FileSystemLabel": c.Label, "Full": false, "Force": true})
			})
			if err == nil && !done {
				err = windows.ERROR_FILE_NOT_FOUND
			}
			return err
		})
	})
}
