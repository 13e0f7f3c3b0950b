// Command zip packs the files of one folder so that the same files give the same bytes:
// sorted, and with the times they have, which delivery/build sets.
//
// It may import the standard library. It must never be part of the program.
package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
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
	files, err := os.ReadDir(dir) // sorted
	for _, f := range files {
		err = errors.Join(err, add(w, filepath.Join(dir, f.Name())))
	}
	return errors.Join(err, w.Close(), out.Close())
}

func add(w *zip.Writer, name string) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	about, err := in.Stat()
	if err != nil {
		return err
	}
	entry, err := w.CreateHeader(&zip.FileHeader{Name: filepath.Base(name), Method: zip.Deflate, Modified: about.ModTime().UTC()})
	if err != nil {
		return err
	}
	_, err = io.Copy(entry, in)
	return err
}
