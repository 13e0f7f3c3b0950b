package pe

import (
	"bytes"
	debugpe "debug/pe"
	"errors"
	"reflect"
	"strings"
	"testing"

	"updoc/codec/wintype"
	"updoc/testkit"
)

func sample() Build {
	return Build{
		Timestamp: 0x65a1b2c3, FileVersion: Numbers{10, 0, 19041, 3920}, ProductVersion: Numbers{10, 0, 19041, 1},
		Strings: []Text{{"CompanyName", "updoc"}, {"FileVersion", "10.0.19041.3920 (test.1)"}, {"Odd", "abc"}, {"Empty", ""}, {"ProductVersion", "10.0.19041.3920"}},
	}
}

func built(t testing.TB, b Build) []byte {
	t.Helper()
	out, err := b.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func version(t *testing.T, b []byte) Info {
	t.Helper()
	info, err := Version(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestVersionOfBuiltFile(t *testing.T) {
	for _, name := range []string{"amd64", "arm64", "x86"} {
		b := sample()
		b.Machine = name
		info := version(t, built(t, b))
		want := Info{Machine: name, Timestamp: 0x65a1b2c3, HasVersion: true, FileVersion: b.FileVersion, ProductVersion: b.ProductVersion,
			Strings: map[string]string{"CompanyName": "updoc", "FileVersion": "10.0.19041.3920 (test.1)", "Odd": "abc", "Empty": "", "ProductVersion": "10.0.19041.3920"}}
		if !reflect.DeepEqual(info, want) {
			t.Errorf("got  %+v\nwant %+v", info, want)
		}
	}
}

func TestStandardLibraryReadsBuiltFile(t *testing.T) {
	for name, want := range map[string]uint16{"amd64": debugpe.IMAGE_FILE_MACHINE_AMD64, "arm64": debugpe.IMAGE_FILE_MACHINE_ARM64, "x86": debugpe.IMAGE_FILE_MACHINE_I386} {
		b := sample()
		b.Machine = name
		f, err := debugpe.NewFile(bytes.NewReader(built(t, b)))
		if err != nil {
			t.Fatal(err)
		}
		data, err := f.Section(".rsrc").Data()
		if err != nil || f.Machine != want || f.TimeDateStamp != b.Timestamp || !bytes.Contains(data, wintype.AppendUTF16Z(nil, "VS_VERSION_INFO")) {
			t.Errorf("%s: machine %x, %v", name, f.Machine, err)
		}
	}
}

func TestResourceEqualsThatOfACompiler(t *testing.T) {
	want := testkit.Hex(t, compiled)
	got, err := sample().resource()
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v\ngot  %x\nwant %x", err, got, want)
	}
	var info Info
	info.readVersion(want)
	if info.Strings["FileVersion"] != "10.0.19041.3920 (test.1)" || info.FileVersion != (Numbers{10, 0, 19041, 3920}) || len(info.Problems) > 0 {
		t.Errorf("%+v", info)
	}
}

func TestVersionReadsLittle(t *testing.T) {
	b := append(built(t, sample()), make([]byte, 1<<20)...)
	c := &testkit.Counter{ReaderAt: bytes.NewReader(b)}
	if _, err := Version(c, int64(len(b))); err != nil || c.Bytes > 2048 {
		t.Errorf("%d bytes were read, %v", c.Bytes, err)
	}
}

func TestVersionRefusesOtherFiles(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "text": "hello", "DOS": "MZ" + strings.Repeat("\x00", 100), "cut off": "MZ" + strings.Repeat("\xff", 100), "WIM": "MSWIM\x00\x00\x00" + strings.Repeat("\x00", 200),
	} {
		if _, err := Version(strings.NewReader(text), int64(len(text))); !errors.Is(err, ErrNotPE) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDamageOfResourcesIsTold(t *testing.T) {
	whole := built(t, sample())
	edit := func(at int, v uint32) []byte {
		b := bytes.Clone(whole)
		le.PutUint32(b[at:], v)
		return b
	}
	const optional, tree = dosHeaderSize + fileHeaderSize, headersSize
	tests := []struct {
		name    string
		b       []byte
		problem string
	}{
		{"resources nowhere", edit(optional+112+16, 0x90000), "no section has the address"},
		{"too many entries", edit(tree+12, 0xffffffff), "a resource directory of"},
		{"endless tree", edit(tree+2*24+20, isDirectory), "too deep"},
		{"data beyond the file", edit(tree+72, 0x1f00), "no section has the address"},
		{"data too long", edit(tree+76, 0x10000000), "a version resource of"},
		{"cut off", whole[:headersSize+10], "beyond its end"},
		{"no fixed part", bytes.Replace(whole, []byte{0xbd, 0x04, 0xef, 0xfe}, []byte{1, 2, 3, 4}, 1), "no fixed part"},
		{"no root", bytes.Replace(whole, wintype.AppendUTF16Z(nil, "VS_VERSION_INFO"), wintype.AppendUTF16Z(nil, "XS_VERSION_INFO"), 1), "does not begin"},
	}
	for _, tt := range tests {
		info := version(t, tt.b)
		if info.Machine != "amd64" || len(info.Problems) == 0 || !strings.Contains(info.Problems[0], tt.problem) {
			t.Errorf("%s: %+v", tt.name, info)
		}
	}
	none := version(t, edit(optional+112+16, 0))
	if none.HasVersion || len(none.Problems) > 0 {
		t.Errorf("without resources: %+v", none)
	}
}

func TestBuildRefuses(t *testing.T) {
	if _, err := (Build{Machine: "vax"}).Bytes(); err == nil {
		t.Error("an unknown machine was built")
	}
	if _, err := (Build{Strings: []Text{{"a", strings.Repeat("b", 40000)}}}).Bytes(); err == nil {
		t.Error("a text that does not fit was built")
	}
}

func TestNumbers(t *testing.T) {
	a, b := Numbers{10, 0, 19041, 3920}, Numbers{10, 0, 19041, 4000}
	if a.Compare(b) != -1 || b.Compare(a) != 1 || a.Compare(a) != 0 || a.String() != "10.0.19041.3920" {
		t.Error(a.Compare(b), b.Compare(a), a.Compare(a), a)
	}
}

// FuzzVersion demands that no input brings a panic, and that a version is only told with its signature in the file.
func FuzzVersion(f *testing.F) {
	f.Add(built(f, sample()))
	b := sample()
	b.Machine = "x86"
	f.Add(built(f, b))
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := Version(bytes.NewReader(b), int64(len(b)))
		if err == nil && info.HasVersion && !bytes.Contains(b, []byte{0xbd, 0x04, 0xef, 0xfe}) {
			t.Fatalf("%+v", info)
		}
	})
}
