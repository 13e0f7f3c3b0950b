package windows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"updoc/remedy/host"
	"updoc/winapi"
)

// seers are how the things are seen that others may change behind a kind of operation. What
// lies inside a partition is named by its id, a backslash and the path.
var seers = map[string]func(*Host, context.Context, host.Op) (map[string]string, error){}

func init() {
	for _, kind := range []string{host.CopyFile, host.PutFile, host.WriteFile, host.LeaveFollowUp, host.DropHosts, host.MoveAside, host.ExtractWim, host.Recompress, host.ServiceImage} {
		seers[kind] = (*Host).seeFile
	}
	seers[host.SetValue], seers[host.DeleteValue], seers[host.DeleteKey] = (*Host).seeValue, (*Host).seeValue, (*Host).seeKey
	seers[host.ShrinkVolume], seers[host.SetPartitionType] = (*Host).seeEntry, (*Host).seeEntry
	seers[host.ResizeRecovery], seers[host.CreateRecovery] = (*Host).seeRecovery, (*Host).seeRecovery
	seers[host.SetWinRE] = (*Host).seeWinRE
}

// Seen implements host.Witness.
func (h *Host) Seen(ctx context.Context, op host.Op) (map[string]string, error) {
	see := seers[op.Kind]
	if see == nil {
		return nil, nil
	}
	if err := h.know(ctx); err != nil {
		return nil, err
	}
	return see(h, ctx, op)
}

// KeepOthers implements host.Witness. Of a partition that is deleted every file is kept anyway.
func (h *Host) KeepOthers(ctx context.Context, op host.Op) error {
	k, err := kindOf(op)
	if err != nil {
		return err
	}
	if err := h.know(ctx); err != nil {
		return err
	}
	switch op.Kind {
	case host.SetWinRE:
		path, err := h.path(ctx, op.To)
		if err == nil {
			_, err = h.keep(ctx, path)
		}
		return err
	case host.ShrinkVolume, host.SetPartitionType, host.ResizeRecovery, host.CreateRecovery:
		return nil
	}
	now, err := k.save(h, ctx, op)
	if err != nil {
		return inUse(err)
	}
	return h.writeWhole(strings.Replace(h.memo(op), "before-", "since-", 1), now)
}

func (h *Host) seeFile(ctx context.Context, op host.Op) (map[string]string, error) {
	at := op.To
	if op.Kind == host.MoveAside {
		at = op.From
	}
	path, err := h.target(ctx, op, at)
	if err != nil {
		return nil, err
	}
	sum, err := h.sum(ctx, path)
	return map[string]string{inside(at, path): sum}, err
}

// inside names a file; path is the absolute one of a place that names no volume.
func inside(at host.Place, path string) string {
	if at.Volume == "" {
		return strings.ToLower(path)
	}
	return at.Volume + `\` + strings.ToLower(strings.ReplaceAll(at.Path, "/", `\`))
}

func (h *Host) seeValue(ctx context.Context, op host.Op) (map[string]string, error) {
	key, err := h.key(ctx, op)
	if err != nil {
		return nil, err
	}
	v, _, err := h.valueIn(ctx, key, op.Name)
	state := ""
	if v != nil {
		state = fmt.Sprintf("%d %s", v.Type, sumOf(v.Data))
	}
	return map[string]string{strings.ToLower(key + `\\` + op.Name): state}, err
}

func (h *Host) seeKey(ctx context.Context, op host.Op) (map[string]string, error) {
	key, err := h.key(ctx, op)
	if err != nil {
		return nil, err
	}
	all, err := h.readKey(ctx, op)
	if err != nil {
		return nil, err
	}
	state := ""
	if len(all) > 0 {
		text, err := json.Marshal(all)
		if err != nil {
			return nil, err
		}
		state = sumOf(text)
	}
	return map[string]string{strings.ToLower(key): state}, nil
}

// seeEntry sees size and type of a partition.
func (h *Host) seeEntry(ctx context.Context, op host.Op) (map[string]string, error) {
	p, err := h.partition(ctx, op.Partition)
	if err != nil {
		return nil, err
	}
	return map[string]string{"table " + op.Partition: entryText(p.Partition)}, nil
}

func entryText(p winapi.Partition) string {
	s := sortOf(p)
	return fmt.Sprintf("%d+%d %s %02x %x", p.Start, p.Size, s.TypeGUID, s.MBRType, s.Attributes)
}

// seeRecovery sees a recovery partition with its images, and whether recovery uses it.
func (h *Host) seeRecovery(ctx context.Context, op host.Op) (map[string]string, error) {
	id, at := op.Partition, h.places.Partitions[op.Partition].beginning()
	if op.Kind == host.CreateRecovery {
		id, at = host.NewPartition, h.newExtent(op).beginning()
	}
	out := map[string]string{id: "", "table " + id: ""}
	if op.Replace != "" {
		out[op.Replace], out["table "+op.Replace] = "", "" // nobody else can have put anything there
	}
	if err := h.seeAgent(ctx, out); err != nil {
		return nil, err
	}
	p, err := h.at(ctx, at)
	if err != nil || p == nil {
		return out, err
	}
	out["table "+id] = entryText(p.Partition)
	root, err := h.rootOf(ctx, p)
	if err != nil {
		return nil, err
	}
	out[id], err = h.imagesBelow(ctx, root)
	return out, err
}

// imagesBelow is a hash of the images on a recovery partition: an update of Windows brings
// new ones. Other files, as logs, do not matter, and are kept anyway.
func (h *Host) imagesBelow(ctx context.Context, root string) (string, error) {
	all := sha256.New()
	var walk func(folder string, depth int) error
	walk = func(folder string, depth int) error {
		names, err := h.Files.List(folder)
		if err != nil || depth > 8 {
			return err
		}
		slices.Sort(names)
		for _, name := range names {
			path := join(folder, name)
			st, err := h.Files.Stat(path)
			switch {
			case err != nil:
				return err
			case st.Attributes&attrReparse != 0, depth == 0 && isNoVolumeFile(name):
			case st.Folder:
				err = walk(path, depth+1)
			case extension(name) == ".wim":
				sum, e := h.sum(ctx, path)
				fmt.Fprintln(all, name, sum)
				err = e
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(root, 0); err != nil && !isGone(err) { // gone: not formatted yet
		return "", err
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// agentName is what recovery is set to.
const agentName = "recovery"

func (h *Host) seeAgent(ctx context.Context, out map[string]string) error {
	now, err := h.agent(ctx)
	out[agentName] = fmt.Sprintf("%v %s %s", now.on, now.extent.beginning(), strings.ToLower(now.folder))
	return err
}

func (h *Host) seeWinRE(ctx context.Context, op host.Op) (map[string]string, error) {
	out, err := h.seeFile(ctx, op)
	if err != nil {
		return nil, err
	}
	return out, h.seeAgent(ctx, out)
}
