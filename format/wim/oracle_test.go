package wim

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"updoc/testkit"
)

// descriptor is a self-relative security descriptor: owner and group Administrators, full access for the given SID.
func descriptor(sid []byte) []byte {
	admins := []byte{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0}
	ace := append([]byte{0, 3, byte(8 + len(sid)), 0, 0xff, 1, 0x1f, 0}, sid...)
	acl := append([]byte{2, 0, byte(8 + len(ace)), 0, 1, 0, 0, 0}, ace...)
	b := []byte{1, 0, 4, 0x80}
	b = le.AppendUint32(b, 20)
	b = le.AppendUint32(b, 36)
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, 52)
	b = append(b, admins...)
	b = append(b, admins...)
	return append(b, acl...)
}

func system() []byte   { return descriptor([]byte{1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}) }
func everyone() []byte { return descriptor([]byte{1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}) }

func day() time.Time { return time.Date(2024, 1, 9, 18, 30, 0, 123456700, time.UTC) }

func dir(name string, children ...*Node) *Node {
	return &Node{Name: name, Attributes: AttributeDirectory, Security: everyone(), Children: children}
}

// recovery is a tree with everything the writer knows.
func recovery() Tree {
	hidden := &Node{Name: "Winre.wim", Attributes: AttributeHidden | AttributeSystem | AttributeArchive,
		Security: system(), Content: Zeros(3 << 20), Modified: time.Date(2023, 12, 5, 1, 2, 3, 0, time.UTC)}
	return Tree{
		Time: day(),
		Info: Image{Name: "Microsoft Windows Recovery Environment (amd64)", Description: "a < b & \"ü\"", Arch: "amd64",
			EditionID: "WindowsPE", InstallationType: "WindowsPE", HasVersion: true, Major: 10, Build: 19041, SPBuild: 3920},
		Root: dir("",
			dir("Recovery", dir("WindowsRE", hidden,
				&Node{Name: "boot.sdi", Security: system(), Content: Bytes([]byte("SDI")), Attributes: AttributeArchive},
				&Node{Name: "ReAgent.xml", Content: Bytes([]byte("<WindowsRE/>")), Attributes: AttributeReadonly})),
			dir("empty"),
			&Node{Name: "copy of boot.sdi", Content: Bytes([]byte("SDI"))},
			&Node{Name: "nothing.txt"},
			&Node{Name: "日本語 𠮷.txt", Content: Bytes([]byte("name"))},
			&Node{Name: "linked", HardLink: 7, Content: Bytes([]byte("one file"))},
			&Node{Name: "linked too", HardLink: 7, Content: Bytes([]byte("one file"))},
			&Node{Name: "streams.exe", Content: Bytes([]byte("main")),
				Streams: []Stream{{"Zone.Identifier", Bytes([]byte("[ZoneTransfer]"))}, {"none", Content{}}}},
		),
	}
}

// written stores the options in a file and returns its path.
func written(t *testing.T, o Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.wim")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(Sparse(f), o); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWimlibAcceptsWhatIsWritten(t *testing.T) {
	second := Tree{Info: Image{Name: "second"}, Root: dir("", &Node{Name: "a", Content: Bytes([]byte("SDI"))}), Time: day()}
	path := written(t, Options{Images: []Tree{recovery(), second}, BootIndex: 1})
	if out := testkit.Run(t, "wimlib-imagex", "verify", path); strings.Contains(out, "ERROR") {
		t.Errorf("verify: %s", out)
	}
	info := testkit.Run(t, "wimlib-imagex", "info", path)
	for _, want := range []string{
		"Image Count:    2", "Boot Index:     1", "Compression:    None", "Build:                  19041",
		"Service Pack Build:     3920", "Architecture:           x86_64", "Directory Count:        3", "File Count:             9",
		"Name:                   Microsoft Windows Recovery Environment (amd64)", `Description:            a < b & "ü"`,
		"Creation Time:          Tue Jan 09 18:30:00 2024 UTC", "Total Bytes:            3145776",
	} {
		if !strings.Contains(info, want) {
			t.Errorf("info lacks %q:\n%s", want, info)
		}
	}
	list := testkit.Run(t, "wimlib-imagex", "dir", path, "1")
	for _, want := range []string{"/Recovery/WindowsRE/Winre.wim\n", "/empty\n", "/日本語 𠮷.txt\n"} {
		if !strings.Contains(list, want) {
			t.Errorf("dir lacks %q:\n%s", want, list)
		}
	}
}

