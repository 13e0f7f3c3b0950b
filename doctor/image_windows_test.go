package doctor

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

// A variable of the person's own does not lead an administrator to another book.
func TestWineBookIsThatOfThePC(t *testing.T) {
	t.Setenv("ProgramData", `C:\elsewhere`)
	if got, err := DefaultBook(); err != nil || got != filepath.Join(programData(), "updoc", bookName) {
		t.Error(got, err)
	}
}

// A library beside the program is found by its name until the program says otherwise; one of
// Windows is found all the same.
func TestWineLibrariesBesideTheProgramAreNotLoaded(t *testing.T) {
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	system, err := windows.GetSystemDirectory()
	if err != nil {
		t.Fatal(err)
	}
	library, err := os.ReadFile(filepath.Join(system, "version.dll"))
	if err != nil {
		t.Fatal(err)
	}
	const name = "updoc-planted.dll"
	planted := filepath.Join(filepath.Dir(own), name)
	t.Cleanup(func() { os.Remove(planted) })
	if err := os.WriteFile(planted, library, 0o600); err != nil {
		t.Fatal(err)
	}
	load := func(name string) error {
		h, err := windows.LoadLibrary(name)
		if err == nil {
			err = windows.FreeLibrary(h)
		}
		return err
	}
	if err := load(name); err != nil {
		t.Fatal("it is not found even now, so nothing is shown: ", err)
	}
	HoldImage()
	if err := load(name); err != windows.ERROR_MOD_NOT_FOUND {
		t.Error("a library beside the program: ", err)
	}
	if err := load("version.dll"); err != nil {
		t.Error("a library of Windows: ", err)
	}
}
