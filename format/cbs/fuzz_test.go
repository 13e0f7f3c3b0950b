package cbs

import (
	"bytes"
	"context"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRead reads anything, in whole and in small pieces, as a file and as a
// stream: the results must agree and stay within their bounds. Seeds are
// short, and there is one worker, so that the fuzzer can see what it reaches.
func FuzzRead(f *testing.F) {
	for _, line := range strings.SplitAfter(mixed(), "\n") {
		f.Add([]byte(line), uint8(7))
	}
	f.Add([]byte(stamped(healthy[1:6]...)), uint8(90))
	f.Add([]byte("[HRESULT = 0x800f0922]\n=[HRESULT = 0x"), uint8(3))
	f.Add([]byte{0xFF, 0xFE, 'a', 0, '\n', 0}, uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, step uint8) {
		want := mustRead(t, string(data))
		opts := Options{step: int(step) + 1}
		at, err1 := ReadAt(context.Background(), bytes.NewReader(data), int64(len(data)), opts)
		stream, err2 := Read(context.Background(), bytes.NewReader(data), opts)
		if err1 != nil || err2 != nil || !reflect.DeepEqual(at, want) || !reflect.DeepEqual(stream, want) {
			t.Fatalf("%v %v\n%+v\n%+v\nwant\n%+v", err1, err2, at, stream, want)
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
