package bcd

import (
	"encoding/binary"
	"errors"

	"updoc/codec/wintype"
)

// ErrDevice is returned for devices this package can read but not write.
var ErrDevice = errors.New("device cannot be encoded")

// PartitionDevice is the device for a partition of a disk.
func PartitionDevice(p Partition) Device { return Device{Kind: DevicePartition, Partition: &p} }

// RamdiskDevice is a WIM file at path on a partition, booted with the options of another object.
func RamdiskDevice(p Partition, path string, options GUID) Device {
	return Device{Kind: DeviceRamdisk, Partition: &p, Path: path, Options: options}
}

// Encode returns the bytes of the element. A device that was only read, and whose kind is not understood, gives its raw bytes
// back; locate devices and incomplete ones give ErrDevice.
func (d Device) Encode() ([]byte, error) {
	out := append([]byte(nil), d.Options[:]...)
	switch {
	case d.Kind == DeviceUnknown && d.Raw != nil:
		return append([]byte(nil), d.Raw...), nil
	case d.Kind == DeviceBoot:
		return append(out, bootDescriptor()...), nil
	case d.Kind == DevicePartition && d.Partition != nil:
		return append(out, d.Partition.descriptor()...), nil
	case d.Kind == DeviceRamdisk && d.hasHolder():
		return append(out, wrap(descLocal, 1, append(local(localRamdisk, 20), d.file()...))...), nil
	case d.Kind == DeviceFile && d.hasHolder():
		return append(out, wrap(descLocal, 0, append(local(localFile, 0), d.file()...))...), nil
	case d.Kind == DeviceVHD && d.hasHolder() && d.Virtual != nil:
		return append(out, wrap(descPartition, 0, d.virtual())...), nil
	}
	return nil, ErrDevice
}

func (d Device) hasHolder() bool { return d.OnBoot || d.Partition != nil }

// wrap puts the header of a descriptor before its body.
func wrap(kind, flags uint32, body []byte) []byte {
	b := make([]byte, descHeader, descHeader+len(body))
	binary.LittleEndian.PutUint32(b, kind)
	binary.LittleEndian.PutUint32(b[4:], flags)
	binary.LittleEndian.PutUint32(b[8:], uint32(descHeader+len(body)))
	return append(b, body...)
}

// local begins a local device of a kind with some unused bytes.
func local(kind uint32, unused int) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, kind), make([]byte, unused)...)
}

func bootDescriptor() []byte { return wrap(descBoot, 0, make([]byte, partitionSize-descHeader)) }

func (p Partition) descriptor() []byte {
	body := make([]byte, partitionSize-descHeader)
	p.put(body)
	return wrap(descPartition, 0, body)
}

// put writes identifier, style and disk where parsePartition reads them.
func (p Partition) put(body []byte) {
	binary.LittleEndian.PutUint32(body[20:], uint32(p.Style))
	if p.Style == MBR {
		binary.LittleEndian.PutUint64(body, p.Offset)
		binary.LittleEndian.PutUint32(body[24:], p.Signature)
		return
	}
	copy(body, p.ID[:])
	copy(body[24:], p.Disk[:])
}

// file is the file path descriptor: where the file lies and its name.
func (d Device) file() []byte {
	holder := bootDescriptor()
	if !d.OnBoot {
		holder = d.Partition.descriptor()
	}
	body := wintype.AppendUTF16Z(holder, d.Path)
	b := make([]byte, 12, 12+len(body))
	binary.LittleEndian.PutUint32(b, 1)
	binary.LittleEndian.PutUint32(b[4:], uint32(12+len(body)))
	binary.LittleEndian.PutUint32(b[8:], 5)
	return append(b, body...)
}

// virtual is the partition inside a virtual disk, followed by the file device it lies in.
func (d Device) virtual() []byte {
	body := make([]byte, 40)
	d.Virtual.put(body)
	binary.LittleEndian.PutUint32(body[16:], localVHD)
	return append(body, wrap(descLocal, 0, append(local(localFile, 0), d.file()...))...)
}
