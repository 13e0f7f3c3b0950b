package cbs

import (
	"bytes"
	"reflect"
	"testing"
	"unicode/utf8"
)

// FuzzRead reads anything, in whole and in small pieces, by one and by three
// workers: the results must agree and stay within their bounds.
func FuzzRead(f *testing.F) {
	f.Add([]byte(mixed()), uint8(7))
	f.Add([]byte(stamped(healthy...)), uint8(90))
	f.Add([]byte("[HRESULT = 0x800f0922]\n=[HRESULT = 0x"), uint8(3))
	f.Add([]byte{0xFF, 0xFE, 'a', 0, '\n', 0}, uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		want := mustRead(t, string(data))
		for way, log := range everyWay(t, data, int(step)+1) {
			if !reflect.DeepEqual(log, want) {
				t.Fatalf("%s:\n%+v\nwant\n%+v", way, log, want)
			}
		}
		checkBounds(t, want, data)
	})
}

func checkBounds(t *testing.T, log *Log, data []byte) {
	t.Helper()
	if log.Bytes != int64(len(data)) || log.Stamped > log.Lines {
		t.Fatalf("%d bytes, %d lines, %d stamped", log.Bytes, log.Lines, log.Stamped)
	}
	if log.Encoding == 0 {
		lines := int64(bytes.Count(data[log.BOM:], []byte("\n")))
		if n := len(data); n > log.BOM && data[n-1] != '\n' {
			lines++
		}
		if log.Lines != lines {
			t.Fatalf("%d lines, want %d", log.Lines, lines)
		}
	}
	for _, n := range log.Notable {
		if n.Line < 1 || n.Line > log.Lines || n.Offset >= log.Bytes || len(n.Text) > maxText || !utf8.ValidString(n.Text) {
			t.Fatalf("%+v", n)
		}
	}
	for _, s := range log.Sessions {
		if s.Failed && s.FirstFailure == nil || len(s.KBs) > maxNames {
			t.Fatalf("%+v", s)
		}
	}
}
