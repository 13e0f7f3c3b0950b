package windows

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"updoc/codec/wintype"
	"updoc/format/regf"
	"updoc/model"
	"updoc/remedy/host"
	"updoc/winapi"
)

// hives are the files of the hives that Windows has loaded, lower case, and the keys they
// are. Source: HKLM\SYSTEM\CurrentControlSet\Control\hivelist.
var hives = map[string]string{
	"windows/system32/config/system": `HKLM\SYSTEM`, "windows/system32/config/software": `HKLM\SOFTWARE`,
	"windows/system32/config/components": `HKLM\COMPONENTS`, "windows/system32/config/drivers": `HKLM\DRIVERS`,
	"windows/system32/config/default": `HKU\.DEFAULT`,
}

// Most that is saved of a key that is to be deleted.
const (
	maxKeys    = 8192
	maxKeyData = 16 << 20 // bytes
)

// key is the full path of the key that an operation is about.
func (h *Host) key(ctx context.Context, op host.Op) (string, error) {
	root, known := hives[strings.ToLower(op.To.Path)]
	if !known {
		return "", refused("refused-hive", model.Args{"path": op.To.Path})
	}
	if _, err := winapi.RegistryKey.Do(ctx, h.Calls, root); err != nil {
		return "", &model.Error{Code: "refused-hive", Exit: 6, Args: model.Args{"path": op.To.Path}, Err: err}
	}
	if op.Key == "" {
		return root, nil
	}
	return root + `\` + op.Key, nil
}

// valueIn reads one value; nil: it is not there. there tells about the key.
func (h *Host) valueIn(ctx context.Context, key, name string) (v *winapi.Value, there bool, err error) {
	k, err := winapi.RegistryKey.Do(ctx, h.Calls, key)
	if isGone(err) {
		return nil, false, nil
	}
	for _, v := range k.Values {
		if strings.EqualFold(v.Name, name) {
			return &v, true, nil
		}
	}
	return nil, err == nil, err
}

func valueData(op host.Op) ([]byte, error) {
	switch op.Type {
	case regf.SZ, regf.ExpandSZ:
		return wintype.AppendUTF16Z(nil, op.Text), nil
	case regf.Dword:
		return binary.LittleEndian.AppendUint32(nil, uint32(op.Number)), nil
	case regf.Qword:
		return binary.LittleEndian.AppendUint64(nil, op.Number), nil
	case regf.Binary, regf.MultiSZ, regf.None:
		return op.Data, nil
	}
	return nil, fmt.Errorf("values of type %d are not written", op.Type)
}

func (h *Host) valueSet(ctx context.Context, op host.Op) (bool, error) {
	key, err := h.key(ctx, op)
	if err != nil {
		return false, err
	}
	want, err := valueData(op)
	if err != nil {
		return false, err
	}
	v, _, err := h.valueIn(ctx, key, op.Name)
	return v != nil && v.Type == op.Type && bytes.Equal(v.Data, want), err
}

func (h *Host) setValue(ctx context.Context, op host.Op) error {
	key, err := h.key(ctx, op)
	if err != nil {
		return err
	}
	if _, there, err := h.valueIn(ctx, key, op.Name); err != nil || !there && !op.Make {
		return errors.Join(err, refused("refused-stale-plan", model.Args{"what": key}))
	}
	data, err := valueData(op)
	if err != nil {
		return err
	}
	return h.writeNoticed(ctx, key, winapi.Value{Name: op.Name, Type: op.Type, Data: data})
}

// serviceOf is the service whose start type a value is, empty for others.
func serviceOf(key, name string) string {
	m := serviceKey.FindStringSubmatch(key)
	if m == nil || !strings.EqualFold(name, "Start") {
		return ""
	}
	return m[1]
}

var serviceKey = regexp.MustCompile(`(?i)^HKLM\\SYSTEM\\(?:ControlSet[0-9]{3}|CurrentControlSet)\\Services\\([^\\]+)$`)

// writeNoticed lets the service manager set a start type, which it would notice at its next
// start only. A driver that it does not know, or a control set that is not in use, is
// written all the same.
func (h *Host) writeNoticed(ctx context.Context, key string, v winapi.Value) error {
	name := serviceOf(key, v.Name)
	if name == "" || v.Type != regf.Dword || len(v.Data) != 4 {
		return h.write(ctx, key, v)
	}
	_, err := winapi.SetStart.Do(ctx, h.Calls, winapi.ServiceStart{Name: name, Start: binary.LittleEndian.Uint32(v.Data)})
	if err != nil && !isGone(err) {
		return err
	}
	now, _, err := h.valueIn(ctx, key, v.Name)
	if err != nil || now != nil && now.Type == v.Type && bytes.Equal(now.Data, v.Data) {
		return err
	}
	return h.write(ctx, key, v)
}

func (h *Host) write(ctx context.Context, key string, v winapi.Value) error {
	_, err := winapi.SetValue.Do(ctx, h.Calls, winapi.ValueAt{Key: key, Value: v})
	return err
}

func (h *Host) valueGone(ctx context.Context, op host.Op) (bool, error) {
	key, err := h.key(ctx, op)
	if err != nil {
		return false, err
	}
	v, _, err := h.valueIn(ctx, key, op.Name)
	return err == nil && v == nil, err
}

func (h *Host) deleteValue(ctx context.Context, op host.Op) error {
	key, err := h.key(ctx, op)
	if err != nil {
		return err
	}
	return h.drop(ctx, key, op.Name)
}

func (h *Host) drop(ctx context.Context, key, name string) error {
	_, err := winapi.DeleteValue.Do(ctx, h.Calls, winapi.ValueAt{Key: key, Value: winapi.Value{Name: name}})
	return err
}

// savedValue is a value as it was; nil: it was not there. Made are the keys that were not
// there, the uppermost first.
type savedValue struct {
	Key   string        `json:"key"`
	Value *winapi.Value `json:"value,omitempty"`
	Made  []string      `json:"made,omitempty"`
	Ran   string        `json:"ran,omitempty"` // the service that ran, if this is its start type
}

func (h *Host) saveValue(ctx context.Context, op host.Op) (s savedValue, err error) {
	if s.Key, err = h.key(ctx, op); err != nil {
		return s, err
	}
	if s.Value, _, err = h.valueIn(ctx, s.Key, op.Name); err != nil {
		return s, err
	}
	if name := serviceOf(s.Key, op.Name); name != "" {
		if now, err := h.service(ctx, name); err == nil && now.State == serviceRunning {
			s.Ran = name
		}
	}
	parts := strings.Split(s.Key, `\`)
	for n := 2; n <= len(parts); n++ {
		key := strings.Join(parts[:n], `\`)
		if _, there, err := h.valueIn(ctx, key, ""); err != nil {
			return s, err
		} else if !there {
			s.Made = append(s.Made, key)
		}
	}
	return s, nil
}

// valueBack also starts the service that ran. One that does not start has its start type
// all the same, and another chance when Windows starts.
func (h *Host) valueBack(ctx context.Context, op host.Op, s savedValue) error {
	if err := h.oldValue(ctx, op, s); err != nil || s.Ran == "" {
		return err
	}
	if now, err := h.service(ctx, s.Ran); err == nil && now.State == serviceStopped {
		_ = h.start(ctx, s.Ran, serviceSeconds)
	}
	return ctx.Err()
}

// oldValue leaves a key that was made alone if somebody else has put something there.
func (h *Host) oldValue(ctx context.Context, op host.Op, s savedValue) error {
	now, there, err := h.valueIn(ctx, s.Key, op.Name)
	switch {
	case err != nil:
		return err
	case s.Value != nil:
		if now != nil && now.Type == s.Value.Type && bytes.Equal(now.Data, s.Value.Data) {
			return nil
		}
		return h.writeNoticed(ctx, s.Key, *s.Value)
	case there && now != nil:
		if err := h.drop(ctx, s.Key, op.Name); err != nil {
			return err
		}
	}
	for i := len(s.Made) - 1; i >= 0; i-- {
		k, err := winapi.RegistryKey.Do(ctx, h.Calls, s.Made[i])
		if isGone(err) {
			continue
		}
		if err != nil || len(k.Values)+len(k.Subkeys) > 0 {
			return err
		}
		if _, err := winapi.DeleteKey.Do(ctx, h.Calls, s.Made[i]); err != nil {
			return err
		}
	}
	return nil
}

func (h *Host) keyGone(ctx context.Context, op host.Op) (bool, error) {
	key, err := h.key(ctx, op)
	if err != nil {
		return false, err
	}
	_, there, err := h.valueIn(ctx, key, "")
	return err == nil && !there, err
}

func (h *Host) deleteKey(ctx context.Context, op host.Op) error {
	key, err := h.key(ctx, op)
	if err != nil {
		return err
	}
	if op.Key == "" {
		return refused("refused-stale-plan", model.Args{"what": key})
	}
	_, err = winapi.DeleteKey.Do(ctx, h.Calls, key)
	return err
}

// savedKey is one key of a tree, parents before children.
type savedKey struct {
	Key      string         `json:"key"`
	Values   []winapi.Value `json:"values,omitempty"`
	Volatile bool           `json:"volatile,omitempty"`
	Session  string         `json:"session,omitempty"` // in which a volatile key was there
}

func (h *Host) saveKey(ctx context.Context, op host.Op) ([]savedKey, error) {
	all, err := h.readKey(ctx, op)
	for i, k := range all {
		if err == nil && k.Volatile {
			var now session
			now, err = h.saveSession(ctx, op)
			all[i].Session = now.ID
		}
	}
	return all, err
}

func (h *Host) readKey(ctx context.Context, op host.Op) (all []savedKey, err error) {
	key, err := h.key(ctx, op)
	if err != nil {
		return nil, err
	}
	todo, size := []string{key}, 0
	for len(todo) > 0 {
		key, todo = todo[0], todo[1:]
		k, err := winapi.RegistryKey.Do(ctx, h.Calls, key)
		if isGone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, savedKey{Key: key, Values: k.Values, Volatile: k.Volatile})
		for _, v := range k.Values {
			size += len(v.Data)
		}
		for _, sub := range k.Subkeys {
			todo = append(todo, key+`\`+sub)
		}
		if len(all)+len(todo) > maxKeys || size > maxKeyData {
			return nil, refused("refused-key-too-large", model.Args{"key": op.Key})
		}
	}
	return all, nil
}

// keyBack makes no key again that a start of Windows has ended since: flags that ask for a
// restart are such keys, and none of them may stay for good.
func (h *Host) keyBack(ctx context.Context, _ host.Op, all []savedKey) error {
	now, err := h.session(ctx)
	if err != nil {
		return err
	}
	for _, k := range all {
		if k.Volatile && k.Session != now.ID {
			continue
		}
		if err := h.oneKeyBack(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

func (h *Host) oneKeyBack(ctx context.Context, k savedKey) error {
	if err := h.makeKey(ctx, k); err != nil {
		return err
	}
	for _, v := range k.Values {
		now, _, err := h.valueIn(ctx, k.Key, v.Name)
		if err == nil && (now == nil || now.Type != v.Type || !bytes.Equal(now.Data, v.Data)) {
			err = h.writeIn(ctx, k, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeIn writes a value of a key, which is made as it was.
func (h *Host) writeIn(ctx context.Context, k savedKey, v winapi.Value) error {
	_, err := winapi.SetValue.Do(ctx, h.Calls, winapi.ValueAt{Key: k.Key, Value: v, Volatile: k.Volatile})
	return err
}

// maker is the value by which a key without values is made: it is taken away at once.
const maker = "updoc"

func (h *Host) makeKey(ctx context.Context, k savedKey) error {
	_, there, err := h.valueIn(ctx, k.Key, maker)
	if err != nil {
		return err
	}
	if !there {
		if err := h.writeIn(ctx, k, winapi.Value{Name: maker, Type: regf.SZ, Data: []byte{0, 0}}); err != nil {
			return err
		}
	}
	return h.drop(ctx, k.Key, maker)
}
