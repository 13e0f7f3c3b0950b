package bcd

import (
	"encoding/binary"
	"strings"

	"updoc/codec/wintype"
	"updoc/format/regf"
)

// An editor sets elements in an existing store; the first error is kept.
type editor struct {
	hive *regf.Editor
	err  error
}

func (e *editor) set(key, name string, kind uint32, data []byte) {
	if e.err == nil {
		e.err = e.hive.SetValue(`Objects\`+key, name, kind, data, true)
	}
}

func (e *editor) element(id GUID, el ElementID, kind uint32, data []byte) {
	e.set(id.String()+`\Elements\`+el.String(), "Element", kind, data)
}

func (e *editor) object(id GUID, kind uint32) {
	e.set(id.String()+`\Description`, "Type", regf.Dword, binary.LittleEndian.AppendUint32(nil, kind))
}

func (e *editor) device(id GUID, el ElementID, d Device) {
	b, err := d.Encode()
	if err != nil && e.err == nil {
		e.err = err
	}
	e.element(id, el, regf.Binary, b)
}

func (e *editor) text(id GUID, el ElementID, s string) {
	e.element(id, el, regf.SZ, wintype.AppendUTF16Z(nil, s))
}

func (e *editor) guids(id GUID, el ElementID, g GUID) {
	e.element(id, el, regf.MultiSZ, append(wintype.AppendUTF16Z(nil, g.String()), 0, 0))
}

func (e *editor) integer(id GUID, el ElementID, n uint64) {
	e.element(id, el, regf.Binary, binary.LittleEndian.AppendUint64(nil, n))
}

func (e *editor) bool(id GUID, el ElementID, v bool) {
	b := []byte{0}
	if v {
		b[0] = 1
	}
	e.element(id, el, regf.Binary, b)
}

// newEntry makes the loader of a recovery environment, as Typical has it, all but its devices.
func (e *editor) newEntry(id GUID, windows *Object) {
	path, locale := `\windows\system32\winload.efi`, windows.Text(Locale)
	if strings.HasSuffix(strings.ToLower(windows.Text(Path)), ".exe") {
		path = `\windows\system32\winload.exe`
	}
	if locale == "" {
		locale = "en-US"
	}
	e.object(id, TypeOSLoader)
	e.text(id, Path, path)
	e.text(id, Description, "Windows Recovery Environment")
	e.text(id, Locale, locale)
	e.guids(id, Inherit, BootLoaderSettings)
	e.integer(id, DisplayMessage, 3)
	e.text(id, SystemRoot, `\windows`)
	e.integer(id, NX, 0)
	e.integer(id, BootMenuPolicy, 1)
	e.bool(id, WinPE, true)
	e.bool(id, RecoveryImageMark, true)
}
