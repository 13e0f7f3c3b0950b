package testkit

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"updoc/testkit/forwarder"
)

// recipe is changed with what readyPrefix does, so that an older result is not used.
const recipe = "1"

// readyPrefix returns the Windows that tests get copies of, and makes it if it lacks.
// Two test programs that need it at the same time both make it, and one wins.
func readyPrefix(t testing.TB) string {
	t.Helper()
	Tool(t, "wine")
	version := strings.TrimSpace(Output(t, Command(t, "wine", "--version")))
	base, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	ready := filepath.Join(base, "updoc-wine", fmt.Sprintf("ready-%x", sha256.Sum256([]byte(recipe+version)))[:22])
	if _, err := os.Stat(ready); err == nil {
		return ready
	}
	if err := os.MkdirAll(filepath.Dir(ready), 0o700); err != nil {
		t.Fatal(err)
	}
	made := makePrefix(t, filepath.Dir(ready))
	if err := os.Rename(made, ready); err != nil {
		remove(t, made) // another was faster
	}
	return ready
}

func makePrefix(t testing.TB, base string) string {
	t.Helper()
	dir, err := os.MkdirTemp(base, "making-")
	if err != nil {
		t.Fatal(err)
	}
	p := newPrefix(dir)
	t.Cleanup(func() { // when it was not finished
		if p.started {
			p.Stop(t)
		}
		remove(t, dir)
	})
	p.Must(t, "reg", "add", `HKCU\Software\Wine`, "/v", "Version", "/d", "win10", "/f")
	p.Stop(t)
	// Every Go program asks this library for random numbers; Wine before 8.8 lacks it.
	random := p.Path(`C:\windows\system32\bcryptprimitives.dll`)
	if _, err := os.Stat(random); err != nil {
		dll := forwarder.Library("bcryptprimitives.dll", "ProcessPrng", "ADVAPI32.SystemFunction036")
		if err := os.WriteFile(random, dll, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// clonePrefix copies a Windows. Its programs and libraries, 690 MB, become links: no
// program of Wine's writes into them, and StandIn replaces, it does not overwrite.
func clonePrefix(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(target, 0o700)
		case d.Type()&fs.ModeSymlink != 0:
			return cloneLink(name, target)
		case shared(rel) && os.Link(name, target) == nil:
			return nil
		}
		return copyFile(name, target)
	})
}

func shared(rel string) bool {
	for _, dir := range []string{"system32", "winsxs", "globalization", "resources"} {
		if strings.HasPrefix(rel, filepath.Join("drive_c", "windows", dir)+string(filepath.Separator)) {
			return true
		}
	}
	return false
}

// cloneLink copies the links that are drives. Those of a person's folders would lead
// into the home folder of whoever made the prefix.
func cloneLink(name, target string) error {
	to, err := os.Readlink(name)
	if err != nil {
		return err
	}
	if filepath.Base(filepath.Dir(name)) == "dosdevices" {
		return os.Symlink(to, target)
	}
	return os.MkdirAll(target, 0o700)
}

// copyFile keeps the time: Wine compares that of its own list to see whether a prefix
// must be brought up to date.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	about, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if closing := out.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Chtimes(to, about.ModTime(), about.ModTime())
}
