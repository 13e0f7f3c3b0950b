// Command resource makes what Windows reads in updoc.exe besides its code: the version
// resource (Explorer shows it, and servicing compares it), the names of the Start menu
// entry in English and Japanese, and the manifest. It writes them as objects beside
// cmd/updoc, where every build for Windows picks them up.
//
// It may import an encoder of resources. It is given the version, so that it is built at
// once whatever the program is made of. It must never be part of the program.
package main

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unicode/utf16"

	"github.com/tc-hib/winres"
	"github.com/tc-hib/winres/version"
)

//go:embed updoc.manifest
var manifest []byte

const (
	english  = 0x409
	japanese = 0x411
)

// menuName is the string that the shortcut of delivery/updoc.wxs names. A block of a
// string table holds sixteen; block 1 begins with string 0.
const menuName = 1

// texts are what a language says about the program.
type texts struct{ description, menu string }

func languages() map[uint16]texts {
	return map[uint16]texts{
		english:  {"updoc: finds out why Windows updates fail, and repairs it", "Windows Update repair (updoc)"},
		japanese: {"updoc: 更新プログラムが失敗する原因を調べて修復します", "Windows Update の診断と修復 (updoc)"},
	}
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "resource:", err)
		os.Exit(1)
	}
}

// run writes the objects for a version into a folder.
func run(args []string) error {
	if len(args) != 2 {
		return errors.New("wanted: VERSION FOLDER")
	}
	for _, arch := range []winres.Arch{winres.ArchAMD64, winres.ArchARM64} {
		object, err := object(arch, args[0])
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(args[1], name(arch)), object, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// name lets the go command take the file for Windows on that processor alone.
func name(arch winres.Arch) string { return "rsrc_windows_" + string(arch) + ".syso" }

// object is the resources as a linker wants them.
func object(arch winres.Arch, number string) ([]byte, error) {
	set := &winres.ResourceSet{}
	about := version.Info{}
	about.SetFileVersion(number)
	about.SetProductVersion(number)
	if err := set.Set(winres.RT_MANIFEST, winres.ID(1), english, manifest); err != nil {
		return nil, err
	}
	for language, say := range languages() {
		if err := describe(&about, language, say, number); err != nil {
			return nil, err
		}
		if err := set.Set(winres.RT_STRING, winres.ID(1), language, stringBlock(say.menu)); err != nil {
			return nil, err
		}
	}
	set.SetVersionInfo(about)
	var out bytes.Buffer
	err := set.WriteObject(&out, arch)
	return out.Bytes(), err
}

func describe(about *version.Info, language uint16, say texts, number string) error {
	for key, value := range map[string]string{
		version.ProductName:      "updoc",
		version.FileDescription:  say.description,
		version.ProductVersion:   number,
		version.FileVersion:      number,
		version.InternalName:     "updoc",
		version.OriginalFilename: "updoc.exe",
		version.LegalCopyright:   "Apache License 2.0",
	} {
		if err := about.Set(language, key, value); err != nil {
			return err
		}
	}
	return nil
}

// stringBlock is a block of a string table: sixteen texts, each behind its length in
// UTF-16 units ("String Table Resource" of Microsoft's resource file formats).
func stringBlock(menu string) []byte {
	var b []byte
	for i := range 16 {
		var units []uint16
		if i == menuName {
			units = utf16.Encode([]rune(menu))
		}
		b = binary.LittleEndian.AppendUint16(b, uint16(len(units)))
		for _, u := range units {
			b = binary.LittleEndian.AppendUint16(b, u)
		}
	}
	return b
}
