package collect

import (
	"errors"
	"io/fs"

	"updoc/format/cbs"
	"updoc/format/dism"
	"updoc/model"
)

const (
	configFolder = "Windows/System32/config"
	dismPath     = "Windows/Logs/DISM/dism.log"
	dismBytes    = 64 << 20
	itemLimit    = 32 // damaged items of one check that become notes; a store with more is told by the counts
)

// storeState fills what limits the component store: Control:RegistrySizeLimit (an old
// limit that keeps COMPONENTS from being loaded, Microsoft KB292726), the size of
// COMPONENTS and the room the registry's transaction logs take.
func storeState(d *desk) {
	c := &d.m.CBS
	h, set := d.system()
	c.RegistryLimit = h.number(set+`\Control`, "RegistrySizeLimit")
	c.StoreHive = d.sizeOf(d.on(configFolder + "/COMPONENTS"))
	c.TxLogs = d.sizeBelow(d.on(configFolder + "/TxR"))
}

func (d *desk) sizeOf(at place) model.Fact[int64] {
	info, err := d.stat(at)
	if err != nil {
		return unseenOr[int64](d.look("file", at, err))
	}
	return model.Known(info.Size(), at.origin("file"))
}

// sizeBelow adds up the files of a folder; 0 if the folder is not there.
func (d *desk) sizeBelow(at place) model.Fact[int64] {
	entries, err := d.list(at)
	if errors.Is(err, fs.ErrNotExist) {
		return derive(d.notThere(at), func(bool) int64 { return 0 })
	}
	if err != nil {
		return unseenOr[int64](d.look("file", at, err))
	}
	sum := int64(0)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && !e.IsDir() {
			sum += info.Size()
		}
	}
	return model.Known(sum, at.origin("file"))
}

// dismNotes returns the lines of dism.log that tell of a failure. That the log is
// missing is no fault: DISM writes it when somebody runs it.
func (d *desk) dismNotes() []model.Note {
	at := d.on(dismPath)
	f, from, err := d.tail(at, dismBytes)
	if err != nil {
		return nil
	}
	defer f.Close()
	log, err := dism.Read(d.ctx, f)
	d.look("dism", at, err)
	var notes []model.Note
	for _, e := range log.Entries {
		notes = append(notes, inTail(model.Note{Kind: "dism-failed", Code: hexText(e.Code), Text: e.Text, Subject: e.Where,
			Time: d.zone.utc(e.Time), Origin: textOrigin("dism", at, e.Line, e.Offset)}, from))
	}
	return notes
}

// itemNotes tells the damaged parts that a check of the store found and did not
// repair. Copies kept only to undo an update (folder "r") are reported damaged by
// builds of 2026 without any damage and are left out.
func itemNotes(k cbs.Corruption, at place, z *zone) []model.Note {
	var notes []model.Note
	for _, i := range k.Items {
		if i.Fixed || i.ReverseDelta() || len(notes) == itemLimit {
			continue
		}
		notes = append(notes, model.Note{Kind: "store-item", Text: i.Kind + ": " + i.Path, Subject: i.Path, Have: i.Kind,
			Time: z.utc(k.Time), Origin: textOrigin("cbs", at, i.Line, 0)})
	}
	return notes
}
