package bitlocker

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"updoc/codec/wintype"
)

const (
	blockHeader    = 64
	metadataHeader = 48
	maxMetadata    = 64 << 10
)

var errDamaged = errors.New("damaged metadata")

// readBlock reads one metadata block.
func readBlock(r io.ReaderAt, size, at int64) (*Volume, error) {
	if at <= 0 || at > size-blockHeader-metadataHeader {
		return nil, fmt.Errorf("metadata at %d lies outside the volume: %w", at, errDamaged)
	}
	b := make([]byte, min(maxMetadata, size-at))
	n, err := r.ReadAt(b, at)
	if n < blockHeader+metadataHeader {
		return nil, fmt.Errorf("metadata at %d: %w", at, err)
	}
	return parseBlock(b[:n])
}

// parseBlock reads a block header, the metadata header behind it and the entries.
func parseBlock(b []byte) (*Volume, error) {
	if len(b) < blockHeader+metadataHeader || !bytes.Equal(b[:8], signature) {
		return nil, fmt.Errorf("no metadata signature: %w", errDamaged)
	}
	v := &Volume{Version: int(le.Uint16(b[10:]))}
	if v.Version != 1 && v.Version != 2 {
		return nil, fmt.Errorf("metadata version %d: %w", v.Version, errDamaged)
	}
	v.Current, v.Next = State(le.Uint16(b[12:])), State(le.Uint16(b[14:]))
	if v.Version == 2 {
		v.EncryptedSize = le.Uint64(b[16:])
	}
	m := b[blockHeader:]
	total, header := int(le.Uint32(m)), int(le.Uint32(m[8:]))
	if header != metadataHeader || total < header || total > len(m) {
		return nil, fmt.Errorf("metadata of %d bytes, header of %d: %w", total, header, errDamaged)
	}
	copy(v.GUID[:], m[16:32])
	v.MethodCode = le.Uint32(m[36:]) & 0xffff
	v.Method = method(v.MethodCode)
	v.Created = wintype.Time(le.Uint64(m[40:]))
	return v, v.entries(m[header:total])
}

func method(code uint32) string {
	switch code {
	case 0:
		return "none"
	case 0x8000:
		return "aes-128-diffuser"
	case 0x8001:
		return "aes-256-diffuser"
	case 0x8002:
		return "aes-128"
	case 0x8003:
		return "aes-256"
	case 0x8004:
		return "xts-aes-128"
	case 0x8005:
		return "xts-aes-256"
	}
	return fmt.Sprintf("unknown-%#x", code)
}

// Entry and value types.
const (
	entryVMK         = 2
	entryDescription = 7
	valueText        = 2
	valueVMK         = 8
)

// entries reads the list of entries up to its end; one that leaves the block makes the block damaged.
func (v *Volume) entries(b []byte) error {
	for len(b) >= 8 {
		size := int(le.Uint16(b))
		if size == 0 {
			return nil
		}
		if size < 8 || size > len(b) {
			return fmt.Errorf("metadata entry of %d bytes: %w", size, errDamaged)
		}
		kind, value, data := le.Uint16(b[2:]), le.Uint16(b[4:]), b[8:size]
		switch {
		case kind == entryVMK && value == valueVMK && len(data) >= 28:
			v.Protectors = append(v.Protectors, protector(data))
		case kind == entryDescription && value == valueText:
			v.Description = wintype.UTF16Z(data)
		}
		b = b[size:]
	}
	return nil
}

func protector(data []byte) Protector {
	p := Protector{Modified: wintype.Time(le.Uint64(data[16:])), Code: le.Uint16(data[26:])}
	copy(p.GUID[:], data)
	p.Kind = kind(p.Code)
	return p
}

func kind(code uint16) string {
	switch code {
	case 0x0000:
		return "clear-key"
	case 0x0100:
		return "tpm"
	case 0x0200:
		return "startup-key"
	case 0x0500:
		return "tpm-pin"
	case 0x0800:
		return "recovery-password"
	case 0x1000:
		return "smart-card"
	case 0x2000:
		return "password"
	}
	return "unknown"
}
