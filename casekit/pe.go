package casekit

import (
	"fmt"

	"updoc/format/pe"
)

// program is a tiny PE file that carries a version and runs nothing.
func program(name string, v version) []byte {
	text := fmt.Sprintf("%d.%d.%d.%d", v[0], v[1], v[2], v[3])
	b, err := pe.Build{
		FileVersion: pe.Numbers(v.words()), ProductVersion: pe.Numbers(v.words()),
		Strings: []pe.Text{
			{Key: "CompanyName", Value: "Example build, no Microsoft code"}, {Key: "FileVersion", Value: text + " (WinBuild.160101.0800)"},
			{Key: "InternalName", Value: name}, {Key: "OriginalFilename", Value: name}, {Key: "ProductVersion", Value: text},
		},
	}.Bytes()
	if err != nil {
		return []byte("MZ")
	}
	return b
}
