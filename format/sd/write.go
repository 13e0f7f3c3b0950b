package sd

import (
	"fmt"
	"strconv"
	"strings"
)

// Bytes returns the descriptor as it is stored. It fails if a SID is none, or if it becomes too long.
func (d *Descriptor) Bytes() ([]byte, error) {
	b := make([]byte, header)
	b[0] = 1
	le.PutUint16(b[2:], 0x8000)
	if d.HasDACL {
		acl, err := d.acl()
		if err != nil {
			return nil, err
		}
		le.PutUint16(b[2:], 0x8004)
		le.PutUint32(b[16:], uint32(len(b)))
		b = append(b, acl...)
	}
	for _, s := range []struct {
		at  int
		sid string
	}{{4, d.Owner}, {8, d.Group}} {
		if s.sid == "" {
			continue
		}
		raw, err := sidBytes(s.sid)
		if err != nil {
			return nil, err
		}
		le.PutUint32(b[s.at:], uint32(len(b)))
		b = append(b, raw...)
	}
	if len(b) > MaxSize {
		return nil, fmt.Errorf("a security descriptor of %d bytes", len(b))
	}
	return b, nil
}

func (d *Descriptor) acl() ([]byte, error) {
	acl := []byte{2, 0, 0, 0, 0, 0, 0, 0}
	for _, e := range d.DACL {
		sid, err := sidBytes(e.SID)
		if err != nil {
			return nil, err
		}
		ace := []byte{0, e.Flags, 0, 0, 0, 0, 0, 0}
		if e.Deny {
			ace[0] = 1
		}
		le.PutUint16(ace[2:], uint16(8+len(sid)))
		le.PutUint32(ace[4:], e.Mask)
		acl = append(append(acl, ace...), sid...)
	}
	if len(acl) > MaxSize-header {
		return nil, fmt.Errorf("an access list of %d bytes", len(acl))
	}
	le.PutUint16(acl[2:], uint16(len(acl)))
	le.PutUint16(acl[4:], uint16(len(d.DACL)))
	return acl, nil
}

func sidBytes(text string) ([]byte, error) {
	parts := strings.Split(text, "-")
	if len(parts) < 3 || len(parts) > 3+maxParts || parts[0] != "S" || parts[1] != "1" {
		return nil, fmt.Errorf("%q is no SID", text)
	}
	authority, err := strconv.ParseUint(parts[2], 10, 48)
	if err != nil {
		return nil, fmt.Errorf("%q is no SID: %w", text, err)
	}
	b := []byte{1, byte(len(parts) - 3)}
	for shift := 40; shift >= 0; shift -= 8 {
		b = append(b, byte(authority>>shift))
	}
	for _, p := range parts[3:] {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%q is no SID: %w", text, err)
		}
		b = le.AppendUint32(b, uint32(n))
	}
	return b, nil
}
