//go:build packed

package knowledge

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"io/fs"

	"github.com/klauspost/compress/zstd"
)

// archive is made by delivery/build alone, from the files that data.go names: the program
// that is given to people is smaller by five sixths of them.
//
//go:embed data.zip.zst
var archive []byte

var data fs.FS = unpacked()

// unpacked takes it apart. What fails here was not built by delivery/build.
func unpacked() fs.FS {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		panic(err)
	}
	defer z.Close()
	b, err := z.DecodeAll(archive, nil)
	if err != nil {
		panic(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		panic(err)
	}
	return r
}
