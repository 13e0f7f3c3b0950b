package collect

import (
	"errors"
	"time"

	"updoc/format/setupapi"
	"updoc/model"
)

const (
	driverLogPath  = "Windows/INF/setupapi.dev.log"
	driverLogLimit = 200
	driverLogBytes = 4 << 20 // of the log, the newest: some thousand installations; old ones have 50 MB
)

// driverLog fills Machine.DriverLog with the installations of drivers that failed, from
// Windows\INF\setupapi.dev.log. Kind: install-failed. Devices without a driver fail on
// healthy machines too; what an update's failure has to do with it, its time tells.
func driverLog(d *desk) {
	at := d.on(driverLogPath)
	list := &d.m.DriverLog
	log, from, err := d.driverSections(at)
	why := d.look("setupapi", at, err)
	if log == nil {
		*list = model.Partial[model.Note](nil, *why)
		return
	}
	var notes []model.Note
	for _, s := range log.Failures {
		notes = append(notes, inTail(driverNote(s, at, d.zone), from))
	}
	kept, cut := within(notes, driverLogLimit)
	list.Items, list.Coverage = kept, d.localSpan("setupapi", log.FirstTime, log.LastTime, why)
	if (cut || log.Failed > int64(len(log.Failures))) && len(kept) > 0 && !list.Coverage.From.IsZero() {
		list.Coverage.From = later(list.Coverage.From, kept[0].Time)
	}
	d.grow(&list.Coverage)
}

// driverSections reads the newest part of the log and tells where it begins.
func (d *desk) driverSections(at place) (*setupapi.Log, int64, error) {
	r, from, err := d.tail(at, driverLogBytes)
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	log, err := setupapi.Read(d.ctx, r)
	if err == nil && log.Bytes > 0 && log.Sections == 0 {
		err = errors.New("no section of it is one of a driver log")
	}
	return log, from, err
}

func driverNote(s setupapi.Section, at place, z *zone) model.Note {
	n := model.Note{Kind: "install-failed", Subject: s.INF, Text: firstText(s.Error, s.Title), Have: s.Title,
		Time: z.utc(lastOf(s.Start, s.End)), Origin: textOrigin("setupapi", at, s.Line, s.At)}
	if s.Code != 0 {
		n.Code = hexText(asHRESULT(s.Code))
	}
	return n
}

// asHRESULT writes an error of Windows as the code that updates show.
func asHRESULT(code uint32) uint32 {
	if code < 1<<16 {
		return 0x80070000 | code
	}
	return code
}

func lastOf(a, b time.Time) time.Time {
	if b.IsZero() {
		return a
	}
	return b
}
