package msu

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"updoc/format/cab"
	"updoc/format/wim"
	"updoc/testkit"
)

const answer = `<?xml version="1.0" encoding="utf-8"?><unattend xmlns="urn:schemas-microsoft-com:unattend"><servicing>
<package action="install"><assemblyIdentity name="Package_for_RollupFix" version="14393.7699.1.9" language="neutral" processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35"/>
<source location="%configsetroot%\Windows10.0-KB5049993-x64.CAB"/></package></servicing></unattend>`

const manifest = `<?xml version="1.0" encoding="utf-8"?><assembly xmlns="urn:schemas-microsoft-com:asm.v3" manifestVersion="1.0">
<assemblyIdentity name="Package_for_KB5034441" version="19041.3920.1.1" processorArchitecture="amd64" language="neutral" publicKeyToken="31bf3856ad364e35"/>
<package identifier="KB5034441" releaseType="Security Update" restart="possible">
<parent buildCompare="EQ" integrate="separate" disposition="detect"><assemblyIdentity name="Microsoft-Windows-CoreEdition" version="10.0.19041.1" processorArchitecture="amd64" language="neutral"/>
<assemblyIdentity name="Microsoft-Windows-ProfessionalEdition" version="10.0.19041.1" processorArchitecture="amd64" language="neutral"/></parent>
<parent revisionCompare="GE"><assemblyIdentity name="Package_for_RollupFix" version="19041.3000.1.1" processorArchitecture="x64" language="neutral"/></parent>
<installerAssembly name="Microsoft-Windows-ServicingStack" version="10.0.19041.1161" language="neutral" processorArchitecture="amd64"/>
<update name="x"><package><parent><assemblyIdentity name="Not-This-One"/></parent><assemblyIdentity name="Package_1_for_KB5034441" version="1.2.3.4"/></package></update></package></assembly>`

// told is what manifest says.
var told = Package{Name: "Package_for_KB5034441", Version: "19041.3920.1.1", Architecture: "amd64", Stack: "10.0.19041.1161", Parents: [][]Parent{
	{{Name: "Microsoft-Windows-CoreEdition", Version: "10.0.19041.1", Architecture: "amd64", Language: "neutral"},
		{Name: "Microsoft-Windows-ProfessionalEdition", Version: "10.0.19041.1", Architecture: "amd64", Language: "neutral"}},
	{{Name: "Package_for_RollupFix", Version: "19041.3000.1.1", Architecture: "amd64", Language: "neutral", Newer: true}}}}

