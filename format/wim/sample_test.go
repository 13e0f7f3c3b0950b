package wim

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// samples returns the folder of real artefacts, or skips the test; in CI its absence is a failure.
func samples(t *testing.T) string {
	t.Helper()
	const path = "../../../shared/samples"
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("needs the samples in %s", path)
	}
	t.Skipf("needs the samples in %s", path)
	return ""
}

// truth is what wimlib said of a sample.
type truth struct {
	Kind  string
	Truth struct {
		Chunk       uint32
		Compression string
		Flags       string
		ImageCount  uint32 `json:"image_count"`
		MagicOK     bool   `json:"magic_ok"`
		Part        uint16
		TotalParts  uint16 `json:"total_parts"`
		Version     string
		WimdirRC    int  `json:"wimdir_rc"`
		Entries     *int `json:"wimdir_entries"`
		VerifyRC    int  `json:"wimverify_rc"`
		Images      int  `json:"wiminfo_images"`
	}
}

func truths(t *testing.T, folder string) map[string]truth {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, "TRUTH.json"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	list := map[string]truth{}
	for name, raw := range all {
		var one truth
		if !strings.HasPrefix(name, "wim/") {
			continue
		}
		if err := json.Unmarshal(raw, &one); err != nil {
			t.Fatal(err)
		}
		list[name] = one
	}
	return list
}

func TestSamplesEqualTruth(t *testing.T) {
	folder := samples(t)
	list := truths(t, folder)
	if len(list) != 5 {
		t.Errorf("%d samples", len(list))
	}
	for name, want := range list {
		t.Run(name, func(t *testing.T) {
			f := openPath(t, filepath.Join(folder, name))
			info, w := f.Info(), want.Truth
			got := fmt.Sprintf("%s %d 0x%x 0x%x %d/%d %d", info.Compression, info.ChunkSize, info.Flags, info.Version, info.Part, info.TotalParts, info.ImageCount)
			wanted := fmt.Sprintf("%s %d %s %s %d/%d %d", strings.ToLower(w.Compression), w.Chunk, w.Flags, w.Version, w.Part, w.TotalParts, w.ImageCount)
			if got != wanted || len(info.Images) != w.Images || !info.Valid {
				t.Errorf("got %s, want %s; %+v", got, wanted, info)
			}
			checkEntries(t, f, want)
		})
	}
}

// checkEntries walks image 1 and reads its files: damage is found exactly where wimlib finds it, but for the names ".." that
// wimlib drops with a warning. There the truth's three entries are the lines of wimlib's output: one entry, the root, and a
// warning behind a carriage return.
func checkEntries(t *testing.T, f *File, want truth) {
	t.Helper()
	entries := 0
	var damage error
	walked := f.Walk(1, func(e Entry) error {
		entries++
		if !e.IsDir() {
			_, err := f.ReadFile(1, e.Path, 1<<20)
			damage = errors.Join(damage, err)
		}
		return nil
	})
	dotdot := walked != nil && strings.Contains(walked.Error(), `the name ".."`)
	if (walked != nil && !dotdot) != (want.Truth.WimdirRC != 0) {
		t.Errorf("walk: %v, wimlib's dir ended with %d", walked, want.Truth.WimdirRC)
	}
	if failed := damage != nil || walked != nil && !dotdot; failed != (want.Truth.VerifyRC != 0) {
		t.Errorf("walk: %v, reading: %v, wimlib's verify ended with %d", walked, damage, want.Truth.VerifyRC)
	}
	if n := want.Truth.Entries; n != nil && entries != *n && !(dotdot && entries == *n-2) {
		t.Errorf("%d entries, wimlib lists %d", entries, *n)
	}
}
