package msu

import (
	"errors"
	"io"
)

// errBehind means that a cabinet inside a cabinet is not laid out in the order in which it
// is read.
var errBehind = errors.New("it is not laid out from front to back")

// ahead reads a stream at places, each further on than the one before, or within what was
// read last.
type ahead struct {
	r    io.Reader
	at   int64
	left int64 // bytes that may still be read
	last []byte
}

// ReadAt implements io.ReaderAt in that order only.
func (a *ahead) ReadAt(b []byte, at int64) (int, error) {
	again := 0
	if back := a.at - at; back > int64(len(a.last)) {
		return 0, errBehind
	} else if back > 0 {
		again = copy(b, a.last[int64(len(a.last))-back:])
		at += int64(again)
	}
	if again == len(b) {
		return again, nil
	}
	n, err := a.on(b[again:], at)
	return again + n, err
}

// on reads what was not read yet.
func (a *ahead) on(b []byte, at int64) (int, error) {
	need := at - a.at + int64(len(b))
	if need > a.left {
		return 0, errFar
	}
	a.left, a.last = a.left-need, a.last[:0]
	passed, err := io.CopyN(io.Discard, a.r, at-a.at)
	a.at += passed
	if err != nil {
		return 0, err
	}
	n, err := io.ReadFull(a.r, b)
	a.at += int64(n)
	a.last = append(a.last[:0], b[:n]...)
	return n, err
}
