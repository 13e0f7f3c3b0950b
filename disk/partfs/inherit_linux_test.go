package partfs

import (
	"strings"
	"testing"

	"updoc/testkit"
)

// A program that is started while a disk is shown does not get our end of /dev/fuse: it
// would keep the mount alive after we are gone.
func TestToolsDoNotInheritTheMount(t *testing.T) {
	o, _ := patient(t, 4<<20)
	mounted(t, o)
	if said := testkit.Run(t, "sh", "-c", "ls -l /proc/self/fd"); strings.Contains(said, "/dev/fuse") {
		t.Errorf("a tool holds %s", said)
	}
}
