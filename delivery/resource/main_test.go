package main

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/tc-hib/winres"

	"updoc/doctor"
	"updoc/testkit"
)

// Objects that were made for another version would lie about the program.
func TestCommittedObjectsAreOfThisVersion(t *testing.T) {
	for _, arch := range []winres.Arch{winres.ArchAMD64, winres.ArchARM64} {
		want, err := object(arch, doctor.Version)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(testkit.ReadFile(t, filepath.Join("..", "..", "cmd", "updoc", name(arch))), want) {
			t.Errorf("%s is stale: delivery/build makes them anew", name(arch))
		}
	}
}
