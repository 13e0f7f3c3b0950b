package doctor

import (
	"context"
	"os"
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
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return wiredTo(live.This(), windows.OnDisk(), filepath.Join(data, "updoc"), program), nil
}

// wiredTo is a PC over a Windows to look at, the files of it to act on, and the folder of
// updoc's own data on it.
func wiredTo(sys live.System, files windows.Files, data, program string) *Wired {
	copies := &live.Copies{}
	return &Wired{
		copies:  copies,
		Windows: sys.Caller, Program: program, Journals: filepath.Join(data, journalsName),
		OpenSource: func(ctx context.Context, w winapi.Caller) (source.Source, error) {
			sys.Caller = w
			return openSystem(ctx, sys, LiveOptions{}, copies)
		},
		NewHost: func(w winapi.Caller, look func(ctx context.Context) (*model.Machine, error), keep string) (host.Stepwise, error) {
			return windows.New(windows.System{Calls: w, Files: files, Keep: keep, Program: program}, look), nil
		},
	}
}
