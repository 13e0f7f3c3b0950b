package doctor

import (
	"context"
	"path/filepath"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/remedy/host/windows"
	"updoc/source"
	"updoc/source/live"
	"updoc/winapi"
)

// ThisPC is the Windows this program runs on. On other systems the error is not-windows.
func ThisPC() (PC, error) {
	data := programData()
	if data == "" {
		return nil, &model.Error{Code: "not-windows"}
	}
	return wiredTo(live.This(), windows.OnDisk(), filepath.Join(data, "updoc")), nil
}

// wiredTo is a PC over a Windows to look at, the files of it to act on, and the folder of
// updoc's own data on it.
func wiredTo(sys live.System, files windows.Files, data string) *Wired {
	p := &Wired{Windows: sys.Caller, Image: ownImage, Data: data, copies: &live.Copies{}}
	p.OpenSource = func(ctx context.Context, w winapi.Caller) (source.Source, error) {
		sys.Caller = w
		return openSystem(ctx, sys, LiveOptions{}, p.copies)
	}
	p.NewHost = func(w winapi.Caller, look func(ctx context.Context) (*model.Machine, error), keep string) (host.Stepwise, error) {
		program, err := p.safe() // reminders run it
		if err != nil {
			return nil, taskError(err)
		}
		return windows.New(windows.System{Calls: w, Files: files, Keep: keep, Program: program}, look), nil
	}
	return p
}
