// Package wim reads Windows images (WIM files, such as winre.wim) and writes uncompressed ones.
//
// It exists because the version of a recovery environment is told by the XML and the files inside its image, and because
// test disks are filled from images that we write ourselves. Reading is lazy: [File.Info] costs the header and the XML,
// [File.OpenFile] the lookup table, the metadata of one image and the file.
//
// It may import the standard library and codec packages only. It must never write to the image it reads, run another
// program, or trust a length found in the file for an allocation.
//
// The layout follows Microsoft's "Windows Imaging File Format (WIM)" white paper and the facts in wimlib's documentation;
// the tests compare with wimlib-imagex.
package wim

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrNotWIM means that the file does not begin as a WIM file does.
var ErrNotWIM = errors.New("not a WIM file")

// ErrDamaged means that a structure of the image contradicts the file or itself.
var ErrDamaged = errors.New("damaged WIM file")

// ErrHash means that what was read does not have the SHA-1 that the image promises; it comes after the last byte.
var ErrHash = fmt.Errorf("%w: the SHA-1 does not match", ErrDamaged)

// ErrUnsupported means that the image is well but of a kind that is not read here (LZMS, solid, pipable, another part of a
// split image). It is also an errors.ErrUnsupported.
var ErrUnsupported = fmt.Errorf("WIM file: %w", errors.ErrUnsupported)

var le = binary.LittleEndian

// alignment is the boundary on which every structure of a metadata resource begins, in bytes.
const alignment = 8

// aligned rounds n up to the next boundary.
func aligned(n int) int { return (n + alignment - 1) &^ (alignment - 1) }
