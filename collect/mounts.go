package collect

import (
	"bytes"
	"strings"

	"updoc/model"
)

const (
	mountsKey    = "MountedDevices"
	mountPrefix  = `\DosDevices\`
	mountLimit   = 64
	mbrMountSize = 12 // signature of the disk and offset of the partition
)

// mounts fills Machine.Agent.Mounts from SYSTEM\MountedDevices: what each drive letter
// stands for.
func mounts(d *desk) {
	h, _ := d.system()
	k, ok, why := h.key(mountsKey)
	if !ok {
		if why == nil {
			gone := absent("hive", mountsKey)
			why = &gone
		}
		d.m.Agent.Mounts = model.Partial[model.Mount](nil, *why)
		return
	}
	values, err := k.Values()
	if err != nil {
		why = h.damaged(err)
	}
	items := []model.Mount{}
	for _, v := range values {
		letter, isLetter := strings.CutPrefix(v.Name(), mountPrefix)
		raw, err := v.Bytes()
		if !isLetter || len(items) >= mountLimit {
			continue
		}
		if err != nil {
			why = h.damaged(err)
			continue
		}
		items = append(items, model.Mount{Letter: strings.ToUpper(letter), Device: mountDevice(raw), Origin: h.origin(mountsKey, v.Name(), v.Offset())})
	}
	d.m.Agent.Mounts = model.List[model.Mount]{Items: items, Coverage: model.Coverage{Complete: why == nil, Why: why}}
}

// mountDevice is "partition" for one of an MBR or GPT disk, else the name of the device.
func mountDevice(raw []byte) string {
	if len(raw) == mbrMountSize || bytes.HasPrefix(raw, []byte("DMIO:ID:")) {
		return "partition"
	}
	return wideText(raw)
}
