// Command zip packs the files of one folder and of those in it so that the same files give the same bytes:
// sorted, and with the times they have, which delivery/build sets.
//
// It may import the standard library. It must never be part of the program.
package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "zip FOLDER FILE.zip")
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
	w := zip.NewWriter(out)
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error { // sorted
		if err != nil || d.IsDir() {
			return err
		}
		return add(w, dir, name)
	})
	return errors.Join(err, w.Close(), out.Close())
}

func add(w *zip.Writer, dir, name string) error {
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
	entry, err := w.CreateHeader(&zip.FileHeader{Name: filepath.ToSlash(below), Method: zip.Deflate, Modified: about.ModTime().UTC()})
	if err != nil {
		return err
	}
	_, err = io.Copy(entry, in)
	return err
}
