package regf

import (
	"bytes"
	"context"
	"os/exec"
	"testing"
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
	data := sample(b, "hive/regipy__SYSTEM")
	b.ReportAllocs()
	for b.Loop() {
		everything(b, openBytes(b, data))
	}
}

func BenchmarkReplayAndWalk(b *testing.B) {
	data := sample(b, "hive/regipy__SYSTEM_B")
	logs := []Log{logOf("LOG1", sample(b, "hive/regipy__SYSTEM_B.LOG1")), logOf("LOG2", sample(b, "hive/regipy__SYSTEM_B.LOG2"))}
	b.ReportAllocs()
	for b.Loop() {
		everything(b, openBytes(b, data, logs...))
	}
}

// BenchmarkHivexml is the peer, for the same two hives.
func BenchmarkHivexml(b *testing.B) {
	if _, err := exec.LookPath("hivexml"); err != nil {
		b.Skip("needs hivexml")
	}
	for _, name := range []string{"regipy__SYSTEM", "regipy__SYSTEM_B"} {
		path := written(b, sample(b, "hive/"+name))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := exec.Command("hivexml", path).Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOneKey(b *testing.B) {
	data := sample(b, "hive/regipy__SYSTEM")
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
