package pe

import (
	"fmt"
	"math"

	"updoc/codec/wintype"
)

// Build says what a minimal file is to have.
type Build struct {
	Machine        string // amd64, arm64 or x86; "": amd64
	Timestamp      uint32
	FileVersion    Numbers
	ProductVersion Numbers
	Strings        []Text // of the string table, in this order
}

// Text is one entry of the string table.
type Text struct{ Key, Value string }

const (
	fileAlignment    = 0x200
	sectionAlignment = 0x1000
	headersSize      = fileAlignment
	resourceAddress  = sectionAlignment
	treeSize         = 3*(directorySize+entrySize) + 16
)

// Bytes returns a library without code that has nothing but a version resource. The error is for a machine that is not
// known and for texts that are too long.
func (b Build) Bytes() ([]byte, error) {
	name := b.Machine
	if name == "" {
		name = "amd64"
	}
	number, ok := machineNumber(name)
	if !ok || name == "arm" {
		return nil, fmt.Errorf("machine %q cannot be built", name)
	}
	version, err := b.resource()
	if err != nil {
		return nil, err
	}
	resources := append(resourceTree(len(version)), version...)
	out := b.headers(number, len(resources))
	out = pad(out, headersSize)
	return pad(append(out, resources...), fileAlignment), nil
}

func pad(b []byte, alignment int) []byte {
	return append(b, make([]byte, (alignment-len(b)%alignment)%alignment)...)
}

func (b Build) headers(machine uint16, resources int) []byte {
	out := make([]byte, dosHeaderSize)
	copy(out, "MZ")
	le.PutUint32(out[peOffsetAt:], dosHeaderSize)
	optional := optionalHeader(machine == 0x14c, uint32(resources))
	out = append(out, "PE\x00\x00"...)
	out = le.AppendUint16(out, machine)
	out = le.AppendUint16(out, 1)
	out = le.AppendUint32(out, b.Timestamp)
	out = le.AppendUint64(out, 0)
	out = le.AppendUint16(out, uint16(len(optional)))
	out = le.AppendUint16(out, 0x2022) // executable image, large addresses, library
	out = append(out, optional...)
	return append(out, sectionHeader(uint32(resources))...)
}

func optionalHeader(narrow bool, resources uint32) []byte {
	const wideDirectories, narrowDirectories = 112, 96
	b := make([]byte, maxOptionalHeader)
	directories := wideDirectories
	le.PutUint16(b, magic64)
	le.PutUint64(b[24:], 0x180000000) // image base
	if narrow {
		b, directories = b[:narrowDirectories+16*8], narrowDirectories
		le.PutUint16(b, magic32)
		le.PutUint64(b[24:], 0)
		le.PutUint32(b[28:], 0x10000000) // image base
	}
	le.PutUint32(b[32:], sectionAlignment)
	le.PutUint32(b[36:], fileAlignment)
	le.PutUint16(b[40:], 10) // operating system
	le.PutUint16(b[48:], 10) // subsystem version
	le.PutUint32(b[56:], sectionAlignment+roundUp(resources, sectionAlignment))
	le.PutUint32(b[60:], headersSize)
	le.PutUint16(b[68:], 3) // console
	le.PutUint32(b[directories-4:], 16)
	le.PutUint32(b[directories+8*resourceDirectory:], resourceAddress)
	le.PutUint32(b[directories+8*resourceDirectory+4:], resources)
	return b
}

func roundUp(n, to uint32) uint32 { return (n + to - 1) / to * to }

func sectionHeader(resources uint32) []byte {
	b := make([]byte, sectionSize)
	copy(b, ".rsrc")
	le.PutUint32(b[8:], resources)
	le.PutUint32(b[12:], resourceAddress)
	le.PutUint32(b[16:], roundUp(resources, fileAlignment))
	le.PutUint32(b[20:], headersSize)
	le.PutUint32(b[36:], 0x40000040) // initialised data, readable
	return b
}

// resourceTree returns the directories of type, name and language, and the data entry, for data that follows at once.
func resourceTree(length int) []byte {
	const english = 0x409
	var b []byte
	for level, id := range []uint32{versionType, 1, english} {
		next := uint32((level + 1) * (directorySize + entrySize))
		if level < 2 {
			next |= isDirectory
		}
		b = append(b, make([]byte, 14)...)
		b = le.AppendUint16(b, 1)
		b = le.AppendUint32(b, id)
		b = le.AppendUint32(b, next)
	}
	b = le.AppendUint32(b, resourceAddress+treeSize)
	b = le.AppendUint32(b, uint32(length))
	return le.AppendUint64(b, 0)
}

// resource returns the version resource.
func (b Build) resource() ([]byte, error) {
	var texts []byte
	for _, t := range b.Strings {
		texts = append(align(texts), block(t.Key, true, wintype.AppendUTF16Z(nil, t.Value), nil)...)
	}
	const englishUnicode = "040904b0"
	table := block("StringFileInfo", true, nil, block(englishUnicode, true, nil, texts))
	languages := block("VarFileInfo", true, nil, block("Translation", false, []byte{9, 4, 0xb0, 4}, nil))
	root := block("VS_VERSION_INFO", false, b.fixed(), append(align(table), languages...))
	if len(root) > math.MaxUint16 {
		return nil, fmt.Errorf("a version resource of %d bytes is too long", len(root))
	}
	return root, nil
}

func (b Build) fixed() []byte {
	out := le.AppendUint32(nil, fixedSignature)
	out = le.AppendUint32(out, 0x10000)
	for _, n := range []Numbers{b.FileVersion, b.ProductVersion} {
		out = le.AppendUint32(out, uint32(n[0])<<16|uint32(n[1]))
		out = le.AppendUint32(out, uint32(n[2])<<16|uint32(n[3]))
	}
	out = le.AppendUint32(out, 0x3f)    // all flags are meant
	out = le.AppendUint32(out, 0)       // none is set
	out = le.AppendUint32(out, 0x40004) // Windows NT
	out = le.AppendUint32(out, 2)       // library
	return append(out, make([]byte, 12)...)
}

// block returns a block of a version resource; the length of a text counts characters, that of other values bytes.
func block(key string, text bool, value, children []byte) []byte {
	count, kind := len(value), uint16(0)
	if text {
		count, kind = count/2, 1
	}
	b := make([]byte, 6)
	le.PutUint16(b[2:], uint16(count))
	le.PutUint16(b[4:], kind)
	b = align(append(b, wintype.AppendUTF16Z(nil, key)...))
	b = append(b, value...)
	if len(children) > 0 {
		b = append(align(b), children...)
	}
	le.PutUint16(b, uint16(min(len(b), math.MaxUint16)))
	return b
}

func align(b []byte) []byte { return pad(b, 4) }
