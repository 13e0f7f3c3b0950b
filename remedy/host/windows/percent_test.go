package windows

import (
	"slices"
	"testing"
	"unicode/utf16"

	"updoc/remedy/host"
	"updoc/winapi"
)

// How far a tool is is told in any language, however its words are cut, and nothing else is
// taken for it.
func TestPercents(t *testing.T) {
	wide := ""
	for _, unit := range utf16.Encode([]rune("検証 42% が完了しました。")) {
		wide += string([]byte{byte(unit), byte(unit >> 8)})
	}
	for name, c := range map[string]struct {
		said []string
		want []int64
	}{
		"DISM":          {[]string{"\r[==      20.0%         ] ", "\r[====100.0%====] "}, []int64{20, 100}},
		"a comma":       {[]string{"\r[== 62,3% ]"}, []int64{62}},
		"cut in two":    {[]string{"Gesamt: 1", "7 %"}, []int64{17}},
		"sfc, UTF-16":   {[]string{wide}, []int64{42}},
		"several":       {[]string{"10% 11% 12%"}, []int64{12}},
		"no percentage": {[]string{"Version 10.0.19041", "999%"}, nil},
	} {
		var got []int64
		p := &percents{ctx: host.Telling(t.Context(), func(done, total int64) {
			if total != 100 {
				t.Errorf("%s: of %d", name, total)
			}
			got = append(got, done)
		})}
		for _, s := range c.said {
			if n, err := p.Write([]byte(s)); n != len(s) || err != nil {
				t.Error(n, err)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestToolTellsHowFarItIs(t *testing.T) {
	s := newSim(t)
	s.runs["sfc"] = func(*sim, []string) (winapi.Finished, error) { return winapi.Finished{Output: []byte("37,5 %")}, nil }
	_, h := one(t, s)
	told := int64(0)
	ctx := host.Telling(t.Context(), func(done, _ int64) { told = done })
	if err := h.Do(ctx, host.Op{Kind: host.RunTool, Name: "sfc", Args: []string{"/scannow"}}); err != nil || told != 37 {
		t.Error(told, err)
	}
}
