package image

import (
	"errors"
	"strconv"
	"strings"

	"updoc/codec/wintype"
	"updoc/disk/table"
	"updoc/model"
	"updoc/remedy/host"
)

// Type and attributes of a recovery partition: no drive letter, needed by the platform.
// Source: field guide, winre §2.
const (
	recoveryAttributes = 0x8000000000000001
	recoveryMBR        = 0x27
)

// editTable changes the table on the overlay, and nothing else of it.
func (h *Host) editTable(change func(e *table.Editor) error) error {
	if err := h.sound(); err != nil {
		return err
	}
	e, err := table.Edit(h.over, h.target.Size(), h.before.SectorSize)
	if err != nil {
		return err
	}
	if err := change(e); err != nil {
		return tableError(err)
	}
	for _, w := range e.Writes() {
		if _, err := h.over.WriteAt(w.Data, w.Offset); err != nil {
			return err
		}
	}
	return nil
}

func tableError(err error) error {
	if errors.Is(err, table.ErrFull) {
		return &model.Error{Code: "refused-table-full", Exit: 6, Err: err}
	}
	return err
}

// move gives a partition another place.
func (h *Host) move(p table.Partition, start, size uint64) error {
	h.meantPlace[p.Slot] = place{start, size}
	p.Start, p.Size = start, size
	return h.editTable(func(e *table.Editor) error { return e.Set(p) })
}

// addEntry makes the entry of a recovery partition, or turns another's into it.
func (h *Host) addEntry(op host.Op) (slot int, err error) {
	p := table.Partition{Start: op.Start, Size: op.Size}
	if op.Replace != "" {
		if p, err = h.editable(op.Replace); err != nil {
			return 0, err
		}
		if err := h.forget(op.Replace); err != nil {
			return 0, err
		}
		return p.Slot, h.move(p, op.Start, op.Size)
	}
	if h.before.Kind == table.MBR {
		p.MBRType = recoveryMBR
	} else {
		guid, err := wintype.ParseGUID(strings.Trim(op.GUID, "{}"))
		if err != nil {
			return 0, err
		}
		p.TypeGUID, p.GUID, p.Name, p.Attributes = table.TypeRecovery, table.GUID(guid), "Basic data partition", recoveryAttributes
	}
	err = h.editTable(func(e *table.Editor) error {
		slot, err = e.Add(p)
		return err
	})
	return slot, err
}

// retype gives a partition another type: a GUID, or a number on MBR.
func (h *Host) retype(p table.Partition, text string) error {
	if h.before.Kind == table.MBR {
		kind, err := strconv.ParseUint(text, 0, 8)
		if err != nil {
			return err
		}
		p.MBRType = byte(kind)
	} else {
		guid, err := wintype.ParseGUID(strings.Trim(text, "{}"))
		if err != nil {
			return err
		}
		p.TypeGUID = table.GUID(guid)
	}
	h.meantType[p.Slot] = p
	return h.editTable(func(e *table.Editor) error { return e.Set(p) })
}
