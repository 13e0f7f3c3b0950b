package image_test

import (
	"bytes"
	"io"
	"testing"

	"updoc/disk/ntfs"
	"updoc/disk/table"
	"updoc/remedy/host"
	"updoc/remedy/journal"
)

// The running Windows carries out what an offline repair leaves, so nobody but its
// administrators may change it there, nor the folder.
func TestFollowUpIsOurs(t *testing.T) {
	l := layout(t, "files")
	l.Ops = func(*table.Table) []host.Op {
		return []host.Op{{Kind: host.LeaveFollowUp, To: host.Place{Volume: "disk0p3", Path: "ProgramData/updoc/follow-up.json"}, Data: []byte("plan")}}
	}
	path := build(t, l)
	was := securityOf(t, path, "ProgramData")
	commitTo(t, l, path)
	for _, name := range []string{"ProgramData/updoc", "ProgramData/updoc/follow-up.json"} {
		if !journal.OnlyOurs(securityOf(t, path, name)) {
			t.Errorf("%s: anybody can change it", name)
		}
	}
	if !bytes.Equal(securityOf(t, path, "ProgramData"), was) {
		t.Error("the folder of all programs is another")
	}
}

// securityOf is the descriptor of a file on the third partition.
func securityOf(t *testing.T, path, name string) []byte {
	t.Helper()
	p := tableOf(t, path).Partitions[2]
	s := io.NewSectionReader(bytes.NewReader(read(t, path)), int64(p.Start), int64(p.Size))
	v, err := ntfs.Open(s, s.Size())
	if err != nil {
		t.Fatal(err)
	}
	b, err := v.Security(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
