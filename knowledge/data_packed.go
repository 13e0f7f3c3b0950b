//go:build packed

package knowledge

import (
	"archive/zip"
	_ "embed"
	"io/fs"
	"strings"
)

// archive is made by delivery/build alone, from the files that data.go names: the program
// that is given to people is smaller by three quarters of them.
//
//go:embed data.zip
var archive string

var data fs.FS = unpacked()

// unpacked reads the table of contents; a file is unpacked when it is read.
func unpacked() fs.FS {
	r, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil {
		panic(err) // the program was not built by delivery/build
	}
	return r
}
