package wim

import (
	"fmt"
	"math"
	"time"

	"updoc/codec/wintype"
)

// dentrySize is the fixed part of a directory entry, streamSize that of a stream entry, in bytes.
const (
	dentrySize = 102
	streamSize = 38
)

// metadataWriter builds the metadata resource of one image: security descriptors, then directory entries.
type metadataWriter struct {
	tree     Tree
	blobs    *blobSet
	security [][]byte
	known    map[string]int32 // security descriptor → index
	links    map[uint64]bool  // hard links whose content is counted already
	out      []byte
	info     Image
}

// metadata returns the resource and the image's counts; contents are added to blobs.
func metadata(t Tree, blobs *blobSet) ([]byte, Image, error) {
	w := &metadataWriter{tree: t, blobs: blobs, known: map[string]int32{}, links: map[uint64]bool{}, info: t.Info}
	w.info.DirCount, w.info.FileCount, w.info.TotalBytes = 0, 0, 0
	w.collectSecurity(t.Root)
	w.writeSecurity()
	root := *t.Root
	root.Name, root.ShortName = "", ""
	patches, err := w.entries([]*Node{&root})
	if err != nil {
		return nil, Image{}, err
	}
	w.info.DirCount-- // the root is not counted
	if err := w.children(&root, patches[0]); err != nil {
		return nil, Image{}, err
	}
	return w.out, w.info, nil
}

func (w *metadataWriter) collectSecurity(n *Node) {
	if _, ok := w.known[string(n.Security)]; !ok && n.Security != nil {
		w.known[string(n.Security)] = int32(len(w.security))
		w.security = append(w.security, n.Security)
	}
	for _, c := range n.Children {
		w.collectSecurity(c)
	}
}

func (w *metadataWriter) writeSecurity() {
	total := 8 + 8*len(w.security)
	for _, s := range w.security {
		total += len(s)
	}
	w.out = le.AppendUint32(w.out, uint32(aligned(total)))
	w.out = le.AppendUint32(w.out, uint32(len(w.security)))
	for _, s := range w.security {
		w.out = le.AppendUint64(w.out, uint64(len(s)))
	}
	for _, s := range w.security {
		w.out = append(w.out, s...)
	}
	w.pad()
}

// children writes the entries of a directory, then of those below it; patch is where the offset of the list is noted.
func (w *metadataWriter) children(dir *Node, patch int) error {
	le.PutUint64(w.out[patch:], uint64(len(w.out)))
	patches, err := w.entries(dir.Children)
	if err != nil {
		return err
	}
	for i, c := range dir.Children {
		if !c.isDir() {
			continue
		}
		if err := w.children(c, patches[i]); err != nil {
			return err
		}
	}
	return nil
}

// entries writes a list of siblings with its end mark and returns where each one's offset of children stands.
func (w *metadataWriter) entries(nodes []*Node) ([]int, error) {
	patches := make([]int, len(nodes))
	for i, n := range nodes {
		patches[i] = len(w.out) + 16
		if err := w.entry(n); err != nil {
			return nil, fmt.Errorf("%s: %w", n.Name, err)
		}
	}
	w.out = append(w.out, make([]byte, 8)...)
	return patches, nil
}

// entry writes one directory entry and its streams. A file with named streams stands as Windows writes it: its own data
// becomes an unnamed stream entry and the hash of the entry stays zero.
func (w *metadataWriter) entry(n *Node) error {
	main, err := w.content(n, n.Content)
	if err != nil {
		return err
	}
	streams, extra := main, []byte(nil)
	if len(n.Streams) > 0 {
		if extra, err = w.streams(n, main); err != nil {
			return err
		}
		streams = hash{}
	}
	w.fixed(n, streams)
	w.count(n)
	w.out = append(w.out, extra...)
	return nil
}

// content counts a use of c, once only for all links to one file.
func (w *metadataWriter) content(n *Node, c Content) (hash, error) {
	if n.HardLink != 0 && w.links[n.HardLink] {
		return w.blobs.link(c)
	}
	return w.blobs.add(c)
}

func (w *metadataWriter) fixed(n *Node, sum hash) {
	name, short := terminated(n.Name), terminated(n.ShortName)
	length := aligned(dentrySize + len(name) + len(short))
	b := le.AppendUint64(w.out, uint64(length))
	b = le.AppendUint32(b, n.attributes())
	b = le.AppendUint32(b, uint32(w.securityID(n)))
	b = append(b, make([]byte, 24)...)
	for _, t := range []time.Time{n.Created, n.Accessed, n.Modified} {
		b = le.AppendUint64(b, wintype.Filetime(w.time(t)))
	}
	b = append(b, sum[:]...)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint64(b, n.link())
	b = le.AppendUint16(b, n.streamCount())
	b = le.AppendUint16(b, nameLength(short))
	b = le.AppendUint16(b, nameLength(name))
	w.out = append(append(b, name...), short...)
	w.pad()
}

// link is the field that holds the tag of a reparse point or else the number of the hard link group. A reparse point's
// upper half says that its target was not made relative.
func (n *Node) link() uint64 {
	if n.Attributes&AttributeReparsePoint != 0 {
		return uint64(n.ReparseTag) | 1<<48
	}
	return n.HardLink
}

func (n *Node) streamCount() uint16 {
	if len(n.Streams) == 0 {
		return 0
	}
	return uint16(min(len(n.Streams)+1, math.MaxUint16))
}

func (w *metadataWriter) streams(n *Node, main hash) ([]byte, error) {
	if len(n.Streams) >= math.MaxUint16 {
		return nil, fmt.Errorf("%d streams are too many", len(n.Streams))
	}
	out := appendStream(nil, "", main)
	for _, s := range n.Streams {
		if !validName(s.Name) {
			return nil, fmt.Errorf("stream name %q is not allowed", s.Name)
		}
		sum, err := w.content(n, s.Content)
		if err != nil {
			return nil, err
		}
		out = appendStream(out, s.Name, sum)
	}
	return out, nil
}

func appendStream(out []byte, name string, sum hash) []byte {
	text := terminated(name)
	length := aligned(streamSize + len(text))
	b := le.AppendUint64(nil, uint64(length))
	b = le.AppendUint64(b, 0)
	b = append(b, sum[:]...)
	b = le.AppendUint16(b, nameLength(text))
	b = append(b, text...)
	return append(append(out, b...), make([]byte, length-len(b))...)
}

func (w *metadataWriter) count(n *Node) {
	if n.isDir() {
		w.info.DirCount++
		return
	}
	w.info.FileCount++
	if n.HardLink != 0 && w.links[n.HardLink] {
		return
	}
	if n.HardLink != 0 {
		w.links[n.HardLink] = true
	}
	w.info.TotalBytes += n.Content.size
	for _, s := range n.Streams {
		w.info.TotalBytes += s.Content.size
	}
}

func (w *metadataWriter) securityID(n *Node) int32 {
	if n.Security == nil {
		return -1
	}
	return w.known[string(n.Security)]
}

func (w *metadataWriter) time(t time.Time) time.Time {
	if t.IsZero() {
		return w.tree.Time
	}
	return t
}

func (w *metadataWriter) pad() {
	w.out = append(w.out, make([]byte, aligned(len(w.out))-len(w.out))...)
}

// terminated is the name in UTF-16LE with its terminator; an empty name is nothing at all.
func terminated(name string) []byte {
	if name == "" {
		return nil
	}
	return wintype.AppendUTF16Z(nil, name)
}

// nameLength is the length of a terminated name without its terminator.
func nameLength(b []byte) uint16 { return uint16(max(len(b)-2, 0)) }
