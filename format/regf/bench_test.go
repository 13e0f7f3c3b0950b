package regf

import (
	"bytes"
	"context"
	"os/exec"
	"testing"

	"updoc/testkit"
)

// everything walks a hive with all keys, value names and data, as hivexml does.
func everything(b *testing.B, h *Hive) {
	n := 0
	var data []byte
	err := h.Walk(context.Background(), func(path string, k Key) error {
		n += len(path)
		vs, err := k.Values()
		for _, v := range vs {
			if data, err = v.AppendBytes(data[:0]); err != nil {
				return err
			}
			n += len(v.Name()) + len(data)
		}
		return err
	})
	if err != nil || n == 0 {
		b.Fatal(n, err)
	}
}

func BenchmarkWalk(b *testing.B) {
	data := testkit.SampleBytes(b, "hive/regipy__SYSTEM")
	b.ReportAllocs()
	for b.Loop() {
		everything(b, openBytes(b, data))
	}
}

func BenchmarkReplayAndWalk(b *testing.B) {
	data := testkit.SampleBytes(b, "hive/regipy__SYSTEM_B")
	logs := []Log{logOf("LOG1", testkit.SampleBytes(b, "hive/regipy__SYSTEM_B.LOG1")), logOf("LOG2", testkit.SampleBytes(b, "hive/regipy__SYSTEM_B.LOG2"))}
	b.ReportAllocs()
	for b.Loop() {
		everything(b, openBytes(b, data, logs...))
	}
}

// BenchmarkHivexml is the peer, for the same two hives.
func BenchmarkHivexml(b *testing.B) {
	tool := testkit.Tool(b, "hivexml")
	for _, name := range []string{"regipy__SYSTEM", "regipy__SYSTEM_B"} {
		path := testkit.WriteFile(b, "hive", testkit.SampleBytes(b, "hive/"+name))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := exec.Command(tool, path).Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOneKey(b *testing.B) {
	data := testkit.SampleBytes(b, "hive/regipy__SYSTEM")
	for b.Loop() {
		h, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := h.Key(`ControlSet001\Services\wuauserv`); err != nil {
			b.Fatal(err)
		}
	}
}