func TestWimlibAppliesToFolder(t *testing.T) {
	path := written(t, Options{Images: []Tree{recovery()}})
	out := t.TempDir()
	testkit.Run(t, "wimlib-imagex", "apply", path, "1", out)
	for name, want := range map[string]string{"copy of boot.sdi": "SDI", "linked too": "one file", "streams.exe": "main", "nothing.txt": ""} {
		got, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	got, err := os.ReadFile(filepath.Join(out, "Recovery/WindowsRE/Winre.wim"))
	if err != nil || !bytes.Equal(got, make([]byte, 3<<20)) {
		t.Errorf("Winre.wim: %d bytes, %v", len(got), err)
	}
}

func TestWimlibFillsNTFS(t *testing.T) {
	image := testkit.EmptyDisk(t, 64<<20)
	testkit.Run(t, "mkntfs", "-F", "-Q", "-q", image)
	testkit.Run(t, "wimlib-imagex", "apply", written(t, Options{Images: []Tree{recovery()}}), "1", image)
	if got := testkit.Run(t, "ntfscat", image, "/Recovery/WindowsRE/boot.sdi"); got != "SDI" {
		t.Errorf("boot.sdi: %q", got)
	}
	if got := testkit.Run(t, "ntfscat", "-n", "Zone.Identifier", image, "/streams.exe"); got != "[ZoneTransfer]" {
		t.Errorf("stream: %q", got)
	}
	info := testkit.Run(t, "ntfsinfo", "-v", "-F", "/Recovery/WindowsRE/Winre.wim", image)
	for _, want := range []string{"HIDDEN", "SYSTEM", "ARCHIVE", "Tue Dec  5 01:02:03 2023 UTC"} {
		if !strings.Contains(info, want) {
			t.Errorf("ntfsinfo lacks %q:\n%s", want, info)
		}
	}
	first, second := securityOf(t, image, "/Recovery/WindowsRE/Winre.wim"), securityOf(t, image, "/Recovery")
	if first == second {
		t.Errorf("both files have security id %s", first)
	}
	if got := testkit.Run(t, "ntfscat", "-a", "0x80", "-n", "$SDS", image, "/$Secure"); !strings.Contains(got, string(system())) || !strings.Contains(got, string(everyone())) {
		t.Error("$Secure lacks a descriptor")
	}
}

// securityOf returns ntfsinfo's line with the security id of a file.
func securityOf(t *testing.T, image, path string) string {
	t.Helper()
	for line := range strings.Lines(testkit.Run(t, "ntfsinfo", "-v", "-F", path, image)) {
		if name, id, ok := strings.Cut(line, ":"); ok && strings.Contains(name, "Security ID") {
			return strings.TrimSpace(id)
		}
	}
	t.Fatal("ntfsinfo tells no security id of " + path)
	return ""
}

func TestZerosLeaveHoles(t *testing.T) {
	tree := Tree{Info: Image{Name: "big"}, Root: dir("", &Node{Name: "a", Content: Zeros(64 << 20)}, &Node{Name: "b", Content: Zeros(64 << 20)})}
	path := written(t, Options{Images: []Tree{tree}})
	st, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st.Size() < 64<<20 || st.Size() > 65<<20 {
		t.Errorf("size %d: equal contents must be stored once", st.Size())
	}
	var blocks int64
	if _, err := fmt.Sscan(testkit.Run(t, "stat", "-c", "%b", path), &blocks); err != nil || blocks > 2048 {
		t.Errorf("%d blocks in use, %v", blocks, err)
	}
	testkit.Run(t, "wimlib-imagex", "verify", path)
}

// However many zeros were hashed before, the sum is that of so many zeros.
func TestZeroSum(t *testing.T) {
	for _, size := range []int64{1, zeroStep - 1, 3*zeroStep + 5, zeroStep, 2 * zeroStep, 3*zeroStep + 5, 5 * zeroStep, 4*zeroStep + 1} {
		got, err := zeroSum(size)
		if want := hash(sha1.Sum(make([]byte, size))); err != nil || got != want {
			t.Errorf("%d zeros: %x %v, want %x", size, got, err, want)
		}
	}
}
