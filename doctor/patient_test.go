package doctor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"updoc/casekit"
	"updoc/disk"
	"updoc/disk/container"
	"updoc/doctor"
	"updoc/knowledge"
	"updoc/model"
	"updoc/source"
	"updoc/source/image"
	"updoc/testkit"
)

// TestMain makes the random tests the same in every run; -rapid.seed makes others.
func TestMain(m *testing.M) {
	flag.Parse()
	if seed := flag.Lookup("rapid.seed"); seed.Value.String() == "0" {
		seed.Value.Set("1")
	}
	os.Exit(m.Run())
}

// when is the time of every look.
var when = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// base is the knowledge, read once.
var base = sync.OnceValues(knowledge.Load)

// examine diagnoses a source. A hang fails the test; it is no measure of speed.
func examine(t testing.TB, src source.Source) *model.Diagnosis {
	t.Helper()
	b, err := base()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	d, err := doctor.Examine(ctx, src, doctor.Options{Now: when, Knowledge: b})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// story reads a PC of the casebook.
func story(t testing.TB, name string) *casekit.PC {
	t.Helper()
	pc, err := casekit.Parse(bytes.NewReader(testkit.ReadFile(t, filepath.Join("..", "cases", name, "pc.yaml"))))
	if err != nil {
		t.Fatal(err)
	}
	return pc
}

// build writes drive C: of a story into a folder.
func build(t testing.TB, name string) string {
	t.Helper()
	dir := t.TempDir()
	if err := story(t, name).Folder(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// sick opens the demonstration disk as an image.
func sick(t testing.TB) container.Image {
	t.Helper()
	img, err := container.Open(t.Context(), filepath.Join("..", "testdata", "sick-pc.qcow2"), container.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { img.Close() })
	return img
}

// span is a stretch of a disk in bytes.
type span struct{ at, n int64 }

// patient is an image with damage, in front of one that stays whole. It remembers
// what was read.
type patient struct {
	container.Image
	cut   int64          // the image ends here; 0: whole
	bad   []span         // reading these fails
	flips map[int64]byte // what is XORed into single bytes

	mu   sync.Mutex
	read []span
}

var errMedium = errors.New("input/output error")

// Close leaves the image open for the next patient.
func (p *patient) Close() error { return nil }

// Size is the length of what is left.
func (p *patient) Size() int64 {
	if p.cut > 0 {
		return p.cut
	}
	return p.Image.Size()
}

// ReadAt reads what is left of the image.
func (p *patient) ReadAt(b []byte, off int64) (int, error) {
	p.mu.Lock()
	p.read = append(p.read, span{off, int64(len(b))})
	p.mu.Unlock()
	n := int64(len(b))
	for _, s := range p.bad {
		if off < s.at+s.n && s.at < off+n {
			return 0, errMedium
		}
	}
	var short error
	if left := p.Size() - off; left < n {
		n, short = max(left, 0), io.ErrUnexpectedEOF
	}
	got, err := p.Image.ReadAt(b[:n], off)
	for at, x := range p.flips {
		if at >= off && at < off+int64(got) {
			b[at-off] ^= x
		}
	}
	return got, errors.Join(err, short)
}

// open finds Windows on the patient.
func (p *patient) open() (source.Source, error) {
	return image.OpenDisk(disk.New(p), "patient.img", image.Options{})
}

// touched returns what a diagnosis of the whole image reads, in order of place and
// in pieces of at most 4 KB, each once.
func touched(t testing.TB, img container.Image) (whole *model.Diagnosis, pieces []span) {
	t.Helper()
	p := &patient{Image: img}
	src, err := p.open()
	if err != nil {
		t.Fatal(err)
	}
	whole = examine(t, src)
	seen := map[int64]bool{}
	for _, s := range p.read {
		for at := s.at &^ 4095; at < s.at+s.n; at += 4096 {
			seen[at] = true
		}
	}
	for at := range seen {
		pieces = append(pieces, span{at, 4096})
	}
	slices.SortFunc(pieces, func(a, b span) int { return int((a.at - b.at) / 4096) })
	return whole, pieces
}

// verdict is what was said about one update or, with an empty kb, about the PC.
type verdict struct{ kb, class, cause string }

// confirmed returns what a diagnosis is sure of.
func confirmed(d *model.Diagnosis) map[verdict]bool {
	out := map[verdict]bool{}
	for _, f := range d.Failures {
		for _, c := range f.Causes {
			if c.Verdict == model.VerdictConfirmed {
				out[verdict{f.KB, f.Class, c.ID}] = true
			}
		}
	}
	for _, c := range d.Conditions {
		if c.Verdict == model.VerdictConfirmed {
			out[verdict{"", "", c.ID}] = true
		}
	}
	return out
}

// wrongs compares a diagnosis of damaged evidence with that of the whole: it may be
// less sure, it may not be sure of something else, or clear the PC. allowed are causes
// that the damage itself is, for the recovery environment and its updates.
func wrongs(whole, damaged *model.Diagnosis, allowed ...string) []string {
	var out []string
	truth := confirmed(whole)
	for v := range confirmed(whole) { // what explains an update may stand alone when that is unseen
		truth[verdict{cause: v.cause}] = true
	}
	for v := range confirmed(damaged) {
		if !truth[v] && !(slices.Contains([]string{"", "winre", "safeos"}, v.class) && slices.Contains(allowed, v.cause)) {
			out = append(out, fmt.Sprintf("sure of %s %s", v.kb, v.cause))
		}
	}
	if damaged.ExitCode == 0 && whole.ExitCode != 0 {
		out = append(out, "the PC is cleared: "+damaged.Outcome)
	}
	for _, l := range damaged.Machine.Looks {
		if l.Artifact == "collector" {
			out = append(out, fmt.Sprintf("a collector broke: %+v", l))
		}
	}
	slices.Sort(out)
	return out
}

// changed lists the facts that are known in truth (see factsOf) and in the damaged
// evidence, and differ: what cannot be read must
// be unseen, never another value. Facts inside lists have no fixed place and are left
// to the verdicts.
func changed(t testing.TB, truth map[string]string, damaged *model.Diagnosis) []string {
	t.Helper()
	var out []string
	for path, value := range factsOf(t, damaged) {
		if path == ".storage.unreadable" {
			continue // it counts this very damage
		}
		if want, known := truth[path]; known && want != value && value != "unknown" {
			out = append(out, fmt.Sprintf("%s is %s, was %s", path, value, want))
		}
	}
	slices.Sort(out)
	return out
}

// factsOf returns the known facts of a machine by path.
func factsOf(t testing.TB, d *model.Diagnosis) map[string]string {
	t.Helper()
	raw, err := json.Marshal(d.Machine)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		m, ok := v.(map[string]any)
		if !ok {
			return
		}
		if value, known := m["value"]; known {
			out[path] = fmt.Sprint(value)
			return
		}
		for key, inner := range m {
			walk(path+"."+key, inner)
		}
	}
	walk("", tree)
	return out
}

// complain reports each wrong once, with where it was met first.
type complaints struct {
	mu  sync.Mutex
	met map[string][]string
}

func (c *complaints) add(where string, wrong []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.met == nil {
		c.met = map[string][]string{}
	}
	for _, w := range wrong {
		c.met[w] = append(c.met[w], where)
	}
}

func (c *complaints) report(t *testing.T) {
	t.Helper()
	for wrong, where := range c.met {
		t.Errorf("%s (%d times): %s", wrong, len(where), strings.Join(where[:min(len(where), 25)], ", "))
	}
}

// code returns the code of a refusal, "" for none.
func code(err error) string {
	var e *model.Error
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
