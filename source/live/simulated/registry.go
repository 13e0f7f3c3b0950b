package simulated

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"updoc/format/regf"
	"updoc/source"
	"updoc/winapi"
)

// hive opens a hive of Windows with its logs, once; nil if it cannot be read.
func (w *Windows) hive(name string) *regf.Hive {
	if h, ok := w.hives[name]; ok {
		return h
	}
	h, err := w.openHive("Windows/System32/config/" + name)
	if err != nil {
		h = nil
	}
	w.hives[name] = h
	return h
}

func (w *Windows) openHive(name string) (*regf.Hive, error) {
	fsys, err := w.home.FS(w.home.Windows())
	if err != nil {
		return nil, err
	}
	f, size, err := source.Open(fsys, name)
	if err != nil {
		return nil, err
	}
	var logs []regf.Log
	for _, suffix := range []string{".LOG1", ".LOG2", ".LOG"} {
		if l, n, err := source.Open(fsys, name+suffix); err == nil && n > 0 {
			logs = append(logs, regf.Log{Name: suffix, R: l, Size: n})
		}
	}
	return regf.Open(f, size, logs...)
}

// stored finds a key in the hives.
func (w *Windows) stored(path string) (regf.Key, error) {
	rest, ok := strings.CutPrefix(path, `HKLM\`)
	name, below, _ := strings.Cut(rest, `\`)
	h := w.hive(strings.ToUpper(name))
	if !ok || h == nil {
		return regf.Key{}, refused("registry-key", notFound)
	}
	if set, in := strings.CutPrefix(below, `CurrentControlSet`); in {
		k, err := h.Key("Select")
		if err != nil {
			return k, refused("registry-key", notFound)
		}
		v, _ := k.Value("Current")
		n, _ := v.Uint()
		below = fmt.Sprintf("ControlSet%03d%s", n, set)
	}
	k, err := h.Key(below)
	if errors.Is(err, fs.ErrNotExist) {
		err = refused("registry-key", notFound)
	}
	return k, err
}

func (w *Windows) key(path string) (winapi.Key, error) {
	if slices.ContainsFunc(w.opts.Volatile, func(v string) bool { return strings.EqualFold(v, path) }) {
		return winapi.Key{LastWrite: w.opts.Started}, nil
	}
	if slices.ContainsFunc(w.opts.Left, func(v string) bool { return strings.EqualFold(v, path) }) {
		return winapi.Key{LastWrite: w.opts.Started.Add(-24 * time.Hour)}, nil
	}
	if k, made := w.written[strings.ToLower(path)]; made {
		return k, nil
	}
	k, err := w.stored(path)
	if err != nil {
		return winapi.Key{}, err
	}
	out := winapi.Key{LastWrite: k.LastWrite()}
	subs, _ := k.Subkeys()
	for _, s := range subs {
		out.Subkeys = append(out.Subkeys, s.Name())
	}
	values, _ := k.Values()
	for _, v := range values {
		data, _ := v.Bytes()
		out.Values = append(out.Values, winapi.Value{Name: v.Name(), Type: v.Type(), Data: data})
	}
	return out, nil
}

func (w *Windows) keySecurity(path string) ([]byte, error) {
	k, err := w.stored(path)
	if err != nil {
		return nil, err
	}
	return k.Security()
}

// write keeps keys beside those of the hives, whose files are read only.
func (w *Windows) write(call string, args any) (any, error) {
	at, _ := args.(winapi.ValueAt)
	path := strings.ToLower(at.Key)
	left := slices.DeleteFunc(w.written[path].Values, func(v winapi.Value) bool { return strings.EqualFold(v.Name, at.Value.Name) })
	switch call {
	case string(winapi.SetValue):
		w.written[path] = winapi.Key{LastWrite: time.Now().UTC(), Values: append(left, at.Value)}
	case string(winapi.DeleteValue):
		w.written[path] = winapi.Key{LastWrite: time.Now().UTC(), Values: left}
	case string(winapi.DeleteKey):
		delete(w.written, strings.ToLower(args.(string)))
	default:
		return nil, fmt.Errorf("%s: %w", call, winapi.ErrUnsupported)
	}
	return winapi.None{}, nil
}

// Age makes a key that was written as old as if that had been then.
func (w *Windows) Age(path string, then time.Time) {
	k := w.written[strings.ToLower(path)]
	k.LastWrite = then
	w.written[strings.ToLower(path)] = k
}
