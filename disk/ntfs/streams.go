package ntfs

import (
	"io/fs"
	"slices"
	"strings"
)

// Stream is one named stream of a file.
type Stream struct {
	Name string
	Size int64
}

// Streams lists the alternate data streams of a file or folder, by name; nil if it has none.
func (v *Volume) Streams(name string) ([]Stream, error) {
	n, err := v.find("streams", name, true)
	if err != nil {
		return nil, err
	}
	names, err := v.streamNames(n.rec)
	if err != nil {
		return nil, pathError("streams", name, err)
	}
	var out []Stream
	for _, s := range names {
		pieces, err := v.pieces(n.rec, attrData, s)
		if err != nil {
			return out, pathError("streams", name, err)
		}
		if len(pieces) > 0 {
			out = append(out, Stream{s, pieces[0].size})
		}
	}
	return out, nil
}

// streamNames are the names of all data attributes but the unnamed one and CompactOS' own, which Windows
// does not show either; sorted.
func (v *Volume) streamNames(rec *record) ([]string, error) {
	list, err := v.list(rec, v.mft)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, a := range rec.attrs {
		if a.kind == attrData && a.name != "" && a.name != wofStreamName {
			out = append(out, a.name)
		}
	}
	for _, e := range list {
		if e.kind == attrData && e.name != "" && e.name != wofStreamName {
			out = append(out, e.name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// OpenStream opens an alternate data stream, in any case.
func (v *Volume) OpenStream(name, streamName string) (*File, error) {
	n, err := v.find("open", name, true)
	if err != nil {
		return nil, err
	}
	full := name + ":" + streamName
	names, err := v.streamNames(n.rec)
	if err != nil {
		return nil, pathError("open", full, err)
	}
	i := slices.IndexFunc(names, func(s string) bool { return strings.EqualFold(s, streamName) })
	if i < 0 {
		return nil, pathError("open", full, fs.ErrNotExist)
	}
	pieces, err := v.pieces(n.rec, attrData, names[i])
	if err != nil {
		return nil, pathError("open", full, err)
	}
	if len(pieces) > 0 && pieces[0].flags&flagEncrypted != 0 {
		return nil, pathError("open", full, ErrEncrypted)
	}
	s, err := v.newStream(pieces)
	if err != nil {
		return nil, pathError("open", full, err)
	}
	meta := &info{name: n.name + ":" + names[i], size: s.size, mode: 0o444, modified: standard(n.rec).Modified}
	return newFile(s, meta), nil
}
