// Command zip packs the files of one folder and of those in it so that the same files give the same bytes:
// sorted, and with the times they have, which delivery/build sets. FILE.zip.zst is packed as one
// piece instead of file by file: many small texts that resemble each other come out half as large.
//
// It may import the standard library and zstd. It must never be part of the program.
package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "zip FOLDER FILE.zip[.zst]")
		os.Exit(2)
	}
	if err := pack(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "zip:", err)
		os.Exit(1)
	}
}

func pack(dir, to string) error {
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(to, ".zst") {
		return errors.Join(packTo(out, dir, zip.Deflate), out.Close())
	}
	z, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return errors.Join(err, out.Close())
	}
	return errors.Join(packTo(z, dir, zip.Store), z.Close(), out.Close())
}

func packTo(out io.Writer, dir string, method uint16) error {
	w := zip.NewWriter(out)
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error { // sorted
		if err != nil || d.IsDir() {
			return err
		}
		return add(w, dir, name, method)
	})
	return errors.Join(err, w.Close())
}

func add(w *zip.Writer, dir, name string, method uint16) error {
	below, err := filepath.Rel(dir, name)
	if err != nil {
		return err
	}
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	about, err := in.Stat()
	if err != nil {
		return err
	}
	entry, err := w.CreateHeader(&zip.FileHeader{Name: filepath.ToSlash(below), Method: method, Modified: about.ModTime().UTC()})
	if err != nil {
		return err
	}
	_, err = io.Copy(entry, in)
	return err
}
