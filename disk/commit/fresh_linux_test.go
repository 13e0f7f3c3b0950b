package commit

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Where reading directly is refused, the cache is dropped and read again.
func TestReadFreshWithoutDirect(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := bytes.Repeat([]byte("abc"), 4000)
	_, err = f.WriteAt(want, 0)
	r := freshReader{refused: true}
	got := make([]byte, 5000)
	if err := errors.Join(err, f.Sync(), r.read(f, got, 4090)); err != nil || !bytes.Equal(got, want[4090:9090]) {
		t.Error(err)
	}
	if err := r.read(f, got, 11000); err == nil {
		t.Error("read past the end")
	}
	if r.direct != nil {
		t.Error("opened for reading directly")
	}
}
