package windows

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// What makes a partition one of recovery. Source: Microsoft, "UEFI/GPT-based hard drive
// partitions" and "BIOS/MBR-based hard drive partitions".
const (
	recoveryType       = "{de94bba4-06d1-4d40-a16a-bfd50179d6ac}"
	recoveryAttributes = 0x8000000000000001
	recoveryMBR        = 0x27
	dataType           = "{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7}"
	noLetter           = 0x8000000000000000 // GPT_BASIC_DATA_ATTRIBUTE_NO_DRIVE_LETTER
	recoveryLabel      = "Recovery"
	ntfs               = "NTFS"
)

// sort is what a partition is by its table entry.
type sort struct {
	TypeGUID   string `json:"typeGuid,omitempty"`
	MBRType    uint8  `json:"mbrType,omitempty"`
	Attributes uint64 `json:"attributes,omitempty"`
}

func sortOf(p winapi.Partition) sort {
	return sort{inBraces(p.TypeGUID), p.MBRType, p.Attributes}
}

func (s sort) is(p winapi.Partition) bool {
	return strings.EqualFold(bare(s.TypeGUID), bare(p.TypeGUID)) && s.MBRType == p.MBRType && s.Attributes == p.Attributes
}

func (s sort) call(disk winapi.Disk, e extent) winapi.PartitionCall {
	return winapi.PartitionCall{Disk: disk.Number, Start: e.Start, Size: e.Size, TypeGUID: s.TypeGUID, MBRType: s.MBRType, Attributes: s.Attributes}
}

// recoverySort is that of a recovery partition on a disk.
func recoverySort(d winapi.Disk) sort {
	if d.Table == "mbr" {
		return sort{MBRType: recoveryMBR}
	}
	return sort{TypeGUID: recoveryType, Attributes: recoveryAttributes}
}

func bare(guid string) string { return strings.Trim(guid, "{}") }

// inBraces is the form of a GUID that calls take; tables are told without braces. None
// stays none.
func inBraces(guid string) string {
	if guid == "" {
		return ""
	}
	return "{" + strings.ToLower(bare(guid)) + "}"
}

// toMake is as what a partition is made: with its type in the same call, so that device
// encryption does not take it; of the types of an MBR only those for data can be asked for.
func (s sort) toMake() sort {
	if s.TypeGUID == "" && winapi.Creatable(winapi.PartitionCall{MBRType: s.MBRType}) != nil {
		return sort{MBRType: winapi.MBRData}
	}
	return s
}

// toMakeElse is that where Windows does not take the type at once.
func (s sort) toMakeElse() sort {
	if s.TypeGUID == "" {
		return sort{MBRType: winapi.MBRData}
	}
	return sort{TypeGUID: dataType, Attributes: noLetter}
}

// creatable refuses before anything is given up for a partition that could not be made: of
// a kind that the disk does not have, or in a form that Windows does not take.
func (s sort) creatable(d winapi.Disk, e extent) error {
	err := winapi.Creatable(s.toMake().call(d, e))
	if want := map[bool]string{true: "mbr", false: "gpt"}[s.TypeGUID == ""]; d.Table != want {
		err = errors.Join(err, errors.New("the type is not one of a table of kind "+d.Table))
	}
	if err != nil {
		return &model.Error{Code: "refused-stale-plan", Exit: 6, Args: model.Args{"what": "type"}, Err: err}
	}
	return nil
}

// savedPlace is a table entry as it was.
type savedPlace struct {
	extent
	sort
}

func (h *Host) savePlace(ctx context.Context, op host.Op) (savedPlace, error) {
	p, err := h.partition(ctx, op.Partition)
	if err != nil {
		return savedPlace{}, err
	}
	return savedPlace{p.extent(), sortOf(p.Partition)}, nil
}

func (h *Host) shrunk(ctx context.Context, op host.Op) (bool, error) {
	p, err := h.partition(ctx, op.Partition)
	return err == nil && p.Size == op.Size, err
}

func (h *Host) shrink(ctx context.Context, op host.Op) error {
	p, err := h.partition(ctx, op.Partition)
	if err != nil {
		return err
	}
	if op.Size > p.Size || op.Size == 0 {
		return refused("refused-stale-plan", model.Args{"what": "windowsSize"})
	}
	return h.resizeTo(ctx, p, op.Size, op.Partition)
}

// resizeTo believes only the table.
func (h *Host) resizeTo(ctx context.Context, p *found, size uint64, id string) error {
	told := h.change(ctx, func() error {
		_, err := winapi.Resize.Do(ctx, h.Calls, winapi.PartitionCall{Disk: p.disk.Number, Start: p.Start, Size: size})
		return err
	})
	now, err := h.at(ctx, p.extent().beginning())
	if err != nil {
		return err
	}
	return h.came(now != nil && now.Size == size, told, failed("refused-cannot-shrink", model.Args{"partition": id}, nil))
}

// same finds the partition that was saved: it is the same one still.
func (h *Host) same(ctx context.Context, op host.Op, was savedPlace) (*found, error) {
	p, err := h.partition(ctx, op.Partition)
	if err == nil && !p.extent().begins(was.extent) {
		err = gone(op.Partition)
	}
	return p, err
}

func (h *Host) shrinkBack(ctx context.Context, op host.Op, was savedPlace) error {
	now, err := h.same(ctx, op, was)
	if err != nil || now.Size == was.Size {
		return err
	}
	return h.resizeTo(ctx, now, was.Size, op.Partition)
}

// wantedSort is the type that an operation names: a GUID, or 0x27.
func wantedSort(op host.Op, now winapi.Partition) (sort, error) {
	s := sortOf(now)
	if hex, isMBR := strings.CutPrefix(strings.ToLower(op.Text), "0x"); isMBR {
		n, err := strconv.ParseUint(hex, 16, 8)
		if err != nil {
			return s, refused("refused-stale-plan", model.Args{"what": op.Text})
		}
		return sort{MBRType: uint8(n)}, nil
	}
	s.TypeGUID = inBraces(op.Text)
	if strings.EqualFold(bare(op.Text), bare(recoveryType)) {
		s.Attributes = recoveryAttributes
	}
	return s, nil
}

func (h *Host) typed(ctx context.Context, op host.Op) (bool, error) {
	p, err := h.partition(ctx, op.Partition)
	if err != nil {
		return false, err
	}
	want, err := wantedSort(op, p.Partition)
	return err == nil && want.is(p.Partition), err
}

func (h *Host) setType(ctx context.Context, op host.Op) error {
	p, err := h.partition(ctx, op.Partition)
	if err != nil {
		return err
	}
	want, err := wantedSort(op, p.Partition)
	if err != nil {
		return err
	}
	_, err = winapi.SetType.Do(ctx, h.Calls, want.call(p.disk, p.extent()))
	return err
}

func (h *Host) typeBack(ctx context.Context, op host.Op, was savedPlace) error {
	p, err := h.same(ctx, op, was)
	if err != nil || was.is(p.Partition) {
		return err
	}
	_, err = winapi.SetType.Do(ctx, h.Calls, was.call(p.disk, p.extent()))
	return err
}
