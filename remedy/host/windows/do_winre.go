package windows

import (
	"context"
	"errors"
	"path"
	"strings"

	"updoc/model"
	"updoc/remedy/host"
)

// savedWinRE are the settings of recovery as they were: where it was on, and the files
// that reagentc changes.
type savedWinRE struct {
	On     bool        `json:"on"`
	At     extent      `json:"at,omitzero"`
	Folder string      `json:"folder,omitempty"`
	Files  []savedFile `json:"files"`            // below System32 and C:\Recovery: what lies there while recovery is off, or fell back
	Config *savedFile  `json:"config"`           // ReAgent.xml below System32
	Image  *savedFile  `json:"image,omitempty"`  // in use
	Target *savedFile  `json:"target,omitempty"` // the image to be used, and ReAgent.xml beside it
	Beside *savedFile  `json:"beside,omitempty"`
}

// saveAgent keeps what reagentc changes by itself.
func (h *Host) saveAgent(ctx context.Context) (s savedWinRE, err error) {
	now, err := h.agent(ctx)
	if err != nil {
		return s, err
	}
	s.On, s.At, s.Folder = now.on, now.extent, now.folder
	windows, err := h.windows(ctx)
	if err != nil {
		return s, err
	}
	home := join(windows, `System32\Recovery`)
	inUse := ""
	if now.on {
		if inUse, err = h.imageOf(ctx, now); err != nil {
			return s, err
		}
		image, err := h.keep(ctx, inUse)
		if err != nil {
			return s, err
		}
		s.Image = &image
	}
	onC := join(folderOf(windows), `Recovery\WindowsRE`)
	for _, name := range []string{join(home, imageName), join(onC, imageName), join(onC, configName)} {
		if s.Files, err = h.keepInto(ctx, s.Files, name); err != nil {
			return s, err
		}
	}
	config, err := h.keep(ctx, join(home, configName))
	s.Config = &config
	return s, err
}

func (h *Host) keepInto(ctx context.Context, list []savedFile, name string) ([]savedFile, error) {
	f, err := h.keep(ctx, name)
	return append(list, f), err
}

