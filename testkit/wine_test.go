package testkit

import (
	"os"
	"reflect"
	"testing"

	"updoc/testkit/standin"
)

func TestWineWithAStandIn(t *testing.T) {
	p := Wine(t)
	p.StandIn(t, "reagentc", standin.Rule{When: "/enable", Times: 1, Code: 2, Err: []byte("no")},
		standin.Rule{When: "/enable", Out: []byte{0x8c, 0xb3}, Write: map[string][]byte{`C:\Recovery\done`: []byte("yes")},
			Delete: []string{`C:\Program Files`}})
	if r := p.Run(t, "reagentc", "/enable"); r.Code != 2 || string(r.Err) != "no" {
		t.Errorf("%d %q %q", r.Code, r.Out, r.Err)
	}
	if out := p.Must(t, "reagentc", "/enable"); out != "\x8c\xb3" {
		t.Errorf("%q", out)
	}
	if got := string(ReadFile(t, p.Path(`c:\recovery\DONE`))); got != "yes" {
		t.Errorf("%q", got)
	}
	if _, err := os.Stat(p.Path(`C:\Program Files`)); !os.IsNotExist(err) {
		t.Error(err)
	}
	want := []standin.Call{{Args: []string{"/enable"}, Rule: 0}, {Args: []string{"/enable"}, Rule: 1}}
	if got := p.Calls(t, "reagentc"); !reflect.DeepEqual(got, want) {
		t.Error(got)
	}
}

// What one test does must not reach the next one, nor the home folder.
func TestWinePrefixesAreApart(t *testing.T) {
	first := Wine(t)
	first.StandIn(t, "reg", standin.Rule{Code: 7})
	second := Wine(t)
	if r := second.Run(t, "reg", "query", `HKCU\Software\Wine`, "/v", "Version"); r.Code != 0 {
		t.Errorf("%d %s", r.Code, r.Err)
	}
	entries, err := os.ReadDir(second.Path(`C:\users`))
	if err != nil || len(entries) == 0 {
		t.Fatal(err)
	}
}
