package cli

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"updoc/format/regf"
	"updoc/model"
)

type hiveView struct {
	s    *subject
	hive *regf.Hive
	logs []string // laid over it if it is dirty
}

// openHive opens a hive with the transaction logs beside it.
func openHive(s *subject) (view, error) {
	if isHiveLog(s) {
		return nil, &model.Error{Code: "hive-log", Args: model.Args{"path": s.name}}
	}
	v := &hiveView{s: s}
	var logs []regf.Log
	for _, suffix := range []string{".LOG", ".LOG1", ".LOG2"} {
		f, size, err := s.sibling(suffix)
		if err != nil {
			continue
		}
		closeBefore := s.close
		s.close = func() error { return errors.Join(f.Close(), closeBefore()) }
		if size > 0 {
			logs = append(logs, regf.Log{Name: s.base + suffix, R: f, Size: size})
			v.logs = append(v.logs, s.base+suffix)
		}
	}
	h, err := regf.Open(s.file, s.size, logs...)
	if errors.Is(err, regf.ErrNotHive) || errors.Is(err, regf.ErrDamaged) {
		return nil, damagedFile(s.name, "regf", err)
	}
	if err != nil {
		return nil, unreadable(s.name, err)
	}
	v.hive = h
	return v, nil
}

// isHiveLog: the file type at offset 28 is 0 for a hive; logs have 1, 2 or 6.
func isHiveLog(s *subject) bool {
	kind := make([]byte, 1)
	_, err := s.file.ReadAt(kind, 28)
	return (err == nil || errors.Is(err, io.EOF)) && (kind[0] == 1 || kind[0] == 2 || kind[0] == 6)
}

type hiveDocument struct {
	Kind      string `json:"kind"`
	Root      string `json:"root"`
	Keys      int    `json:"keys"`
	Values    int    `json:"values"`
	Dirty     bool   `json:"dirty"`
	Recovered bool   `json:"recovered"`
	about
	Name        string       `json:"name"` // end of the path the hive had when it was written
	Version     string       `json:"version"`
	Primary     uint32       `json:"primary"` // sequence numbers
	Secondary   uint32       `json:"secondary"`
	ChecksumOK  bool         `json:"checksumOk"`
	LastWritten *time.Time   `json:"lastWritten"`
	Subkeys     []string     `json:"subkeys"` // of the root, at most 1000
	Logs        []string     `json:"logs"`    // found beside it
	Replayed    []string     `json:"replayed"`
	Problems    []string     `json:"problems"`
	BCD         *bcdDocument `json:"bcd,omitempty"`
}

const maxSubkeys = 1000

func (v *hiveView) document(ctx context.Context) (document, error) {
	keys, values, err := v.hive.Count(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	d := &hiveDocument{Kind: "regf", Keys: keys, Values: values, about: aboutOf(v.s), Subkeys: []string{}}
	if err != nil {
		d.Problems = append(d.Problems, err.Error())
	}
	if root, err := v.hive.Root(); err == nil {
		d.Root = root.Name()
		subkeys, _ := root.Subkeys() // damage shows in Info
		for _, k := range subkeys[:min(len(subkeys), maxSubkeys)] {
			d.Subkeys = append(d.Subkeys, k.Name())
		}
	}
	d.BCD = describeBCD(v.hive)
	d.fill(v.hive.Info())
	d.Logs = append([]string{}, v.logs...)
	return d, nil
}

func (d *hiveDocument) fill(info regf.Info) {
	d.Name, d.Version = info.Name, fmt.Sprintf("%d.%d", info.Major, info.Minor)
	d.Primary, d.Secondary, d.ChecksumOK = info.Primary, info.Secondary, info.ChecksumOK
	d.LastWritten = timeOrNull(info.LastWritten)
	d.Dirty, d.Recovered = info.Dirty, info.Recovered
	d.Replayed = append([]string{}, info.Replayed...)
	d.Problems = append(append([]string{}, d.Problems...), info.Problems...)
}

func (d *hiveDocument) show(s *sheet) {
	s.title(d.Path, "regf")
	s.row("name", d.Name)
	s.row("root", d.Root)
	s.row("version", d.Version)
	s.rowCount("keys", int64(d.Keys))
	s.rowCount("values", int64(d.Values))
	s.rowBool("dirty-hive", d.Dirty)
	if d.Dirty {
		s.rowBool("recovered", d.Recovered)
	}
	if d.LastWritten != nil {
		s.rowTime("written", *d.LastWritten)
	}
	s.list("subkeys", d.Subkeys)
	if d.BCD != nil {
		d.BCD.show(s)
	}
	s.list("replayed", d.Replayed)
	s.list("problems", append(append([]string{}, d.Problems...), d.Notes...))
}

// maxValue is how many bytes of one value a line shows.
const maxValue = 1 << 20

type keyRecord struct {
	Key       string        `json:"key"`
	LastWrite *time.Time    `json:"lastWrite"`
	Offset    int64         `json:"offset"`
	Symlink   bool          `json:"symlink,omitempty"`
	Values    []valueRecord `json:"values"`
	Damaged   string        `json:"damaged,omitempty"`
}

// valueRecord: data is a text, a list of texts, a number, or hex; null if damaged.
type valueRecord struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Data    any    `json:"data"`
	Size    int64  `json:"size"`
	Cut     bool   `json:"cut,omitempty"` // larger than a line shows
	Damaged string `json:"damaged,omitempty"`
}

func (v *hiveView) records(ctx context.Context, out *lines) error {
	return v.hive.Walk(ctx, func(path string, k regf.Key) error {
		rec := keyRecord{Key: path, LastWrite: timeOrNull(k.LastWrite()), Offset: k.Offset(), Symlink: k.Symlink(), Values: []valueRecord{}}
		values, err := k.Values()
		if err != nil {
			rec.Damaged = err.Error()
		}
		for _, value := range values {
			rec.Values = append(rec.Values, recordValue(value))
		}
		return out.add(rec)
	})
}

func recordValue(v regf.Value) valueRecord {
	r := valueRecord{Name: v.Name(), Type: typeName(v.Type()), Size: v.Size()}
	if v.Size() > maxValue {
		r.Cut = true
		return r
	}
	var err error
	switch v.Type() {
	case regf.SZ, regf.ExpandSZ, regf.Link:
		r.Data, err = v.String()
	case regf.MultiSZ:
		r.Data, err = v.Strings()
	case regf.Dword, regf.DwordBE, regf.Qword:
		r.Data, err = v.Uint()
	default:
		var raw []byte
		raw, err = v.Bytes()
		r.Data = hex.EncodeToString(raw)
	}
	if err != nil {
		r.Damaged = err.Error()
		raw, _ := v.Bytes()
		r.Data = hex.EncodeToString(raw)
	}
	return r
}

func typeName(kind uint32) string {
	names := map[uint32]string{regf.None: "none", regf.SZ: "sz", regf.ExpandSZ: "expand-sz", regf.Binary: "binary", regf.Dword: "dword",
		regf.DwordBE: "dword-be", regf.Link: "link", regf.MultiSZ: "multi-sz", regf.Qword: "qword"}
	if name, ok := names[kind]; ok {
		return name
	}
	return fmt.Sprintf("0x%08x", kind)
}
