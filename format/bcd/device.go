package bcd

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"updoc/codec/wintype"
)

// DeviceKind says what a device element points to.
type DeviceKind string

// The kinds of devices. Anything else is DeviceUnknown and keeps only its raw bytes.
const (
	DeviceUnknown   DeviceKind = "unknown"
	DevicePartition DeviceKind = "partition"
	DeviceBoot      DeviceKind = "boot"    // wherever the boot manager came from
	DeviceRamdisk   DeviceKind = "ramdisk" // a WIM file, loaded into memory
	DeviceFile      DeviceKind = "file"    // a file that is booted from as if it were a disk
	DeviceVHD       DeviceKind = "vhd"     // a partition inside a virtual disk file
	DeviceLocate    DeviceKind = "locate"  // the volume that has a certain file
)

// Style is the kind of partition table a partition was found by.
type Style uint32

// The partition styles, numbered as in stored descriptors; the zero Style is GPT.
const (
	GPT Style = 0
	MBR Style = 1
)

// A Partition is how a boot store names a partition: on a GPT disk by identifiers, on an MBR disk by place.
type Partition struct {
	Style     Style
	ID        GUID   // GPT: unique identifier of the partition
	Disk      GUID   // GPT: identifier of the disk
	Offset    uint64 // MBR: first byte of the partition
	Signature uint32 // MBR: signature of the disk
}

// A Device is a decoded device element: where a boot application or its files lie. Only the fields of its Kind are set.
type Device struct {
	Kind      DeviceKind
	Options   GUID       // object with further options, as the ramdisk's boot.sdi; zero if none
	Partition *Partition // the partition meant, or the one that holds Path; nil if the boot device, unknown or located
	OnBoot    bool       // Path lies on the boot device
	Path      string     // of the WIM, file or virtual disk, with backslashes from the root of its partition
	Virtual   *Partition // vhd: the partition inside
	Locate    uint32     // locate: element whose path is searched for
	Raw       []byte     // the whole element as stored
}

// Types of device descriptors and of local devices, as stored.
const (
	descLocal     = 0
	descBoot      = 5
	descPartition = 6
	descLocate    = 8

	localDisk    = 0
	localRamdisk = 3
	localFile    = 5
	localVHD     = 6
)

const (
	descHeader    = 16 // type, flags, size, unused
	partitionSize = 72 // descriptor of a partition or of the boot device, header included
)

// ParseDevice decodes a device element. It never fails: what it does not understand is DeviceUnknown with its raw bytes.
func ParseDevice(b []byte) Device {
	d := Device{Kind: DeviceUnknown, Raw: append([]byte{}, b...)}
	if len(b) < 16+descHeader {
		return d
	}
	out := d
	copy(out.Options[:], b)
	kind, body, ok := descriptor(b[16:])
	if !ok || !out.decode(kind, body) {
		return d
	}
	return out
}

// descriptor splits a device descriptor into its type and what follows its header, up to its stated size.
func descriptor(b []byte) (kind uint32, body []byte, ok bool) {
	if len(b) < descHeader {
		return 0, nil, false
	}
	size := binary.LittleEndian.Uint32(b[8:])
	if size < descHeader || uint64(size) > uint64(len(b)) {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint32(b), b[descHeader:size], true
}

func (d *Device) decode(kind uint32, body []byte) bool {
	switch kind {
	case descBoot:
		d.Kind = DeviceBoot
		return true
	case descPartition:
		return d.decodePartition(body)
	case descLocal:
		return d.decodeLocal(body)
	case descLocate:
		return d.decodeLocate(body)
	}
	return false
}

// decodePartition reads the partition and the disk it is on, which may itself be a virtual disk.
func (d *Device) decodePartition(body []byte) bool {
	if len(body) < 40 {
		return false
	}
	p, ok := parsePartition(body)
	switch binary.LittleEndian.Uint32(body[16:]) {
	case localDisk:
		d.Kind, d.Partition = DevicePartition, p
		return ok
	case localVHD:
		d.Kind, d.Virtual = DeviceVHD, p
		return ok && d.decodeParent(body[40:])
	}
	return false
}

// decodeParent reads the file device a virtual disk lies in.
func (d *Device) decodeParent(b []byte) bool {
	_, body, ok := descriptor(b)
	if !ok || len(body) < 4 || binary.LittleEndian.Uint32(body) != localFile {
		return false
	}
	return d.decodeFile(body[4:])
}

func parsePartition(body []byte) (*Partition, bool) {
	p := &Partition{Style: Style(binary.LittleEndian.Uint32(body[20:]))}
	switch p.Style {
	case GPT:
		copy(p.ID[:], body)
		copy(p.Disk[:], body[24:])
	case MBR:
		p.Offset = binary.LittleEndian.Uint64(body)
		p.Signature = binary.LittleEndian.Uint32(body[24:])
	default:
		return nil, false
	}
	return p, true
}

func (d *Device) decodeLocal(body []byte) bool {
	if len(body) < 4 {
		return false
	}
	switch binary.LittleEndian.Uint32(body) {
	case localRamdisk:
		d.Kind = DeviceRamdisk
		return len(body) >= 24 && d.decodeFile(body[24:]) // base, size and offset of the image are set at boot
	case localFile:
		d.Kind = DeviceFile
		return d.decodeFile(body[4:])
	}
	return false
}

// decodeFile reads a file path descriptor: version, length, kind of path, the device that holds the file, its name.
func (d *Device) decodeFile(b []byte) bool {
	const version, devicePath = 1, 5
	if len(b) < 12 || binary.LittleEndian.Uint32(b) != version || binary.LittleEndian.Uint32(b[8:]) != devicePath {
		return false
	}
	b = b[12:]
	kind, body, ok := descriptor(b)
	if !ok {
		return false
	}
	d.Path = wintype.UTF16Z(b[descHeader+len(body):])
	switch kind {
	case descBoot:
		d.OnBoot = true
	case descPartition:
		if len(body) < 40 || binary.LittleEndian.Uint32(body[16:]) != localDisk {
			return false
		}
		d.Partition, ok = parsePartition(body)
	case descLocate:
		return true
	default:
		return false
	}
	return ok
}

func (d *Device) decodeLocate(body []byte) bool {
	if len(body) < 8 {
		return false
	}
	d.Kind, d.Locate = DeviceLocate, binary.LittleEndian.Uint32(body[4:])
	return true
}

// String describes the device for people, much as bcdedit does.
func (d Device) String() string {
	switch d.Kind {
	case DeviceBoot:
		return "boot"
	case DevicePartition:
		return "partition=" + d.Partition.String()
	case DeviceLocate:
		return fmt.Sprintf("locate=custom:%08x", d.Locate)
	case DeviceRamdisk, DeviceFile, DeviceVHD:
		return string(d.Kind) + "=[" + d.holder() + "]" + d.Path + d.suffix()
	}
	return "unknown:" + hex.EncodeToString(d.Raw)
}

func (d Device) holder() string {
	switch {
	case d.OnBoot:
		return "boot"
	case d.Partition != nil:
		return d.Partition.String()
	}
	return "locate"
}

func (d Device) suffix() string {
	if d.Options.IsZero() {
		return ""
	}
	return "," + d.Options.String()
}

// String names the partition: by its identifier, or by disk signature and byte offset.
func (p Partition) String() string {
	if p.Style == MBR {
		return fmt.Sprintf("mbr:%08x@%d", p.Signature, p.Offset)
	}
	return "gpt:" + p.ID.Bare()
}
