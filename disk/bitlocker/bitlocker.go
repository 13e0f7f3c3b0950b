// Package bitlocker tells from a locked volume's header, without any key, how it is protected: the reason
// why facts on it are unseen, and whether protection is suspended.
//
// It may import the standard library, codec, disk/damage and disk/table. It must never try a key, never decrypt,
// and never write.
//
// Structures follow the public documentation of libbde and the field names of cryptsetup.
package bitlocker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"updoc/disk/damage"
	"updoc/disk/table"
)

// Problem is one fault of the header; Offset is a byte offset on the volume.
type Problem = damage.Problem

// ErrNotBitLocker: the first sector is none of BitLocker's.
var ErrNotBitLocker = errors.New("no BitLocker volume")

// ErrNoMetadata: the volume is BitLocker's, but none of its three metadata blocks is readable.
var ErrNoMetadata = errors.New("no readable BitLocker metadata")

// State is how far encryption has come. Normal is StateEncrypted now and next.
type State uint16

// States of a volume, with the numbers and meaning libbde's documentation gives them.
const (
	StateNull           State = 0
	StateDecrypted      State = 1
	StateSwitching      State = 2
	StateEncryptOnWrite State = 3
	StateEncrypted      State = 4
	StatePaused         State = 5
)

// String gives the state in kebab-case.
func (s State) String() string {
	names := []string{"null", "decrypted", "switching", "encrypt-on-write", "encrypted", "paused"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("unknown-%d", uint16(s))
}

// Volume is what the header tells. Sizes are bytes, times UTC.
type Volume struct {
	// Version is the metadata version: 1 for Windows Vista, 2 from Windows 7 on. ToGo tells that the drive is
	// a removable one with a FAT face.
	Version int
	ToGo    bool
	// GUID identifies the volume.
	GUID table.GUID
	// Current and Next are the states; they differ while the volume is being converted.
	Current, Next State
	// Method is the encryption, for example "xts-aes-128"; MethodCode its number.
	Method     string
	MethodCode uint32
	// EncryptedSize is how much is or will be encrypted: less than the volume while a conversion runs.
	EncryptedSize uint64
	// Created is when the volume was encrypted, zero if not recorded.
	Created time.Time
	// Protectors are the ways to unlock, in the order they are stored.
	Protectors []Protector
	// Description is the text Windows stores: computer, drive and date. It can identify a person.
	Description string
	// Problems lists copies that are damaged, nil if all three are whole.
	Problems []Problem
}

// Protector is one way to unlock.
type Protector struct {
	GUID table.GUID
	// Kind is "clear-key", "tpm", "startup-key", "tpm-pin", "recovery-password", "smart-card", "password" or
	// "unknown"; Code its number.
	Kind     string
	Code     uint16
	Modified time.Time
}

// Suspended tells that the key lies in the clear on the volume: it is encrypted but not protected, as
// between an update and the restart.
func (v *Volume) Suspended() bool {
	for _, p := range v.Protectors {
		if p.Code == 0 {
			return v.Current != StateDecrypted
		}
	}
	return false
}

// Settled tells that no conversion runs: the volume is encrypted and stays so.
func (v *Volume) Settled() bool { return v.Current == StateEncrypted && v.Next == StateEncrypted }

var (
	le        = binary.LittleEndian
	signature = []byte("-FVE-FS-")
	// identifier is {4967d63b-2e29-4ad8-8399-f6a339e3d001} as stored.
	identifier = []byte{0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e, 0xd8, 0x4a, 0x83, 0x99, 0xf6, 0xa3, 0x39, 0xe3, 0xd0, 0x01}
)

// IsHeader tells by the first sector, of at least 512 bytes, whether a volume is BitLocker's.
func IsHeader(sector []byte) bool {
	return len(sector) >= 512 && (bytes.Equal(sector[3:11], signature) || isToGo(sector))
}

// isToGo recognises a removable drive: a boot sector of FAT with BitLocker's identifier.
func isToGo(sector []byte) bool { return bytes.Equal(sector[424:440], identifier) }

// Read reads the header and the first whole metadata block of a volume of size bytes. It fails with
// ErrNotBitLocker or ErrNoMetadata.
func Read(r io.ReaderAt, size int64) (*Volume, error) {
	b := make([]byte, 512)
	if _, err := r.ReadAt(b, 0); err != nil {
		return nil, fmt.Errorf("first sector: %w", err)
	}
	if !IsHeader(b) {
		return nil, ErrNotBitLocker
	}
	var found *Volume
	var log damage.Log
	for _, at := range blockOffsets(b) {
		v, err := readBlock(r, size, at)
		if err != nil {
			log.Add("bitlocker-metadata-damaged", at, "%v", err)
		} else if found == nil {
			found = v
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%w: %v", ErrNoMetadata, log.All())
	}
	found.ToGo, found.Problems = isToGo(b), log.All()
	return found, nil
}

// blockOffsets are where the first sector says the metadata lies. Vista names the first block alone, by
// its cluster.
func blockOffsets(b []byte) []int64 {
	at := 176
	switch {
	case isToGo(b):
		at = 440
	case !bytes.Equal(b[160:176], identifier) && !usedSpaceOnly(b):
		return []int64{int64(le.Uint64(b[56:])&(1<<40-1)) * int64(le.Uint16(b[11:])) * int64(b[13])}
	}
	return []int64{int64(le.Uint64(b[at:])), int64(le.Uint64(b[at+8:])), int64(le.Uint64(b[at+16:]))}
}

// usedSpaceOnly recognises {92a84d3b-dd80-4d0e-9e4e-b1e3284eaed8}, which stands there when only the space
// in use was encrypted.
func usedSpaceOnly(b []byte) bool {
	return bytes.Equal(b[160:176], []byte{0x3b, 0x4d, 0xa8, 0x92, 0x80, 0xdd, 0x0e, 0x4d, 0x9e, 0x4e, 0xb1, 0xe3, 0x28, 0x4e, 0xae, 0xd8})
}
