package wim

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"updoc/testkit"
)

// truth is what wimlib said of a sample.
type truth struct {
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

func TestSamplesEqualTruth(t *testing.T) {
	list := testkit.Truth[truth](t, "wim/")
	if len(list) != 5 {
		t.Errorf("%d samples", len(list))
	}
	for name, want := range list {
		t.Run(name, func(t *testing.T) {
			f, w := opened(t, testkit.SampleBytes(t, name)), want
			info := f.Info()
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
	if (walked != nil && !dotdot) != (want.WimdirRC != 0) {
		t.Errorf("walk: %v, wimlib's dir ended with %d", walked, want.WimdirRC)
	}
	if failed := damage != nil || walked != nil && !dotdot; failed != (want.VerifyRC != 0) {
		t.Errorf("walk: %v, reading: %v, wimlib's verify ended with %d", walked, damage, want.VerifyRC)
	}
	if n := want.Entries; n != nil && entries != *n && !(dotdot && entries == *n-2) {
		t.Errorf("%d entries, wimlib lists %d", entries, *n)
	}
}
