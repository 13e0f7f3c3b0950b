package collect

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"updoc/format/regf"
	"updoc/model"
	"updoc/source"
)

// hive is an opened registry hive, or the reason why it cannot be read.
type hive struct {
	file *regf.Hive  // nil: it answers by itself, or cannot be read
	live *runningKey // its root, if it answers by itself
	at   place
	why  *model.Unseen // nil: readable
	old  *model.Unseen // it lacks changes whose logs are lost: absence proves nothing
}

// hive opens a hive of Windows\System32\config, with its transaction logs, once.
func (d *desk) hive(name string) *hive {
	h, ok := d.hives[name]
	if !ok {
		at := d.on("Windows/System32/config/" + name)
		if h = d.runningHive(name, at); h == nil {
			h = d.openHive(at, "hive")
		}
		d.hives[name] = h
	}
	return h
}

// runningHive asks the registry that runs; nil if none does, or it has not loaded that hive.
func (d *desk) runningHive(name string, at place) *hive {
	reg, ok := d.src.(source.Registered)
	if !ok {
		return nil
	}
	h := &hive{at: at, live: &runningKey{ctx: d.ctx, reg: reg, hive: name}}
	_, err := h.live.ask()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	h.why = d.look("hive", at, err)
	return h
}

func (d *desk) openHive(at place, artifact string) *hive {
	h := &hive{at: at}
	f, size, err := d.open(at)
	if err == nil {
		h.file, err = regf.Open(f, size, d.hiveLogs(at)...)
	}
	if err != nil {
		h.why = d.look(artifact, at, err)
		return h
	}
	info := h.file.Info()
	if info.Dirty && !info.Recovered {
		h.old = &model.Unseen{Artifact: artifact, Reason: model.ReasonDamaged,
			Detail: "changes that were not written yet are lost with the hive's logs", How: d.howCopied(model.HowRestart)}
	}
	d.lookNote(artifact, at, nil, hiveNote(info))
	return h
}

// hiveLogs returns those transaction logs that exist; a hive that was closed needs none.
func (d *desk) hiveLogs(at place) []regf.Log {
	var logs []regf.Log
	for _, suffix := range []string{".LOG1", ".LOG2", ".LOG"} {
		f, size, err := d.open(place{at.volume, at.path + suffix})
		if err == nil && size > 0 {
			logs = append(logs, regf.Log{Name: suffix, R: f, Size: size})
		}
	}
	return logs
}

func hiveNote(info regf.Info) string {
	var parts []string
	if info.Dirty {
		parts = append(parts, fmt.Sprintf("dirty, recovered: %t", info.Recovered))
	}
	parts = append(parts, info.Replayed...)
	parts = append(parts, info.Problems...)
	if len(parts) > 8 {
		parts = append(parts[:8], "…")
	}
	return strings.Join(parts, "; ")
}

// origin returns where a key, or a value of it, lies.
func (h *hive) origin(key, value string, offset int64) model.Origin {
	o := h.at.origin("hive")
	o.Key, o.Offset = key, offset
	if value != "" {
		o.Key += ":" + value
	}
	return o
}

// key returns a key. Neither a key nor a reason: the key is certainly not there.
func (h *hive) key(path string) (regKey, bool, *model.Unseen) {
	if h.why != nil {
		return storedKey{}, false, h.why
	}
	k, err := h.find(path)
	switch {
	case err == nil:
		return k, true, nil
	case errors.Is(err, fs.ErrNotExist):
		return k, false, h.old
	}
	return k, false, h.damaged(err)
}

func (h *hive) find(path string) (regKey, error) {
	if h.live != nil {
		return h.live.Subkey(path)
	}
	k, err := h.file.Key(path)
	return storedKey{k}, err
}

// damaged is why something of a hive is unseen. A registry that runs is not damaged, it
// refuses.
func (h *hive) damaged(err error) *model.Unseen {
	if h.live != nil {
		why := source.Why("hive", err)
		return &why
	}
	return &model.Unseen{Artifact: "hive", Reason: model.ReasonDamaged, Detail: err.Error(), How: model.HowNothing}
}

// exists tells whether a key is there.
func (h *hive) exists(path string) model.Fact[bool] {
	k, ok, why := h.key(path)
	if why != nil {
		return unseenOr[bool](why)
	}
	return model.Known(ok, h.origin(path, "", k.Offset()))
}

// hasValue tells whether a value is there, whatever it holds.
func hasValue(h *hive, path, name string) model.Fact[bool] {
	k, ok, why := h.key(path)
	if why != nil {
		return unseenOr[bool](why)
	}
	if !ok {
		return model.Known(false, h.origin(path, name, 0))
	}
	_, err := k.Value(name)
	switch {
	case err == nil:
		return model.Known(true, h.origin(path, name, k.Offset()))
	case !errors.Is(err, fs.ErrNotExist):
		return unseenOr[bool](h.damaged(err))
	case h.old != nil:
		return unseenOr[bool](h.old)
	}
	return model.Known(false, h.origin(path, name, k.Offset()))
}

// subkeys returns the subkeys of a key; none if it is not there. Of a damaged list
// what is readable is returned together with the reason.
func (h *hive) subkeys(path string) ([]regKey, *model.Unseen) {
	k, ok, why := h.key(path)
	if !ok {
		return nil, why
	}
	keys, err := k.Subkeys()
	if err != nil {
		return keys, h.damaged(err)
	}
	return keys, h.old
}

// valueOf reads one value. A value, or a key, that is certainly not there gives the
// known zero value.
func valueOf[T any](h *hive, path, name string, read func(regf.Value) (T, error)) model.Fact[T] {
	k, ok, why := h.key(path)
	if why != nil {
		return unseenOr[T](why)
	}
	var zero T
	if !ok {
		return model.Known(zero, h.origin(path, name, 0))
	}
	v, err := k.Value(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && h.old != nil:
		return unseenOr[T](h.old)
	case errors.Is(err, fs.ErrNotExist):
		return model.Known(zero, h.origin(path, name, k.Offset()))
	case err != nil:
		return unseenOr[T](h.damaged(err))
	}
	got, err := read(v)
	if err != nil {
		return unseenOr[T](h.damaged(err))
	}
	return model.Known(got, h.origin(path, name, v.Offset()))
}

func (h *hive) text(path, name string) model.Fact[string] {
	return valueOf(h, path, name, regf.Value.String)
}

func (h *hive) number(path, name string) model.Fact[int64] {
	return valueOf(h, path, name, func(v regf.Value) (int64, error) {
		n, err := v.Uint()
		return int64(n), err
	})
}

func (h *hive) texts(path, name string) model.Fact[[]string] {
	return valueOf(h, path, name, regf.Value.Strings)
}

const currentVersion = `Microsoft\Windows NT\CurrentVersion`

func (d *desk) software() *hive { return d.hive("SOFTWARE") }

// system returns the SYSTEM hive and the path of the control set in use ("" if it
// cannot be told; then nothing below it can be found either).
func (d *desk) system() (*hive, string) {
	h := d.hive("SYSTEM")
	current := h.number("Select", "Current")
	if h.why == nil && (!current.Known || current.Value < 1 || current.Value > 999) {
		broken := *h
		broken.why = &model.Unseen{Artifact: "hive", Reason: model.ReasonDamaged,
			Detail: "Select names no control set", How: model.HowNothing}
		return &broken, ""
	}
	return h, fmt.Sprintf("ControlSet%03d", current.Value)
}
