package doctor

import (
	"context"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"

	"updoc/model"
	"updoc/remedy/host"
	"updoc/source"
	"updoc/winapi"
)

// programData is the folder for data of all users.
func programData() string {
	path, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, 0)
	if err != nil {
		return ""
	}
	return path
}

// openLive and newHost are what ThisPC looks and acts with: source/live and
// remedy/host/windows.
var (
	openLive func(ctx context.Context, w winapi.Caller) (source.Source, error)
	newHost  func(w winapi.Caller, look func(ctx context.Context) (*model.Machine, error)) (host.Stepwise, error)
)

// ThisPC is the Windows this program runs on.
func ThisPC() (PC, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return &Wired{
		Windows: winapi.New(), Program: program, Journals: filepath.Join(programData(), "updoc", journalsName),
		OpenSource: openLive, NewHost: newHost,
	}, nil
}
