package fake

import (
	"context"
	"errors"

	"updoc/remedy/host"
)

// kind is what there is to know of one kind of operation.
type kind struct {
	done  func(*Host, host.Op) (bool, error)              // all is as op wants it
	do    func(*Host, host.Op) error                      // makes it so, with tools that need not be honest
	areas func(h *Host, op host.Op, see func(area)) error // what it may change
}

// kinds is filled by init: its functions refer to it.
var kinds map[string]kind

func init() {
	kinds = map[string]kind{
		host.ShrinkVolume:     {shrunk, shrink, tableOf},
		host.ResizeRecovery:   {resized, resize, tableOf},
		host.CreateRecovery:   {created, create, tableOf},
		host.SetPartitionType: {typed, setType, tableOf},
		host.CopyFile:         {copied, copyFile, fileAt},
		host.PutFile:          {holdsSource, putSource, fileAt},
		host.WriteFile:        {holdsSource, putSource, fileAt},
		host.DropHosts:        {holdsSource, putSource, fileAt},
		host.LeaveFollowUp:    {holdsSource, putSource, fileAt},
		host.ExtractWim:       {holdsSource, putSource, fileAt},
		host.MoveAside:        {gone, remove, fileFrom},
		host.Rename:           {renamed, rename, identity},
		host.Recompress:       {recompressed, recompress, fileAt},
		host.SetValue:         {hiveIs, editHive, valueAt},
		host.DeleteValue:      {hiveIs, editHive, fileAt},
		host.DeleteKey:        {hiveIs, editHive, fileAt},
		host.SetWinRE:         {winRESet, setWinRE, winREAreas},
		host.StartService:     {started, startService, servicesOf},
		host.StopService:      {stopped, stopService, servicesOf},
		host.RunTool:          {never, runTool, noArea},
		host.RestartWindows:   {restarted, restart, bootsOf},
		host.InstallUpdate:    {installed, install, noArea},
		host.HideUpdate:       {hiddenAs, hide, hiddenOf},
		host.ServiceImage:     {serviced, service, fileAt},
		host.AwaitPerson:      {satisfied, ask, personOf},
		host.Remind:           {reminded, remind, reminderOf},

		host.SuspendProtection: {isSuspended, suspend, protectionOf},
		host.ResumeProtection:  {isProtected, protect, protectionOf},
	}
}

// Do carries out one operation. What the tools say is not believed: if it is not as
// asked afterwards, all is put back and that is the error.
func (h *Host) Do(_ context.Context, op host.Op) error {
	k, known := kinds[op.Kind]
	if !known {
		return refused("unknown-operation", op.Kind)
	}
	h.pc.op = op.Kind
	if done, err := k.done(h, op); err != nil || done {
		return err
	}
	before, err := h.read(op)
	if err != nil {
		return err
	}
	if err = k.do(h, op); err == nil {
		var done bool
		if done, err = k.done(h, op); err == nil && !done && !mayFail(op) {
			err = refused("tool-did-otherwise", op.Kind)
		}
	}
	var later *host.Interrupted
	if err != nil && !errors.Is(err, ErrRestart) && !errors.As(err, &later) {
		err = errors.Join(err, h.putBack(before))
	}
	return err
}

// mayFail tells whether op is over even if it did not do what was asked.
func mayFail(op host.Op) bool {
	return op.Kind == host.RunTool || op.Kind == host.InstallUpdate && op.Maybe
}

// noArea is for what Back cannot take back.
func noArea(*Host, host.Op, func(area)) error { return nil }
