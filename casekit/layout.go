package casekit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const align = 1 << 20 // partitions start at multiples of this many bytes, as Windows Setup makes them

// part is a partition with its place. start and size are bytes.
type part struct {
	*Partition
	disk, index int // index counts from 1 in table order, as Windows does
	role        string
	start, size int64
	ebr         int64 // MBR, logical: where its own boot record stands
	guid        string
	typeGUID    string
	mbrType     byte
	attributes  uint64
}

func (p *part) end() int64 { return p.start + p.size }

// layout is a disk whose every partition has its place.
type layout struct {
	*Disk
	index     int
	guid      string
	signature uint32
	parts     []*part
}

// place lays out a disk: each partition behind the one before it, aligned, with the
// gaps asked for. One partition may take the rest.
func (pc *PC) place(index int) (*layout, error) {
	d := &pc.Disks[index]
	l := &layout{Disk: d, index: index, guid: pc.guid(fmt.Sprint("disk ", index)), signature: pc.number(fmt.Sprint("disk ", index))}
	rest, err := d.rest()
	if err != nil {
		return nil, err
	}
	at := int64(align)
	for i := range d.Partitions {
		p, err := pc.newPart(l, i)
		if err != nil {
			return nil, err
		}
		at = up(at + int64(p.Before))
		if p.Logical == On {
			p.ebr, at = at, at+align
		}
		p.start, p.size = at, up(or(p.size, rest))
		at = up(p.end() + int64(p.After))
		l.parts = append(l.parts, p)
	}
	if at > d.end() {
		return nil, &LineError{Line: d.line, Err: fmt.Errorf("the partitions need %d MB, the disk has room for %d MB", at>>20, d.end()>>20)}
	}
	return l, nil
}

func (pc *PC) newPart(l *layout, i int) (*part, error) {
	p := &l.Partitions[i]
	made := &part{Partition: p, disk: l.index, index: i + 1, role: p.Role(), guid: pc.guid(fmt.Sprintf("partition %d %d", l.index, i))}
	if s := p.size(); s != SizeRest {
		made.size = int64(s)
	}
	if err := made.setType(l.Table); err != nil {
		return nil, &LineError{Line: p.line, Err: err}
	}
	return made, nil
}

// end is the first byte behind the last partition that fits.
func (d *Disk) end() int64 {
	if d.Table == tableMBR {
		return int64(d.Size) / align * align
	}
	return (int64(d.Size) - 33*int64(d.Sector)) / align * align
}

// rest returns what the partition with size rest gets.
func (d *Disk) rest() (int64, error) {
	left, n := d.end()-align, 0
	for i := range d.Partitions {
		p := &d.Partitions[i]
		left -= up(int64(p.Before)) + up(int64(p.After))
		if p.Logical == On {
			left -= align
		}
		if p.size() == SizeRest {
			n++
		} else {
			left -= up(int64(p.size()))
		}
	}
	if n > 1 {
		return 0, &LineError{Line: d.line, Err: errors.New("only one partition of a disk can take the rest")}
	}
	if n == 1 && left <= 0 {
		return 0, &LineError{Line: d.line, Err: errors.New("nothing is left for the partition that takes the rest")}
	}
	return left, nil
}

func up(n int64) int64 { return (n + align - 1) / align * align }

// GPT partition types and the attributes Windows sets. Source: winre.md §2.
const (
	typeESP      = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
	typeMSR      = "e3c9e316-0b5c-4db8-817d-f92df00215ae"
	typeBasic    = "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"
	typeRecovery = "de94bba4-06d1-4d40-a16a-bfd50179d6ac"

	attributesRequired = 0x8000000000000001
	attributesHidden   = 0x8000000000000000
)

type partitionType struct {
	gpt        string
	mbr        byte
	attributes uint64
}

func defaultType(role string) partitionType {
	return map[string]partitionType{
		"esp":      {typeESP, 0x07, attributesHidden},
		"msr":      {typeMSR, 0x0c, attributesHidden},
		"windows":  {typeBasic, 0x07, 0},
		"recovery": {typeRecovery, 0x27, attributesRequired},
		"oem":      {typeRecovery, 0x12, attributesRequired},
		"data":     {typeBasic, 0x07, 0},
	}[role]
}

func (p *part) setType(table string) error {
	d := defaultType(p.role)
	p.typeGUID, p.mbrType, p.attributes = d.gpt, d.mbr, d.attributes
	if p.Type != "" {
		if err := p.overrideType(table); err != nil {
			return err
		}
	}
	if p.Attributes == "" {
		return nil
	}
	v, err := strconv.ParseUint(p.Attributes, 0, 64)
	if err != nil {
		return fmt.Errorf("%q are no attribute bits: write them like 0x8000000000000001", p.Attributes)
	}
	p.attributes = v
	return nil
}

func (p *part) overrideType(table string) error {
	if table == tableGPT {
		p.typeGUID, p.attributes = strings.ToLower(strings.Trim(p.Type, "{}")), 0
		if !isGUID(p.typeGUID) {
			return fmt.Errorf("%q is no partition type GUID", p.Type)
		}
		return nil
	}
	v, err := strconv.ParseUint(p.Type, 0, 8)
	if err != nil {
		return fmt.Errorf("%q is no partition type of an MBR: write it like 0x27", p.Type)
	}
	p.mbrType = byte(v)
	return nil
}

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range s {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdef", c) {
			return false
		}
	}
	return true
}

// partitionName is the name Windows Setup gives a GPT partition.
func (p *part) partitionName() string {
	switch p.role {
	case "esp":
		return "EFI system partition"
	case "msr":
		return "Microsoft reserved partition"
	}
	return "Basic data partition"
}
