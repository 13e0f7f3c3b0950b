package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"updoc/codec/wintype"
	"updoc/format/regf"
	"updoc/model"
	"updoc/remedy/host"
)

// editHive changes one hive: its logs are replayed first, and emptied with the same commit.
func (h *Host) editHive(ctx context.Context, op host.Op) error {
	if err := h.gate(op.To.Volume); err != nil {
		return err
	}
	return h.changeHive(ctx, op.To, func(clean []byte) ([]byte, error) { return editOne(clean, op, h.opts.Now) })
}

func editOne(clean []byte, op host.Op, now time.Time) ([]byte, error) {
	e, err := regf.Edit(clean, now)
	if err != nil {
		return nil, err
	}
	switch op.Kind {
	case host.SetValue:
		var data []byte
		if data, err = valueData(op); err == nil {
			err = e.SetValue(op.Key, op.Name, op.Type, data, op.Make)
		}
	case host.DeleteValue:
		err = e.DeleteValue(op.Key, op.Name)
	case host.DeleteKey:
		err = e.DeleteKey(op.Key)
	}
	if errors.Is(err, fs.ErrNotExist) && op.Kind != host.SetValue {
		err = nil // gone already
	}
	return e.Bytes(), err
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

// changeHive writes a hive as change makes it of its clean form. A hive that change leaves
// as it is, is not written at all.
func (h *Host) changeHive(ctx context.Context, at host.Place, change func(clean []byte) ([]byte, error)) error {
	old, err := h.read(at)
	if err != nil {
		return err
	}
	clean, logs, err := h.cleanHive(at, old)
	if err != nil {
		return err
	}
	now, err := change(bytes.Clone(clean))
	if err != nil || bytes.Equal(now, clean) {
		return err
	}
	if len(now) < len(old) {
		now = append(now, old[len(now):]...) // what lies behind the bins stays
	}
	v, err := h.files(ctx, at.Volume)
	if err != nil {
		return err
	}
	if err := v.patch(ctx, at.Path, old, now); err != nil {
		return err
	}
	for _, log := range logs {
		h.written[host.Place{Volume: at.Volume, Path: log}] = sumOfBytes(nil)
		if err := v.write(ctx, log, bytes.NewReader(nil)); err != nil {
			return err
		}
	}
	h.written[at] = sumOfBytes(now)
	if have, err := h.read(at); err != nil || !bytes.Equal(have, now) {
		return errors.Join(err, fmt.Errorf("%s: what was written is not what can be read", at.Path))
	}
	return nil
}

func sumOfBytes(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// cleanHive replays the logs of a hive and tells which of them are not empty.
func (h *Host) cleanHive(at host.Place, old []byte) (clean []byte, logs []string, err error) {
	var replay []regf.Log
	for _, suffix := range []string{".LOG", ".LOG1", ".LOG2"} {
		b, err := h.read(host.Place{Volume: at.Volume, Path: at.Path + suffix})
		if errors.Is(err, fs.ErrNotExist) || err == nil && len(b) == 0 {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		logs = append(logs, at.Path+suffix)
		replay = append(replay, regf.Log{Name: suffix, R: bytes.NewReader(b), Size: int64(len(b))})
	}
	hive, err := regf.Open(bytes.NewReader(old), int64(len(old)), replay...)
	if err != nil {
		return nil, nil, err
	}
	var out bytes.Buffer
	if err := hive.WriteClean(&out); err != nil {
		return nil, nil, &model.Error{Code: "hive-unrecovered", Exit: 6, Args: model.Args{"path": at.Path}, Err: err}
	}
	return out.Bytes(), logs, nil
}
