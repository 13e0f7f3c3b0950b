package wim

import (
	"fmt"
	"strings"
	"time"
)

// File attributes (FILE_ATTRIBUTE_* of winnt.h) that matter here; others are kept as they are.
const (
	AttributeReadonly     = 0x1
	AttributeHidden       = 0x2
	AttributeSystem       = 0x4
	AttributeDirectory    = 0x10
	AttributeArchive      = 0x20
	AttributeNormal       = 0x80
	AttributeReparsePoint = 0x400
)

// Node is a file or directory to be written. A node without AttributeDirectory is a file; a file without any attribute
// gets AttributeNormal.
type Node struct {
	Name       string // empty for the root only; no slash, backslash or NUL
	ShortName  string // 8.3 name; usually empty
	Attributes uint32
	Security   []byte    // self-relative security descriptor; nil: none
	Created    time.Time // zero: the time of the Tree, as for the next two
	Accessed   time.Time
	Modified   time.Time
	Content    Content // of a reparse point: the reparse data without its 8 byte header
	ReparseTag uint32  // with AttributeReparsePoint
	HardLink   uint64  // files of one image with the same number other than 0 are one file
	Streams    []Stream
	Children   []*Node // of a directory
}

// Stream is a named data stream of a file (an alternate data stream).
type Stream struct {
	Name    string
	Content Content
}

// Tree is one image to be written: its files and what the XML says of it.
type Tree struct {
	Info Image     // for the XML; Index, DirCount, FileCount and TotalBytes are filled in
	Root *Node     // a directory; its name is ignored
	Time time.Time // creation of the image, and of all that gives no time; zero: 1601
}

func (n *Node) isDir() bool { return n.Attributes&AttributeDirectory != 0 }

func (n *Node) attributes() uint32 {
	if n.Attributes == 0 {
		return AttributeNormal
	}
	return n.Attributes
}

// check refuses what no reader could take back.
func (n *Node) check(path string) error {
	if !n.isDir() && len(n.Children) > 0 {
		return fmt.Errorf("%s: a file cannot have children", path)
	}
	if n.isDir() && n.Content.size > 0 && n.Attributes&AttributeReparsePoint == 0 {
		return fmt.Errorf("%s: a directory cannot have content", path)
	}
	seen := make(map[string]bool, len(n.Children))
	for _, c := range n.Children {
		full := path + "/" + c.Name
		folded := strings.ToUpper(c.Name)
		if !validName(c.Name) || seen[folded] {
			return fmt.Errorf("%s: the name is not allowed or there twice", full)
		}
		seen[folded] = true
		if err := c.check(full); err != nil {
			return err
		}
	}
	return nil
}

// maxName is the longest name, in bytes of UTF-8: 255 UTF-16 units.
const maxName = 3 * 255

// validName says whether a name can stand in a directory.
func validName(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) <= maxName && !strings.ContainsAny(name, "/\\\x00")
}
