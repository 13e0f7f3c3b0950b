package commit

import (
	"path/filepath"
	"testing"
)

func TestMounts(t *testing.T) {
	at := t.TempDir()
	all := parseMounts([]byte(`22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
30 22 0:41 /@home ` + filepath.Dir(at) + ` rw - btrfs /dev/sda3 rw,subvol=/@home
31 22 0:42 / /mnt/a\040b rw - overlay overlay rw,lowerdir=/l,upperdir=/u\040v,workdir=/w
not a mount
`))
	if len(all) != 3 || all[2].point != "/mnt/a b" || all[1].source != "/dev/sda3" || all[0].device != "8:2" {
		t.Fatalf("%+v", all)
	}
	if upper, ok := upperDir(all[2].options); !ok || upper != "/u v" {
		t.Errorf("upper layer %q", upper)
	}
	if _, ok := upperDir(all[0].options); ok {
		t.Error("an upper layer of ext4")
	}
	for path, want := range map[string]int{at: 1, filepath.Dir(at): 1, "/": 0, "/nowhere at all": -1} {
		if got := longestAbove(all, path); got != want {
			t.Errorf("%s is in mount %d, want %d", path, got, want)
		}
	}
}
