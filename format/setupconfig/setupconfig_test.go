package setupconfig

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"updoc/testkit"
)

func read(t testing.TB, data []byte) *File {
	t.Helper()
	f, err := Read(context.Background(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const sound = "; ours\r\n\r\n[setupconfig]\r\nNoReboot\r\nShowOobe = None\r\nReflectDrivers=C:\\Drivers=x\r\n"

func TestSound(t *testing.T) {
	want := []Option{{"NoReboot", ""}, {"ShowOobe", "None"}, {"ReflectDrivers", `C:\Drivers=x`}}
	for name, data := range map[string][]byte{"text": []byte(sound), "UTF-16": testkit.UTF16("\ufeff"+sound, binary.LittleEndian)} {
		if f := read(t, data); f.Fault != "" || !reflect.DeepEqual(f.Options, want) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		text, fault string
		line        int64
	}{
		{"", NoSection, 0},
		{"; only a comment\r\n", NoSection, 0},
		{"Compat=IgnoreWarning\r\n[SetupConfig]\r\n", NoSection, 1},
		{"[SetupConfig\r\n", NoSection, 1},
		{"[SetupConfig]\r\n\r\n/Compat IgnoreWarning\r\n", NoOption, 3},
		{"[SetupConfig]\r\nShow Oobe=None\r\n", NoOption, 2},
		{"[SetupConfig]\r\n=None\r\n", NoOption, 2},
		{"[SetupConfig]\r\nNoReboot\r\n[SetupConfig]\r\n", OtherSection, 3},
		{"[SetupConfig]\r\n\x00\x00\x00\x00", NoOption, 2},
		{"[SetupConfig]\r\n" + strings.Repeat("A=1\r\n", maxLines), TooLong, maxLines + 1},
		{"[SetupConfig]\r\n" + strings.Repeat(";\r\n", MaxSize), TooLong, 0},
	} {
		if f := read(t, []byte(c.text)); f.Fault != c.fault || f.Line != c.line {
			t.Errorf("%.40q: %s in line %d, want %s in %d", c.text, f.Fault, f.Line, c.fault, c.line)
		}
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("bad sector")
	if _, err := Read(context.Background(), io.MultiReader(strings.NewReader(sound), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sound))
	f.Add([]byte("[SetupConfig]\r\n/x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got := read(t, data)
		if len(got.Text) > maxText || len(got.Options) > maxLines || got.Fault == "" && !bytes.Contains(bytes.ToLower(bytes.ReplaceAll(data, []byte{0}, nil)), []byte("[setupconfig]")) {
			t.Fatalf("%+v", got)
		}
	})
}
