package collect

import (
	"errors"
	"io"
	"path"
	"strings"

	"updoc/format/cab"
	"updoc/format/cbs"
	"updoc/model"
)

// isPacked tells whether a part of the log is a cabinet.
func isPacked(name string) bool { return strings.EqualFold(path.Ext(name), ".cab") }

// logSize is how many bytes a part of the log has, unpacked; 0 if that cannot be told.
func (d *desk) logSize(at place) int64 {
	info, err := d.stat(at)
	if err != nil {
		return 0
	}
	if !isPacked(at.path) {
		return info.Size()
	}
	_, f, err := d.cabinet(at)
	if err != nil {
		return 0
	}
	return f.Size
}

// cabinet opens a packed part and returns its log: the largest of its files.
func (d *desk) cabinet(at place) (*cab.Cabinet, cab.File, error) {
	raw, size, err := d.open(at)
	if err != nil {
		return nil, cab.File{}, err
	}
	c, err := cab.Open(raw, size)
	if err != nil {
		return nil, cab.File{}, err
	}
	var log cab.File
	for _, f := range c.Files {
		if f.Size > log.Size {
			log = f
		}
	}
	if log.Size == 0 {
		return nil, log, errors.New("there is no log in it")
	}
	return c, log, nil
}

// packed reads a part of the log out of its cabinet, as it comes: never the whole at
// once. One that is damaged or of another kind ends what is covered: the log is whole
// only behind it.
func (c *cbsReader) packed(at place) {
	cabinet, f, err := c.d.cabinet(at)
	var log *cbs.Log
	if err == nil {
		log, err = cbs.Read(c.d.ctx, io.LimitReader(cabinet.Open(f), cbsBytes), cbs.Options{})
		if err == nil && !log.Recognized() {
			err = errors.New("no line of it is one of a CBS log")
		}
	}
	c.d.lookNote("cbs", at, err, cbsNote(log))
	if log != nil {
		c.take(log, at)
	}
	if err != nil {
		c.span = model.Coverage{}
	}
}
