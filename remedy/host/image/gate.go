package image

import (
	"fmt"

	"updoc/disk/ntfs"
	"updoc/disk/ntfsgrow"
	"updoc/disk/table"
	"updoc/model"
)

// gate refuses to touch a volume whose state does not allow it, as it is on the disk: what
// our own tools leave on the overlay does not count. Nothing on the disk is touched while
// Windows sleeps in it.
func (h *Host) gate(id string) error {
	if h.facts != nil {
		if hib := h.facts.Windows.Hibernated; !hib.Known || hib.Value {
			return &model.Error{Code: "windows-hibernated", Exit: 6, Args: model.Args{"volume": h.facts.Windows.ID}}
		}
	}
	p, err := h.partBefore(id)
	if err != nil {
		return nil // made by us
	}
	v, err := openNTFS(h.target, p)
	if err != nil {
		return nil // FAT has no journal to be unclean; encrypted ones are refused where they are opened
	}
	args := model.Args{"volume": id}
	switch {
	case v.Dirty():
		return &model.Error{Code: "ntfs-dirty", Exit: 6, Args: args}
	case v.LogFileState() != ntfs.LogClean:
		return &model.Error{Code: "log-unclean", Exit: 6, Args: args, Err: fmt.Errorf("%s", v.LogFile().Reason)}
	}
	return nil
}

// awake refuses the whole disk while any Windows sleeps in any volume of it: what it will
// write when it wakes comes from a memory that knows nothing of us.
func (h *Host) awake() error {
	if h.checked {
		return nil
	}
	for _, p := range h.before.Partitions {
		v, err := openNTFS(h.target, p)
		if err != nil {
			continue // no NTFS, or none that anybody could wake from
		}
		if err := ntfsgrow.Awake(v); err != nil {
			return &model.Error{Code: "windows-hibernated", Exit: 6, Args: model.Args{"volume": idOf(p.Index)}, Err: err}
		}
	}
	h.checked = true
	return nil
}

// sound refuses a table that is not wholly understood.
func (h *Host) sound() error {
	if len(h.before.Problems) == 0 {
		return nil
	}
	first := h.before.Problems[0]
	code := map[string]string{
		table.CodeDynamicDisk: "refused-dynamic-disk", table.CodeStorageSpaces: "refused-storage-spaces", table.CodeHybridMBR: "refused-hybrid-mbr",
	}[first.Code]
	if code == "" {
		code = "refused-table-damaged"
	}
	return &model.Error{Code: code, Exit: 6, Args: model.Args{"problem": first.Code}}
}
