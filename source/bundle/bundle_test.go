package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"testing"
	"time"

	"updoc/model"
	"updoc/source"
	"updoc/testkit"
)

func written(t testing.TB, m *model.Machine, opts Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, m, opts); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func marshalled(t *testing.T, m *model.Machine) []byte {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func machine() *model.Machine {
	m := filled("C:\\x")
	m.Clock.Zone = known("Tokyo Standard Time")
	return m
}

// What was written is read again, fact by fact.
func TestRoundTrip(t *testing.T) {
	m := machine()
	at := time.Date(2024, 3, 21, 19, 5, 0, 0, time.FixedZone("", 9*3600))
	info := model.SourceInfo{Kind: "disk", Path: "disks/pc.img", Form: "raw"}
	s, err := Open(testkit.WriteFile(t, "x.zip", written(t, m, Options{Tool: model.Versioned{Name: "updoc", Version: "1"}, Source: info, Time: at})))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Machine()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(marshalled(t, got), marshalled(t, m)) {
		t.Error("the facts differ")
	}
	mf := s.Manifest()
	if mf.Masked || mf.Raw || mf.Zone != "Tokyo Standard Time" || !mf.Time.Equal(at) || mf.Source != info || mf.Tool.Name != "updoc" || len(mf.Members) != 1 {
		t.Errorf("manifest %+v", mf)
	}
	if i := s.Info(); i.Kind != "bundle" || i.Form != "disk" {
		t.Errorf("info %+v", i)
	}
	if s.Windows() != m.Windows.ID || len(s.Disks(t.Context()).Items) != 1 || s.BytesRead() != 0 {
		t.Errorf("windows %q, disks %v", s.Windows(), s.Disks(t.Context()))
	}
	var unseen *source.UnseenError
	if _, err := s.FS(s.Windows()); !errors.As(err, &unseen) || unseen.How != model.HowRaw {
		t.Errorf("FS: %v", err)
	}
}

// A masked bundle says so and not where the disk lay.
func TestMaskedManifest(t *testing.T) {
	info := model.SourceInfo{Kind: "disk", Path: looker, Form: "raw"}
	for _, before := range []bool{false, true} {
		s, err := Open(testkit.WriteFile(t, "x.zip", written(t, machine(), Options{Source: info, Masked: true, Before: before})))
		if err != nil {
			t.Fatal(err)
		}
		if mf := s.Manifest(); !mf.Masked || mf.Source.Path != "" || mf.Source.Form != "raw" {
			t.Errorf("manifest %+v", mf)
		}
		if m, _ := s.Machine(); (m.Name.Value == host) != before {
			t.Errorf("masked before: %v, name %s", before, m.Name.Value)
		}
	}
}

// The same facts make the same bundle, byte for byte.
func TestSameBytes(t *testing.T) {
	opts := Options{Masked: true, Names: secretNames(), Time: time.Unix(1700000000, 0)}
	first := written(t, filled(lines()[0]+lines()[1]), opts)
	for range 5 {
		if !bytes.Equal(first, written(t, filled(lines()[0]+lines()[1]), opts)) {
			t.Fatal("two bundles of the same facts differ")
		}
	}
}

func TestOpenErrors(t *testing.T) {
	var e *model.Error
	if _, err := Open("nowhere.zip"); !errors.As(err, &e) || e.Code != "source-not-found" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := Open(testkit.WriteFile(t, "x.zip", []byte("no zip"))); !errors.As(err, &e) || e.Code != "bundle-bad" {
		t.Errorf("%v", err)
	}
}

// FuzzRead reads any zip: a member that is taken is never larger than its bound, and
// what is accepted has the schema and the hash it claims.
func FuzzRead(f *testing.F) {
	good := written(f, &model.Machine{Schema: model.MachineSchema}, Options{})
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("PK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		s := &Source{}
		if s.read(z) == nil && (s.machine == nil || s.machine.Schema != model.MachineSchema || s.manifest.Schema != model.ManifestSchema) {
			t.Error("accepted without its schemas")
		}
	})
}

// FuzzMask masks any line for any names.
func FuzzMask(f *testing.F) {
	for _, l := range lines() {
		f.Add(host, japanese, l)
	}
	f.Add("PC", "user", `\Users\user\\Users\`)
	f.Add("İ", "ſ", `C:\Users\ſ\S-1-5-21-1-2-3 010500000000000515000000`)
	f.Fuzz(func(t *testing.T, host, user, line string) {
		m := &model.Machine{Name: known(host)}
		m.CBS.Notes.Items = []model.Note{{Text: line}}
		if _, err := Mask(m, Names{Hosts: []string{host}, Users: []string{user}}); err != nil {
			t.Error(err)
		}
	})
}
