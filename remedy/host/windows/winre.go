package windows

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"updoc/format/reagent"
	"updoc/format/wim"
	"updoc/model"
	"updoc/winapi"
)

// Names below C:\Windows\System32 and on a recovery partition. Source: field guide, winre §3.
const (
	imageName    = "winre.wim"
	configName   = "ReAgent.xml"
	recoveryHome = `Recovery`
)

// agentState is what ReAgent.xml says.
type agentState struct {
	on     bool
	extent extent // of the partition that holds the image; only if on
	folder string // of the image, from the root of its volume; only if on
}

// agent reads ReAgent.xml, which reagentc writes. One that is not there or cannot be
// understood says that recovery is off.
func (h *Host) agent(ctx context.Context) (agentState, error) {
	path, err := h.system32(ctx, recoveryHome+`\`+configName)
	if err != nil {
		return agentState{}, err
	}
	raw, err := h.readWhole(path)
	if isGone(err) {
		return agentState{}, nil
	}
	if err != nil {
		return agentState{}, err
	}
	c, err := reagent.Parse(raw)
	if err != nil || len(c.Problems) > 0 || c.State() != reagent.StateEnabled {
		return agentState{}, nil
	}
	e, err := h.named(ctx, c.Location)
	return agentState{on: e != nil, extent: value(e), folder: strings.Trim(c.Location.Path, `\`)}, err
}

func value(e *extent) extent {
	if e == nil {
		return extent{}
	}
	return *e
}

// named finds the partition that ReAgent.xml names: by place, and by the identity of its
// disk.
func (h *Host) named(ctx context.Context, l reagent.Location) (*extent, error) {
	disks, err := winapi.Disks.Do(ctx, h.Calls, winapi.None{})
	for _, d := range disks {
		for _, p := range d.Partitions {
			guid := bare(l.GUID)
			same := strings.EqualFold(guid, bare(d.GUID)) || strings.EqualFold(guid, bare(p.GUID))
			if d.Table == "mbr" {
				same = l.ID == strconv.FormatUint(uint64(d.Signature), 10)
			}
			if p.Start == l.Offset && same {
				return &extent{Disk: diskID(d), Start: p.Start, Size: p.Size}, nil
			}
		}
	}
	return nil, err
}

// wholeImage tells whether a file is an image that can be read as one.
func (h *Host) wholeImage(path string) error {
	r, err := h.reader(path)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := wim.Open(r, r.size)
	if err != nil {
		return err
	}
	if have := w.Info(); !have.Valid || have.ImageCount == 0 {
		return errors.New("the image is damaged, or holds none")
	}
	return nil
}

// release switches recovery off if it uses a partition. Its image is then below
// System32, or is put there from the copy that is kept.
func (h *Host) release(ctx context.Context, e extent) error {
	now, err := h.agent(ctx)
	if err != nil || !now.on || !now.extent.begins(e) {
		return err
	}
	return h.switchOff(ctx)
}

// switchOff lets reagentc switch recovery off. The image is kept first, and lies below
// System32 afterwards.
func (h *Host) switchOff(ctx context.Context) error {
	now, err := h.agent(ctx)
	if err != nil || !now.on {
		return err
	}
	image, err := h.imageOf(ctx, now)
	if err != nil {
		return err
	}
	copied, err := h.keep(ctx, image)
	if err == nil && copied.Sum == "" { // reagentc was cut off when it had moved the image
		if image, err = h.system32(ctx, recoveryHome+`\`+imageName); err == nil {
			copied, err = h.keep(ctx, image)
		}
	}
	if err != nil {
		return err
	}
	if copied.Sum == "" || h.wholeImage(h.keptAs(copied.Sum, image)) != nil {
		return refused("refused-image-damaged", model.Args{"path": image})
	}
	told := h.reagentc(ctx, "/disable")
	if now, err := h.agent(ctx); err != nil || now.on {
		return errors.Join(err, failed("winre-not-off", nil, told))
	}
	return h.staged(ctx, copied)
}

// staged lets the image lie where Windows keeps it while recovery is off.
func (h *Host) staged(ctx context.Context, copied savedFile) error {
	home, err := h.system32(ctx, recoveryHome+`\`+imageName)
	if err != nil {
		return err
	}
	return h.put(ctx, home, copied.Sum, h.fileOf(h.keptAs(copied.Sum, copied.Path)), &copied.marks)
}

// imageOf is the path of the image in use.
func (h *Host) imageOf(ctx context.Context, now agentState) (string, error) {
	p, err := h.at(ctx, now.extent)
	if err != nil || p == nil {
		return "", errors.Join(err, gone(now.extent.String()))
	}
	root, err := h.rootOf(ctx, p)
	return join(join(root, now.folder), imageName), err
}

// switchOn lets reagentc use the image in a folder of a partition. If it is on
// elsewhere, it is switched off first; the image at the new place is the same afterwards.
func (h *Host) switchOn(ctx context.Context, p *found, folder string) error {
	root, err := h.rootOf(ctx, p)
	if err != nil {
		return err
	}
	at := join(join(root, folder), imageName)
	image, err := h.keep(ctx, at)
	if err != nil {
		return err
	}
	if image.Sum == "" || h.wholeImage(h.keptAs(image.Sum, at)) != nil {
		return refused("refused-image-damaged", model.Args{"path": at})
	}
	if err := h.switchOff(ctx); err != nil {
		return err
	}
	if err := h.fileBack(ctx, image); err != nil { // /disable takes it away
		return err
	}
	windows, err := h.windows(ctx)
	if err != nil {
		return err
	}
	told := h.reagentc(ctx, "/setreimage", "/path", join(p.root(), folder), "/target", windows)
	if told == nil {
		told = h.reagentc(ctx, "/enable")
	}
	now, err := h.agent(ctx)
	if err != nil {
		return err
	}
	if !now.on || !now.extent.begins(p.extent()) || !strings.EqualFold(now.folder, strings.Trim(strings.ReplaceAll(folder, "/", `\`), `\`)) {
		return failed("winre-not-set", model.Args{"path": at}, told) // also if it fell back to drive C
	}
	return nil
}

// reagentcSeconds is how long reagentc may take: it copies an image of some 500 MB.
const reagentcSeconds = 900

func (h *Host) reagentc(ctx context.Context, args ...string) error {
	path, err := h.system32(ctx, "reagentc.exe")
	if err != nil {
		return err
	}
	return h.run(ctx, "reagentc", winapi.Command{Path: path, Args: args, Seconds: reagentcSeconds})
}

// run starts a tool of which only exit code 0 is good.
func (h *Host) run(ctx context.Context, name string, c winapi.Command) error {
	end, err := h.finished(ctx, name, c)
	if err == nil && end.Exit != 0 {
		err = toolFailed(name, end)
	}
	return err
}

func toolFailed(name string, end winapi.Finished) error {
	return failed("tool-failed", model.Args{"tool": name, "code": fmt.Sprintf("0x%08x", end.Exit)}, errors.New(tail(end.Output)))
}

// finished starts a tool and tells how it ended. One whose time was up is an error.
func (h *Host) finished(ctx context.Context, name string, c winapi.Command) (winapi.Finished, error) {
	end, err := winapi.Run.Do(ctx, h.Calls, c)
	if err == nil && end.Ended {
		err = failed("tool-ended", model.Args{"tool": name, "seconds": int64(c.Seconds)}, nil)
	}
	return end, err
}

// tail is the end of what a tool said, for an expert.
func tail(b []byte) string {
	const most = 400
	return strings.ToValidUTF8(string(b[max(len(b)-most, 0):]), "?")
}
