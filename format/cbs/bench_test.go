package cbs

import (
	"bytes"
	"context"
	"testing"

	"updoc/testkit"
)

// BenchmarkRead reads 64 MB of real logs in random access.
func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"log/cbs/solstice__CBS_19041_clean.log", "log/cbs/loghub__Windows_2k.log", "log/cbs/romi1996__CBS.log"} {
		one := testkit.SampleBytes(b, name)
		data := bytes.Repeat(one, 64<<20/len(one))
		for _, n := range []int{1, 2} {
			b.Run(name[8:14]+"/"+string(rune('0'+n)), func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := ReadAt(context.Background(), bytes.NewReader(data), int64(len(data)), Options{Parallel: n}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
