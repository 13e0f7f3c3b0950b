package regf

import (
	"context"
	"testing"
)

// TestAppend compares the forms that reuse a buffer with those that do not, at every key and value of a hive.
func TestAppend(t *testing.T) {
	h := openBytes(t, Build(tree(), BuildOptions{Name: "SOFTWARE"}))
	var values []Value
	name := []byte("before ")
	n := 0
	err := h.Walk(context.Background(), func(path string, k Key) error {
		want, err := k.Values()
		if err != nil {
			return err
		}
		had := len(values)
		if values, err = k.AppendValues(values); err != nil || len(values) != had+len(want) {
			t.Errorf("%s: %d values appended, want %d, error %v", path, len(values)-had, len(want), err)
			return err
		}
		for i, v := range values[had:] {
			if v.Offset() != want[i].Offset() {
				t.Errorf("%s: value %d at 0x%x, want 0x%x", path, i, v.Offset(), want[i].Offset())
			}
			if got := string(v.AppendName(name)); got != "before "+v.Name() {
				t.Errorf("%s: name %q, want %q", path, got, v.Name())
			}
			n++
		}
		return nil
	})
	if err != nil || n != 1213 || len(values) != n {
		t.Errorf("%d values seen, %d kept, error %v", n, len(values), err)
	}
}