// onDriveC tells whether recovery was in use in the folder where it falls back to.
func (s savedWinRE) onDriveC(f savedFile) bool {
	return s.Image != nil && s.Image.Sum != "" && strings.EqualFold(strings.ReplaceAll(s.Folder, "/", `\`), `Recovery\WindowsRE`) && s.Image.Sum == f.Sum
}

func (h *Host) saveWinRE(ctx context.Context, op host.Op) (s savedWinRE, err error) {
	if s, err = h.saveAgent(ctx); err != nil {
		return s, err
	}
	at, err := h.path(ctx, op.To)
	if err != nil {
		return s, err
	}
	target, err := h.keep(ctx, at)
	if err != nil {
		return s, err
	}
	if target.Sum == "" || h.wholeImage(h.keptAs(target.Sum, at)) != nil {
		return s, &model.Error{Code: "refused-no-image", Exit: 6, Args: model.Args{"path": op.To.Path}}
	}
	target.Root = rootAbove(at, op.To)
	s.Target = &target
	beside, err := h.keep(ctx, join(folderOf(at), configName))
	beside.Root = target.Root
	s.Beside = &beside
	return s, err
}

// winRESet: it is set, and what /disable left on the way is gone.
func (h *Host) winRESet(ctx context.Context, op host.Op) (bool, error) {
	set, err := h.isSet(ctx, op)
	if err != nil || !set {
		return false, err
	}
	was, known, err := saved[savedWinRE](h, op)
	if err != nil || !known || !was.On {
		return err == nil, err
	}
	for _, f := range was.Files {
		if !was.onDriveC(f) && !h.isAs(ctx, f) {
			return false, nil
		}
	}
	return true, nil
}

// isSet asks those who read a whole machine: ReAgent.xml and boot store name one place.
func (h *Host) isSet(ctx context.Context, op host.Op) (bool, error) {
	p, err := h.partition(ctx, op.To.Volume)
	if err != nil {
		return false, err
	}
	now, err := h.agent(ctx)
	if err != nil || !now.on || !now.extent.begins(p.extent()) || !strings.EqualFold(now.folder, folderIn(op.To)) {
		return false, err
	}
	at, err := h.path(ctx, op.To)
	if err != nil || h.wholeImage(at) != nil {
		return false, err
	}
	m, err := h.look(ctx)
	if err != nil {
		return false, err
	}
	re := m.WinRE
	return re.Enabled.Known && re.Enabled.Value && re.Agree.Known && re.Agree.Value && re.Active.Start.Known && uint64(re.Active.Start.Value) == p.Start, nil
}

func folderIn(at host.Place) string {
	return strings.ReplaceAll(path.Dir(strings.ReplaceAll(at.Path, `\`, "/")), "/", `\`)
}

func (h *Host) setWinRE(ctx context.Context, op host.Op) error {
	p, err := h.partition(ctx, op.To.Volume)
	if err != nil {
		return err
	}
	if err := h.clear(ctx, p); err != nil {
		return err
	}
	was, _, err := saved[savedWinRE](h, op)
	if err != nil {
		return err
	}
	at, err := h.path(ctx, op.To)
	if err != nil {
		return err
	}
	if err := h.fileBack(ctx, was.Target.on(rootAbove(at, op.To))); err != nil { // a run that was cut off may have moved it
		return err
	}
	set, err := h.isSet(ctx, op)
	if err == nil && !set {
		err = h.switchOn(ctx, p, folderIn(op.To))
	}
	if err != nil || !was.On {
		return err
	}
	return h.agentFilesBack(ctx, was) // what /disable left below System32
}

// clear refuses an encrypted partition that is not the one of Windows: recovery cannot
// start from it.
func (h *Host) clear(ctx context.Context, p *found) error {
	if !typedAsRecovery(p.Partition) {
		return nil
	}
	return h.notEncrypted(ctx, p.extent())
}

func (h *Host) winREBack(ctx context.Context, op host.Op, was savedWinRE) error {
	if err := h.agentBack(ctx, was); err != nil {
		return err
	}
	at, err := h.path(ctx, op.To)
	if err != nil {
		return err
	}
	root := rootAbove(at, op.To)
	if !was.On {
		if err := h.fileBack(ctx, was.Beside.on(root)); err != nil {
			return err
		}
	}
	return h.fileBack(ctx, was.Target.on(root))
}

// agentBack lets recovery be on or off as it was, by reagentc, then puts back the files
// that lie where reagentc leaves them.
func (h *Host) agentBack(ctx context.Context, was savedWinRE) error {
	now, err := h.agent(ctx)
	if err != nil {
		return err
	}
	same := now.on == was.On && now.extent.begins(was.At) && strings.EqualFold(now.folder, was.Folder)
	switch {
	case was.On:
		err = h.onAgain(ctx, was, same)
	case now.on:
		err = h.switchOff(ctx)
	}
	if err != nil {
		return err
	}
	return h.agentFilesBack(ctx, was)
}

// onAgain also puts the image back: /disable may have taken it away and been cut off then.
func (h *Host) onAgain(ctx context.Context, was savedWinRE, same bool) error {
	p, err := h.at(ctx, was.At.beginning())
	if err != nil || p == nil {
		return errors.Join(err, gone(was.At.String()))
	}
	image := *was.Image
	if image.Path, err = h.imageOf(ctx, agentState{true, p.extent(), was.Folder}); err != nil {
		return err
	}
	if err := h.fileBack(ctx, image); err != nil || same {
		return err
	}
	return h.switchOn(ctx, p, was.Folder)
}

// agentFilesBack puts back what reagentc left behind. ReAgent.xml is only put back where
// recovery was off: where it is on, reagentc has written it for what is now.
func (h *Host) agentFilesBack(ctx context.Context, was savedWinRE) error {
	for _, f := range was.Files {
		if was.On && was.onDriveC(f) {
			continue
		}
		if err := h.fileBack(ctx, f); err != nil {
			return err
		}
	}
	if was.On {
		return nil
	}
	return h.fileBack(ctx, *was.Config)
}
