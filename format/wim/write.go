package wim

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"time"
)

// Options are the properties of a WIM file to be written.
type Options struct {
	Images    []Tree
	BootIndex int      // the image that boots, from 1; 0: none
	GUID      [16]byte // zero: made from the content, so that equal input gives equal output
}

// Write stores the images uncompressed in w. Every content is read twice, equal contents are stored once; w receives the
// file from its first byte to its last. The only errors are those of w, of the contents, and of trees that no WIM file can
// hold (names that Windows refuses, children below a file).
func Write(w io.Writer, o Options) error {
	if o.BootIndex < 0 || o.BootIndex > len(o.Images) {
		return fmt.Errorf("boot index %d with %d images", o.BootIndex, len(o.Images))
	}
	l, err := plan(o)
	if err != nil {
		return err
	}
	return l.writeTo(w)
}

// layout is a file whose every offset is known.
type layout struct {
	header   header
	blobs    *blobSet
	metadata []metadataResource
	lookup   []byte
	xml      []byte
}

// metadataResource is the metadata of one image with its place.
type metadataResource struct {
	bytes []byte
	hash  hash
	at    resource
}

// plan reads all contents once and decides where everything will stand.
func plan(o Options) (*layout, error) {
	l := &layout{blobs: newBlobSet()}
	images, err := l.addImages(o.Images)
	if err != nil {
		return nil, err
	}
	end := l.placeMetadata(l.blobs.place(headerSize))
	l.lookup = l.lookupTable()
	l.header = newHeader(o, l.guid(o.GUID))
	l.header.lookup = resource{offset: end, stored: int64(len(l.lookup)), size: int64(len(l.lookup))}
	end += int64(len(l.lookup))
	l.xml = writeXML(images, times(o.Images), end)
	l.header.xml = resource{offset: end, stored: int64(len(l.xml)), size: int64(len(l.xml))}
	if o.BootIndex > 0 {
		l.header.boot = l.metadata[o.BootIndex-1].at
	}
	return l, nil
}

func newHeader(o Options, guid [16]byte) header {
	return header{
		version: versionStandard, flags: flagReparseFix, guid: guid, part: 1, totalParts: 1,
		images: uint32(len(o.Images)), bootIndex: uint32(o.BootIndex),
	}
}

func times(trees []Tree) []time.Time {
	var list []time.Time
	for _, t := range trees {
		list = append(list, t.Time)
	}
	return list
}

func (l *layout) addImages(trees []Tree) ([]Image, error) {
	var images []Image
	for i, t := range trees {
		if t.Root == nil || !t.Root.isDir() {
			return nil, errors.New("the root of an image must be a directory")
		}
		if err := t.Root.check(""); err != nil {
			return nil, err
		}
		b, image, err := metadata(t, l.blobs)
		if err != nil {
			return nil, err
		}
		image.Index = i + 1
		images = append(images, image)
		l.metadata = append(l.metadata, metadataResource{bytes: b, hash: sha1.Sum(b)})
	}
	return images, nil
}

func (l *layout) placeMetadata(offset int64) int64 {
	for i := range l.metadata {
		m := &l.metadata[i]
		m.at = resource{flags: resMetadata, offset: offset, stored: int64(len(m.bytes)), size: int64(len(m.bytes))}
		offset += m.at.stored
	}
	return offset
}

func (l *layout) guid(given [16]byte) [16]byte {
	if given != [16]byte{} {
		return given
	}
	h := sha1.New()
	for _, m := range l.metadata {
		h.Write(m.hash[:])
	}
	return [16]byte(h.Sum(nil)[:16])
}

func (l *layout) lookupTable() []byte {
	var b []byte
	for _, blob := range l.blobs.list {
		b = appendLookup(b, blob.at, blob.refs, blob.hash)
	}
	for _, m := range l.metadata {
		b = appendLookup(b, m.at, 1, m.hash)
	}
	return b
}

func appendLookup(b []byte, at resource, refs uint32, sum hash) []byte {
	b = at.append(b)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint32(b, refs)
	return append(b, sum[:]...)
}

func (l *layout) writeTo(w io.Writer) error {
	if _, err := w.Write(l.header.bytes()); err != nil {
		return err
	}
	for _, b := range l.blobs.list {
		if err := b.content.copyTo(w, l.blobs.buffer); err != nil {
			return err
		}
	}
	for _, m := range l.metadata {
		if _, err := w.Write(m.bytes); err != nil {
			return err
		}
	}
	if _, err := w.Write(l.lookup); err != nil {
		return err
	}
	_, err := w.Write(l.xml)
	return err
}