func database(kind, base, target, id string) []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="utf-8"?><CompDB xmlns="http://schemas.microsoft.com/embedded/2004/10/ImageUpdate" Type="BuildUpdate" OSVersion=%q TargetOSVersion=%q BuildArch="amd64" Product="Desktop">
<Features><Feature Type=%q FeatureID="%[3]s_KB5094126"><Packages><Package ID="Other~~amd64~~1.0.0.0"/><Package ID=%q/></Packages></Feature></Features></CompDB>`, base, target, kind, id)
}

var (
	when    = time.Date(2026, 6, 9, 10, 0, 0, 0, time.UTC)
	lcu     = database("CumulativeUpdate", "10.0.26100.1742", "10.0.26100.8655", "Package_for_RollupFix~~amd64~~26100.8655.1.20")
	ssu     = database("ServicingStackUpdate", "10.0.26100.1", "10.0.26100.8648", "Package_for_ServicingStack_8648~~amd64~~26100.8648.1.0")
	rollup  = Package{Name: "Package_for_RollupFix", Version: "26100.8655.1.20", Architecture: "amd64", Base: "10.0.26100.1742", Carries: []string{"10.0.26100.8648"}}
	another = []byte(`<CompDB Type="Build" OSVersion="10.0.26100.8655" BuildArch="arm64"><Features/></CompDB>`)
)

func packed(files ...cab.Content) []byte { return cab.WriteFiles(files, when) }

func file(name string, data []byte) cab.Content { return cab.Content{Name: name, Data: data} }

// metadataCab is as packages since 2024 have it: each database in a cabinet of its own.
func metadataCab() []byte {
	return packed(file("LCUCompDB_KB5094126.xml.cab", packed(file("LCUCompDB_KB5094126.xml", lcu))), file("workloads.json", []byte("{}")),
		file("SSUCompDB_KB5094135.xml.cab", packed(file("SSUCompDB_KB5094135.xml", ssu))), file("ModelCompDB.xml.cab", packed(file("modelcompdb.xml", another))))
}

func image(t testing.TB, files ...cab.Content) []byte {
	t.Helper()
	root := &wim.Node{Attributes: wim.AttributeDirectory}
	for _, f := range files {
		root.Children = append(root.Children, &wim.Node{Name: f.Name, Content: wim.Bytes(f.Data)})
	}
	var b bytes.Buffer
	if err := wim.Write(&b, wim.Options{Images: []wim.Tree{{Root: root}}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func utf16(text string) []byte { return testkit.UTF16("\ufeff"+text, binary.LittleEndian) }

func check(t *testing.T, what string, raw []byte, want Package) *Package {
	t.Helper()
	got, err := Read(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	plain := *got
	plain.stack, plain.Unread, plain.left = [2]string{}, nil, 0
	if !reflect.DeepEqual(plain, want) {
		t.Errorf("%s:\n%+v\nwant\n%+v\nunread %q", what, plain, want, got.Unread)
	}
	return got
}

func TestRead(t *testing.T) {
	inner := packed(file("amd64_x.manifest", testkit.Noise(1, 100_000)), file("update.cat", []byte("x")), file("Update.mum", []byte("\ufeff"+manifest)))
	properties := file("Windows10.0-KB5034441-x64-pkgProperties.txt", utf16("Applies to=\"Windows 10.0\"\r\nProcessor Architecture=\"x64\"\r\n"))
	older := Package{Name: "Package_for_RollupFix", Version: "14393.7699.1.9", Architecture: "amd64"}
	wide := told
	wide.Carries = []string{"10.0.19041.4163"}
	nested := packed(file("outer.AggregatedMetadata_KB5094126.cab", packed(file("LCUCompDB_KB5094126.xml", lcu), file("SSUCompDB_KB5094135.xml", ssu))))
	bare := rollup
	bare.Carries = nil
	for name, c := range map[string]struct {
		raw  []byte
		want Package
	}{
		"cab":                      {inner, told},
		"msu, package inside":      {packed(file("WSUSSCAN.cab", packed(file("update.mum", nil))), file("Windows10.0-KB5034441-x64.cab", inner), properties), told},
		"msu with servicing stack": {packed(file("Windows10.0-KB5034441-x64.cab", inner), file("SSU-19041.4163-x64.cab", inner), properties), wide},
		"msu, answer file":         {packed(file("Windows10.0-KB5049993-x64.xml", []byte(answer)), properties), older},
		"msu, processor only":      {packed(properties), Package{Architecture: "amd64"}},
		"msu of 2022":              {packed(file("onepackage.AggregatedMetadata.cab", metadataCab()), file("Windows11.0-KB5094126-x64.cab", inner)), rollup},
		"image":                    {image(t, file("onepackage.AggregatedMetadata.cab", metadataCab()), file("Windows11.0-KB5094126-x64.psf", nil)), rollup},
		"image, nested":            {image(t, file("onepackage.AggregatedMetadata.cab", nested)), rollup},
		"image, package inside":    {image(t, file("Windows11.0-KB5034441-x64.wim", image(t, file("update.mum", []byte(manifest))))), told},
		"image, cabinet inside":    {image(t, file("Windows11.0-KB5034441-x64.cab", inner)), told},
		"servicing stack alone": {image(t, file("onepackage.AggregatedMetadata.cab", packed(file("SSUCompDB_KB5.xml", ssu)))),
			Package{Name: "Package_for_ServicingStack_8648", Version: "26100.8648.1.0", Architecture: "amd64", Carries: []string{"10.0.26100.8648"}}},
		"update without stack": {packed(file("x.AggregatedMetadata.cab", packed(file("LCUCompDB.xml", utf16(string(lcu)))))), bare},
		"nothing known":        {packed(file("readme.txt", []byte("x"))), Package{}},
	} {
		check(t, name, c.raw, c.want)
	}
}

// Cabinets by gcab, stored and packed, and images that wimlib made are read as our own are.
func TestReadOthers(t *testing.T) {
	dir := t.TempDir()
	inner := append(packed(file("update.mum", []byte(manifest))), make([]byte, 100_000)...) // which compresses
	for name, data := range map[string][]byte{"a.bin": testkit.Noise(1, 400_000), "Windows10.0-KB5034441-x64.cab": inner} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, options := range map[string][]string{"stored.msu": nil, "packed.msu": {"-z"}} {
		out := filepath.Join(t.TempDir(), name)
		testkit.Run(t, "gcab", append(append([]string{"-c", "-n"}, options...), out, filepath.Join(dir, "a.bin"), filepath.Join(dir, "Windows10.0-KB5034441-x64.cab"))...)
		check(t, name, testkit.ReadFile(t, out), told)
	}
	for _, compress := range []string{"none", "LZX"} {
		out := filepath.Join(t.TempDir(), "image.msu")
		testkit.Run(t, "wimlib-imagex", "capture", dir, out, "--compress="+compress)
		got, err := Read(bytes.NewReader(testkit.ReadFile(t, out)), int64(len(testkit.ReadFile(t, out))))
		switch {
		case err != nil:
			t.Error(err)
		case compress == "none" && got.Name != told.Name:
			t.Errorf("%+v", got)
		case compress == "LZX" && (got.Name != "" || len(got.Unread) != 1): // read at places: only what is stored
			t.Errorf("%+v", got)
		}
	}
}

// What cannot be read is said; nothing is taken for it.
func TestUnread(t *testing.T) {
	whole := packed(file("update.mum", []byte(manifest)), file("z", testkit.Noise(1, 100)))
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"no xml":              {packed(file("update.mum", []byte("<assembly><"))), "update.mum"},
		"nested":              {packed(file("update.mum", []byte(strings.Repeat("<a>", 200)))), "too deep"},
		"another xml":         {packed(file("update.mum", []byte("<a><b/></a>"))), "says nothing"},
		"no package":          {packed(file("Windows10.0-KB1-x64.cab", []byte("garbage"))), "not a cabinet"},
		"cut":                 {packed(file("Windows10.0-KB1-x64.cab", whole[:len(whole)-200])), "damaged"},
		"no manifest":         {packed(file("Windows10.0-KB1-x64.cab", packed(file("x", nil)))), "no update.mum"},
		"metadata":            {packed(file("onepackage.AggregatedMetadata.cab", []byte("x"))), "AggregatedMetadata"},
		"database":            {packed(file("onepackage.AggregatedMetadata.cab", packed(file("LCUCompDB.xml", []byte("<x/>"))))), "LCUCompDB"},
		"answer without name": {packed(file("Windows10.0-KB1-x64_uup.xml", []byte("<x/>"))), "_uup.xml"},
	} {
		got := check(t, name, c.raw, Package{})
		if !strings.Contains(strings.Join(got.Unread, "\n"), c.want) {
			t.Errorf("%s: %q", name, got.Unread)
		}
	}
	for name, raw := range map[string]string{"nothing": "", "text": "no package", "cut": "MSCF\x00\x00\x00\x00", "cut image": "MSWIM\x00\x00\x00"} {
		if got, err := Read(strings.NewReader(raw), int64(len(raw))); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// However much a package claims to hold, no more is unpacked than the limits.
func TestLimits(t *testing.T) {
	many := []cab.Content{file("a", make([]byte, 60<<20))} // in front of all others
	for range 9 {
		many = append(many, file("update.mum", []byte("<x/>")))
	}
	far := check(t, "many", packed(many...), Package{})
	if got := strings.Count(strings.Join(far.Unread, "\n"), errFar.Error()); got != 3 {
		t.Errorf("%d of 9 are too far: %q", got, far.Unread)
	}
	behind := packed(file("a", make([]byte, maxFar+1)), file("update.mum", []byte(manifest)))
	if got := check(t, "behind", behind, Package{}); len(got.Unread) != 1 {
		t.Errorf("%q", got.Unread)
	}
	if got := check(t, "large", packed(file("update.mum", make([]byte, maxText+1))), Package{}); len(got.Unread) != 1 {
		t.Errorf("%q", got.Unread)
	}
}

// A cabinet inside a cabinet is read from front to back, never further than the limit.
func TestAhead(t *testing.T) {
	data := testkit.Noise(4, 1000)
	a := &ahead{r: bytes.NewReader(data), left: 700}
	for _, read := range []struct {
		at, n int64
		want  error
	}{{0, 10, nil}, {4, 4, nil}, {8, 10, nil}, {100, 50, nil}, {100, 60, nil}, {130, 30, errBehind}, {155, 5, nil}, {600, 200, errFar}, {600, 90, nil}, {699, 2, errFar}} {
		b := make([]byte, read.n)
		n, err := a.ReadAt(b, read.at)
		if err != read.want || err == nil && (int64(n) != read.n || !bytes.Equal(b, data[read.at:read.at+read.n])) {
			t.Errorf("%+v: %d, %v", read, n, err)
		}
	}
	if _, err := (&ahead{r: strings.NewReader("x"), left: 9}).ReadAt(make([]byte, 2), 0); err != io.ErrUnexpectedEOF {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(packed(file("update.mum", []byte(manifest))))
	f.Add(packed(file("Windows10.0-KB5-x64.cab", packed(file("update.mum", []byte(manifest)))), file("a-pkgProperties.txt", utf16("Processor Architecture=\"x64\""))))
	f.Add(packed(file("onepackage.AggregatedMetadata.cab", metadataCab())))
	f.Add(image(f, file("onepackage.AggregatedMetadata.cab", metadataCab())))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := Read(bytes.NewReader(raw), int64(len(raw))); (p == nil) == (err == nil) {
			t.Fatalf("%+v, %v", p, err)
		}
	})
}
