package pe

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

const (
	fixedSignature = 0xfeef04bd
	fixedSize      = 52
	maxStrings     = 256
)

// node is a block of a version resource: a key, a value, and blocks below it.
type node struct {
	key      string
	value    []byte
	text     bool // the value is text
	children []byte
	base     int // where children begin in the resource; blocks are aligned from there
}

// cutNode takes the block at an offset of the resource and returns the offset of the next one.
func cutNode(b []byte, at int) (node, int, bool) {
	at = (at + 3) &^ 3
	if at > len(b)-6 {
		return node{}, 0, false
	}
	length, valueLength := int(le.Uint16(b[at:])), int(le.Uint16(b[at+2:]))
	n := node{text: le.Uint16(b[at+4:]) == 1}
	end := min(at+length, len(b))
	if length < 6 || end <= at {
		return node{}, 0, false
	}
	key, next := cutText(b[:end], at+6)
	n.key = key
	next = min((next+3)&^3, end)
	if n.text {
		valueLength *= 2
	}
	valueEnd := min(next+valueLength, end)
	n.value = b[next:valueEnd]
	n.base = min((valueEnd+3)&^3, end)
	n.children = b[:end]
	return n, end, true
}

// cutText takes UTF-16 up to its terminator and returns the offset behind that.
func cutText(b []byte, at int) (string, int) {
	var units []uint16
	for ; at+2 <= len(b); at += 2 {
		u := le.Uint16(b[at:])
		if u == 0 {
			return string(utf16.Decode(units)), at + 2
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units)), len(b)
}

// each calls fn with the blocks below n.
func (n node) each(fn func(node)) {
	for at := n.base; ; {
		child, next, ok := cutNode(n.children, at)
		if !ok {
			return
		}
		fn(child)
		at = next
	}
}

// readVersion fills in what a version resource says.
func (i *Info) readVersion(b []byte) {
	if len(b) == 0 {
		return
	}
	root, _, ok := cutNode(b, 0)
	if !ok || root.key != "VS_VERSION_INFO" {
		i.problem("the version resource does not begin as one does")
		return
	}
	i.readFixed(root.value)
	root.each(func(n node) {
		if n.key == "StringFileInfo" && i.Strings == nil {
			n.each(i.readTable)
		}
	})
}

func (i *Info) readFixed(b []byte) {
	if len(b) < fixedSize || le.Uint32(b) != fixedSignature {
		i.problem("the version resource has no fixed part")
		return
	}
	i.HasVersion = true
	i.FileVersion = numbers(b[8:])
	i.ProductVersion = numbers(b[16:])
}

func numbers(b []byte) Numbers {
	high, low := le.Uint32(b), le.Uint32(b[4:])
	return Numbers{uint16(high >> 16), uint16(high), uint16(low >> 16), uint16(low)}
}

// readTable reads the first string table. Some compilers give the length of a text in bytes, so it is the terminator that
// ends it.
func (i *Info) readTable(table node) {
	if i.Strings != nil {
		return
	}
	i.Strings = map[string]string{}
	table.each(func(s node) {
		if len(i.Strings) < maxStrings {
			text, _ := cutText(s.value, 0)
			i.Strings[s.key] = strings.TrimSpace(text)
		}
	})
}

func (i *Info) problem(format string, args ...any) {
	i.Problems = append(i.Problems, fmt.Sprintf(format, args...))
}
