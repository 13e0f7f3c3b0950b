package reagent

import (
	"encoding/binary"
	"strings"
	"testing"

	"updoc/testkit"
)

// FuzzParse demands that any input gives a Config, and that what was understood survives being written and read again.
func FuzzParse(f *testing.F) {
	f.Add(enabled().Format())
	f.Add(testkit.UTF16("\ufeff"+string(New().Format()), binary.LittleEndian))
	f.Add([]byte(`<WindowsRE version="1.0"><OsInstallLocation path="a" index="1"/><InstallState/><X y="&#x9;"/></WindowsRE>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			if len(c.Problems) == 0 {
				t.Fatal("an error without a problem")
			}
			return
		}
		again, err := Parse(c.Format())
		if err != nil {
			t.Fatalf("%v\n%s", err, c.Format())
		}
		if c.BCD != again.BCD || c.Location.Offset != again.Location.Offset || c.Location.GUID != again.Location.GUID || c.State() != again.State() {
			t.Fatalf("%+v became %+v", c, again)
		}
		if strings.ContainsRune(c.Location.Path, 0) {
			t.Fatal("a zero character in a path")
		}
	})
}
